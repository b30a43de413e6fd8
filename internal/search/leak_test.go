package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/search"
)

// readers are people of every role; what each may read is their audiences'.
var readers = []string{
	anybody, delegate("PL"), "head_of_delegation PL", "cert PL", delegate("EE"), "cert EE", delegate("FI"), "cert FI",
	fixture.Partner, fixture.NarrowPartner, fixture.StatePartner, "secretariat KR", "auditor",
}

// Poland's delegate writes one entry for each audience. Nobody finds, counts or
// is told a word of what they may not read.
func TestNobodyFindsWhatTheyMayNotRead(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	addContact(t, w, delegate("PL"), public(), contact.Details{OfficeTitle: "Publiczny zeppelin"},
		email("zeppelin-inner@gov.pl", participants()), phone("+48221230001", selected("EE")))
	addContact(t, w, delegate("PL"), participants(), contact.Details{OfficeTitle: "Uczestniczy zeppelin"}, phone("+48221230002", participants()))
	addContact(t, w, delegate("PL"), selected("EE"), contact.Details{OfficeTitle: "Wybrany zeppelin"}, email("wybrany@mil.pl", selected("EE")))

	all := []string{"Publiczny zeppelin", "Uczestniczy zeppelin", "Wybrany zeppelin"}
	reads := map[string]int{
		anybody: 1, fixture.NarrowPartner: 1,
		delegate("FI"): 2, "cert FI": 2, fixture.Partner: 2, "secretariat KR": 2,
		delegate("PL"): 3, "head_of_delegation PL": 3, "cert PL": 3, delegate("EE"): 3, "cert EE": 3, fixture.StatePartner: 3, "auditor": 3,
	}
	for _, who := range readers {
		got := titles(find(t, w, who, search.Question{Text: "zeppelin"}))
		slices.Sort(got)
		if want := all[:reads[who]]; !slices.Equal(got, want) {
			t.Errorf("Find(zeppelin) as %q = %q, want %q", who, got, want)
		}
		for i, word := range []string{"publiczny", "uczestniczy", "wybrany"} {
			// Spelt right, begun, and with a slip.
			for _, text := range []string{word, word[:6], strings.Replace(word, "zn", "nz", 1) + "", "x" + word} {
				a := find(t, w, who, search.Question{Text: text})
				if said := taken(a); i >= reads[who] && (len(a.Hits) > 0 || strings.Contains(said[len(text):], word)) {
					t.Errorf("Find(%s) as %q = %q, and says %q of what they may not read", text, who, titles(a), said)
				} else if i < reads[who] && text == word && len(a.Hits) != 1 {
					t.Errorf("Find(%s) as %q = %q, want what they may read", text, who, titles(a))
				}
			}
		}
		for value, least := range map[string]int{"+48221230001": 3, "+48221230002": 2, "zeppelin-inner@gov.pl": 2, "wybrany@mil.pl": 3, "mil.pl": 3, "gov.pl": 2} {
			if got := len(find(t, w, who, search.Question{Text: value}).Hits); (got > 0) != (reads[who] >= least) {
				t.Errorf("Find(%s) as %q = %d hits, want some: %t", value, who, got, reads[who] >= least)
			}
		}
	}
}

// Words that somebody may not read take no place among those that a slip or a
// beginning may stand for.
func TestWhatIsHiddenCrowdsNothingOut(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	addOrganisation(t, w, delegate("PL"), public(), organisation.Details{Name: "Harbourmastery"})
	for i := range 30 {
		addOrganisation(t, w, delegate("PL"), selected("EE"), organisation.Details{Name: fmt.Sprintf("Harbourmaste%c Harbourmast%c", 'a'+i%26, 'a'+i%26)})
	}
	for _, text := range []string{"harbourmast", "harbourmasteyr"} {
		a := find(t, w, anybody, search.Question{Text: text})
		if got := titles(a); !slices.Equal(got, []string{"Harbourmastery"}) {
			t.Errorf("Find(%s) as anybody = %q, want the one that is public\n%s", text, got, taken(a))
		}
	}
}

// Should a channel ever be for more than its contact is, that shows nobody the
// contact's words.
func TestAChannelShowsNobodyItsContact(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := addContact(t, w, delegate("PL"), participants(), contact.Details{OfficeTitle: "Uczestniczy"}, email("zeppelin@gov.pl", participants()))
	if _, err := w.DB.Owner.Exec(t.Context(), `update channel set audience = 'public' where contact = $1`, c.ID); err != nil {
		t.Fatal(err)
	}
	touch(t, w, c.ID)
	for _, text := range []string{"zeppelin", "uczestniczy", "zeppelni", "gov.pl", "zeppelin@gov.pl"} {
		if a := find(t, w, anybody, search.Question{Text: text}); len(a.Hits) != 0 || a.More || strings.Contains(taken(a), "zeppelin zeppelin") ||
			strings.HasSuffix(taken(a), ": zeppelin") || strings.HasSuffix(taken(a), ": uczestniczy") {
			t.Errorf("Find(%s) as anybody = %q, and says %q of what they may not read", text, titles(a), taken(a))
		}
	}
	expect(t, w, delegate("EE"), "zeppelin", "Uczestniczy")
}

