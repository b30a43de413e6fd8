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

func as(by access.Actor) register.Act { return register.Act{By: by} }

func TestReplace(t *testing.T) {
	t.Parallel()

	t.Run("gives a new content, whole, and a new version", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, delegateEE, nominated())
		in := nominated()
		in.State, in.Kind, in.Audience = "", "", access.ForPublic
		in.Details = organisation.Details{Name: "RIA"}
		got, err := w.Replace(t.Context(), as(delegateEE), old.ID, sent(old.Version, in))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in.Details, got.Details); diff != "" {
			t.Errorf("Replace() details mismatch (-want +got):\n%s", diff)
		}
		if got.Version != old.Version+1 || got.Audience != access.ForPublic || got.TLP != "TLP:CLEAR" || got.Kind != "csirt" {
			t.Errorf("Replace() = version %d, audience %s, %s, kind %s, want the next version, public and TLP:CLEAR, a csirt",
				got.Version, got.Audience, got.TLP, got.Kind)
		}
		if !got.ChangedAt.After(old.ChangedAt) || !got.CreatedAt.Equal(old.CreatedAt) || !got.ConfirmedAt.After(*old.ConfirmedAt) {
			t.Errorf("Replace() = %+v, want it changed and confirmed later, and created when it was", got.Entry)
		}
	})

	t.Run("on an older version is refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, delegateEE, nominated())
		if _, err := w.Replace(t.Context(), as(delegateEE), old.ID, sent(old.Version, nominated())); err != nil {
			t.Fatal(err)
		}
		w.refused(t, "Replace(stale)", problem.Stale, func() error {
			_, err := w.Replace(t.Context(), as(delegateEE), old.ID, sent(old.Version, nominated()))
			return err
		})
	})

	t.Run("by another state's delegate is refused, whatever the version", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, delegateEE, nominated())
		for _, version := range []int64{old.Version, 0} {
			w.refused(t, "Replace(by LV)", problem.Forbidden, func() error {
				_, err := w.Replace(t.Context(), as(delegateLV), old.ID, sent(version, nominated()))
				return err
			})
		}
	})

	t.Run("of what was found in public is the secretariat's", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, secretariat, found())
		in := found()
		in.NameEN, in.Audience = "Ministry of Justice", access.ForPublic
		got, err := w.Replace(t.Context(), as(secretariat), old.ID, sent(old.Version, in))
		if err != nil || got.NameEN != in.NameEN || got.Basis != entry.PublicSource || got.ConfirmedAt != nil {
			t.Errorf("Replace(by the secretariat) = %+v, %v, want the English name, unconfirmed", got, err)
		}
		w.refused(t, "Replace(by the state)", problem.Forbidden, func() error {
			_, err := w.Replace(t.Context(), as(delegateEE), old.ID, sent(got.Version, in))
			return err
		})
	})

	t.Run("never makes the secretariat's find the state's word", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, secretariat, found())
		in := nominated()
		in.Kind, in.Basis = "", entry.Nominated
		w.refused(t, "Replace(nominated, by the secretariat)", problem.Forbidden, func() error {
			_, err := w.Replace(t.Context(), as(secretariat), old.ID, sent(old.Version, in))
			return err
		})
	})

	t.Run("of the state's word by the secretariat is refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, delegateEE, nominated())
		w.refused(t, "Replace(by the secretariat)", problem.Forbidden, func() error {
			_, err := w.Replace(t.Context(), as(secretariat), old.ID, sent(old.Version, nominated()))
			return err
		})
	})
}

func TestPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.add(t, delegateEE, nominated())
	got, err := w.Patch(t.Context(), as(delegateEE), old.ID, sent(old.Version, []byte(`{"name_en": null, "note": "At night by phone."}`)))
	if err != nil {
		t.Fatal(err)
	}
	want := old.Details
	want.NameEN, want.Note = "", "At night by phone."
	if diff := cmp.Diff(want, got.Details); diff != "" {
		t.Errorf("Patch() details mismatch (-want +got):\n%s", diff)
	}
	for body, kind := range map[string]problem.Kind{
		`[]`:                 problem.Malformed,
		`{"naem": "x"}`:      problem.Malformed,
		`{"name": 7}`:        problem.Malformed,
		`{"name": null}`:     problem.Invalid,
		`{"kind": "police"}`: problem.Invalid,
		`{"state": "LV"}`:    problem.Invalid,
		`{"audience": null}`: problem.Invalid,
	} {
		w.refused(t, "Patch("+body+")", kind, func() error {
			_, err := w.Patch(t.Context(), as(delegateEE), old.ID, sent(got.Version, []byte(body)))
			return err
		})
	}
}

