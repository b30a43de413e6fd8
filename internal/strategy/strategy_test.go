package strategy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
)

func TestAddKeepsWhatWasSaidInOneForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issuer := w.organisation(t, "EE")
	in := nominated()
	in.Details = strategy.Details{
		OriginalTitle: " Ku\u0308berstrateegia ", OriginalLanguage: "EST",
		Titles:     map[string]string{"EN_gb": " Cyber Strategy ", "iw": "אסטרטגיה"},
		Summaries:  map[string]string{"pl": "Pierwszy.\r\nDrugi."},
		Objectives: map[string][]string{"EN": {"Resilience", "Skills"}},

		IssuingOrganisation: &issuer, IssuingBody: "Riigikantselei",
		Status: "in_force", StatusEvidence: "RT III, 2024, 1",
		AdoptedOn: "2024-07", ValidFrom: "2024-07-01", ValidUntil: "2024", ReviewDue: "2027",
		Documents: []strategy.Document{
			{URL: "https://www.mkm.ee/strategy.pdf", Language: "ET", SHA256: strings.Repeat("0a", 32), Title: "PDF"},
			{URL: "https://www.mkm.ee/strategy"},
		},
		FocusAreas: []string{"governance", "legislation"},
		Norms:      []strategy.Norm{{Code: "13f", Reading: "state"}, {Code: "13a", Reading: "registry", Note: "Chapter 2."}},
		CBMs:       []strategy.CBM{{Framework: "UN", Code: "CBM1", Reading: "state"}, {Framework: "OSCE", Code: "CBM1", Reading: "state"}},
	}
	want := in.Details
	want.OriginalTitle, want.OriginalLanguage = "Küberstrateegia", "et"
	want.Titles = map[string]string{"en-GB": "Cyber Strategy", "he": "אסטרטגיה"}
	want.Summaries = map[string]string{"pl": "Pierwszy.\nDrugi."}
	want.Objectives = map[string][]string{"en": {"Resilience", "Skills"}}
	want.Documents = slices.Clone(in.Documents)
	want.Documents[0].Language = "et"
	added := w.add(t, delegateEE, in)
	if diff := cmp.Diff(want, added.Details); diff != "" {
		t.Errorf("Add() details mismatch (-want +got):\n%s", diff)
	}
	got, err := w.get(t, delegateLV, added.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(added, got); diff != "" {
		t.Errorf("Get() by another participant mismatch (-added +got):\n%s", diff)
	}
}

func TestBareStrategyHasEmptyLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := found()
	got := w.add(t, secretariat, in)
	want := strategy.Details{
		OriginalTitle: "Küberdoktriin", Status: "adopted",
		Titles: map[string]string{}, Summaries: map[string]string{}, Objectives: map[string][]string{},
		Documents: []strategy.Document{}, FocusAreas: []string{}, Norms: []strategy.Norm{}, CBMs: []strategy.CBM{},
	}
	if diff := cmp.Diff(want, got.Details); diff != "" {
		t.Errorf("Add() details mismatch (-want +got):\n%s", diff)
	}
	if got.SupersededBy == nil || len(got.SupersededBy) != 0 {
		t.Errorf("Add().SupersededBy = %#v, want an empty list", got.SupersededBy)
	}
}

func TestInputIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("ä", 5001)
	stranger, nobody, malformed := w.organisation(t, "LV"), "0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11", "EE-1"
	latvian := nominated()
	latvian.State = "LV"
	theirs := w.add(t, delegateLV, latvian).ID
	for name, tt := range map[string]struct {
		change func(*strategy.Input)
		at     []string
	}{
		"without a title and a status":    {func(in *strategy.Input) { in.OriginalTitle, in.Status = "", "" }, []string{"/original_title", "/status"}},
		"with an unknown kind and status": {func(in *strategy.Input) { in.Kind, in.Status = "plan", "good" }, []string{"/status", "/kind"}},
		"with a title in no language":     {func(in *strategy.Input) { in.Titles = map[string]string{"xx-klingon!": "x", "und": "y"} }, []string{"/titles/und", "/titles/xx-klingon!"}},
		"with one language twice":         {func(in *strategy.Input) { in.Titles = map[string]string{"iw": "x", "he": "y"} }, []string{"/titles/iw"}},
		"with empty texts": {func(in *strategy.Input) {
			in.Titles["en"], in.Objectives = " ", map[string][]string{"en": {}, "pl": {""}}
		}, []string{"/titles/en", "/objectives/en", "/objectives/pl/0"}},
		"with texts that are too long": {func(in *strategy.Input) { in.OriginalTitle, in.Summaries = long[:602], map[string]string{"en": long} }, []string{"/original_title", "/summaries/en"}},
		"with too many objectives":     {func(in *strategy.Input) { in.Objectives = map[string][]string{"en": slices.Repeat([]string{"x"}, 31)} }, []string{"/objectives/en"}},
		"with a long objective":        {func(in *strategy.Input) { in.Objectives = map[string][]string{"en": {"x", long[:1002]}} }, []string{"/objectives/en/1"}},
		"with too many documents": {func(in *strategy.Input) {
			in.Documents = slices.Repeat([]strategy.Document{{URL: "https://a.ee/"}}, 21)
		}, []string{"/documents"}},
		"with a document of no address": {func(in *strategy.Input) {
			in.Documents = []strategy.Document{{URL: "file:///etc/passwd", SHA256: "ab"}}
		}, []string{"/documents/0/url", "/documents/0/sha256"}},
		"with no dates":              {func(in *strategy.Input) { in.AdoptedOn, in.ValidUntil, in.ReviewDue = "28.03.2021", "2021-13", "soon" }, []string{"/adopted_on", "/valid_until", "/review_due"}},
		"that ends before it begins": {func(in *strategy.Input) { in.ValidFrom, in.ValidUntil = "2024-03-02", "2024-02" }, []string{"/valid_until"}},
		"with unknown norms": {func(in *strategy.Input) {
			in.Norms = []strategy.Norm{{Code: "13z", Reading: "state"}, {Code: "13a", Reading: "ours"}}
		}, []string{"/norms/1/reading", "/norms/0/code"}},
		"with a norm twice": {func(in *strategy.Input) {
			in.Norms = []strategy.Norm{{Code: "13a", Reading: "state"}, {Code: "13a", Reading: "registry"}}
		}, []string{"/norms/1"}},
		"with unknown or doubled measures": {func(in *strategy.Input) {
			in.CBMs = slices.Repeat([]strategy.CBM{{Framework: "UN", Code: "CBM16", Reading: "state"}}, 2)
		}, []string{"/cbms/0/code", "/cbms/1/code", "/cbms/1"}},
		"with unknown focus areas":         {func(in *strategy.Input) { in.FocusAreas = []string{"governance", "war"} }, []string{"/focus_areas/1"}},
		"by another state's organisation":  {func(in *strategy.Input) { in.IssuingOrganisation = &stranger }, []string{"/issuing_organisation"}},
		"by no organisation":               {func(in *strategy.Input) { in.IssuingOrganisation = &nobody }, []string{"/issuing_organisation"}},
		"that supersedes nothing there is": {func(in *strategy.Input) { in.Supersedes = &nobody }, []string{"/supersedes"}},
		"that supersedes another state's":  {func(in *strategy.Input) { in.Supersedes = &theirs }, []string{"/supersedes"}},
		"that supersedes what is no id":    {func(in *strategy.Input) { in.Supersedes = &malformed }, []string{"/supersedes"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := nominated()
			tt.change(&in)
			w.refused(t, "Add()", problem.Invalid, func() error {
				_, err := w.Add(t.Context(), as(delegateEE), register.Sent[strategy.Input]{Body: in})
				if diff := cmp.Diff(tt.at, pointers(err)); diff != "" {
					t.Errorf("Add() faults mismatch (-want +got):\n%s", diff)
				}
				return err
			})
		})
	}
}

func TestRegistrysReadingIsNotTheStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := found()
	in.Norms = []strategy.Norm{{Code: "13a", Reading: strategy.ByState}}
	in.CBMs = []strategy.CBM{{Framework: "UN", Code: "CBM1", Reading: strategy.ByState}}
	w.refused(t, "Add(found in public, with the state's reading)", problem.Invalid, func() error {
		_, err := w.Add(t.Context(), as(secretariat), register.Sent[strategy.Input]{Body: in})
		if diff := cmp.Diff([]string{"/norms/0/reading", "/cbms/0/reading"}, pointers(err)); diff != "" {
			t.Errorf("Add() faults mismatch (-want +got):\n%s", diff)
		}
		return err
	})
	in.Norms[0].Reading, in.CBMs[0].Reading = strategy.ByRegistry, strategy.ByRegistry
	old := w.add(t, secretariat, in)
	got, err := w.Nominate(t.Context(), as(delegateEE), old.ID, sent(old.Version, []byte(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if got.Basis != entry.Nominated || got.Norms[0].Reading != strategy.ByRegistry || got.CBMs[0].Reading != strategy.ByRegistry {
		t.Errorf("Nominate() = %s, %+v, %+v, want it nominated, with the readings still the registry's", got.Basis, got.Norms, got.CBMs)
	}
	got, err = w.Patch(t.Context(), as(delegateEE), old.ID, sent(got.Version, []byte(`{"norms": [{"code": "13a", "reading": "state"}]}`)))
	if err != nil || got.Norms[0].Reading != strategy.ByState {
		t.Errorf("Patch() = %+v, %v, want the reading the state's, now that it says so", got.Norms, err)
	}
}

func TestPatchChangesOneLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := nominated()
	in.Titles = map[string]string{"en": "Strategy", "de": "Strategie"}
	old := w.add(t, delegateEE, in)
	got, err := w.Patch(t.Context(), as(delegateEE), old.ID, sent(old.Version, []byte(`{"titles": {"de": null, "PL": "Strategia"}}`)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"en": "Strategy", "pl": "Strategia"}, got.Titles); diff != "" {
		t.Errorf("Patch() titles mismatch (-want +got):\n%s", diff)
	}
	w.refused(t, "Patch(by another state)", problem.Forbidden, func() error {
		_, err := w.Patch(t.Context(), as(delegateLV), old.ID, sent(got.Version, []byte(`{"status": "expired"}`)))
		return err
	})
	w.refused(t, "Patch(stale)", problem.Stale, func() error {
		_, err := w.Patch(t.Context(), as(delegateEE), old.ID, sent(old.Version, []byte(`{"status": "expired"}`)))
		return err
	})
	err = w.reg.Read(t.Context(), delegateLV, func(snap *register.Snapshot) error {
		revisions, _, err := register.History(t.Context(), snap, "strategy", old.ID, 0, 100)
		if err != nil {
			return err
		}
		diff := slices.DeleteFunc(revisions[0].Diff, func(d register.Difference) bool { return d.Path == "/confirmed_at" })
		want := []register.Difference{{Path: "/titles/de", From: "Strategie", To: nil}, {Path: "/titles/pl", From: nil, To: "Strategia"}}
		if diff := cmp.Diff(want, diff); diff != "" {
			t.Errorf("History() of the patch mismatch (-want +got):\n%s", diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if verified, err := w.reg.Verify(t.Context()); err != nil || verified.Version != got.Version {
		t.Errorf("Verify() = %+v, %v, want version %d in order", verified, err, got.Version)
	}
}

func TestLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.add(t, secretariat, found())
	life := []struct {
		act      func() (strategy.Strategy, error)
		standing entry.Standing
	}{
		{func() (strategy.Strategy, error) {
			return w.Reject(t.Context(), as(delegateEE), old.ID, nothing())
		}, entry.Rejected},
		{func() (strategy.Strategy, error) {
			return w.Restore(t.Context(), as(delegateEE), old.ID, nothing())
		}, entry.Active},
		{func() (strategy.Strategy, error) {
			return w.Nominate(t.Context(), as(delegateEE), old.ID, register.Sent[[]byte]{If: register.Precondition{None: true}})
		}, entry.Active},
		{func() (strategy.Strategy, error) {
			return w.Confirm(t.Context(), as(delegateEE), old.ID, nothing())
		}, entry.Active},
		{func() (strategy.Strategy, error) {
			return w.Retire(t.Context(), as(delegateEE), old.ID, nothing())
		}, entry.Retired},
	}
	for i, step := range life {
		got, err := step.act()
		if err != nil || got.Standing != step.standing || got.Version != int64(i+2) {
			t.Errorf("act %d = standing %s, version %d, %v, want %s, %d", i, got.Standing, got.Version, err, step.standing, i+2)
		}
		if diff := cmp.Diff(old.Details, got.Details); diff != "" {
			t.Errorf("act %d changed the details (-before +after):\n%s", i, diff)
		}
	}
}

func TestListIsNarrowedAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := nominated(), found()
	first.Summaries = map[string]string{"fr": "Résumé"}
	first.FocusAreas, first.Norms = []string{"governance"}, []strategy.Norm{{Code: "13a", Reading: "state"}}
	second.Titles, second.Norms = map[string]string{"de": "Doktrin"}, []strategy.Norm{{Code: "13b", Reading: "registry"}}
	a, b := w.add(t, delegateEE, first), w.add(t, secretariat, second)
	both := []string{b.ID, a.ID} // doctrine comes before strategy
	for name, tt := range map[string]struct {
		filter strategy.Filter
		want   []string
	}{
		"nothing":               {strategy.Filter{}, both},
		"its original language": {strategy.Filter{Language: "et"}, both[1:]},
		"a title's language":    {strategy.Filter{Language: "de"}, both[:1]},
		"a summary's language":  {strategy.Filter{Language: "fr"}, both[1:]},
		"another language":      {strategy.Filter{Language: "pl"}, nil},
		"a focus area":          {strategy.Filter{FocusArea: "governance"}, both[1:]},
		"a norm":                {strategy.Filter{Norm: "13b"}, both[:1]},
		"a status":              {strategy.Filter{Status: "adopted"}, both[:1]},
		"a kind and a language": {strategy.Filter{Filter: entry.Filter{Kind: "strategy"}, Language: "de"}, nil},
	} {
		var got []string
		after := strategy.After{}
		for page := w.list(t, delegateLV, tt.filter, after, 1); len(page) > 0; page = w.list(t, delegateLV, tt.filter, after, 1) {
			got, after = append(got, page[0].ID), page[0].Place()
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("List() by %s = %v, want %v", name, got, tt.want)
		}
	}
}

// organisation makes an organisation of a state that is visible to all.
func (w world) organisation(t *testing.T, state string) (id string) {
	t.Helper()
	err := w.db.Owner.QueryRow(t.Context(), fmt.Sprintf(`
		with e as (
			insert into entry (id, noun, state, kind, version, audience, tlp, basis, standing, standing_since, created_at, changed_at)
			values (gen_random_uuid(), 'organisation', '%[1]s', 'ministry', 0, 'public', 'TLP:CLEAR', 'public_source', 'active', now(), now(), now())
			returning id
		)
		insert into organisation (id, state, kind, name) select id, '%[1]s', 'ministry', 'Ministry' from e
		returning id`, state)).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func selected(states ...string) entry.Whom {
	return entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{States: states}}
}
