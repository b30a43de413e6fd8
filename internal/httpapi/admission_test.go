package httpapi_test

import (
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

// vacant is a world in which Tunisia has no delegation.
func vacant(t *testing.T) *client {
	t.Helper()
	c := serve(t, fixture.New(t))
	id := c.world.Actor(t, "cert TN").Delegation
	if _, err := c.world.Delegations.Close(t.Context(), c.world.Pair(t), id); err != nil {
		t.Fatalf("Close() = %v", err)
	}
	return c
}

// handed is what an answer hands out of an invitation.
func handed(t *testing.T, res response) object {
	t.Helper()
	of, _ := res.object(t)["invitation"].(object)
	return of
}

// comesIn accepts an invitation by the two halves of it.
func (c *client) comesIn(t *testing.T, link, code string) error {
	t.Helper()
	secret, ok := strings.CutPrefix(link, fixture.Origin+"/invitation/")
	if !ok {
		t.Fatalf("the link is %q, want one to %s/invitation/", link, fixture.Origin)
	}
	_, err := c.world.SignIn.Accept(t.Context(), signin.Browser{Address: "192.0.2.7", Label: "Firefox"}, secret, code)
	return err
}

// nowhere fails the test for a secret that is anywhere in the database.
func nowhere(t *testing.T, c *client, secrets ...string) {
	t.Helper()
	for _, table := range []string{"proposal", "invitation", "invitation_secret", "trail_change", "idempotency", "account", "delegation"} {
		for _, secret := range secrets {
			var there bool
			bare := strings.ReplaceAll(secret, "-", "")
			err := c.world.DB.Owner.QueryRow(t.Context(),
				`select exists (select from `+table+` x where position($1 in x::text) > 0 or position($2 in x::text) > 0 or position(encode($1::bytea, 'hex') in x::text) > 0)`,
				secret, bare).Scan(&there)
			if err != nil {
				t.Fatal(err)
			}
			if there {
				t.Errorf("%s has the secret %s", table, secret)
			}
		}
	}
}

func TestTwoOfTheSecretariatOpenADelegationWithItsHead(t *testing.T) {
	t.Parallel()
	c := vacant(t)
	before := c.version(t)
	asked := c.must(t, http.StatusAccepted, "secretariat KR", "POST", "/v1/delegations?reason=As+notified.", opening("TN"), "Idempotency-Key", "open")
	at, link := asked.header.Get("Location"), text(handed(t, asked), "link")
	p := asked.object(t)
	if p["does"] != "open" || p["noun"] != "delegation" || p["state"] != "TN" || p["co_chair"] != "KR" || p["about"] != nil || handed(t, asked)["code"] != nil {
		t.Errorf("the proposal is %v, want one of KR's, to open TN's delegation, with the link alone", p)
	}
	again := c.must(t, http.StatusAccepted, "secretariat KR", "POST", "/v1/delegations?reason=As+notified.", opening("TN"), "Idempotency-Key", "open")
	if again.header.Get("Idempotent-Replay") != "true" || handed(t, again) != nil || again.header.Get("Location") != at {
		t.Errorf("the same request again = %s, want the proposal without its link", again.body)
	}
	for _, who := range []string{"head_of_delegation EE", "partner", "cert TN"} {
		if res := c.do(t, who, "GET", at, nil); res.status == http.StatusOK {
			t.Errorf("GET %s as %s = %s, want that who it is about is not shown", at, who, res.body)
		}
	}
	if shown := string(c.get(t, "secretariat US", at).body); !strings.Contains(shown, "leila@tn.example") || strings.Contains(shown, link) {
		t.Errorf("another of the secretariat reads %s, want whom it decides on, and no link", shown)
	}
	if err := c.comesIn(t, link, "0000-0000-0000-0000"); !problem.Is(err, problem.NotFound) {
		t.Errorf("the link, before anybody approves, = %v, want that there is no invitation", err)
	}

	done := c.must(t, http.StatusOK, "secretariat PL", "POST", at+"/approve", nil, "Idempotency-Key", "yes")
	gave := handed(t, done)
	if gave["link"] != nil || gave["email"] != "leila@tn.example" || gave["role"] != "head_of_delegation" {
		t.Errorf("approving hands out %v, want the code, and for whom", gave)
	}
	if days := time.Until(at8601(t, gave["expires_at"])); days < 29*24*time.Hour || days > 30*24*time.Hour {
		t.Errorf("the invitation stands for %s, want 30 days", days)
	}
	replay := c.must(t, http.StatusOK, "secretariat PL", "POST", at+"/approve", nil, "Idempotency-Key", "yes")
	if replay.header.Get("Idempotent-Replay") != "true" || handed(t, replay) != nil || handed(t, c.get(t, "secretariat PL", at)) != nil {
		t.Errorf("the same approval again = %s, want the proposal without the code", replay.body)
	}
	made := c.get(t, "cert EE", "/v1/delegations/"+text(done.object(t), "made")).object(t)
	if made["state"] != "TN" || made["status"] != "open" || made["authority"] != "Note verbale 114/2026" {
		t.Errorf("the delegation is %v, want Tunisia's, open", made)
	}
	var acts []string
	for _, row := range c.get(t, "auditor", "/v1/trail?after="+before).items(t) {
		acts = append(acts, text(row, "noun")+" "+text(row, "act"))
	}
	if diff := cmp.Diff([]string{"proposal proposed", "delegation opened", "invitation invited", "proposal approved"}, acts); diff != "" {
		t.Errorf("the trail tells (-want +got):\n%s", diff)
	}
	nowhere(t, c, strings.TrimPrefix(link, fixture.Origin+"/invitation/"), text(gave, "code"))
	if err := c.comesIn(t, link, "0000-0000-0000-0000"); err != signin.ErrCode {
		t.Errorf("a wrong code = %v, want ErrCode", err)
	}
	if err := c.comesIn(t, link, strings.ToLower(text(gave, "code"))); err != nil {
		t.Errorf("the head comes in: %v", err)
	}
	if err := c.comesIn(t, link, text(gave, "code")); !problem.Is(err, problem.Conflict) {
		t.Errorf("the same invitation again = %v, want that it is used up", err)
	}
}

// at8601 reads a moment.
func at8601(t *testing.T, moment any) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, moment.(string))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestALetterThatWasLostIsMadeAnewAndOpensNothing(t *testing.T) {
	t.Parallel()
	c := vacant(t)
	asked := c.must(t, http.StatusAccepted, "secretariat KR", "POST", "/v1/delegations", opening("TN"))
	done := c.must(t, http.StatusOK, "secretariat PL", "POST", asked.header.Get("Location")+"/approve", nil)
	lostLink, lostCode := text(handed(t, asked), "link"), text(handed(t, done), "code")
	heads := "/v1/delegations/" + text(done.object(t), "made") + "/heads"

	// The same person or another: the letter that was lost opens nothing.
	anew := c.must(t, http.StatusAccepted, "secretariat US", "POST", heads, object{"name": "Amel Trabelsi", "email": "amel@tn.example", "language": "pl"})
	if p := anew.object(t); p["does"] != "appoint" || "/v1/delegations/"+text(p, "about")+"/heads" != heads || p["state"] != "TN" {
		t.Errorf("the proposal is %v, want one to appoint a head of the delegation", p)
	}
	other := c.must(t, http.StatusAccepted, "secretariat PL", "POST", heads, opening("TN")["head"])
	gave := c.must(t, http.StatusOK, "secretariat KR", "POST", anew.header.Get("Location")+"/approve", nil)
	if err := c.comesIn(t, lostLink, lostCode); !problem.Is(err, problem.Conflict) {
		t.Errorf("the lost letter = %v, want that it is withdrawn", err)
	}
	// What the other proposal would withdraw is withdrawn already.
	if res := c.do(t, "secretariat KR", "POST", other.header.Get("Location")+"/approve", nil); res.kind() != "conflict" {
		t.Errorf("approving the same once more = %d %s, want that it is stale", res.status, res.body)
	}
	if err := c.comesIn(t, text(handed(t, anew), "link"), text(handed(t, gave), "code")); err != nil {
		t.Errorf("the new letter = %v, want that the head comes in", err)
	}
	if res := c.do(t, "secretariat KR", "POST", heads, opening("TN")["head"]); res.kind() != "conflict" || !strings.Contains(string(res.body), "has a head") {
		t.Errorf("appointing a head where one has come in = %d %s, want a refusal", res.status, res.body)
	}
}