// An index of national text is nobody's to read: the server reaches it by the
// functions that ask who may read what.
func TestTheServerReadsNoIndexPastItsRule(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	addOrganisation(t, w, delegate("PL"), selected("EE"), organisation.Details{Name: "Zeppelin"})
	addOrganisation(t, w, secretariat, public(), organisation.Details{Name: "Found zeppelin"})
	for _, sql := range []string{
		`select count(*) from search_text`, `select count(*) from search_word`, `select count(*) from search_audience`,
		`select count(*) from search_due`, `select search_rebuild()`, `select search_index('{}')`,
		`insert into search_due (entry) values (gen_random_uuid())`, `delete from search_value`,
	} {
		if _, err := w.DB.Server.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s as the server = nil, want that it is refused", sql)
		}
	}
	for _, sql := range []string{
		`select count(*) from search_value`, `select count(*) from search_spelling('zeppelin', true, true)`,
		`select count(*) from search_entries('zeppelin', 10)`, `select count(*) from search_frequent('zeppelin', 10)`,
		`select count(*) from search_entries('zeppelin | @1 | !xyz', 10)`, `select cardinality(search_readable())`,
		`select count(*) from search_passages((select array_agg(id) from entry))`,
	} {
		var n *int
		if err := w.DB.Server.QueryRow(t.Context(), sql).Scan(&n); err != nil || n != nil && *n != 0 {
			t.Errorf("%s as nobody = %v, %v; want nothing", sql, n, err)
		}
	}
}

// PostgreSQL looks for a table among the temporary ones first, and anybody may
// make those: none may stand in for a table that the index's functions read.
func TestNoTemporaryTableStandsInForTheIndex(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	addOrganisation(t, w, delegate("PL"), public(), organisation.Details{Name: "Zeppelin"})
	conn, err := w.DB.Server.Acquire(t.Context())
	if err != nil {
		t.Fatalf("take a connection: %v", err)
	}
	defer conn.Release()
	var word, ran string
	for sql, into := range map[string]*string{
		`select word from search_spelling('zeppelim', true, true)`:         &word,
		`select current_user::text || count(*) from pg_temp.search_word s`: &ran,
	} {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatalf("begin: %v", err)
		}
		_, err = tx.Exec(t.Context(), `
			create function pg_temp.who() returns text language plpgsql as $$ begin return 'stolen' || current_user; end $$;
			create view pg_temp.search_word as
				select pg_temp.who() collate "C" as word, n as audience, 1 as uses, search_stumps('zeppelim') as stumps
				from generate_series(1, 99) n;
			grant select on pg_temp.search_word to public;
			grant execute on function pg_temp.who() to public;
			select set_config('pocreg.role', 'public', true), set_config('pocreg.audiences', 'public', true)`)
		if err != nil {
			t.Fatalf("make a temporary view: %v", err)
		}
		if err := tx.QueryRow(t.Context(), sql).Scan(into); err != nil {
			t.Errorf("%s = %v", sql, err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatalf("rollback: %v", err)
		}
	}
	if word != "zeppelin" || ran != "pocreg_server99" {
		t.Errorf("the speller suggests %q beside a temporary view that reads as %q; want zeppelin, and a view that is there", word, ran)
	}
}

// A rule asked for each of twenty thousand texts would be a stranger's way to keep
// the database busy.
func TestWhoMayReadWhatIsAskedOnceASearch(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	for _, state := range []string{"PL", "EE", "FI"} {
		addOrganisation(t, w, delegate(state), public(), organisation.Details{Name: "Zeppelin"})
	}
	conn, err := pgx.Connect(t.Context(), w.DB.AdminURL)
	if err != nil {
		t.Fatalf("connect as the superuser: %v", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	_, err = conn.Exec(t.Context(), `
		set track_functions = 'all';
		select set_config('pocreg.role', 'public', false), set_config('pocreg.audiences', 'public', false)`)
	if err != nil {
		t.Fatalf("ask as the public: %v", err)
	}
	for _, function := range []string{"search_entries", "search_frequent"} {
		var found, before, after int
		err := conn.QueryRow(t.Context(), `
			with before as materialized (select coalesce(pg_stat_get_xact_function_calls('search_scope'::regproc), 0) as n),
			found as materialized (select count(f.entry) as n, before.n as before from before, `+function+`('zeppelin', 21) f group by before.n)
			select found.n, found.before, coalesce(pg_stat_get_xact_function_calls('search_scope'::regproc), 0) from found`,
		).Scan(&found, &before, &after)
		if asked := after - before; err != nil || found != 3 || asked != 1 {
			t.Errorf("%s() found %d and asked %d times who may read what (%v), want three and once", function, found, asked, err)
		}
	}
}
