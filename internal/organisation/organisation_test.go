package organisation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func TestAddKeepsWhatWasSaidInOneForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := nominated()
	in.Details = organisation.Details{
		Name: "  Riigi Infosu\u0308steemi Amet ", NameLanguage: "ET-ee", NameLatin: "RIA", NameEN: "Information System Authority",
		Website: "https://www.ria.ee", RFC2350URL: "https://www.ria.ee/rfc2350.txt",
		SecurityTXTURL: "https://www.ria.ee/.well-known/security.txt", Address: "Pärnu mnt 139a\r\nTallinn", Note: "Since 2011.",
	}
	in.ExternalIDs = []entry.ExternalID{{System: "misp", Value: "55f6ea5e-2c60-40e5-964f-47a8950d210f"}, {System: "first", Value: "CERT-EE"}}
	want := in.Details
	want.Name, want.NameLanguage, want.Address = "Riigi Infosüsteemi Amet", "et-EE", "Pärnu mnt 139a\nTallinn"
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
	if got.Basis != entry.Nominated || got.Standing != entry.Active || got.Version != 1 || !got.Represented {
		t.Errorf("Get() = basis %s, standing %s, version %d, represented %t, want a nominated active one of version 1, represented",
			got.Basis, got.Standing, got.Version, got.Represented)
	}
	if got.NominatedBy == nil || *got.NominatedBy != delegationEE {
		t.Errorf("Get().NominatedBy = %v, want the delegation %s", got.NominatedBy, delegationEE)
	}
	if want := []entry.ExternalID{{System: "first", Value: "CERT-EE"}, in.ExternalIDs[1]}; !slices.Contains(got.ExternalIDs, want[0]) || len(got.ExternalIDs) != 2 {
		t.Errorf("Get().ExternalIDs = %v, want %v", got.ExternalIDs, want)
	}
}

func TestInputIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("ä", 2001)
	for name, tt := range map[string]struct {
		by     access.Actor
		change func(*organisation.Input)
		at     []string
	}{
		"without a name":                       {delegateEE, func(in *organisation.Input) { in.Name = " " }, []string{"/name"}},
		"without a name where found in public": {secretariat, func(in *organisation.Input) { *in = found(); in.Name = "" }, []string{"/name"}},
		"found in public without a source":     {secretariat, func(in *organisation.Input) { *in = found(); in.Sources = nil }, []string{"/sources"}},
		"nominated with a source":              {delegateEE, func(in *organisation.Input) { in.Sources = found().Sources }, []string{"/sources"}},
		"with a name that reorders":            {delegateEE, func(in *organisation.Input) { in.NameLatin = "a\u202eb" }, []string{"/name_latin"}},
		"of an unknown kind":                   {delegateEE, func(in *organisation.Input) { in.Kind = "bank" }, []string{"/kind"}},
		"of no kind":                           {delegateEE, func(in *organisation.Input) { in.Kind = "" }, []string{"/kind"}},
		"in no language":                       {delegateEE, func(in *organisation.Input) { in.NameLanguage = "klingon!" }, []string{"/name_language"}},
		"with addresses of no web page": {delegateEE, func(in *organisation.Input) {
			in.Website, in.RFC2350URL, in.SecurityTXTURL = "ftp://a.ee", "javascript:alert(1)", "https://u:p@a.ee"
		}, []string{"/website", "/rfc2350_url", "/security_txt_url"}},
		"that is too long":                          {delegateEE, func(in *organisation.Input) { in.Name, in.Address, in.Note = long, long, long }, []string{"/name", "/address", "/note"}},
		"with a mark that has blanks around it":     {delegateEE, func(in *organisation.Input) { in.TLP = " TLP:RED " }, []string{"/tlp"}},
		"for an audience with blanks around it":     {delegateEE, func(in *organisation.Input) { in.Audience = " public" }, []string{"/audience"}},
		"of a basis with blanks around it":          {delegateEE, func(in *organisation.Input) { in.Basis = "nominated " }, []string{"/basis"}},
		"found in the year 0":                       {secretariat, func(in *organisation.Input) { *in = found(); in.Sources[0].Date = "0000-01-01" }, []string{"/sources/0/date"}},
		"with another state's id":                   {delegateEE, func(in *organisation.Input) { in.ExternalIDs = []entry.ExternalID{{System: "lv-register", Value: "1"}} }, []string{"/external_ids/0/system"}},
		"for selected states without naming one":    {delegateEE, func(in *organisation.Input) { in.Audience = access.ForSelected }, []string{"/selected"}},
		"for selected states that do not take part": {delegateEE, func(in *organisation.Input) { in.Whom = selected("LV", "XX") }, []string{"/selected/states/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := nominated()
			tt.change(&in)
			w.refused(t, "Add()", problem.Invalid, func() error {
				_, err := w.Add(t.Context(), register.Act{By: tt.by}, register.Sent[organisation.Input]{Body: in})
				if diff := cmp.Diff(tt.at, pointers(err)); diff != "" {
					t.Errorf("Add() faults mismatch (-want +got):\n%s", diff)
				}
				return err
			})
		})
	}
}

func TestListIsInOrderAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	for _, kind := range []string{"police", "csirt", "csirt", "agency"} {
		in := nominated()
		in.Kind = kind
		w.add(t, delegateEE, in)
	}
	lv := nominated()
	lv.State, lv.Audience = "LV", access.ForPublic
	w.add(t, delegateLV, lv)
	all := w.list(t, delegateEE, organisation.Filter{}, organisation.After{}, 500)
	for _, o := range all {
		want = append(want, o.State+" "+o.Kind)
	}
	if got := []string{"EE agency", "EE csirt", "EE csirt", "EE police", "LV csirt"}; !slices.Equal(got, want) {
		t.Errorf("List() = %v, want %v", want, got)
	}
	var paged []organisation.Organisation
	for after := (organisation.After{}); ; after = paged[len(paged)-1].Place() {
		page := w.list(t, delegateEE, organisation.Filter{}, after, 2)
		if len(page) == 0 {
			break
		}
		paged = append(paged, page...)
	}
	if diff := cmp.Diff(all, paged); diff != "" {
		t.Errorf("List() in pages of two mismatch (-whole +paged):\n%s", diff)
	}
	if got := w.list(t, access.Anyone(), organisation.Filter{}, organisation.After{}, 500); len(got) != 1 || got[0].State != "LV" {
		t.Errorf("List() by the public = %d entries, want the public one of LV", len(got))
	}
	if got := w.list(t, access.Actor{}, organisation.Filter{}, organisation.After{}, 500); len(got) != 0 {
		t.Errorf("List() by nobody = %d entries, want none", len(got))
	}
}

func TestListIsNarrowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	csirt := w.add(t, delegateEE, nominated())
	ministry := w.add(t, secretariat, found())
	retired := w.add(t, delegateEE, nominated())
	if _, err := w.Retire(t.Context(), register.Act{By: delegateEE}, retired.ID, nothing()); err != nil {
		t.Fatal(err)
	}
	lv := nominated()
	lv.State = "LV"
	latvian := w.add(t, delegateLV, lv)
	for name, tt := range map[string]struct {
		filter entry.Filter
		want   []string
	}{
		"to a state":                      {entry.Filter{State: "EE"}, []string{csirt.ID, ministry.ID}},
		"to a framework's members":        {entry.Filter{Framework: "NATO"}, []string{latvian.ID}},
		"to a kind":                       {entry.Filter{Kind: "ministry"}, []string{ministry.ID}},
		"to a basis":                      {entry.Filter{Basis: "public_source"}, []string{ministry.ID}},
		"to a standing":                   {entry.Filter{Standing: "retired"}, []string{retired.ID}},
		"to any standing":                 {entry.Filter{Standing: "any", State: "EE"}, []string{csirt.ID, retired.ID, ministry.ID}},
		"to what is fresh":                {entry.Filter{Freshness: "current"}, []string{csirt.ID, latvian.ID}},
		"to what is due":                  {entry.Filter{Freshness: "due"}, nil},
		"to what nobody confirmed":        {entry.Filter{Freshness: "unconfirmed"}, []string{ministry.ID}},
		"to what changed after a version": {entry.Filter{Changed: 2}, []string{latvian.ID}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, o := range w.list(t, delegateEE, organisation.Filter{Filter: tt.filter}, organisation.After{}, 500) {
				got = append(got, o.ID)
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("List(%+v) = %v, want %v", tt.filter, got, tt.want)
			}
		})
	}
}

func selected(states ...string) entry.Whom {
	return entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{States: states}}
}
