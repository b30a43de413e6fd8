package reach_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/reach"
)

func TestTheFirstStepSaysWhy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		title string
		by    access.Actor
		q     reach.Question
		of    contact.Contact
		want  string
	}{
		{"as a duty officer wants it", officer, asking(in("en")), poc("a", awake), "First to call: on duty until 08:00 local time, speaks en, confirmed 12 days ago."},
		{"around the clock", officer, asking(), poc("a", confirmed(1)), "First to call: on duty around the clock, confirmed 1 day ago."},
		{"every hour, spelled out", officer, asking(), poc("a", hours("00:00", "24:00"), confirmed(0)), "First to call: on duty for the next two weeks, confirmed within the last day."},
		{"off duty", officer, asking(in("fr")), poc("a", asleep), "First to call: off duty until 08:00 local time, speaks none of the languages asked for, confirmed 12 days ago."},
		{"off duty until another day", officer, asking(), poc("a", hours("02:00", "03:00")), "First to call: off duty until Fri 27 Nov 02:00 local time, confirmed 12 days ago."},
		{"off duty for long", officer, asking(), poc("a", func(c *contact.Contact) {
			c.Availability = &contact.Availability{Weekly: []contact.Hours{{Days: []string{"wed"}, From: "08:00", To: "09:00"}}, Holidays: map[string][]string{"2026": {"2026-12-02", "2026-12-09"}}}
		}), "First to call: off duty for the next two weeks, confirmed 12 days ago."},
		{"nothing recorded", officer, asking(in("en", "fr")), poc("a", unknownHours, speaks()), "First to call: not known to be on duty, does not say which languages it speaks, confirmed 12 days ago."},
		{"both languages", officer, asking(in("en", "et")), poc("a"), "First to call: on duty around the clock, speaks et and en, confirmed 12 days ago."},
		{"the sector", officer, asking(sector("energy")), poc("a", sectors("energy")), "First to call: on duty around the clock, covers energy, confirmed 12 days ago."},
		{"another sector", officer, asking(sector("energy")), poc("a", sectors("health")), "First to call: on duty around the clock, covers others than energy, confirmed 12 days ago."},
		{"lapsed", officer, asking(), poc("a", confirmed(400)), "First to call: on duty around the clock, not confirmed for 400 days."},
		{"asked of a moment before it was confirmed", officer, asking(after(-30 * 24 * time.Hour)), poc("a"), "First to call: on duty around the clock, confirmed on 2026-11-14."},
		{"changed", officer, asking(), poc("a", changed(5)), "First to call: on duty around the clock, confirmed 12 days ago, a channel or key made or changed 5 hours ago: be wary."},
		{"changed just now", officer, asking(), poc("a", changed(0)), "First to call: on duty around the clock, confirmed 12 days ago, a channel or key made or changed within the last hour: be wary."},
		{"found in public", officer, asking(), poc("a", found), "First to call, though it was found in public, and the state has not confirmed it: not known to be on duty."},
		{"suspended", officer, asking(), poc("a", suspended(entry.ByState, 2, "Somebody else answers.")), "Suspended until 2026-11-29 00:00 UTC by the state: Somebody else answers. First to call: on duty around the clock, confirmed 12 days ago."},
		{"suspended by both", officer, asking(), poc("a", suspended(entry.ByState, 2, "Stolen"), suspended(entry.BySecretariat, 0, "In doubt")), "Suspended until 2026-11-29 00:00 UTC by the state: Stolen; until 2026-11-29 02:00 UTC by the secretariat: In doubt. First to call: on duty around the clock, confirmed 12 days ago."},
		{"suspended no more, when asked of a later moment", officer, asking(after(72 * time.Hour)), poc("a", suspended(entry.ByState, 0, "x")), "First to call: on duty around the clock, confirmed 15 days ago."},
		{"suspended, of the next kind", officer, asking(), poc("a", kind(contact.LawEnforcement), suspended(entry.ByState, 2, "x")), "Suspended until 2026-11-29 00:00 UTC by the state: x. Nobody of the kind asked for is shown, so the law enforcement contact: on duty around the clock, confirmed 12 days ago."},
		{"no channel", officer, asking(), poc("a", only), "First of its kind, and it shows you no channel that works: on duty around the clock, confirmed 12 days ago."},
		{"no channel for anybody", anybody, asking(), poc("a", only), "First of its kind, and it shows the public no channel that works: on duty around the clock, confirmed 12 days ago."},
		{"of the next kind", officer, asking(), poc("a", kind(contact.LawEnforcement)), "Nobody of the kind asked for is shown, so the law enforcement contact: on duty around the clock, confirmed 12 days ago."},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			if got := ladder(t, tt.by, tt.q, tt.of).Steps[0].Why; got != tt.want {
				t.Errorf("the first step says %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTheOtherPartsSayWhy(t *testing.T) {
	t.Parallel()
	const closing = "Last, your own diplomatic contact, who can call theirs: on duty around the clock, confirmed 12 days ago."
	embassy := poc("p", of("PL"), kind(contact.Diplomatic))
	frameworks := []string{
		"Your state and theirs both belong to the European Union, which may know another way to reach them.",
		"Your state and theirs both belong to the Organization for Security and Co-operation in Europe, which may know another way to reach them.",
		"Your state and theirs both belong to the North Atlantic Treaty Organization, which may know another way to reach them.",
	}
	for _, tt := range []struct {
		title    string
		contacts []contact.Contact
		want     []string
	}{
		{"behind a contact", []contact.Contact{poc("a"), poc("b", kind(contact.LawEnforcement)), embassy}, append(append([]string{
			"First to call: on duty around the clock, confirmed 12 days ago.",
			"If none of those above answers, the law enforcement contact: on duty around the clock, confirmed 12 days ago.",
			"If no contact answers, the delegation speaks for Estonia: its mission and ministry can find somebody.",
		}, frameworks...), closing)},
		{"behind nobody", []contact.Contact{embassy}, append(append([]string{
			"No contact is shown, but the delegation speaks for Estonia: its mission and ministry can find somebody.",
		}, frameworks...), closing)},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, s := range ladder(t, officer, asking(), tt.contacts...).Steps {
				got = append(got, s.Why)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the steps' reasons mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheSummarySaysWhatItComesTo(t *testing.T) {
	t.Parallel()
	withdrawn := func(f *reach.Facts) { f.Withdrawn["EE"] = night.Add(-24 * time.Hour) }
	titled := func(title, titleEN string) change {
		return func(c *contact.Contact) {
			team := "team"
			c.OfficeTitle, c.OfficeTitleEN, c.Organisation = title, titleEN, &team
		}
	}
	for _, tt := range []struct {
		title    string
		by       access.Actor
		q        reach.Question
		change   func(*reach.Facts)
		contacts []contact.Contact
		want     string
	}{
		{"somebody on duty", officer, asking(), nil, []contact.Contact{poc("a", awake)}, "Call Desk a first: on duty until 08:00 local time."},
		{"by its English title and its organisation", officer, asking(), nil, []contact.Contact{poc("a", titled("Valvelaud", "Duty desk"))}, "Call Duty desk (CERT-EE) first: on duty around the clock."},
		{"by its organisation, which has no title", officer, asking(), nil, []contact.Contact{poc("a", titled("", ""))}, "Call CERT-EE first: on duty around the clock."},
		{"nobody on duty", officer, asking(), nil, []contact.Contact{poc("a", asleep)}, "No nominated technical contact that you can call is on duty: Desk a is first, off duty until 08:00 local time."},
		{"suspended", officer, asking(), nil, []contact.Contact{poc("a", suspended(entry.ByState, 2, "Stolen."))}, "Call Desk a first: on duty around the clock; but Desk a is suspended until 2026-11-29 00:00 UTC by the state: Stolen."},
		{"suspended, of another kind", officer, asking(), nil, []contact.Contact{poc("a", kind(contact.LawEnforcement), suspended(entry.ByState, 2, "x"))}, "Estonia shows you no technical contact that it has nominated; go on with Desk a; but Desk a is suspended until 2026-11-29 00:00 UTC by the state: x."},
		{"another suspended", officer, asking(), nil, []contact.Contact{poc("a"), poc("b", rank(2), suspended(entry.ByState, 2, "x"))}, "Call Desk a first: on duty around the clock."},
		{"hours not recorded", officer, asking(), nil, []contact.Contact{poc("a", unknownHours)}, "Call Desk a first: not known to be on duty."},
		{"found in public alone", officer, asking(), nil, []contact.Contact{poc("a", found)}, "Estonia shows you no technical contact that it has nominated; Desk a was found in public and is unconfirmed."},
		{"no channel, in its own script", officer, asking(), nil, []contact.Contact{poc("a", only, titled("Öövalve", ""))}, "Öövalve (CERT-EE) shows you no channel that works: go on with the next step."},
		{"another kind", officer, asking(), nil, []contact.Contact{poc("a", kind(contact.LawEnforcement))}, "Estonia shows you no technical contact that it has nominated; go on with Desk a."},
		{"nobody", officer, asking(forKind(contact.Policy)), nil, nil, "Estonia shows you no policy contact that it has nominated; go on with Delegation of Estonia."},
		{"withdrawn", officer, asking(), withdrawn, nil, "The last technical contact that Estonia nominated was withdrawn on 2026-11-25; go on with Delegation of Estonia."},
		{"withdrawn, and one found in public", officer, asking(), withdrawn, []contact.Contact{poc("a", found)}, "The last technical contact that Estonia nominated was withdrawn on 2026-11-25; Desk a was found in public and is unconfirmed."},
		{"withdrawn, but another kind asked for", officer, asking(forKind(contact.Diplomatic)), withdrawn, []contact.Contact{poc("a", kind(contact.Diplomatic))}, "Call Desk a first: on duty around the clock."},
		{"nothing public", anybody, asking(), func(f *reach.Facts) { f.Delegations = nil }, nil, "Estonia has shown nothing to the public: ask your own national CERT or foreign ministry, which can ask theirs."},
		{"something public of another kind", anybody, asking(), func(f *reach.Facts) { f.Delegations = nil }, []contact.Contact{poc("a", kind(contact.Policy))}, "Estonia shows the public no technical contact that it has nominated; go on with Desk a."},
		{"found in public, for anybody", anybody, asking(), func(f *reach.Facts) { f.Delegations = nil }, []contact.Contact{poc("a", found)}, "Estonia shows the public no technical contact that it has nominated; Desk a was found in public and is unconfirmed."},
		{"nobody speaks for it", officer, asking(), unrepresented, []contact.Contact{poc("a")}, "Call Desk a first: on duty around the clock; nobody speaks for the state now, so nobody keeps this true."},
		{"in dispute", officer, asking(), func(f *reach.Facts) { unrepresented(f); contested(f) }, []contact.Contact{poc("a")}, "Call Desk a first: on duty around the clock; who speaks for the state is in dispute."},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			f := facts(tt.contacts...)
			if tt.change != nil {
				tt.change(&f)
			}
			if got := checked(t, f.Ladder("EE", tt.q, tt.by)).Summary; got != tt.want {
				t.Errorf("the summary is %q, want %q", got, tt.want)
			}
		})
	}
}
