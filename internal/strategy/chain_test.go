package strategy_test

import (
	"errors"
	"slices"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
)

func TestSupersedes(t *testing.T) {
	t.Parallel()

	t.Run("is seen from both ends", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old := w.add(t, delegateEE, nominated())
		later := w.add(t, delegateEE, superseding(nominated(), old))
		got, err := w.get(t, delegateLV, old.ID)
		if err != nil || !slices.Equal(got.SupersededBy, []string{later.ID}) {
			t.Errorf("Get().SupersededBy = %v, %v, want %s", got.SupersededBy, err, later.ID)
		}
		if listed := w.list(t, delegateLV, strategy.Filter{}, strategy.After{}, 10); len(listed) != 2 {
			t.Errorf("List() = %d strategies, want 2", len(listed))
		} else if i := slices.IndexFunc(listed, func(s strategy.Strategy) bool { return s.ID == old.ID }); !slices.Equal(listed[i].SupersededBy, []string{later.ID}) {
			t.Errorf("List() says %v of the old one's successors, want %s", listed[i].SupersededBy, later.ID)
		}
	})

	t.Run("closes no circle, short or long", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first := w.add(t, delegateEE, nominated())
		second := w.add(t, delegateEE, superseding(nominated(), first))
		third := w.add(t, delegateEE, superseding(nominated(), second))
		for _, last := range []strategy.Strategy{first, second, third} {
			w.refused(t, "Replace(first supersedes a later one, or itself)", problem.Invalid, func() error {
				_, err := w.Replace(t.Context(), as(delegateEE), first.ID, sent(first.Version, superseding(nominated(), last)))
				if got := pointers(err); !slices.Equal(got, []string{"/supersedes"}) {
					t.Errorf("Replace() faults at %v, want /supersedes", got)
				}
				return err
			})
		}
		got, err := w.Replace(t.Context(), as(delegateEE), third.ID, sent(third.Version, superseding(nominated(), first)))
		if err != nil || *got.Supersedes != first.ID {
			t.Errorf("Replace(third supersedes first) = %v, %v, want it done: that is no circle", got.Supersedes, err)
		}
	})

	t.Run("closes no circle when both ends are written at once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		a, b := w.add(t, delegateEE, nominated()), w.add(t, delegateEE, nominated())
		results := make(chan error, 2)
		for _, pair := range [][2]strategy.Strategy{{a, b}, {b, a}} {
			go func() {
				_, err := w.Replace(t.Context(), as(delegateEE), pair[0].ID, sent(pair[0].Version, superseding(nominated(), pair[1])))
				results <- err
			}()
		}
		one, other := <-results, <-results
		if (one == nil) == (other == nil) {
			t.Errorf("Replace() of both at once = %v and %v, want one done and one refused", one, other)
		}
	})

	t.Run("closes no circle that runs out of sight", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		public := w.add(t, secretariat, found())
		secret := nominated()
		secret.Whom = selected("LV")
		hidden := w.add(t, delegateEE, superseding(secret, public))
		shown := w.add(t, delegateEE, superseding(nominated(), hidden))
		w.refused(t, "Replace(the found one supersedes the shown one)", problem.Invalid, func() error {
			_, err := w.Replace(t.Context(), as(secretariat), public.ID, sent(public.Version, superseding(found(), shown)))
			return err
		})
		w.refused(t, "Add(superseding what the secretariat may not see)", problem.Invalid, func() error {
			_, err := w.Add(t.Context(), as(secretariat), register.Sent[strategy.Input]{Body: superseding(found(), hidden)})
			return err
		})
		if got := w.add(t, secretariat, superseding(found(), shown)); *got.Supersedes != shown.ID {
			t.Errorf("Add(a new one supersedes the shown one) = %v, want %s", *got.Supersedes, shown.ID)
		}
	})

	t.Run("says nothing of an unseen, rejected or merely found successor", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old, public := w.add(t, delegateEE, nominated()), w.add(t, secretariat, found())
		secret := nominated()
		secret.Whom = selected("LV")
		hidden := w.add(t, delegateEE, superseding(secret, old))
		merelyFound := w.add(t, secretariat, superseding(found(), old))
		rejected := w.add(t, secretariat, superseding(found(), public))
		if _, err := w.Reject(t.Context(), as(delegateEE), rejected.ID, nothing()); err != nil {
			t.Fatal(err)
		}
		onFound := w.add(t, secretariat, superseding(found(), public))
		for _, tt := range []struct {
			by   access.Actor
			of   strategy.Strategy
			want []string
		}{
			{delegateEE, old, []string{hidden.ID}},
			{delegateLV, old, []string{hidden.ID}},
			{delegatePL, old, []string{}},
			{secretariat, old, []string{}},
			{delegatePL, public, []string{onFound.ID}},
		} {
			got, err := w.get(t, tt.by, tt.of.ID)
			if err != nil || !slices.Equal(got.SupersededBy, tt.want) {
				t.Errorf("Get(%s).SupersededBy for %s %s = %v, %v, want %v", tt.of.OriginalTitle, tt.by.Role, tt.by.State, got.SupersededBy, err, tt.want)
			}
		}
		if _, err := w.Nominate(t.Context(), as(delegateEE), merelyFound.ID, sent(merelyFound.Version, []byte(nil))); err != nil {
			t.Fatal(err)
		}
		if got, err := w.get(t, delegatePL, old.ID); err != nil || !slices.Equal(got.SupersededBy, []string{merelyFound.ID}) {
			t.Errorf("Get().SupersededBy = %v, %v, want %s, which the state has nominated now", got.SupersededBy, err, merelyFound.ID)
		}
	})

	t.Run("is not undone by who cannot see it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		secret := nominated()
		secret.Whom = selected("LV")
		hidden := w.add(t, delegateEE, secret)
		shown := w.add(t, delegateEE, superseding(nominated(), hidden))
		narrow := delegateEE
		narrow.Audiences = []access.Audience{access.ForPublic, access.ForParticipants}
		_, err := w.Patch(t.Context(), as(narrow), shown.ID, sent(shown.Version, []byte(`{"status": "expired"}`)))
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("Patch() by a credential for less = %v, want forbidden", err)
		}
		got, err := w.get(t, delegateEE, shown.ID)
		if err != nil || got.Version != shown.Version || *got.Supersedes != hidden.ID {
			t.Errorf("after the refusal Get() = %+v, %v, want it as it was", got.Details, err)
		}
	})
}

