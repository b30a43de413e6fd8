package reach_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/reach"
)

func TestOrderWithinAKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		title    string
		q        reach.Question
		contacts []contact.Contact
		want     string // ids, in order
		why      string // in what the second step says
	}{
		{"the state's own ladder", asking(), []contact.Contact{poc("a", rank(2)), poc("b", rank(1)), poc("c", rank(3))}, "b a c", "it has rank 2 on the state's own ladder"},
		{"the id at last", asking(), []contact.Contact{poc("b"), poc("a")}, "a b", "nothing tells them apart"},

		{"on duty before off duty, whatever the rank", asking(), []contact.Contact{poc("a", asleep), poc("b", rank(9), awake)}, "b a", "it is off duty until 08:00 local time"},
		{"on duty before hours not recorded", asking(), []contact.Contact{poc("a", unknownHours), poc("b", rank(9))}, "b a", "nobody has recorded whether it is on duty"},
		{"hours not recorded before off duty", asking(), []contact.Contact{poc("a", asleep), poc("b", rank(9), unknownHours)}, "b a", "it is off duty"},
		{"around the clock is as good as on duty until eight", asking(), []contact.Contact{poc("a", rank(2)), poc("b", awake)}, "b a", "rank 2"},
		{"nobody on duty: the rank", asking(), []contact.Contact{poc("a", rank(2), asleep), poc("b", rank(1), hours("09:00", "17:00"))}, "b a", "rank 2"},
		{"later, when the first is back", asking(after(6 * time.Hour)), []contact.Contact{poc("a", asleep), poc("b", rank(2), awake)}, "a b", "it is off duty until Fri 27 Nov 00:00 local time"},
		{"hours of an unknown zone are not recorded", asking(), []contact.Contact{poc("a", awake, func(c *contact.Contact) { c.TimeZone = "Moon/Base" }), poc("b", rank(2))}, "b a", "nobody has recorded"},

		{"nominated before found in public", asking(), []contact.Contact{poc("a", found), poc("b", rank(9))}, "b a", "it was found in public, and the state has not confirmed it"},
		{"nominated and off duty before found in public", asking(), []contact.Contact{poc("a", found), poc("b", asleep)}, "b a", "found in public"},
		{"nominated and lapsed before found in public", asking(), []contact.Contact{poc("a", found), poc("b", confirmed(900))}, "b a", "found in public"},
		{"nominated for others before found in public", asking(sector("energy")), []contact.Contact{poc("a", found), poc("b", sectors("health"))}, "b a", "found in public"},
		{"found in public, by rank", asking(), []contact.Contact{poc("a", found, rank(2)), poc("b", found)}, "b a", "rank 2"},
		{"found in public with hours, on duty first", asking(), []contact.Contact{poc("a", found, asleep), poc("b", found, rank(2), awake)}, "b a", "off duty"},

		{"suspended keeps its place", asking(), []contact.Contact{poc("a", suspended(entry.ByState, 1, "x")), poc("b", rank(2))}, "a b", "rank 2"},
		{"without a channel after all others", asking(), []contact.Contact{poc("a", only), poc("b", found, rank(9))}, "b a", "it shows you no channel that works"},
		{"with dead channels alone after all others", asking(), []contact.Contact{poc("a", dead), poc("b", asleep, rank(9))}, "b a", "no channel that works"},
		{"one dead channel of two is no fault", asking(), []contact.Contact{poc("a", dead, other("email")), poc("b", rank(2))}, "a b", "rank 2"},
		{"a fax alone after a phone", asking(), []contact.Contact{poc("a", only, phone("fax")), poc("b", rank(9), asleep)}, "b a", "it is reached by fax or a web form only"},
		{"a web form alone after a mailbox", asking(), []contact.Contact{poc("a", only, other("web_form")), poc("b", rank(9), only, other("email"))}, "b a", "fax or a web form"},
		{"a fax before nothing", asking(), []contact.Contact{poc("a", only), poc("b", rank(9), only, phone("fax"))}, "b a", "no channel"},
		{"a mailbox is a channel", asking(), []contact.Contact{poc("a", only, other("email")), poc("b", rank(2))}, "a b", "rank 2"},
		{"so is a messenger", asking(), []contact.Contact{poc("a", only, other("messaging")), poc("b", rank(2))}, "a b", "rank 2"},

		{"who covers other sectors after who covers all, whatever the rank", asking(sector("energy")), []contact.Contact{poc("a", sectors("health")), poc("b", rank(9))}, "b a", "it covers others than energy"},
		{"who covers the government alone too", asking(sector("energy")), []contact.Contact{poc("a", covers("government")), poc("b", rank(9))}, "b a", "it covers others than energy"},
		{"who is on duty for others before who is off duty", asking(sector("energy")), []contact.Contact{poc("a", sectors("energy"), asleep), poc("b", sectors("health"), rank(9))}, "b a", "off duty"},
		{"the rank before who names the sector", asking(sector("energy")), []contact.Contact{poc("a", rank(2), sectors("energy")), poc("b")}, "b a", "rank 2"},
		{"of one rank who names the sector", asking(sector("energy")), []contact.Contact{poc("a"), poc("b", sectors("health", "energy"))}, "b a", "it does not name energy"},
		{"who covers all sectors may cover it", asking(sector("energy")), []contact.Contact{poc("a", rank(2)), poc("b", sectors())}, "b a", "rank 2"},
		{"who says nothing may cover it", asking(sector("energy")), []contact.Contact{poc("a", rank(2)), poc("b", covers())}, "b a", "rank 2"},
		{"the private sector may be it", asking(sector("energy")), []contact.Contact{poc("a", rank(2)), poc("b", covers("private"))}, "b a", "rank 2"},
		{"no sector asked for", asking(), []contact.Contact{poc("a", rank(2)), poc("b", sectors("health"))}, "b a", "rank 2"},

		{"lapsed after confirmed, whatever the rank", asking(), []contact.Contact{poc("a", confirmed(365)), poc("b", rank(9))}, "b a", "the state has not confirmed it for a year"},
		{"lapsed and on duty before off duty", asking(), []contact.Contact{poc("a", asleep), poc("b", rank(9), confirmed(400))}, "b a", "off duty"},
		{"all lapsed: the rank", asking(), []contact.Contact{poc("a", rank(2), confirmed(400)), poc("b", confirmed(4000))}, "b a", "rank 2"},
		{"due is not lapsed", asking(), []contact.Contact{poc("a", rank(2)), poc("b", confirmed(364))}, "b a", "rank 2"},
		{"of one rank, due after not due", asking(), []contact.Contact{poc("a", confirmed(180)), poc("b", confirmed(179))}, "b a", "its confirmation is due again"},
		{"of one rank, how long ago does not matter until then", asking(), []contact.Contact{poc("a", confirmed(179)), poc("b", confirmed(1))}, "a b", "nothing tells them apart"},
		{"asked about a moment when it will have lapsed", asking(after(353 * 24 * time.Hour)), []contact.Contact{poc("a"), poc("b", rank(2), confirmed(0))}, "b a", "not confirmed it for a year"},
		{"asked about a moment before it was confirmed", asking(after(-30 * 24 * time.Hour)), []contact.Contact{poc("a"), poc("b", rank(2))}, "a b", "rank 2"},

		{"the rank before languages", asking(in("fr")), []contact.Contact{poc("a", rank(2), speaks("fr")), poc("b")}, "b a", "rank 2"},
		{"of one rank who speaks the language", asking(in("fr")), []contact.Contact{poc("a"), poc("b", speaks("et", "fr"))}, "b a", "it speaks none of the languages asked for"},
		{"a regional form is the language", asking(in("en")), []contact.Contact{poc("a", speaks("et")), poc("b", speaks("en-GB"))}, "b a", "speaks none"},
		{"the language is not a regional form", asking(in("en-GB")), []contact.Contact{poc("a", speaks("en")), poc("b", speaks("en-GB"))}, "b a", "speaks none"},
		{"another language that begins alike is none", asking(in("en")), []contact.Contact{poc("a", speaks("enm")), poc("b", speaks("en"))}, "b a", "speaks none"},
		{"any of the languages asked for", asking(in("fr", "en")), []contact.Contact{poc("a", speaks("de")), poc("b", speaks("en"))}, "b a", "speaks none"},
		{"languages not recorded before none in common", asking(in("fr")), []contact.Contact{poc("a"), poc("b", speaks())}, "b a", "speaks none"},
		{"languages in common before not recorded", asking(in("en")), []contact.Contact{poc("a", speaks()), poc("b")}, "b a", "it does not say which languages it speaks"},
		{"the sector before languages", asking(sector("energy"), in("fr")), []contact.Contact{poc("a", speaks("fr")), poc("b", sectors("energy"))}, "b a", "it does not name energy"},
		{"languages before being due", asking(in("fr")), []contact.Contact{poc("a"), poc("b", speaks("fr"), confirmed(200))}, "b a", "speaks none"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			l := ladder(t, officer, tt.q, tt.contacts...)
			if diff := cmp.Diff(strings.Fields(tt.want), names(l, reach.Asked)); diff != "" {
				t.Errorf("Ladder() mismatch (-want +got):\n%s", diff)
			}
			if got := l.Steps[1].Why; !strings.HasPrefix(got, "After step 1 because ") || !strings.Contains(got, tt.why) {
				t.Errorf("the second step says %q, want %q in it", got, tt.why)
			}
		})
	}
}

// The order must not hang on how the database happened to list the contacts.
func TestOrderIsTheSameHoweverTheFactsCome(t *testing.T) {
	t.Parallel()
	all := []contact.Contact{
		poc("a"), poc("b"), poc("c", rank(2)), poc("d", asleep), poc("e", found), poc("f", only), poc("g", confirmed(500)), poc("h", unknownHours),
		poc("i", sectors("health")), poc("j", found, rank(2)), poc("k", rank(2), asleep), poc("l", speaks("fr")),
	}
	q := asking(sector("energy"), in("fr"))
	want := names(ladder(t, officer, q, all...), reach.Asked)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if diff := cmp.Diff(want, names(ladder(t, officer, q, all...), reach.Asked)); diff != "" {
			t.Fatalf("Ladder() of the same contacts in another order mismatch (-want +got):\n%s", diff)
		}
	}
}