func TestNominate(t *testing.T) {
	t.Parallel()

	t.Run("makes what was found the state's word, with its corrections", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, secretariat, found())
		got, err := w.Nominate(t.Context(), as(delegateEE), old.ID, sent(old.Version, []byte(`{"name_en": "Ministry of Justice"}`)))
		if err != nil {
			t.Fatal(err)
		}
		if got.Basis != entry.Nominated || got.ConfirmedAt == nil || got.NominatedBy == nil || len(got.Sources) != 0 {
			t.Errorf("Nominate() = %+v, want it nominated by the delegation, confirmed, without sources", got.Entry)
		}
		if got.Name != old.Name || got.NameEN != "Ministry of Justice" {
			t.Errorf("Nominate() = %+v, want the name as found and the English name", got.Details)
		}
		w.refused(t, "Nominate(again)", problem.Conflict, func() error {
			_, err := w.Nominate(t.Context(), as(delegateEE), old.ID, sent(got.Version, []byte(nil)))
			return err
		})
	})

	t.Run("is not a way to rewrite what was found", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, secretariat, found())
		body := []byte(`{"basis": "public_source", "name": "Ours", "sources": [{"pointer": "/name", "value": "Ours", "source": "us", "date": "2026-01-01"}]}`)
		w.refused(t, "Nominate(public_source)", problem.Invalid, func() error {
			_, err := w.Nominate(t.Context(), as(delegateEE), old.ID, sent(old.Version, body))
			return err
		})
	})

	t.Run("is the state's alone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, secretariat, found())
		for _, by := range []access.Actor{secretariat, delegateLV, certPL} {
			w.refused(t, "Nominate(by "+string(by.Role)+")", problem.Forbidden, func() error {
				_, err := w.Nominate(t.Context(), as(by), old.ID, sent(old.Version, []byte(nil)))
				return err
			})
		}
	})
}

func TestRejectedStaysRejected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := found()
	in.ExternalIDs = []entry.ExternalID{{System: "un", Value: "EE-1"}}
	old := w.add(t, secretariat, in)
	rejected, err := w.Reject(t.Context(), as(delegateEE), old.ID, nothing())
	if err != nil || rejected.Standing != entry.Rejected || !rejected.StandingSince.After(old.StandingSince) {
		t.Fatalf("Reject() = %+v, %v, want it rejected since now", rejected.Entry, err)
	}
	w.refused(t, "Upsert(by a later import)", problem.Forbidden, func() error {
		in := in
		in.Audience = access.ForPublic
		_, err := w.Upsert(t.Context(), as(secretariat), "EE", in.ExternalIDs[0], sent(rejected.Version, in))
		return err
	})
	w.refused(t, "Restore(by the secretariat)", problem.Forbidden, func() error {
		_, err := w.Restore(t.Context(), as(secretariat), old.ID, nothing())
		return err
	})
	w.refused(t, "Reject(again)", problem.Conflict, func() error {
		_, err := w.Reject(t.Context(), as(delegateEE), old.ID, nothing())
		return err
	})
	restored, err := w.Restore(t.Context(), as(delegateEE), old.ID, nothing())
	if err != nil || restored.Standing != entry.Active || restored.Basis != entry.PublicSource {
		t.Errorf("Restore() = %+v, %v, want it in use, and still as found in public", restored.Entry, err)
	}
	word := w.add(t, delegateEE, nominated())
	w.refused(t, "Reject(the state's word)", problem.Conflict, func() error {
		_, err := w.Reject(t.Context(), as(delegateEE), word.ID, nothing())
		return err
	})
}

func TestRetireAndRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.add(t, delegateEE, nominated())
	w.contact(t, old.ID) // which may refer to it on
	w.refused(t, "Restore(one in use)", problem.Conflict, func() error {
		_, err := w.Restore(t.Context(), as(delegateEE), old.ID, nothing())
		return err
	})
	for _, by := range []access.Actor{delegateLV, certPL, secretariat, access.Anyone()} {
		kind := problem.Forbidden
		if by.Role == access.Public {
			kind = problem.NotFound
		}
		w.refused(t, "Retire(by "+string(by.Role)+")", kind, func() error {
			_, err := w.Retire(t.Context(), as(by), old.ID, nothing())
			return err
		})
	}
	retired, err := w.Retire(t.Context(), as(delegateEE), old.ID, nothing())
	if err != nil || retired.Standing != entry.Retired || retired.Version != old.Version+1 {
		t.Fatalf("Retire() = %+v, %v, want it retired, as the next version", retired.Entry, err)
	}
	w.refused(t, "Replace(retired)", problem.Conflict, func() error {
		_, err := w.Replace(t.Context(), as(delegateEE), old.ID, sent(retired.Version, nominated()))
		return err
	})
	w.refused(t, "Confirm(retired)", problem.Conflict, func() error {
		_, err := w.Confirm(t.Context(), as(delegateEE), old.ID, nothing())
		return err
	})
	restored, err := w.Restore(t.Context(), as(delegateEE), old.ID, nothing())
	if err != nil || restored.Standing != entry.Active {
		t.Errorf("Restore() = %+v, %v, want it in use", restored.Entry, err)
	}
	if diff := cmp.Diff(old.Details, restored.Details); diff != "" {
		t.Errorf("Restore() details mismatch (-before +after):\n%s", diff)
	}
}

func TestConfirmMakesFresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.add(t, delegateEE, nominated())
	for freshness, age := range map[string]string{"current": "179 days", "due": "180 days", "lapsed": "365 days"} {
		if _, err := w.db.Owner.Exec(t.Context(), `update entry set confirmed_at = now() - $1::text::interval`, age); err != nil {
			t.Fatal(err)
		}
		for _, f := range entry.Freshnesses {
			got := w.list(t, delegateLV, organisation.Filter{Filter: entry.Filter{Freshness: f}}, organisation.After{}, 10)
			if (len(got) == 1) != (f == freshness) {
				t.Errorf("List(%s) = %d entries confirmed %s ago, want it in %s only", f, len(got), age, freshness)
			}
		}
	}
	before, err := w.get(t, delegateEE, old.ID)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Confirm(t.Context(), as(delegateEE), old.ID, nothing())
	if err != nil {
		t.Fatal(err)
	}
	if !got.ConfirmedAt.After(*old.ConfirmedAt) || !got.ChangedAt.Equal(old.ChangedAt) || got.Version != before.Version+1 {
		t.Errorf("Confirm() = %+v, want it confirmed now, as the next version, and changed when it was", got.Entry)
	}
	public := w.add(t, secretariat, found())
	w.refused(t, "Confirm(found in public)", problem.Conflict, func() error {
		_, err := w.Confirm(t.Context(), as(delegateEE), public.ID, nothing())
		return err
	})
	w.refused(t, "Confirm(by another state)", problem.Forbidden, func() error {
		_, err := w.Confirm(t.Context(), as(delegateLV), old.ID, nothing())
		return err
	})
}

// contact makes a contact of EE that refers to an organisation.
func (w world) contact(t *testing.T, organisation string) {
	t.Helper()
	_, err := w.db.Owner.Exec(t.Context(), `
		with e as (
			insert into entry (id, noun, state, kind, version, audience, tlp, basis, standing, standing_since, created_at, changed_at)
			values (gen_random_uuid(), 'contact', 'EE', 'technical', 0, 'public', 'TLP:CLEAR', 'public_source', 'active', now(), now(), now())
			returning id
		)
		insert into contact (id, state, kind, rank, covers, sectors, networks, office_title, organisation, languages, capabilities)
		select id, 'EE', 'technical', 1, '{}', '{}', '{}', 'Duty desk', $1, '{}', '{}' from e`, organisation)
	if err != nil {
		t.Fatal(err)
	}
}
