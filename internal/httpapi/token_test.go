package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/account"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// order is what a head asks for when a token is to be issued.
func order(members ...any) object {
	return with(object{
		"owner": "Night desk", "owner_kind": "person", "role": "delegate", "label": "Laptop", "access": "write",
		"audiences":  []string{"public", "participants", "selected"},
		"expires_at": time.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339),
	}, members...)
}

// issue makes a token and returns its id and its secret.
func (c *client) issue(t testing.TB, who string, body object) (id, secret string) {
	t.Helper()
	view := c.must(t, http.StatusCreated, who, "POST", "/v1/tokens", body).object(t)
	return text(view, "id"), text(view, "secret")
}

// another returns a second server on the same database, with a memory of its own.
func another(t *testing.T, w *fixture.World) *client {
	t.Helper()
	pool, err := postgres.Open(t.Context(), w.DB.ServerURL, 4)
	if err != nil {
		t.Fatalf("open a second pool: %v", err)
	}
	t.Cleanup(pool.Close)
	return serve(t, w, func(s *httpapi.Server) {
		s.Register = register.New(pool, account.Stands)
		s.Accounts = account.NewStore(s.Register, pool, time.Now)
	})
}

func TestATokensSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	issued := c.must(t, http.StatusCreated, "head_of_delegation EE", "POST", "/v1/tokens", order())
	view := issued.object(t)
	secret := text(view, "secret")
	if issued.header.Get("Location") != "/v1/tokens/"+text(view, "id") || issued.header.Get("Cache-Control") != "no-store" {
		t.Errorf("POST /v1/tokens has the headers %v, want its Location, and no-store", issued.header)
	}
	if !strings.HasSuffix(secret, text(view, "hint")) {
		t.Errorf("the hint %v is not the secret's end", view["hint"])
	}
	for _, path := range []string{"/v1/tokens", "/v1/tokens/" + text(view, "id"), "/v1/trail"} {
		res := c.get(t, "head_of_delegation EE", path)
		if strings.Contains(string(res.body), secret) || strings.Contains(string(res.body), `"secret"`) {
			t.Errorf("GET %s shows the secret", path)
		}
	}
	me := c.get(t, secret, "/v1/me").object(t)
	if me["role"] != "delegate" || me["state"] != "EE" || me["writes"] != true || me["name"] != "Night desk" {
		t.Errorf("GET /v1/me with the new token = %v", me)
	}
	c.add(t, secret, "/v1/contacts", technical("EE"))
	if items := c.get(t, secret, "/v1/tokens").items(t); len(items) != 1 || items[0]["last_used_at"] == nil {
		t.Errorf("GET /v1/tokens of one's own = %v, want the one token, used", items)
	}
	c.must(t, http.StatusNotFound, "head_of_delegation PL", "GET", "/v1/tokens/"+text(view, "id"), nil)
	c.must(t, http.StatusNotFound, "head_of_delegation PL", "DELETE", "/v1/tokens/"+text(view, "id"), nil)
}

// On the node that revokes it a token ends at once, and so does each write with
// it everywhere; other nodes hear of it in a moment, and answer it till then.
func TestARevokedTokenIsOverOnEveryNode(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	here, there := serve(t, w), another(t, w)
	id, secret := here.issue(t, "head_of_delegation EE", order())
	if got := there.get(t, secret, "/v1/me").object(t); got["role"] != "delegate" {
		t.Fatalf("GET /v1/me on the other node = %v", got)
	}
	rehearsed := here.must(t, http.StatusOK, "head_of_delegation EE", "DELETE", "/v1/tokens/"+id+"?dry_run=true", nil)
	if changes, _ := rehearsed.object(t)["changes"].([]any); len(changes) != 1 {
		t.Errorf("the rehearsal of a revocation = %s, want one change", rehearsed.body)
	}
	there.get(t, secret, "/v1/me")
	here.must(t, http.StatusNoContent, "head_of_delegation EE", "DELETE", "/v1/tokens/"+id, nil)
	here.must(t, http.StatusUnauthorized, secret, "GET", "/v1/me", nil)
	there.must(t, http.StatusUnauthorized, secret, "POST", "/v1/contacts", technical("EE"))
	for there.do(t, secret, "GET", "/v1/me", nil).status == http.StatusOK {
		if t.Context().Err() != nil {
			t.Fatal("the other node still takes the token")
		}
	}
	for _, node := range []*client{here, there} {
		for _, path := range []string{"/v1/me", "/v1/states"} {
			res := node.must(t, http.StatusUnauthorized, secret, "GET", path, nil)
			if res.header.Get("WWW-Authenticate") == "" {
				t.Errorf("GET %s with a revoked token has no WWW-Authenticate", path)
			}
		}
	}
	here.must(t, http.StatusConflict, "head_of_delegation EE", "DELETE", "/v1/tokens/"+id, nil)
	if got := here.get(t, "head_of_delegation EE", "/v1/tokens/"+id).object(t); got["revoked_at"] == nil {
		t.Errorf("the revoked token is shown as %v, want revoked_at", got)
	}
}

