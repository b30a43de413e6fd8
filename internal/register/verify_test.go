package register_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// newTrail is a trail of four versions: the second has two changes, and the
// third names a person.
func newTrail(t *testing.T) world {
	t.Helper()
	w := newWorld(t)
	w.written(t, "EE", "one")
	err := w.Write(t.Context(), as("EE"), allowed, func(tx *register.Tx) error {
		return errors.Join(tx.Changed(said("EE", "two", "first")), tx.Changed(said("EE", "second", "second")))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Write(t.Context(), as("EE"), allowed, func(tx *register.Tx) error {
		c := said("EE", "three", "text")
		c.After = append(c.After, register.Part{Name: "person", Content: object{"name": "N"}, For: access.ForPublic})
		return tx.Changed(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.written(t, "EE", "four")
	return w
}

// tamper changes the trail as who holds the whole machine could: past grants,
// triggers and foreign keys.
func (w world) tamper(t *testing.T, sql string) {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), w.db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(t.Context()) }() // nothing hangs on its end
	if _, err := admin.PgConn().Exec(t.Context(), `set session_replication_role = replica; `+sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestVerifyFindsAWholeTrailInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got, err := w.Verify(t.Context()); err != nil || got != (register.Verified{}) {
		t.Errorf("Verify() of an empty trail = %+v, %v, want nothing amiss", got, err)
	}
	want := register.Verified{Version: 4, Changes: 5, Contents: 11}
	if got, err := newTrail(t).Verify(t.Context()); err != nil || got != want {
		t.Errorf("Verify() = %+v, %v, want %+v", got, err, want)
	}
}

func TestVerifyAllowsForWhatWasErased(t *testing.T) {
	t.Parallel()
	w := newTrail(t)
	w.tamper(t, `delete from trail_content where version = 3 and part = 2`)
	want := register.Verified{Version: 4, Changes: 5, Contents: 10, Erased: 1}
	if got, err := w.Verify(t.Context()); err != nil || got != want {
		t.Errorf("Verify() after an erasure = %+v, %v, want %+v", got, err, want)
	}
}

func TestVerifyFindsEveryTampering(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ sql, want string }{
		"a changed content": {
			`update trail_content set content = '{"said":"another"}' where version = 1 and part = 1`,
			"version 1, change 0: entry does not open its commitment",
		},
		"a content written anew, the same to read": {
			`update trail_content set content = content || ' ' where version = 1 and part = 1`,
			"version 1, change 0: entry does not open its commitment",
		},
		"a changed salt": {
			`update trail_content set salt = sha256('') where version = 2 and ordinal = 1 and part = 1`,
			"version 2, change 1: entry does not open its commitment",
		},
		"a changed name": {
			`update trail_part set name = 'entity' where version = 3 and part = 1`,
			"version 3, change 0: entity does not open its commitment",
		},
		"a changed commitment": {
			`update trail_part set commitment = sha256('') where version = 3 and part = 1`,
			"version 3, change 0: entry does not open its commitment",
		},
		"a changed commitment to what was erased": {
			`delete from trail_content where version = 3 and part = 2;
			update trail_part set commitment = sha256('') where version = 3 and part = 2`,
			"version 3: the leaf does not follow from its commitments",
		},
		"a content and its commitment, made to fit": {
			`update trail_content set content = '{"said":"another"}' where version = 1 and part = 1;
			update trail_part p set commitment = sha256('pocreg part 1
'::bytea || t.salt || '\x00000005'::bytea || 'entry'::bytea || t.content)
			from trail_content t where p.version = 1 and p.part = 1 and t.version = 1 and t.part = 1`,
			"version 1: the leaf does not follow from its commitments",
		},
		"a changed leaf": {
			`update trail_leaf set hash = sha256('') where version = 4`,
			"version 4: the leaf does not follow from its commitments",
		},
		"a deleted leaf":       {`delete from trail_leaf where version = 2`, "version 2 has no leaf"},
		"the last one's leaf":  {`delete from trail_leaf where version = 4`, "version 4 has no leaf"},
		"a deleted part":       {`delete from trail_part where version = 3 and part = 1`, "version 3 lacks a change or a part before change 0, part 2"},
		"a deleted last part":  {`delete from trail_part where version = 3 and part = 2`, "version 3: the leaf does not follow from its commitments"},
		"all parts":            {`delete from trail_part where version = 3`, "version 3 lacks a change or a part before change 0, part -1"},
		"the metadata":         {`delete from trail_content where version = 3 and part = 0`, "version 3, change 0: the metadata are gone"},
		"a deleted change":     {`delete from trail_change where version = 2 and ordinal = 0`, "version 2 lacks a change or a part before change 1, part 0"},
		"a deleted last one":   {`delete from trail_change where version = 2 and ordinal = 1`, "version 2: the leaf does not follow from its commitments"},
		"a version's change":   {`delete from trail_change where version = 1`, "version 1 has no change"},
		"a changed actor":      {`update trail_change set actor = gen_random_uuid() where version = 1`, "version 1, change 0: the row of who did what, when, is not as it was committed to"},
		"an actor left out":    {`update trail_change set actor = null where version = 1`, "version 1, change 0: the row of who did what, when, is not as it was committed to"},
		"a changed time":       {`update trail_change set at = at - interval '1 microsecond' where version = 2`, "version 2, change 0: the row of who did what, when, is not as it was committed to"},
		"a changed act":        {`update trail_change set act = 'confirmed' where version = 4`, "version 4, change 0: the row of who did what, when, is not as it was committed to"},
		"a changed key":        {`update trail_change set key = 'two' where version = 4`, "version 4, change 0: the row of who did what, when, is not as it was committed to"},
		"a changed state":      {`update trail_change set state = 'PL' where version = 4`, "version 4, change 0: the row of who did what, when, is not as it was committed to"},
		"a second actor":       {`update trail_change set second_actor = actor where version = 4`, "version 4, change 0: the row of who did what, when, is not as it was committed to"},
		"a changed credential": {`update trail_change set credential = gen_random_uuid() where version = 4`, "version 4, change 0: the row of who did what, when, is not as it was committed to"},
		"a deleted version": {
			`delete from trail_content where version = 2; delete from trail_part where version = 2;
			delete from trail_change where version = 2; delete from trail_leaf where version = 2`,
			"version 2 has no leaf",
		},
		"a deleted version, the gap closed": {
			`delete from trail_content where version = 2; delete from trail_part where version = 2;
			delete from trail_change where version = 2; delete from trail_leaf where version = 2;
			update trail_content set version = version - 1 where version > 2; update trail_part set version = version - 1 where version > 2;
			update trail_change set version = version - 1 where version > 2; update trail_leaf set version = version - 1 where version > 2;
			update register_head set version = 3`,
			"version 2, change 0: the row of who did what, when, is not as it was committed to",
		},
		"an added change": {
			`insert into trail_change select version, 1, at, actor, second_actor, credential, role, actor_state, act, noun, 'added', entry, state, audience, audience_states
			from trail_change where version = 1`,
			"version 1 lacks a change or a part before change 1, part -1",
		},
		"an added change with its part": {
			`insert into trail_change select version, 1, at, actor, second_actor, credential, role, actor_state, act, noun, 'added', entry, state, audience, audience_states
			from trail_change where version = 1;
			insert into trail_part select version, 1, part, name, commitment from trail_part where version = 1 and part = 0`,
			"version 1, change 1: the metadata are gone",
		},
		"an added part": {
			`insert into trail_part values (1, 0, 2, 'person', sha256(''))`,
			"version 1: the leaf does not follow from its commitments",
		},
		"an added version": {
			`insert into trail_leaf values (5, sha256(''))`,
			"the trail goes on to version 5, past the register's 4",
		},
		"a version before the first": {
			`insert into trail_change select 0, ordinal, at, actor, second_actor, credential, role, actor_state, act, noun, key, entry, state, audience, audience_states
			from trail_change where version = 1`,
			"the trail holds 6 changes, 11 parts, 11 contents and 4 leaves, and only 5, 11, 11 and 4 of them belong to a version",
		},
		"a part of no change": {
			`insert into trail_part values (1, 7, 0, 'person', sha256(''))`,
			"the trail holds 5 changes, 12 parts, 11 contents and 4 leaves, and only 5, 11, 11 and 4 of them belong to a version",
		},
		"a content of no part": {
			`insert into trail_content values (1, 0, 7, '', '', null, null, 'public', '{}')`,
			"the trail holds 5 changes, 11 parts, 12 contents and 4 leaves, and only 5, 11, 11 and 4 of them belong to a version",
		},
		"parts in another order": {
			`update trail_part set part = 9 where version = 3 and part = 1; update trail_content set part = 9 where version = 3 and part = 1;
			update trail_part set part = 1 where version = 3 and part = 2; update trail_content set part = 1 where version = 3 and part = 2;
			update trail_part set part = 2 where version = 3 and part = 9; update trail_content set part = 2 where version = 3 and part = 9`,
			"version 3: the leaf does not follow from its commitments",
		},
		"versions in another order": {
			`update trail_change set version = 9 where version = 1; update trail_part set version = 9 where version = 1;
			update trail_content set version = 9 where version = 1; update trail_leaf set version = 9 where version = 1;
			update trail_change set version = 1 where version = 4; update trail_part set version = 1 where version = 4;
			update trail_content set version = 1 where version = 4; update trail_leaf set version = 1 where version = 4;
			update trail_change set version = 4 where version = 9; update trail_part set version = 4 where version = 9;
			update trail_content set version = 4 where version = 9; update trail_leaf set version = 4 where version = 9`,
			"version 1, change 0: the row of who did what, when, is not as it was committed to",
		},
		"a register set back":  {`update register_head set version = 3`, "the trail goes on to version 4, past the register's 3"},
		"a register set ahead": {`update register_head set version = 5`, "version 5 has no leaf"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTrail(t)
			w.tamper(t, tt.sql)
			asOwner := register.New(w.db.Owner, nil) // as `pocreg verify`: row-level security hides nothing
			if _, err := asOwner.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Verify() = %v, want: %s", err, tt.want)
			}
		})
	}
}

// What Verify guards against takes the whole machine: the roles that programs
// connect as cannot rewrite the trail.
func TestNeitherRoleOfOursRewritesTheTrail(t *testing.T) {
	t.Parallel()
	w := newTrail(t)
	before := w.dump(t)
	for _, table := range []string{"trail_change", "trail_part", "trail_content", "trail_leaf"} {
		for _, sql := range []string{"update " + table + " set version = version", "delete from " + table, "truncate " + table + " cascade"} {
			for name, pool := range map[string]*pgxpool.Pool{"the owner": w.db.Owner, "the server": w.db.Server} {
				if _, err := pool.Exec(t.Context(), sql); !postgres.Refused(err) {
					t.Errorf("%s as %s = %v, want insufficient_privilege", sql, name, err)
				}
			}
		}
	}
	if after := w.dump(t); after != before {
		t.Errorf("the attempts left %s, want %s", after, before)
	}
}
