package portal_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// limited lets Ada in as a delegate of some kinds of contact.
func (s *site) limited(t *testing.T, kinds ...string) *member {
	t.Helper()
	act := s.world.By(t, "head_of_delegation EE")
	offer, err := s.signIn.Appoint(t.Context(), act, signin.Appointment{
		Name: ada.name, Email: ada.email, Language: "en", Role: ada.role, State: ada.state, Delegation: act.By.Delegation, Kinds: kinds,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.enrolled(t, ada, offer)
}

func TestADelegateOfSomeKindsIsOfferedThoseAlone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.limited(t, "diplomatic", "technical")
	page := m.get("/contacts/new")
	for _, kind := range contact.Kinds {
		offered := strings.Contains(page.body, `value="`+kind+`"`)
		if want := slices.Contains([]string{"diplomatic", "technical"}, kind); offered != want {
			t.Errorf("the form offers %s: %t, want %t", kind, offered, want)
		}
	}
	if page := m.get("/account"); !strings.Contains(page.body, "for these alone: Diplomatic contact, Technical contact") {
		t.Errorf("the account's page does not say to what the role is limited: %s", page.body)
	}
	one := m.led(m.post("/contacts/new", desk...))
	if page := m.get(one); !strings.Contains(page.body, one+"/change") || !strings.Contains(page.body, one+"/confirm") {
		t.Errorf("a contact of the own kind offers no change and no confirmation: %s", page.body)
	}

	// What is of another kind is shown, and nothing to be done with it; what is sent all
	// the same is refused.
	policy := s.world.By(t, "delegate EE")
	made, err := s.world.Contacts.Add(t.Context(), policy, register.Sent[contact.Input]{If: register.Precondition{None: true}, Body: ofPolicy()})
	if err != nil {
		t.Fatal(err)
	}
	at := "/contacts/" + made.ID
	page = m.must(http.StatusOK, m.get(at))
	for _, act := range []string{"/change", "/confirm"} {
		if strings.Contains(page.body, at+act) {
			t.Errorf("a contact of another kind offers %s: %s", act, page.body)
		}
	}
	before := s.version(t)
	const said = "your role is limited to the kinds diplomatic, technical"
	for what, got := range map[string]answer{
		"naming one":     m.post("/contacts/new", with(desk, "kind", "policy")...),
		"its form":       m.get(at + "/change"),
		"changing it":    m.post(at+"/change", with(desk, "kind", "technical")...),
		"confirming it":  m.post(at+"/confirm", "version", "1"),
		"naming another": m.post("/contacts/new", with(desk, "kind", "law_enforcement")...),
	} {
		if got.status != http.StatusForbidden || !strings.Contains(strings.ToLower(got.body), said) {
			t.Errorf("%s = %d %s, want 403, and to what the role is limited", what, got.status, got.body)
		}
	}
	if after := s.version(t); after != before {
		t.Errorf("after the refusals the register is at %d, want %d", after, before)
	}
	m.get("/?lang=pl")
	if got := m.get(at + "/change"); !strings.Contains(got.body, "jest ograniczona do rodzajów") || foreign.MatchString(got.body) {
		t.Errorf("the refusal is not in Polish: %s", got.body)
	}
}

// ofPolicy is a policy contact of Estonia's.
func ofPolicy() contact.Input {
	var in contact.Input
	in.State, in.Kind, in.Audience, in.OfficeTitle = "EE", contact.Policy, access.ForParticipants, "Ministry"
	in.Channels = []contact.ChannelInput{{Type: "email", Value: "post@mfa.example"}}
	return in
}

func TestADelegateOfOneKindIsLedToItsForm(t *testing.T) {
	t.Parallel()
	m := serve(t).limited(t, "policy")
	if page := m.must(http.StatusOK, m.get("/contacts/new")); !strings.Contains(page.body, `name="office_title"`) {
		t.Errorf("who may name one kind is asked which: %s", page.body)
	}
}

// TestAHeadLimitsADelegateToKinds invites one, grants one, and issues a token, with the
// boxes of kinds checked; and without.
func TestAHeadLimitsADelegateToKinds(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	invite := []string{"name", ada.name, "email", ada.email, "role", "delegate", "language", "en"}
	for _, refused := range [][]string{
		{"kinds", "minister"},
		{"kinds", "technical", "kinds", "policy", "kinds", "diplomatic", "kinds", "law_enforcement"},
	} {
		m.must(http.StatusUnprocessableEntity, m.post("/people/invite", append(slices.Clone(invite), refused...)...))
	}
	again := m.must(http.StatusUnprocessableEntity, m.post("/people/invite", append(with(invite, "role", "cert"), "kinds", "policy")...))
	if !strings.Contains(again.body, `value="policy" checked`) || !strings.Contains(again.body, "limit the role of a delegate alone") {
		t.Errorf("the form does not keep what was chosen, or does not say what to mend: %s", again.body)
	}
	m.must(http.StatusOK, m.post("/people/invite", append(slices.Clone(invite), "kinds", "policy", "kinds", "technical")...))
	if page := m.get("/people"); !strings.Contains(page.body, "for these alone: Policy contact, Technical contact") {
		t.Errorf("the people's page does not say to what the invitation is limited: %s", page.body)
	}

	officer := s.member(t, guard)
	at := "/people/" + officer.account
	if page := m.get(at); strings.Count(page.body, `name="kinds"`) != 4 {
		t.Errorf("a role is given without the choice of kinds: %s", page.body)
	}
	m.leads(m.post(at+"/grant", "role", "delegate", "kinds", "law_enforcement"), at)
	if page := m.get(at); !strings.Contains(page.body, "for these alone: Law enforcement contact") {
		t.Errorf("the person's page does not say to what the role is limited: %s", page.body)
	}
	token := []string{"owner", "Kristjan", "owner_kind", "person", "role", "delegate", "label", "x", "access", "write", "scope", "selected", "days", "30"}
	m.must(http.StatusOK, m.post("/tokens/issue", append(slices.Clone(token), "kinds", "technical")...))
	m.must(http.StatusConflict, m.post("/tokens/issue", token...))
	if page := m.get("/tokens"); !strings.Contains(page.body, "for these alone: Technical contact") {
		t.Errorf("the tokens' page does not say to what the role is limited: %s", page.body)
	}
	m.must(http.StatusOK, m.post("/tokens/issue", with(token, "owner", "Another")...))
}
