package organisation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func TestAddByOthersIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	readOnly := delegateEE
	readOnly.Writes = false
	for name, tt := range map[string]struct {
		by access.Actor
		in organisation.Input
	}{
		"another state's delegate":          {delegateLV, nominated()},
		"the secretariat, as the state":     {secretariat, nominated()},
		"the state, as found in public":     {delegateEE, found()},
		"a CERT":                            {state("EE", access.Cert, delegateEE.Account, ""), nominated()},
		"a partner":                         {state("EE", access.Partner, delegateEE.Account, ""), nominated()},
		"an auditor":                        {access.Actor{Role: access.Auditor, Audiences: access.Audiences, Writes: true}, nominated()},
		"the registry":                      {access.Registry(), nominated()},
		"the public":                        {access.Anyone(), nominated()},
		"a credential for reading":          {readOnly, nominated()},
		"nobody":                            {access.Actor{}, nominated()},
		"another state's, with a bad input": {delegateLV, organisation.Input{Common: entry.Common{State: "EE"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(t, "Add()", problem.Forbidden, func() error {
				_, err := w.Add(t.Context(), as(tt.by), register.Sent[organisation.Input]{Body: tt.in})
				return err
			})
		})
	}
}

func TestExternalID(t *testing.T) {
	t.Parallel()
	ours := entry.ExternalID{System: "ee-register", Value: "70006317"}

	t.Run("belongs to one entry of the state", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		in := nominated()
		in.ExternalIDs = []entry.ExternalID{{System: "first", Value: "CERT-EE"}}
		w.add(t, delegateEE, in)
		w.refused(t, "Add(the same external id)", problem.Conflict, func() error {
			_, err := w.Add(t.Context(), as(delegateEE), register.Sent[organisation.Input]{Body: in})
			return err
		})
		in.State = "LV"
		w.add(t, delegateLV, in) // another state's is another
	})

	t.Run("makes an entry, then replaces it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		absent := register.Sent[organisation.Input]{If: register.Precondition{Absent: true}, Body: nominated()}
		w.refused(t, "Upsert(If-Match, none there)", problem.Stale, func() error {
			_, err := w.Upsert(t.Context(), as(delegateEE), "EE", ours, sent(1, nominated()))
			return err
		})
		made, err := w.Upsert(t.Context(), as(delegateEE), "EE", ours, absent)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]entry.ExternalID{ours}, made.ExternalIDs); diff != "" {
			t.Errorf("Upsert() external ids mismatch (-want +got):\n%s", diff)
		}
		w.refused(t, "Upsert(If-None-Match, one there)", problem.Stale, func() error {
			_, err := w.Upsert(t.Context(), as(delegateEE), "EE", ours, absent)
			return err
		})
		in := nominated()
		in.Name = "RIA"
		replaced, err := w.Upsert(t.Context(), as(delegateEE), "EE", ours, sent(made.Version, in))
		if err != nil || replaced.ID != made.ID || replaced.Name != "RIA" || len(replaced.ExternalIDs) != 1 {
			t.Errorf("Upsert(again) = %+v, %v, want the same entry, renamed", replaced, err)
		}
		w.refused(t, "Upsert(by another state)", problem.Forbidden, func() error {
			_, err := w.Upsert(t.Context(), as(delegateLV), "EE", ours, sent(replaced.Version, in))
			return err
		})
	})
}

func TestSelectedAudience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := nominated()
	in.Whom = selected("LV")
	o := w.add(t, delegateEE, in)
	for name, tt := range map[string]struct {
		by   access.Actor
		sees bool
	}{
		"its own delegate": {delegateEE, true},
		"a named state's":  {delegateLV, true},
		"another state's":  {certPL, false},
		"the secretariat":  {secretariat, false},
		"the public":       {access.Anyone(), false},
		"a credential not scoped to it": {access.Actor{
			Role: access.Delegate, State: "LV", Audiences: []access.Audience{access.ForPublic, access.ForParticipants},
		}, false},
	} {
		_, err := w.get(t, tt.by, o.ID)
		if tt.sees && err != nil || !tt.sees && !problem.Is(err, problem.NotFound) {
			t.Errorf("Get() by %s = %v, want that it sees the entry: %t", name, err, tt.sees)
		}
		if got := w.list(t, tt.by, organisation.Filter{}, organisation.After{}, 10); (len(got) == 1) != tt.sees {
			t.Errorf("List() by %s = %d entries, want that it sees the entry: %t", name, len(got), tt.sees)
		}
	}
	for _, by := range []access.Actor{certPL, secretariat} {
		w.refused(t, "Replace(unseen)", problem.NotFound, func() error {
			_, err := w.Replace(t.Context(), as(by), o.ID, sent(o.Version, nominated()))
			return err
		})
	}
	w.refused(t, "Replace(by the named)", problem.Forbidden, func() error {
		_, err := w.Replace(t.Context(), as(delegateLV), o.ID, sent(o.Version, nominated()))
		return err
	})
}

func TestAllExceptIsExpandedWhenWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := nominated()
	in.Whom = entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{AllExcept: []string{"PL", "EE"}}}
	o := w.add(t, delegateEE, in)
	if diff := cmp.Diff([]string{"LV"}, o.AudienceStates); diff != "" {
		t.Errorf("Add(all except PL and EE) names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(in.Selected, o.AudienceWritten); diff != "" {
		t.Errorf("Add(all except PL and EE) as written (-want +got):\n%s", diff)
	}
}

func TestACredentialThatDoesNotReadAllIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	narrow := delegateEE
	narrow.Audiences = []access.Audience{access.ForPublic}
	public := nominated()
	public.Audience = access.ForPublic
	o := w.add(t, delegateEE, public)
	for name, do := range map[string]func() error{
		"Add()": func() error {
			_, err := w.Add(t.Context(), as(narrow), register.Sent[organisation.Input]{Body: nominated()})
			return err
		},
		"Replace()": func() error {
			_, err := w.Replace(t.Context(), as(narrow), o.ID, sent(o.Version, nominated()))
			return err
		},
	} {
		w.refused(t, name, problem.Forbidden, do)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := nominated()
	in.Audience = access.ForPublic
	o := w.add(t, delegateEE, in)
	patched, err := w.Patch(t.Context(), as(delegateEE), o.ID, sent(o.Version, []byte(`{"name": "RIA", "website": null}`)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Retire(t.Context(), as(delegateEE), o.ID, nothing()); err != nil {
		t.Fatal(err)
	}
	in.Whom = selected("LV")
	hidden := w.add(t, delegateEE, in)
	history := func(by access.Actor, id string) (revisions []register.Revision) {
		t.Helper()
		err := w.reg.Read(t.Context(), by, func(snap *register.Snapshot) (err error) {
			revisions, _, err = register.History(t.Context(), snap, "organisation", id, 0, 100)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return revisions
	}
	got := history(delegateEE, o.ID)
	if len(got) != 3 || got[0].Act != "retired" || got[1].Act != "replaced" || got[2].Act != "created" {
		t.Fatalf("History() = %+v, want retired, replaced, created", got)
	}
	var diff []register.Difference
	for _, d := range got[1].Diff {
		if d.Path != "/confirmed_at" {
			diff = append(diff, d)
		}
	}
	want := []register.Difference{{Path: "/name", From: "CERT-EE", To: "RIA"}, {Path: "/website", From: "https://www.cert.ee", To: nil}}
	if diff := cmp.Diff(want, diff); diff != "" {
		t.Errorf("History() of version %d mismatch (-want +got):\n%s", patched.Version, diff)
	}
	if got := got[0].Diff; len(got) != 1 || got[0] != (register.Difference{Path: "/standing", From: "active", To: "retired"}) {
		t.Errorf("History() of the retirement = %+v, want the standing alone", got)
	}
	if got := history(access.Anyone(), o.ID); len(got) != 3 || got[1].ActorName != nil {
		t.Errorf("History() by the public = %+v, want the three, without names", got)
	}
	for name, by := range map[string]access.Actor{"the secretariat": secretariat, "another state": certPL, "the public": access.Anyone()} {
		if got := history(by, hidden.ID); len(got) != 0 {
			t.Errorf("History() of what is not for %s = %+v, want nothing", name, got)
		}
	}
	verified, err := w.reg.Verify(t.Context())
	if err != nil || verified.Version != 4 || verified.Changes != 4 {
		t.Errorf("Verify() = %+v, %v, want four versions of one change each", verified, err)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.add(t, delegateEE, nominated())
	before := w.dump(t)
	_, err := w.Patch(t.Context(), register.Act{By: delegateEE, DryRun: true}, o.ID, sent(o.Version, []byte(`{"name": "RIA"}`)))
	rehearsal, ok := err.(*register.Rehearsal)
	if !ok || len(rehearsal.Changes) != 1 {
		t.Fatalf("Patch(dry run) = %v, want a rehearsal of one change", err)
	}
	if after := w.dump(t); after != before {
		t.Errorf("Patch(dry run) changed the register:\n%s\nwant:\n%s", after, before)
	}
}
