package reach_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/reach"
)

func TestTheNextKindIsTheFirstThatCanBeReached(t *testing.T) {
	t.Parallel()
	all := []contact.Contact{
		poc("technical"), poc("police", kind(contact.LawEnforcement)), poc("embassy", kind(contact.Diplomatic)), poc("ministry", kind(contact.Policy)),
	}
	without := func(id string, changes ...change) []contact.Contact {
		out := append([]contact.Contact{}, all...)
		for i := range out {
			if out[i].ID == id {
				out[i] = poc(id, append([]change{kind(out[i].Kind)}, changes...)...)
			}
		}
		return out
	}
	for _, tt := range []struct {
		title, kind string
		contacts    []contact.Contact
		asked, next string
	}{
		{"technical", contact.Technical, all, "technical", "police"},
		{"law enforcement", contact.LawEnforcement, all, "police", "technical"},
		{"diplomatic", contact.Diplomatic, all, "embassy", "ministry"},
		{"policy", contact.Policy, all, "ministry", "embassy"},
		{"technical, where the police show no channel", contact.Technical, without("police", only), "technical", "embassy"},
		{"technical, where the police have dead ones", contact.Technical, without("police", dead), "technical", "embassy"},
		{"technical, where the police are asleep", contact.Technical, without("police", asleep), "technical", "police"},
		{"technical, where the police were found in public", contact.Technical, without("police", found), "technical", "police"},
		{"technical, where the police have a fax", contact.Technical, without("police", only, phone("fax")), "technical", "police"},
		{"technical, where there is nobody else", contact.Technical, all[:1], "technical", ""},
		{"technical, where there is a ministry alone", contact.Technical, all[3:], "", "ministry"},
		{"diplomatic, where there is a technical one alone", contact.Diplomatic, all[:1], "", "technical"},
		{"all of a kind", contact.Technical, append(all, poc("deputy", kind(contact.LawEnforcement), rank(2)), poc("silent", kind(contact.LawEnforcement), only)), "technical", "police deputy silent"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			l := ladder(t, officer, asking(forKind(tt.kind)), tt.contacts...)
			if diff := cmp.Diff(strings.Fields(tt.asked), names(l, reach.Asked)); diff != "" {
				t.Errorf("the part asked mismatch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(strings.Fields(tt.next), names(l, reach.NextKind)); diff != "" {
				t.Errorf("the next kind mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheEndOfTheLadderIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	embassy := poc("pl-embassy", of("PL"), kind(contact.Diplomatic))
	deputy := poc("pl-deputy", of("PL"), kind(contact.Diplomatic), rank(2))
	silent := poc("pl-silent", of("PL"), kind(contact.Diplomatic), only)
	desk := poc("pl-desk", of("PL"))
	theirs := poc("ee-embassy", kind(contact.Diplomatic))
	for _, tt := range []struct {
		title    string
		by       access.Actor
		change   func(*reach.Facts)
		contacts []contact.Contact
		want     string // delegation, frameworks, own
		why      string // in what the last step says
	}{
		{"a duty officer", officer, nil, []contact.Contact{embassy, desk}, "of-ee EU OSCE NATO pl-embassy", "Last, your own diplomatic contact, who can call theirs: on duty around the clock"},
		{"the deputy behind", officer, nil, []contact.Contact{deputy, embassy}, "of-ee EU OSCE NATO pl-embassy pl-deputy", "because it has rank 2"},
		{"none recorded", officer, nil, []contact.Contact{desk}, "of-ee EU OSCE NATO -", "Poland has no diplomatic contact here that you can call"},
		{"one without a channel", officer, nil, []contact.Contact{silent}, "of-ee EU OSCE NATO -", "Poland has no diplomatic contact here that you can call"},
		{"none recorded, but a delegation with channels", officer, func(f *reach.Facts) {
			f.Delegations["PL"] = delegation.Delegation{ID: "of-pl", State: "PL", Status: delegation.Open, Channels: []delegation.Channel{{Of: "ministry", Type: "phone", Usage: "duty", Value: "+48"}}}
		}, nil, "of-ee EU OSCE NATO of-pl", "ask your own ministry"},
		{"the secretariat, whose co-chair's ministry it is", coChairs, nil, []contact.Contact{embassy}, "of-ee EU OSCE NATO pl-embassy", "your own diplomatic contact"},
		{"a partner without a state", partner, nil, []contact.Contact{embassy}, "of-ee -", "You act for no state: ask a national CERT or a foreign ministry"},
		{"anybody", anybody, func(f *reach.Facts) { f.Delegations = nil }, nil, "-", "your own national CERT or foreign ministry may know more ways"},
		{"anybody, who sees somebody", anybody, func(f *reach.Facts) { f.Delegations = nil }, []contact.Contact{poc("a")}, "-", "If nobody above answers, ask your own national CERT"},
		{"of the own state", own, nil, []contact.Contact{theirs}, "of-ee", "the delegation speaks for Estonia"},
		{"of the own state, with nobody at all", own, func(f *reach.Facts) { f.Delegations = nil }, nil, "-", "ask your head of delegation to name a contact"},
		{"a delegation without channels", officer, func(f *reach.Facts) { f.Delegations["EE"] = delegation.Delegation{Status: delegation.Open} }, []contact.Contact{embassy}, "EU OSCE NATO pl-embassy", "your own"},
		{"a delegation that has ended", officer, func(f *reach.Facts) {
			d := f.Delegations["EE"]
			d.Status = delegation.Closed
			f.Delegations["EE"] = d
		}, []contact.Contact{embassy}, "EU OSCE NATO pl-embassy", "your own"},
		{"a framework that the state has left", officer, func(f *reach.Facts) { f.States["EE"].Memberships[0].Until = "2026-11-26" }, []contact.Contact{embassy}, "of-ee OSCE NATO pl-embassy", "your own"},
		{"a framework that the caller has yet to join", officer, func(f *reach.Facts) { f.States["PL"].Memberships[0].Since = "2026-11-27" }, []contact.Contact{embassy}, "of-ee OSCE NATO pl-embassy", "your own"},
		{"no framework in common", access.Actor{Role: access.Cert, State: "KR"}, nil, nil, "of-ee -", "Republic of Korea has no diplomatic contact"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			f := facts(tt.contacts...)
			if tt.change != nil {
				tt.change(&f)
			}
			l := checked(t, f.Ladder("EE", asking(), tt.by))
			if diff := cmp.Diff(strings.Fields(tt.want), names(l, reach.OfDelegation, reach.OfFramework, reach.OwnDiplomatic)); diff != "" {
				t.Errorf("Ladder() mismatch (-want +got):\n%s", diff)
			}
			if got := l.Steps[len(l.Steps)-1].Why; !strings.Contains(got, tt.why) {
				t.Errorf("the last step says %q, want %q in it", got, tt.why)
			}
		})
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	key := func(hoursAgo int) change {
		return func(c *contact.Contact) {
			c.Keys = append(c.Keys, contact.ContactKey{AddedAt: night.Add(-time.Duration(hoursAgo) * time.Hour)})
		}
	}
	for _, tt := range []struct {
		title  string
		of     contact.Contact
		change func(*reach.Facts)
		want   string
	}{
		{"nothing to say", poc("a"), nil, ""},
		{"suspended by the state", poc("a", suspended(entry.ByState, 1, "x")), nil, "suspended"},
		{"suspended this moment", poc("a", suspended(entry.ByState, 0, "x")), nil, "suspended"},
		{"suspended until this moment", poc("a", suspended(entry.ByState, 72, "x")), nil, ""},
		{"suspended after the moment asked about", poc("a", suspended(entry.BySecretariat, -1, "x")), nil, ""},
		{"suspended by both", poc("a", suspended(entry.ByState, 1, "x"), suspended(entry.BySecretariat, 1, "y")), nil, "suspended"},
		{"a channel changed within 72 hours", poc("a", changed(71)), nil, "changed_lately"},
		{"a channel changed just now", poc("a", changed(0)), nil, "changed_lately"},
		{"a channel changed 72 hours before", poc("a", changed(72)), nil, ""},
		{"a channel changed after the moment asked about", poc("a", changed(-1)), nil, ""},
		{"a dead channel changed", poc("a", phone("mobile"), func(c *contact.Contact) { dead(c); c.Channels[1].DeadAt = nil }, changed(1)), nil, ""},
		{"a key changed", poc("a", key(5)), nil, "changed_lately"},
		{"a key changed long ago", poc("a", key(500)), nil, ""},
		{"due", poc("a", confirmed(180)), nil, "due"},
		{"not yet due", poc("a", confirmed(179)), nil, ""},
		{"lapsed", poc("a", confirmed(365)), nil, "lapsed"},
		{"not yet lapsed", poc("a", confirmed(364)), nil, "due"},
		{"found in public", poc("a", found), nil, "unconfirmed"},
		{"incomplete", poc("a", func(c *contact.Contact) { c.ReachedBy = []string{"email:"} }), nil, "incomplete"},
		{"no channel", poc("a", only), nil, "no_channel"},
		{"dead channels alone", poc("a", dead), nil, "no_channel"},
		{"nobody speaks for the state", poc("a"), func(f *reach.Facts) { unrepresented(f) }, "unrepresented"},
		{"in dispute", poc("a"), func(f *reach.Facts) { unrepresented(f); contested(f) }, "contested"},
		{"in dispute, which the caller may not know", poc("a"), func(f *reach.Facts) { unrepresented(f); f.Delegations = nil }, "unrepresented"},
		{"all at once", poc("a", suspended(entry.BySecretariat, 1, "x"), changed(3), confirmed(400), func(c *contact.Contact) { c.ReachedBy = nil }), contested, "suspended changed_lately lapsed incomplete contested"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			f := facts(tt.of)
			if tt.change != nil {
				tt.change(&f)
			}
			l := checked(t, f.Ladder("EE", asking(), officer))
			got := []string{}
			for _, m := range l.Steps[0].Marks {
				got = append(got, string(m))
			}
			if diff := cmp.Diff(strings.Fields(tt.want), got); diff != "" {
				t.Errorf("the marks mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func unrepresented(f *reach.Facts) {
	s := f.States["EE"]
	s.Represented = false
	f.States["EE"] = s
}

func contested(f *reach.Facts) {
	d := f.Delegations["EE"]
	d.Status = delegation.Contested
	f.Delegations["EE"] = d
}

func TestDeadChannelsAndUselessKeysAreLeftOut(t *testing.T) {
	t.Parallel()
	past, later := night, night.Add(time.Second)
	c := poc("a", only, phone("duty"), other("email"), phone("mobile"), func(c *contact.Contact) {
		c.Channels[1].DeadAt = &past
		c.Channels[2].ChangedAt = night.Add(-5*time.Hour - time.Minute)
		c.Keys = []contact.ContactKey{
			{Key: contact.Key{Fingerprint: "expired", ExpiresAt: &past}}, {Key: contact.Key{Fingerprint: "good", ExpiresAt: &later}},
			{Key: contact.Key{Fingerprint: "revoked", Revoked: true}}, {Key: contact.Key{Fingerprint: "for good"}},
		}
	})
	s := ladder(t, officer, asking(), c).Steps[0]
	var channels, keys []string
	for _, ch := range s.Channels {
		channels = append(channels, ch.ID)
	}
	for _, k := range s.Keys {
		keys = append(keys, k.Fingerprint)
	}
	if diff := cmp.Diff([]string{"duty", "mobile"}, channels); diff != "" {
		t.Errorf("the channels mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"good", "for good"}, keys); diff != "" {
		t.Errorf("the keys mismatch (-want +got):\n%s", diff)
	}
	if first, last := s.Channels[0].ChangedHours, s.Channels[1].ChangedHours; first != nil || last == nil || *last != 5 {
		t.Errorf("the channels changed %v and %v hours ago, want long ago and 5", first, last)
	}
}
