package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
)

// ownToken gives a head of Estonia's who signs in a token, past the pages.
func (s *site) ownToken(t *testing.T, m *member) (id, secret string) {
	t.Helper()
	token, secret, err := s.world.Accounts.Appoint(t.Context(), s.world.Pair(t), account.Appointment{
		Owner: m.name, OwnerKind: "person", Role: m.role, State: m.state, Delegation: s.world.By(t, "head_of_delegation "+m.state).By.Delegation,
		Label: "Scripts", Writes: true, Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return token.ID, secret
}

// TestAPersonOpensTheirToken issues a token with a program, which wants that the
// person has opened it on their page.
func TestAPersonOpensTheirToken(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	token, secret := s.ownToken(t, m)
	issue := func() answer {
		return s.visitor(t).raw(http.MethodPost, "/v1/tokens", issues("cert", "read"), "Authorization", "Bearer "+secret, "Content-Type", "application/json")
	}
	if got := issue(); got.status != http.StatusForbidden || !strings.Contains(got.body, "open the token for five minutes under your account") {
		t.Errorf("issuing with the token answers %d %s, want that it is to be opened", got.status, got.body)
	}
	if page := m.must(http.StatusOK, m.get("/account")).body; !strings.Contains(page, "Scripts") || !strings.Contains(page, "Open for five minutes") {
		t.Errorf("the account does not offer to open the token: %s", page)
	}
	m.leads(m.post("/account/tokens/open", "token", token), "/account")
	if page := m.get("/account").body; !strings.Contains(page, "Open until") || !strings.Contains(page, "token opened for five minutes") {
		t.Errorf("the account does not show that the token is open: %s", page)
	}
	if got := issue(); got.status != http.StatusCreated {
		t.Errorf("issuing with the open token answers %d %s, want 201", got.status, got.body)
	}
	m.leads(m.post("/account/tokens/shut", "token", token), "/account")
	if got := issue(); got.status != http.StatusForbidden {
		t.Errorf("issuing with the token that was shut answers %d %s, want 403", got.status, got.body)
	}
	m.must(http.StatusNotFound, m.post("/account/tokens/open", "token", "00000000-0000-0000-0000-000000000000"))
	m.site.clock.pass(6 * time.Minute)
	m.leads(m.post("/account/tokens/open", "token", token), "/signin/again?next=%2Faccount")
}

// TestAHeadChoosesHowManyDecide does so on the page of the delegation's people.
func TestAHeadChoosesHowManyDecide(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m, delegate := s.member(t, head), s.member(t, ada)
	mode := func() (got string) {
		if err := s.world.DB.Owner.QueryRow(t.Context(), `select mode from delegation where state = 'EE'`).Scan(&got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	read := find(t, m.must(http.StatusOK, m.get("/people")), `name="version" value="([^"]+)"`)
	m.leads(m.post("/people/mode", "version", read, "mode", "two_person"), "/people")
	if got := mode(); got != "two_person" {
		t.Errorf("the mode is %q, want two_person", got)
	}
	m.must(http.StatusPreconditionFailed, m.post("/people/mode", "version", read, "mode", "single"))
	now := find(t, m.get("/people"), `name="version" value="([^"]+)"`)
	m.must(http.StatusUnprocessableEntity, m.post("/people/mode", "version", now, "mode", "nobody"))
	delegate.must(http.StatusForbidden, delegate.post("/people/mode", "version", now, "mode", "single"))
	m.site.clock.pass(6 * time.Minute)
	m.leads(m.post("/people/mode", "version", now, "mode", "single"), "/signin/again?next=%2Fpeople")
	if got := mode(); got != "two_person" {
		t.Errorf("the mode is %q, want that it still is two_person", got)
	}
}

// governs is what a head's own token would be stolen for.
func (s *siege) governs(t *testing.T, secret string) []answer {
	t.Helper()
	delegation := s.world.By(t, "head_of_delegation EE").By.Delegation
	return []answer{
		s.api(t, http.MethodPut, "/v1/delegations/"+delegation+"/mode", secret, `{"mode":"single"}`),
		s.visitor(t).raw(http.MethodPut, "/v1/delegations/"+delegation+"/mode", `{"mode":"single"}`, "Authorization", "Bearer "+secret, "Content-Type", "application/json", "If-Match", "*"),
		s.api(t, http.MethodPost, "/v1/tokens", secret, issues("delegate", "write")),
		s.api(t, http.MethodDelete, "/v1/tokens/"+s.world.By(t, "delegate EE").By.Credential, secret, ""),
	}
}

var onOpenings = []attack{
	{"the token of a head who signs in", func(t *testing.T, s *siege) func() []answer {
		_, secret := s.ownToken(t, s.head)
		return func() []answer { return s.governs(t, secret) }
	}},
	{"the token of a head who signs in, opened by others", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.ownToken(t, s.head)
		return func() []answer {
			var got []answer
			for _, v := range []*visitor{s.ada.visitor, s.guard.visitor, s.foe.visitor, s.visitor(t)} {
				got = append(got, v.post("/account/tokens/open", "token", id))
			}
			return append(got, s.governs(t, secret)...)
		}
	}},
	{"the token of a head who signs in, opened with itself", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.ownToken(t, s.head)
		return func() []answer {
			v := s.visitor(t)
			got := []answer{
				v.raw(http.MethodPost, "/account/tokens/open", "token="+id, "Authorization", "Bearer "+secret, "Content-Type", "application/x-www-form-urlencoded"),
				v.raw(http.MethodPost, "/account/tokens/open", "token="+id, "Cookie", "__Host-pocreg="+secret, "Content-Type", "application/x-www-form-urlencoded"),
			}
			return append(got, s.governs(t, secret)...)
		}
	}},
	{"the token of a head who signs in, opened from a page of another site", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.ownToken(t, s.head)
		return func() []answer {
			got := s.visitor(t).raw(http.MethodPost, "/account/tokens/open", "token="+id, "Cookie", "__Host-pocreg="+s.head.held(),
				"Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
			return append([]answer{got}, s.governs(t, secret)...)
		}
	}},
	{"the token of a head who opened it, and has signed out everywhere", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.ownToken(t, s.head)
		s.head.leads(s.head.post("/account/tokens/open", "token", id), "/account")
		s.head.leads(s.head.post("/account/sessions/end-all"), "/signin")
		return func() []answer { return s.governs(t, secret) }
	}},
}