func TestWhatHandsOutIsNobodysAlone(t *testing.T) {
	t.Parallel()
	c := vacant(t)
	other := func(coChair, name string) (string, string) {
		token, secret, err := c.world.Accounts.Appoint(t.Context(), register.Act{By: access.Registry()}, account.Appointment{
			Owner: name, OwnerKind: "person", Role: access.Secretariat, CoChair: coChair, Label: "test", Writes: true,
			Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		return token.ID, secret
	}
	_, sameChair := other("KR", "Another of Seoul")
	_, sameAgain := other("KR", "secretariat KR") // the same person's second token
	endedID, ended := other("US", "Somebody who leaves")
	at := c.must(t, http.StatusAccepted, "secretariat KR", "POST", "/v1/delegations", opening("TN")).header.Get("Location")
	if err := c.world.Accounts.Revoke(t.Context(), register.Act{By: access.Registry()}, endedID); err != nil {
		t.Fatal(err)
	}
	before := content(t, c.world.DB.Owner)
	for who, want := range map[string]int{
		"secretariat KR": 403, sameChair: 403, sameAgain: 403, ended: 401, "auditor": 403, "head_of_delegation EE": 404, "partner": 404,
	} {
		if res := c.do(t, who, "POST", at+"/approve", nil); res.status != want {
			t.Errorf("POST approve as %.20s = %d %s, want %d", who, res.status, res.body, want)
		}
	}
	if res := c.do(t, "secretariat PL", "POST", at+"/approve", nil, "If-Match", `"1"`); res.kind() != "stale" {
		t.Errorf("approving what was at another version = %d %s, want stale", res.status, res.body)
	}
	c.must(t, http.StatusOK, "secretariat PL", "POST", at+"/approve?dry_run=true", nil)
	if diff := cmp.Diff(before, content(t, c.world.DB.Owner)); diff != "" {
		t.Errorf("the refusals and the rehearsal changed (-before +after):\n%s", diff)
	}
}

// What was asked for is not done once it can no longer be what was read.
func TestAnOpeningThatIsOvertakenIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*testing.T, *client, string){
		"the state has a delegation by now": func(t *testing.T, c *client, _ string) {
			at := c.must(t, http.StatusAccepted, "secretariat US", "POST", "/v1/delegations", opening("TN")).header.Get("Location")
			c.must(t, http.StatusOK, "secretariat PL", "POST", at+"/approve", nil)
		},
		"its author serves the secretariat no more": func(t *testing.T, c *client, _ string) {
			if _, err := c.world.DB.Owner.Exec(t.Context(), `update role_grant set revoked_at = now() where role = 'secretariat' and co_chair = 'KR'`); err != nil {
				t.Fatal(err)
			}
		},
		"somebody has put another head in its place": func(t *testing.T, c *client, at string) {
			_, err := c.world.DB.Owner.Exec(t.Context(), `
				alter table proposal disable trigger proposal_only_ends;
				update proposal set body = convert_to(replace(convert_from(body, 'UTF8'), 'Leila', 'mallory'), 'UTF8') where status = 'open'`)
			if err != nil {
				t.Fatal(err)
			}
		},
		"it was withdrawn": func(t *testing.T, c *client, at string) {
			c.must(t, http.StatusOK, "secretariat KR", "POST", at+"/withdraw", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := vacant(t)
			at := c.must(t, http.StatusAccepted, "secretariat KR", "POST", "/v1/delegations", opening("TN")).header.Get("Location")
			meanwhile(t, c, at)
			before := content(t, c.world.DB.Owner)
			if res := c.do(t, "secretariat PL", "POST", at+"/approve", nil); res.kind() != "conflict" || handed(t, res) != nil {
				t.Errorf("POST approve = %d %s, want a conflict", res.status, res.body)
			}
			if diff := cmp.Diff(before, content(t, c.world.DB.Owner)); diff != "" {
				t.Errorf("the refusal changed (-before +after):\n%s", diff)
			}
		})
	}
}
