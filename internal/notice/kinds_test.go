package notice_test

import (
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/suggestion"
)

// TestWhoIsLimitedIsAskedOfTheirKindsAlone has two delegates of Estonia's, each limited
// to a kind, who can be mailed.
func TestWhoIsLimitedIsAskedOfTheirKindsAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	head := d.By(t, "head_of_delegation EE")
	for _, kind := range []string{"technical", "policy"} {
		_, _, err := d.Accounts.Issue(t.Context(), head, register.Sent[account.Input]{Body: account.Input{
			Owner: kind + " delegate EE", OwnerKind: "person", Role: access.Delegate, Label: "test", Access: "write", Audiences: access.Audiences,
			ExpiresAt: time.Now().Add(time.Hour), Kinds: []string{kind},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	d.addressed(t, append(everybody, "technical delegate EE", "policy delegate EE")...)
	desk := d.add(t, "delegate EE", dutyDesk())
	_, err := d.Delegations.ChooseMode(t.Context(), head, head.By.Delegation, none(delegation.ModeInput{Mode: delegation.TwoPerson}))
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"note": "Confidential note"}`)
	act := d.By(t, "delegate EE")
	act.Asked = &register.Asked{Does: proposal.Patch, Noun: "contact", Key: desk.ID, Body: body}
	_, _ = d.Contacts.Patch(t.Context(), act, desk.ID, none(body)) // it answers that it is proposed
	const asked = ": A proposal waits for a decision (Estonia)"
	wants(t, d.latest(t), "head_of_delegation.ee@people.example"+asked, "technical.delegate.ee@people.example"+asked)

	see := func(*register.Tx) (suggestion.Seen, error) {
		return suggestion.Seen{Noun: "contact", State: "EE", Audience: access.ForParticipants, View: map[string]any{}}, nil
	}
	if _, err := d.Suggestions.Make(t.Context(), d.By(t, "cert LV"), desk.ID, see, none(suggestion.Input{Text: "It rings out."})); err != nil {
		t.Fatal(err)
	}
	const suggested = ": A participant suggests a correction (Estonia)"
	wants(t, d.latest(t), "delegate.ee@people.example"+suggested, "head_of_delegation.ee@people.example"+suggested,
		"technical.delegate.ee@people.example"+suggested)
}
