package register_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func TestReadSeesOneMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.written(t, "EE", "a")
	err := w.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
		w.written(t, "EE", "b")
		rows, err := register.Rows(t.Context(), snap, 0, "", 10)
		notes, failed := postgres.Scalar[int](t.Context(), snap, `select count(*) from note`, nil)
		if snap.Version != 1 || len(rows) != 1 || notes != 1 || len(snap.Epoch) != 32 || snap.At.IsZero() {
			t.Errorf("a snapshot of version 1 is of %d, with %d changes and %d notes", snap.Version, len(rows), notes)
		}
		return errors.Join(err, failed)
	})
	if err != nil {
		t.Errorf("Read() = %v", err)
	}
	if got := len(w.rows(t, 0, 10)); got != 2 {
		t.Errorf("a later Read() sees %d changes, want 2", got)
	}
}

func TestReadChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.written(t, "EE", "a")
	before := w.dump(t)
	for _, sql := range []string{
		`update register_head set version = version + 1 returning version`,
		`update note set said = 'x' returning version`,
		`insert into trail_leaf (version, hash) values (2, sha256('')) returning version`,
	} {
		err := w.Read(t.Context(), delegate("EE"), func(snap *register.Snapshot) error {
			_, err := postgres.Scalar[int64](t.Context(), snap, sql, nil)
			return err
		})
		if !busy(err) { // read-only is what a standby says: the answer is to ask again
			t.Errorf("Read(%s) = %v, want it refused as read-only", sql, err)
		}
	}
	if after := w.dump(t); after != before {
		t.Errorf("Read() left %s, want %s", after, before)
	}
}

// However a transaction ends, the next one on its connection is nobody's until
// it says whose it is.
func TestAnActorsRightsEndWithTheTransaction(t *testing.T) {
	t.Parallel()
	w, pool := newWorld(t).narrow(t, 1, nil)
	ours := errors.New("ours")
	settings := []string{"role", "state", "account", "audiences", "write", "pair"}
	for _, tt := range []struct {
		name string
		use  func()
	}{
		{"a write", func() { w.written(t, "EE", "a") }},
		{"a read", func() { _ = w.rows(t, 0, 1) }},
		{"a read that fails", func() {
			_ = w.Read(t.Context(), delegate("EE"), func(*register.Snapshot) error { return ours })
		}},
		{"a write that fails", func() {
			_ = w.Write(t.Context(), as("EE"), allowed, func(*register.Tx) error { return ours })
		}},
		{"a refused write", func() {
			_ = w.Write(t.Context(), as("EE"), func(*register.Tx) error { return ours }, nil)
		}},
		{"a failed statement", func() {
			_ = w.Read(t.Context(), delegate("EE"), func(snap *register.Snapshot) error {
				_, err := snap.Query(t.Context(), `select no_such_function()`)
				return err
			})
		}},
		{"an answer that was not read to its end", func() {
			_ = w.Read(t.Context(), delegate("EE"), func(snap *register.Snapshot) error {
				_, err := snap.Query(t.Context(), `select generate_series(1, 100000)`)
				return errors.Join(err, ours)
			})
		}},
		{"a panic", func() {
			defer func() { _ = recover() }()
			_ = w.Read(t.Context(), delegate("EE"), func(*register.Snapshot) error { panic(ours) })
		}},
		{"a panic in a write", func() {
			defer func() { _ = recover() }()
			_ = w.Write(t.Context(), as("EE"), allowed, func(*register.Tx) error { panic(ours) })
		}},
		{"a dry run", func() {
			act := as("EE")
			act.DryRun = true
			_, _ = w.write(t.Context(), act, "b", "text")
		}},
	} {
		tt.use()
		for _, name := range settings {
			if got, err := setting(t.Context(), pool, "pocreg."+name); err != nil || got != "" {
				t.Errorf("after %s, pocreg.%s is %q, %v, want it unset", tt.name, name, got, err)
			}
		}
		if notes, err := postgres.Scalar[int](t.Context(), pool, `select count(*) from note`, nil); err != nil || notes != 0 {
			t.Errorf("after %s, nobody sees %d notes, %v, want none", tt.name, notes, err)
		}
	}
}

// A refusal must not cost a new connection: strangers could ask for many.
func TestARefusalKeepsItsConnection(t *testing.T) {
	t.Parallel()
	w, pool := newWorld(t).narrow(t, 1, nil)
	refused := problem.Errorf(problem.NotFound, "there is no such thing")
	for range 20 {
		read := w.Read(t.Context(), access.Anyone(), func(*register.Snapshot) error { return refused })
		write := w.Write(t.Context(), as("EE"), func(*register.Tx) error { return refused }, nil)
		if !problem.Is(read, problem.NotFound) || !problem.Is(write, problem.NotFound) {
			t.Fatalf("Read() = %v and Write() = %v, want both NotFound", read, write)
		}
	}
	if got := pool.Stat().NewConnsCount(); got != 1 {
		t.Errorf("40 refusals took %d connections, want 1", got)
	}
}

func TestTheActorIsWhoTheTransactionSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := delegate("EE")
	by.Audiences = []access.Audience{access.ForPublic, access.ForParticipants}
	for name, want := range map[string]string{
		"role": "delegate", "state": "EE", "account": by.Account, "audiences": "public,participants", "write": "", "pair": "",
	} {
		err := w.Read(t.Context(), by, func(snap *register.Snapshot) error {
			got, err := setting(t.Context(), snap, "pocreg."+name)
			if got != want {
				t.Errorf("in a read, pocreg.%s is %q, want %q", name, got, want)
			}
			return err
		})
		if err != nil {
			t.Errorf("Read() = %v", err)
		}
	}
	pair := register.Act{By: secretariat("KR"), With: secretariat("PL")}
	for name, act := range map[string]register.Act{"yes": pair, "": {By: secretariat("KR"), With: secretariat("KR")}} {
		done := errors.New("seen")
		err := w.Write(t.Context(), act, func(tx *register.Tx) error {
			write, err := setting(t.Context(), tx, "pocreg.write")
			two, failed := setting(t.Context(), tx, "pocreg.pair")
			if write != "yes" || two != name {
				t.Errorf("in a write by %s and %s, write is %q and pair is %q, want yes and %q", act.By.CoChair, act.With.CoChair, write, two, name)
			}
			return errors.Join(err, failed, done)
		}, nil)
		if !errors.Is(err, done) {
			t.Errorf("Write() = %v", err)
		}
	}
}

func secretariat(coChair string) access.Actor {
	by := delegate(coChair)
	by.Role, by.State, by.CoChair = access.Secretariat, "", coChair
	return by
}

func TestRowsNeverPartsWhatOneVersionChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, many := range []int{1, 3, 2} {
		err := w.Write(t.Context(), as("EE"), allowed, func(tx *register.Tx) (err error) {
			for ordinal := range many {
				err = errors.Join(err, tx.Changed(said("EE", strconv.Itoa(ordinal), "text")))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var pages [][]int64
	for after := int64(0); ; {
		rows := w.rows(t, after, 2)
		if len(rows) == 0 {
			break
		}
		var page []int64
		for i, r := range rows {
			if page = append(page, r.Version); i > 0 && rows[i-1].Version == r.Version && rows[i-1].Ordinal+1 != r.Ordinal {
				t.Errorf("change %d of version %d follows change %d", r.Ordinal, r.Version, rows[i-1].Ordinal)
			}
		}
		pages, after = append(pages, page), rows[len(rows)-1].Version
	}
	if len(pages) != 2 || !slices.Equal(pages[0], []int64{1, 2, 2, 2}) || !slices.Equal(pages[1], []int64{3, 3}) {
		t.Errorf("Rows() in pages of two = %v, want [1 2 2 2] [3 3]", pages)
	}
}

// What is no entry's and names other states is in their trail too, in its place, to
// who reads a trail.
func TestRowsOfAStateHoldWhatItWasTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, c := range []struct {
		state string
		named []string
		entry bool
	}{
		{"EE", nil, false}, {"LV", nil, false}, {"EE", []string{"LV"}, false}, {"EE", []string{"FI"}, false}, {"EE", []string{"LV"}, true},
		{"LV", []string{"LV"}, false}, {"EE", []string{"FI", "LV"}, false}, {"LV", nil, false},
	} {
		key := "0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c1" + strconv.Itoa(i)
		err := w.Write(t.Context(), as(c.state), allowed, func(tx *register.Tx) error {
			change := said(c.state, key, "text")
			change.For, change.Named, change.Entry = access.ForSelected, c.named, c.entry
			return tx.Changed(change)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		by   access.Actor
		want []int64
	}{
		{delegate("LV"), []int64{2, 3, 6, 7, 8}},
		{access.Registry(), []int64{2, 3, 6, 7, 8}},
		{access.Actor{Role: access.Secretariat, Audiences: access.Audiences}, []int64{2, 3, 6, 7, 8}},
		{access.Actor{Role: access.Head, State: "LV", Audiences: access.Audiences}, []int64{2, 3, 6, 7, 8}},
		{access.Actor{Role: access.Cert, State: "LV", Audiences: access.Audiences}, nil},
		{access.Actor{Role: access.Head, State: "LV", Audiences: access.Audiences[:2]}, nil},
		{delegate("FI"), nil},
	} {
		var got []int64
		for after, pages := int64(0), 0; pages < 10; pages++ {
			var rows []register.Row
			err := w.Read(t.Context(), tt.by, func(snap *register.Snapshot) (err error) {
				rows, err = register.Rows(t.Context(), snap, after, "LV", 2)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				got, after = append(got, r.Version), r.Version
			}
		}
		if tt.by.State == "FI" { // Latvia's trail is not Finland's: of it, it reads what it was told itself
			tt.want = []int64{7}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("Rows() of Latvia to %s of %q = %v, want %v", tt.by.Role, tt.by.State, got, tt.want)
		}
	}
}
