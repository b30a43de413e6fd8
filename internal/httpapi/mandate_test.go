package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// admitted is somebody whom two of the secretariat have admitted.
type admitted struct{ path, link, code string }

func (c *client) admit(t *testing.T, in object) admitted {
	t.Helper()
	asked := c.must(t, http.StatusAccepted, "secretariat KR", "POST", "/v1/mandates", in)
	done := c.must(t, http.StatusOK, "secretariat US", "POST", asked.header.Get("Location")+"/approve", nil)
	return admitted{"/v1/mandates/" + text(done.object(t), "made"), text(handed(t, asked), "link"), text(handed(t, done), "code")}
}

func (c *client) pickUp(t *testing.T, a admitted) string {
	t.Helper()
	return text(c.must(t, http.StatusCreated, "", "POST", "/v1/tokens/pick-up", object{"link": a.link, "code": a.code}).object(t), "secret")
}

// together asks for something as one of the secretariat, and approves as another.
func (c *client) together(t *testing.T, path string, body any) {
	t.Helper()
	asked := c.must(t, http.StatusAccepted, "secretariat PL", "POST", path, body).header.Get("Location")
	c.must(t, http.StatusOK, "secretariat KR", "POST", asked+"/approve", nil)
}

func in(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

const day = 24 * time.Hour

func TestAnAuditorsMandateIsListedByNameAndItsTokenIsTheirsAlone(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	wanted := mandate()
	asked := c.must(t, http.StatusAccepted, "secretariat KR", "POST", "/v1/mandates", wanted, "Idempotency-Key", "admit")
	if p := asked.object(t); p["does"] != "admit" || p["noun"] != "mandate" || p["state"] != nil || p["co_chair"] != "KR" || handed(t, asked)["code"] != nil {
		t.Errorf("the proposal is %v, want one of KR's of no state, with the link alone", p)
	}
	if again := c.must(t, http.StatusAccepted, "secretariat KR", "POST", "/v1/mandates", wanted, "Idempotency-Key", "admit"); handed(t, again) != nil {
		t.Errorf("the same request again = %s, want no link", again.body)
	}
	at := asked.header.Get("Location")
	for who, want := range map[string]int{"secretariat KR": 403, "auditor": 403, "head_of_delegation EE": 404} {
		if res := c.do(t, who, "POST", at+"/approve", nil); res.status != want {
			t.Errorf("POST approve as %s = %d %s, want %d", who, res.status, res.body, want)
		}
	}
	c.must(t, http.StatusOK, "secretariat US", "POST", at+"/approve?dry_run=true", nil)
	done := c.must(t, http.StatusOK, "secretariat US", "POST", at+"/approve", nil)
	link, code := text(handed(t, asked), "link"), text(handed(t, done), "code")

	path := "/v1/mandates/" + text(done.object(t), "made")
	for _, who := range []string{"cert LV", "delegate EE", "head_of_delegation EE", "partner", "partner EE", "secretariat PL", "auditor"} {
		m := c.get(t, who, path).object(t)
		by := m["admitted_by"].([]any)
		if m["name"] != "Amara Diallo" || m["role"] != "auditor" || m["basis"] != "Decision 7" || m["until"] != wanted["until"] || len(by) != 2 ||
			cmp.Diff(object{"name": "secretariat KR", "co_chair": "KR"}, by[0]) != "" || cmp.Diff(object{"name": "secretariat US", "co_chair": "US"}, by[1]) != "" {
			t.Errorf("%s reads %v, want the mandate with both names", who, m)
		}
		if first := c.get(t, who, "/v1/mandates?role=auditor&limit=1").items(t)[0]; cmp.Diff(m, first) != "" {
			t.Errorf("%s finds %v first in the list, want the mandate", who, first)
		}
	}
	if list := c.get(t, "narrow partner", "/v1/mandates").items(t); len(list) != 0 {
		t.Errorf("who reads what is public alone sees %d mandates", len(list))
	}
	if csv := string(c.get(t, "cert EE", "/v1/mandates", "Accept", "text/csv").body); !strings.Contains(csv, "secretariat KR (KR); secretariat US (US)") {
		t.Errorf("as CSV: %s", csv)
	}

	// It opens nothing but the token, by its own code, once.
	if _, err := c.world.SignIn.Accept(t.Context(), signin.Browser{Address: "192.0.2.7"}, link[strings.LastIndex(link, "/")+1:], code); err != signin.ErrToken {
		t.Errorf("Accept() of it = %v, want ErrToken", err)
	}
	if res := c.do(t, "", "POST", "/v1/tokens/pick-up", object{"link": link, "code": "0000-0000-0000-0000"}); res.status != http.StatusUnauthorized {
		t.Errorf("a wrong code = %d %s, want 401", res.status, res.body)
	}
	secret := c.pickUp(t, admitted{link: link, code: code})
	if res := c.do(t, "", "POST", "/v1/tokens/pick-up", object{"link": link, "code": code}); res.status != http.StatusConflict {
		t.Errorf("picking it up once more = %d %s, want 409", res.status, res.body)
	}
	nowhere(t, c, link[strings.LastIndex(link, "/")+1:], code, secret)
	if me := c.get(t, secret, "/v1/me").object(t); me["role"] != "auditor" || me["name"] != "Amara Diallo" || me["writes"] != false {
		t.Errorf("/v1/me is %v, want the auditor, for reading", me)
	}
	c.get(t, secret, "/v1/access-log/people")
}

func TestAMandatesTokenEndsWithIt(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	a := c.admit(t, with(mandate(), "role", "partner", "name", "A mirror", "audiences", []string{"public", "participants"}))
	secret := c.pickUp(t, a)
	c.get(t, secret, "/v1/mandates")

	// Its end is moved, sooner and later: by two.
	before := content(t, w.DB.Owner)
	c.must(t, http.StatusForbidden, "secretariat PL", "POST", c.must(t, http.StatusAccepted, "secretariat PL", "POST", a.path+"/end?dry_run=false", nil).header.Get("Location")+"/approve", nil)
	if got := c.get(t, "cert EE", a.path).object(t); got["ended_at"] != nil || content(t, w.DB.Owner)["role_grant"] != before["role_grant"] {
		t.Errorf("one of the secretariat ended %v", got)
	}
	until := in(90 * day)
	c.together(t, a.path+"/extend", object{"until": until})
	if got := c.get(t, "cert EE", a.path).object(t); got["until"] != until {
		t.Errorf("extended, the mandate is %v, want until %s", got, until)
	}
	c.get(t, secret, "/v1/me")

	// Once it is over, neither node nor database takes its token.
	if _, err := w.DB.Owner.Exec(t.Context(), `update role_grant set since = since - interval '2 days', until = now() - interval '1 second' where basis is not null`); err != nil {
		t.Fatal(err)
	}
	fresh := account.NewStore(w.Register, w.DB.Server, time.Now)
	if _, err := fresh.Authenticate(t.Context(), secret); err == nil {
		t.Error("a token of a mandate that is over signs in")
	}
	for path, body := range map[string]any{a.path + "/extend": object{"until": until}, a.path + "/end": nil} {
		if res := c.do(t, "secretariat KR", "POST", path, body); res.kind() != "conflict" {
			t.Errorf("POST %s of one that is over = %d %s, want a conflict", path, res.status, res.body)
		}
	}
	// And is admitted anew by the same name.
	anew := c.admit(t, with(mandate(), "role", "partner", "name", "A mirror"))
	if anew.path == a.path {
		t.Error("the mandate that was over goes on")
	}
	again := c.pickUp(t, anew)
	c.together(t, anew.path+"/end", nil)
	if res := c.do(t, again, "GET", "/v1/me", nil); res.status != http.StatusUnauthorized {
		t.Errorf("GET /v1/me once the mandate was ended = %d %s, want 401", res.status, res.body)
	}
	if got := c.get(t, "cert EE", anew.path).object(t); got["ended_at"] == nil {
		t.Errorf("the mandate is %v, want that it was ended", got)
	}
	if n := len(c.get(t, "cert EE", "/v1/mandates?role=partner").items(t)); n != 4 {
		t.Errorf("%d partners are listed, want those of before too", n)
	}
}

func TestAMandateThatHasNotBegunLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	a := c.admit(t, with(mandate(), "from", in(2*day)))
	secret := c.pickUp(t, a)
	if res := c.do(t, secret, "GET", "/v1/me", nil); res.status != http.StatusUnauthorized {
		t.Errorf("GET /v1/me before it begins = %d %s, want 401", res.status, res.body)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update role_grant set since = now() - interval '1 second' where basis is not null`); err != nil {
		t.Fatal(err)
	}
	c.get(t, secret, "/v1/me")
	ended := c.admit(t, with(mandate(), "name", "Somebody else"))
	c.together(t, ended.path+"/end", nil)
	if res := c.do(t, "", "POST", "/v1/tokens/pick-up", object{"link": ended.link, "code": ended.code}); res.kind() != "conflict" {
		t.Errorf("picking up the token of a mandate that was ended = %d %s, want a conflict", res.status, res.body)
	}
}

// An auditor who is to sign in sets up how with the halves that the two have, and is
// signed out when the mandate ends.
func TestAnAuditorSignsInOnAMandate(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	browser := signin.Browser{Address: "192.0.2.7"}
	a := c.admit(t, with(mandate(), "email", "amara@audit.example"))
	if res := c.do(t, "", "POST", "/v1/tokens/pick-up", object{"link": a.link, "code": a.code}); res.kind() != "conflict" {
		t.Errorf("picking up a token with it = %d %s, want a conflict", res.status, res.body)
	}
	secret := a.link[strings.LastIndex(a.link, "/")+1:]
	if _, err := w.SignIn.Accept(t.Context(), browser, secret, "0000-0000-0000-0000"); err != signin.ErrCode {
		t.Errorf("Accept() with a wrong code = %v, want ErrCode", err)
	}
	in, err := w.SignIn.Accept(t.Context(), browser, secret, a.code)
	if err != nil || in.Session.Kind != signin.Enrolling || in.Session.Name != "Amara Diallo" {
		t.Fatalf("Accept() = %+v, %v, want that the auditor sets up how to sign in", in.Session, err)
	}
	now, _, err := w.SignIn.EnrolPrinted(t.Context(), browser, in.Session, "seven walnuts under a green roof")
	if err != nil {
		t.Fatal(err)
	}
	if by := now.Session.Actor(); by.Role != access.Auditor || by.Writes || by.State != "" {
		t.Errorf("they act as %+v, want as the auditor, for reading", by)
	}
	c.together(t, a.path+"/end", nil)
	if _, err := w.SignIn.Find(t.Context(), now.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() once the mandate was ended = %v, want ErrNoSession", err)
	}

	late := c.admit(t, with(mandate(), "name", "Somebody else", "email", "else@audit.example"))
	c.together(t, late.path+"/end", nil)
	before := content(t, w.DB.Owner)
	if _, err := w.SignIn.Accept(t.Context(), browser, late.link[strings.LastIndex(late.link, "/")+1:], late.code); !problem.Is(err, problem.Conflict) {
		t.Errorf("Accept() of a mandate that was ended = %v, want a conflict", err)
	}
	if after := content(t, w.DB.Owner); after["role_grant"] != before["role_grant"] || after["person"] != before["person"] {
		t.Error("it made somebody an auditor all the same")
	}
}

// Who was admitted before mandates had dates ends with their token.
func TestWhatHasNoDatesIsNotExtended(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	a := c.admit(t, mandate())
	if _, err := w.DB.Owner.Exec(t.Context(), `update role_grant set basis = null, since = null, until = null where basis = 'Decision 7'`); err != nil {
		t.Fatal(err)
	}
	if res := c.do(t, "secretariat KR", "POST", a.path+"/extend", object{"until": in(90 * day)}); res.kind() != "conflict" {
		t.Errorf("extending it = %d %s, want a conflict", res.status, res.body)
	}
}

// What is verified of roles and invitations has the mandates among it.
func TestMandatesAreVerified(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	a := c.admit(t, mandate())
	c.pickUp(t, a)
	c.together(t, a.path+"/extend", object{"until": in(60 * day)})
	verify := func() error {
		return w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
			for _, check := range []func(context.Context, *register.Snapshot) (int, error){account.VerifyRoles, account.Verify, signin.Verify} {
				if _, err := check(t.Context(), snap); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := verify(); err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, sql := range []string{`update role_grant set until = until + interval '1 day' where basis is not null`, `update role_grant set basis = 'Another' where basis is not null`} {
		if _, err := w.DB.Owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if err := verify(); err == nil {
			t.Errorf("after %s it verifies", sql)
		}
	}
}
