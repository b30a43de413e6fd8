package notice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/notice"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/suggestion"
)

func TestAProposalIsToldToThoseWhoDecideAndTheDecisionToItsAuthor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	c := d.add(t, "delegate EE", dutyDesk())
	head := d.By(t, "head_of_delegation EE")
	_, err := d.Delegations.ChooseMode(t.Context(), head, head.By.Delegation, none(delegation.ModeInput{Mode: delegation.TwoPerson}))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"note": "Confidential note"}`
	act := d.By(t, "delegate EE")
	act.Asked = &register.Asked{Does: proposal.Patch, Noun: "contact", Key: c.ID, Body: []byte(body)}
	_, err = d.Contacts.Patch(t.Context(), act, c.ID, none([]byte(body)))
	proposed := d.Register.Latest()
	wants(t, d.latest(t), "head_of_delegation.ee@people.example: A proposal waits for a decision (Estonia)")
	decide := &proposal.Store{Register: d.Register, Contacts: d.Contacts}
	var id string
	if err := d.DB.Owner.QueryRow(t.Context(), `select id::text from proposal`).Scan(&id); err != nil {
		t.Fatalf("Patch() proposed nothing: %v", err)
	}
	if _, err := decide.Approve(t.Context(), head, id, none(entry.Nothing{})); err != nil {
		t.Fatalf("Approve() = %v", err)
	}
	wants(t, d.latest(t), "delegate.ee@people.example: Your proposal was approved (Estonia)")
	d.do(t, `delete from notice`)
	wants(t, d.told(t, notice.Event{Version: proposed})) // it is decided: nobody is asked any more
	_ = err
}

func TestWhatTheSecretariatProposesIsToldToTheOtherCoChairsAndNamesNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	kr, ee := d.By(t, "secretariat KR"), d.Actor(t, "delegate EE").Delegation
	kr.Asked = &register.Asked{Does: proposal.Contest, Noun: "delegation", Key: ee}
	_, _ = d.Delegations.Settle(t.Context(), kr, ee, delegation.Contested, none(entry.Nothing{})) // it answers that it is proposed
	got := d.latest(t)
	wants(t, got, "secretariat.pl@people.example: A proposal waits for a decision (the secretariat)",
		"secretariat.us@people.example: A proposal waits for a decision (the secretariat)")
	for _, p := range got {
		if strings.Contains(p.text, "Estonia") {
			t.Errorf("the letter says whom it is about:\n%s", p.text)
		}
	}
}

func TestASuggestionIsToldToItsStateAndTheAnswerToItsAuthor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	c := d.add(t, "delegate EE", dutyDesk())
	see := func(*register.Tx) (suggestion.Seen, error) {
		return suggestion.Seen{Noun: "contact", State: "EE", Audience: access.ForParticipants, View: map[string]any{}}, nil
	}
	made, err := d.Suggestions.Make(t.Context(), d.By(t, "cert LV"), c.ID, see, none(suggestion.Input{Text: "Confidential: it rings out."}))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, d.latest(t), "delegate.ee@people.example: A participant suggests a correction (Estonia)",
		"head_of_delegation.ee@people.example: A participant suggests a correction (Estonia)")
	if _, err := d.Suggestions.Decline(t.Context(), d.By(t, "delegate EE"), made.ID, none(suggestion.Word{Word: "Confidential reason"})); err != nil {
		t.Fatal(err)
	}
	wants(t, d.latest(t), "cert.lv@people.example: Your suggestion was declined (Estonia)")
}

func TestASuspensionIsToldToTheStatesPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	c := d.add(t, "delegate EE", dutyDesk())
	if _, err := d.Contacts.Suspend(t.Context(), d.Pair(t), c.ID, none(entry.SuspendInput{Reason: "Confidential leak"})); err != nil {
		t.Fatal(err)
	}
	got := d.latest(t)
	subject := ": An entry is marked as suspended (Estonia)"
	wants(t, got, "head_of_delegation.ee@people.example"+subject, "delegate.ee@people.example"+subject, "cert.ee@people.example"+subject)
	if p := got["cert.ee@people.example"+subject]; !strings.Contains(p.text, "- Estonia: technical contact, suspended") {
		t.Errorf("the letter does not say which kind of entry:\n%s", p.text)
	}
}

func TestAChangedWayIsToldToTheStatesPeopleAndToTheOldMailbox(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	c := d.add(t, "delegate EE", dutyDesk())
	wants(t, d.latest(t)) // it is new: nobody relied on it
	d.patch(t, "delegate EE", c.ID, `{"note": "Confidential"}`)
	wants(t, d.latest(t)) // of channels it says nothing
	d.patch(t, "delegate EE", c.ID, `{"channels": [{"type": "phone", "usage": "duty", "value": "663 0299"}, {"type": "email", "value": "evil@ringi.example"}]}`)
	subject := ": A channel of a contact has changed (Estonia)"
	wants(t, d.latest(t), "head_of_delegation.ee@people.example"+subject, "delegate.ee@people.example"+subject, "cert.ee@people.example"+subject,
		"cert@ringi.example: This address is no longer a point of contact (Estonia)")
	d.patch(t, "delegate EE", c.ID, `{"channels": [{"type": "email", "value": "evil@ringi.example"}, {"type": "phone", "usage": "mobile", "value": "+372 5550 0100"}]}`)
	wants(t, d.latest(t), "head_of_delegation.ee@people.example"+subject, "delegate.ee@people.example"+subject, "cert.ee@people.example"+subject)
}

func TestATokenIsToldToWhoseItIsAndTheHead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	token, _, err := d.Accounts.Issue(t.Context(), d.By(t, "head_of_delegation EE"), none(account.Input{
		Owner: "delegate EE", OwnerKind: "person", Role: access.Delegate, Label: "Confidential script", Access: "read",
		Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	}))
	if err != nil {
		t.Fatal(err)
	}
	issued := d.Register.Latest()
	for subject, told := range map[string]map[string]post{
		": A new token was issued (Estonia)": d.told(t, notice.Event{Version: issued}),
		": A token is frozen (Estonia)": func() map[string]post {
			if _, err := d.Accounts.Freeze(t.Context(), d.By(t, "secretariat KR"), token.ID, none(account.FreezeInput{Reason: "Confidential"})); err != nil {
				t.Fatal(err)
			}
			return d.latest(t)
		}(),
	} {
		wants(t, told, "delegate.ee@people.example"+subject, "head_of_delegation.ee@people.example"+subject)
	}
}

func TestAStatesPeopleAreToldWhoVouchesForThem(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	happens := func(acts ...string) map[string]post {
		t.Helper()
		err := d.Register.Write(t.Context(), d.By(t, "head_of_delegation EE"), func(*register.Tx) error { return nil }, func(tx *register.Tx) error {
			for n, act := range acts {
				content := []register.Part{{Name: "entry", For: access.ForSelected, Content: map[string]any{"act": act, "at": tx.Version}}}
				err := tx.Changed(register.Change{
					Act: act, Noun: "identity_provider", Key: fmt.Sprintf("%d.%d", tx.Version, n), State: "EE", For: access.ForSelected, AtOnce: true, After: content,
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return d.latest(t)
	}
	all := func(subject string) (to []string) {
		for _, who := range []string{"head_of_delegation", "delegate", "cert"} {
			to = append(to, who+".ee@people.example: "+subject)
		}
		return to
	}
	wants(t, happens("set"), all("Your state has set an identity provider (Estonia)")...)
	wants(t, happens("secret_replaced"))
	wants(t, happens("ended", "set"), all("Your state has set an identity provider (Estonia)")...)
	wants(t, happens("ended"), all("Your state's identity provider is no longer used (Estonia)")...)
}

func TestAFreezeIsToldToWhomItIsOfAndTheHead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	sent := none(account.FreezeInput{Reason: "Confidential"})
	if _, err := d.Accounts.FreezePerson(t.Context(), d.By(t, "secretariat KR"), d.Actor(t, "delegate EE").Account, sent); err != nil {
		t.Fatal(err)
	}
	told := d.latest(t)
	wants(t, told, "delegate.ee@people.example: Somebody is frozen (Estonia)", "head_of_delegation.ee@people.example: Somebody is frozen (Estonia)")
	for _, p := range told {
		if strings.Contains(p.text, "Confidential") || strings.Contains(p.text, "delegate EE") {
			t.Errorf("the letter says\n%s\nwant no reason and no name", p.text)
		}
	}
}

func TestALetterIsInItsReadersLanguage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	in := dutyDesk()
	in.State = "PL"
	in.Channels[0].Value = "+48 22 123 45 67"
	c := d.add(t, "delegate PL", in)
	if _, err := d.Contacts.Suspend(t.Context(), d.Pair(t), c.ID, none(entry.SuspendInput{Reason: "Leak"})); err != nil {
		t.Fatal(err)
	}
	got := d.latest(t)
	wants(t, got, "delegate.pl@people.example: Wpis oznaczono jako zawieszony (Polska)")
	for _, p := range got {
		if !strings.Contains(p.text, "Polska: kontakt techniczny, zawieszenie") || !strings.Contains(p.html, `lang="pl"`) {
			t.Errorf("the letter says\n%s", p.text)
		}
	}
}

func TestNobodyIsToldOfWhatIsLongPast(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	c := d.add(t, "delegate EE", dutyDesk())
	if _, err := d.Contacts.Suspend(t.Context(), d.Pair(t), c.ID, none(entry.SuspendInput{Reason: "Leak"})); err != nil {
		t.Fatal(err)
	}
	d.pass(4 * 24 * time.Hour)
	wants(t, d.latest(t))
}