// superseding is in, said to supersede old.
// The state made what was found before its own word, for some states: that
// another found text supersedes it is then not the secretariat's to see, nor to
// undo; and what the secretariat writes is in the trail as it is.
func TestALinkThatItsAuthorDoesNotSeeStays(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(w world, later strategy.Strategy) error{
		"an act": func(w world, later strategy.Strategy) error {
			_, err := w.Retire(t.Context(), as(secretariat), later.ID, nothing())
			return err
		},
		"a change": func(w world, later strategy.Strategy) error {
			_, err := w.Patch(t.Context(), as(secretariat), later.ID, register.Sent[[]byte]{
				If: register.Precondition{None: true}, Body: []byte(`{"status_evidence": "read again"}`)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			old := w.add(t, secretariat, found())
			in, issuer := superseding(found(), old), w.organisation(t, "EE")
			in.IssuingOrganisation = &issuer
			later := w.add(t, secretariat, in)
			_, err := w.db.Owner.Exec(t.Context(), `
				update entry
				set basis = 'nominated', nominated_at = now(), confirmed_at = now(), audience = 'selected', audience_states = '{LV}', audience_written = '{"states": ["LV"]}'
				where id = $1`, issuer)
			if err != nil {
				t.Fatalf("hide the issuer: %v", err)
			}
			_, err = w.Nominate(t.Context(), as(delegateEE), old.ID, register.Sent[[]byte]{
				If: register.Precondition{None: true}, Body: []byte(`{"audience": "selected", "selected": {"states": ["LV"]}}`)})
			if err != nil {
				t.Fatalf("Nominate() for Latvia = %v", err)
			}
			if seen, err := w.get(t, secretariat, later.ID); err != nil || seen.Supersedes != nil || seen.IssuingOrganisation != nil {
				t.Fatalf("the secretariat sees %v by %v, %v; want a text that supersedes nothing, by nobody", seen.Supersedes, seen.IssuingOrganisation, err)
			}
			if err := act(w, later); err != nil {
				t.Fatalf("the secretariat's act = %v", err)
			}
			got, err := w.get(t, delegateEE, later.ID)
			if err != nil || got.Supersedes == nil || *got.Supersedes != old.ID {
				t.Errorf("the state sees that it supersedes %v, %v; want %s as before", got.Supersedes, err, old.ID)
			}
			if got.IssuingOrganisation == nil || *got.IssuingOrganisation != issuer {
				t.Errorf("the state sees that %v issued it, want %s as before", got.IssuingOrganisation, issuer)
			}
			err = w.reg.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
				_, err := w.Verify(t.Context(), snap)
				return err
			})
			if err != nil {
				t.Errorf("Verify() = %v, want nil: nobody went past the door", err)
			}
		})
	}

	t.Run("and a rehearsal does not show it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old, other := w.add(t, secretariat, found()), w.add(t, secretariat, found())
		later := w.add(t, secretariat, superseding(found(), old))
		_, err := w.Nominate(t.Context(), as(delegateEE), old.ID, register.Sent[[]byte]{
			If: register.Precondition{None: true}, Body: []byte(`{"audience": "selected", "selected": {"states": ["LV"]}}`)})
		if err != nil {
			t.Fatalf("Nominate() for Latvia = %v", err)
		}
		act := as(secretariat)
		act.DryRun = true
		_, err = w.Patch(t.Context(), act, later.ID, register.Sent[[]byte]{
			If: register.Precondition{None: true}, Body: []byte(`{"supersedes": "` + other.ID + `"}`)})
		var rehearsal *register.Rehearsal
		if !errors.As(err, &rehearsal) {
			t.Fatalf("Patch() as a dry run = %v, want a rehearsal", err)
		}
		for _, d := range rehearsal.Changes[0].Diff {
			if d.Path == "/supersedes" && d.From == nil && d.To == other.ID {
				return
			}
		}
		t.Errorf("the dry run shows %v, want that it supersedes %s where nothing was seen", rehearsal.Changes[0].Diff, other.ID)
	})
}

func superseding(in strategy.Input, old strategy.Strategy) strategy.Input {
	in.Supersedes = &old.ID
	return in
}
