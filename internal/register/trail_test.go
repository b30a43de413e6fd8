package register_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// The vectors are RFC 8785's own: §3.2.2 to §3.2.4 and appendix B.
func TestContentIsCanonicalJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for in, want := range map[string]string{
		`{
			"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
			"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
			"literals": [null, true, false]
		}`: `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		`{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
			"\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}`: "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\"," +
			"\"€\":\"Euro Sign\",\"\U0001f600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		`[0, -0, 5e-324, -5e-324, 1.7976931348623157e308, 9007199254740992, -9007199254740992, 295147905179352830000,
			9.999999999999997e22, 1e23, 1.0000000000000001e23, 999999999999999700000, 1e21, 9.999999999999997e-7, 0.000001,
			333333333.3333332, 1424953923781206.2]`: `[0,0,5e-324,-5e-324,1.7976931348623157e+308,9007199254740992,-9007199254740992,295147905179352830000,` +
			`9.999999999999997e+22,1e+23,1.0000000000000001e+23,999999999999999700000,1e+21,9.999999999999997e-7,0.000001,` +
			`333333333.3333332,1424953923781206.2]`,
		`{"b": {"y": 1, "x": 2}, "a": []}`: `{"a":[],"b":{"x":2,"y":1}}`,
	} {
		var version int64
		err := w.Write(t.Context(), as("EE"), allowed, func(tx *register.Tx) error {
			version = tx.Version
			c := said("EE", "a", "")
			c.After[0].Content = jsontext.Value(in)
			return tx.Changed(c)
		})
		if err != nil {
			t.Errorf("Write(%s) = %v", in, err)
			continue
		}
		if got := string(w.trail(t, version)[1].content); got != want {
			t.Errorf("the content of %s is\n%s, want\n%s", in, got, want)
		}
	}
}

func TestContentWithADuplicateNameIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.dump(t)
	err := w.Write(t.Context(), as("EE"), allowed, func(tx *register.Tx) error {
		c := said("EE", "a", "")
		c.After[0].Content = jsontext.Value(`{"a":1,"a":2}`)
		return tx.Changed(c)
	})
	if err == nil || !strings.Contains(err.Error(), "duplicate") {
		t.Errorf("Write() = %v, want it refused", err)
	}
	if after := w.dump(t); after != before {
		t.Errorf("Write() left %s, want %s", after, before)
	}
}

// kept is a part as the database keeps it.
type kept struct {
	ordinal          int
	name             string
	commitment, salt []byte
	content          []byte
}

func (w world) trail(t *testing.T, version int64) []kept {
	t.Helper()
	rows, err := w.db.Owner.Query(t.Context(), `
		select p.ordinal, p.name, p.commitment, t.salt, t.content
		from trail_part p
		join trail_content t using (version, ordinal, part)
		where version = $1
		order by p.ordinal, p.part`, version)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k kept, err error) {
		return k, row.Scan(&k.ordinal, &k.name, &k.commitment, &k.salt, &k.content)
	})
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// The formula is the documented one, written a second time: a partner's program
// computes the same.
func TestCommitmentsFollowTheDocumentedFormula(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	act := register.Act{By: secretariat("KR"), With: secretariat("PL")}
	err := w.Write(t.Context(), act, allowed, func(tx *register.Tx) error {
		c := said("EE", "a", "text")
		c.After = append(c.After, register.Part{Name: "person", Content: object{"name": "Zażółć"}, For: access.ForParticipants})
		return errors.Join(tx.Changed(c), tx.Changed(said("PL", "b", "text")))
	})
	if err != nil {
		t.Fatal(err)
	}
	leaf := sha256.New()
	leaf.Write([]byte("pocreg leaf 1\n"))
	salts := map[string]bool{}
	var names []string
	for _, p := range w.trail(t, 1) {
		h := sha256.New()
		h.Write([]byte("pocreg part 1\n"))
		h.Write(p.salt)
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(p.name)))
		h.Write(length[:])
		h.Write([]byte(p.name))
		h.Write(p.content)
		if want := h.Sum(nil); string(p.commitment) != string(want) {
			t.Errorf("the commitment to %s is %x, want %x", p.name, p.commitment, want)
		}
		if len(p.salt) != 32 || salts[string(p.salt)] {
			t.Errorf("the salt of %s is %x, want 32 bytes of its own", p.name, p.salt)
		}
		salts[string(p.salt)] = true
		leaf.Write(p.commitment)
		names = append(names, p.name)
	}
	if got := strings.Join(names, " "); got != "metadata entry person metadata entry" {
		t.Errorf("the parts are %s, want both changes' metadata first", got)
	}
	var hash []byte
	if err := w.db.Owner.QueryRow(t.Context(), `select hash from trail_leaf where version = 1`).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	if want := leaf.Sum(nil); string(hash) != string(want) {
		t.Errorf("the leaf is %x, want %x", hash, want)
	}
	rows := w.rows(t, 0, 10)
	if len(rows) != 2 || len(rows[0].Commitments) != 3 || string(rows[0].Commitments[2]) != string(w.trail(t, 1)[2].commitment) {
		t.Errorf("Rows() = %+v, want both changes with the commitments to their parts", rows)
	}
	metadata := string(w.trail(t, 1)[0].content)
	for _, want := range []string{
		`"version":1`, `"ordinal":0`, `"role":"secretariat"`, `"actor":"` + act.By.Account + `"`,
		`"second_actor":"` + act.With.Account + `"`, `"act":"written"`, `"noun":"note"`, `"key":"a"`, `"state":"EE"`,
	} {
		if !strings.Contains(metadata, want) {
			t.Errorf("the metadata are %s, want %s in them", metadata, want)
		}
	}
}