func TestATokenReachesNoFurtherThanItsScope(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	public := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "public"))
	closed := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	_, reader := c.issue(t, "head_of_delegation EE", order("access", "read"))
	_, narrow := c.issue(t, "head_of_delegation EE", order("access", "read", "audiences", []string{"public"}))
	_, system := c.issue(t, "head_of_delegation EE", order("access", "read", "role", "partner", "owner_kind", "system", "owner", "Mirror"))

	for _, secret := range []string{reader, narrow, system} {
		before := c.version(t)
		c.must(t, http.StatusForbidden, secret, "POST", "/v1/contacts", technical("EE"))
		c.must(t, http.StatusForbidden, secret, "POST", public.path+"/confirm", nil)
		c.must(t, http.StatusForbidden, secret, "PUT", public.path, technical("EE"), "If-Match", public.etag)
		c.must(t, http.StatusForbidden, secret, "POST", "/v1/tokens", order())
		if got := c.version(t); got != before {
			t.Errorf("the refusals moved the register from version %s to %s", before, got)
		}
	}
	c.get(t, reader, closed.path)
	c.get(t, system, closed.path)
	c.must(t, http.StatusNotFound, narrow, "GET", closed.path, nil)
	c.must(t, http.StatusNotFound, "narrow partner", "GET", closed.path, nil)
	c.get(t, narrow, public.path)

	for pointer, body := range map[string]object{
		"/audiences":  order("audiences", []string{"public", "participants"}),
		"/access":     order("role", "partner", "owner_kind", "system"),
		"/expires_at": order("expires_at", time.Now().Add(400*24*time.Hour).UTC().Format(time.RFC3339)),
		"/role":       order("role", "head_of_delegation"),
	} {
		res := c.must(t, http.StatusUnprocessableEntity, "head_of_delegation EE", "POST", "/v1/tokens", body)
		if diff := cmp.Diff([]string{pointer}, res.pointers(t)); diff != "" {
			t.Errorf("POST /v1/tokens with a fault at %s points at (-want +got):\n%s", pointer, diff)
		}
	}
	c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", "/v1/tokens", order("owner_kind", "system", "role", "cert"))
	for _, who := range []string{"delegate EE", "cert EE", "secretariat KR", "auditor", "partner"} {
		c.must(t, http.StatusForbidden, who, "POST", "/v1/tokens", order())
	}
}

func TestMeSaysWhoIsAskingAndWhatTheyMay(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for who, want := range map[string][]any{
		"":                      {},
		"partner":               {},
		"auditor":               {"be told of other states' changes", "read the trail", "see which people of a state read an entry", "see which states read an entry", "see whom a selected entry names"},
		"cert EE":               {"be told of other states' changes", "confirm an entry", "mark a channel dead or alive", "propose a change", "suggest a correction"},
		"secretariat KR":        {"be told of other states' changes", "freeze a credential", "read the trail", "record what was found in public", "suggest a correction"},
		"head_of_delegation PL": {"answer a suggestion", "be told of other states' changes", "change entries", "choose whether one decides or two", "confirm an entry", "confirm that somebody enrols anew", "decide on a proposal", "freeze a credential", "manage a state's people", "manage a state's tokens", "mark a channel dead or alive", "propose a change", "read the trail", "see which people of a state read an entry", "see which states read an entry", "see whom a selected entry names", "suggest a correction", "suspend an entry", "withdraw the last technical contact"},
	} {
		me := c.get(t, who, "/v1/me").object(t)
		if diff := cmp.Diff(want, me["may"]); diff != "" {
			t.Errorf("GET /v1/me as %q may (-want +got):\n%s", who, diff)
		}
	}
}
