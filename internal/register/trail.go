package register

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
)

// Part is one piece of what an entry says, committed to on its own, so that a
// reader can check the pieces that it holds and one can be erased alone.
type Part struct {
	Name    string          // "entry", "person", "channel:<id>", "key:<fingerprint>", …
	Channel string          // for a channel, its id: who may read it now decides who may read what it said
	Link    string          // for a link to another entry, its id: who may not read that one learns of no link
	Content any             // marshalled to RFC 8785 JSON
	For     access.Audience // who may read it
	Named   []string        // for ForSelected: the states named
}

// Change is what an act did to one thing.
type Change struct {
	Act    string // "created", "replaced", "confirmed", …
	Noun   string
	Key    string
	Entry  bool   // whether it is a national entry, whose readers may read its history
	State  string // whose it is; "" for nobody's
	For    access.Audience
	Named  []string
	Before []Part // for a rehearsal's diff; nil if it is new
	After  []Part
}

type recorded struct {
	Change
	content [][]byte // of After, canonical
}

// Changed says that the change was made. Every write says so at least once.
func (tx *Tx) Changed(c Change) error {
	c.After = append([]Part{{
		Name: "metadata", For: c.For, Named: c.Named,
		Content: metadata{
			Version: tx.Version, Epoch: tx.Epoch, Ordinal: len(tx.changes), At: tx.At.UTC(),
			Actor: tx.By.Account, SecondActor: tx.act.With.Account, Credential: tx.By.Credential,
			Role: tx.By.Role, ActorState: tx.By.State, Act: c.Act, Noun: c.Noun, Key: c.Key, State: c.State,
		},
	}}, c.After...)
	r := recorded{Change: c, content: make([][]byte, len(c.After))}
	for i, p := range c.After {
		text, err := canonical(p.Content)
		if err != nil {
			return fmt.Errorf("record %s of %s %s: %w", p.Name, c.Noun, c.Key, err)
		}
		r.content[i] = text
	}
	tx.changes = append(tx.changes, r)
	return nil
}

// metadata is the part that commits to who did what, and when.
type metadata struct {
	Version     int64       `json:"version"`
	Epoch       string      `json:"epoch"`
	Ordinal     int         `json:"ordinal"`
	At          time.Time   `json:"at"`
	Actor       string      `json:"actor"`
	SecondActor string      `json:"second_actor"`
	Credential  string      `json:"credential"`
	Role        access.Role `json:"role"`
	ActorState  string      `json:"actor_state"`
	Act         string      `json:"act"`
	Noun        string      `json:"noun"`
	Key         string      `json:"key"`
	State       string      `json:"state"`
}

// canonical is RFC 8785: the same content is the same bytes, always.
func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		return nil, fmt.Errorf("canonicalize: %w", err)
	}
	return value, nil
}

// saltLength is in bytes: too many to guess a short content, such as a phone
// number, from its commitment.
const saltLength = 32

// commit returns SHA-256("pocreg part 1\n" ‖ salt ‖ len(name) ‖ name ‖ content);
// the length is four bytes, big-endian.
func commit(salt []byte, name string, content []byte) []byte {
	h := sha256.New()
	h.Write([]byte("pocreg part 1\n"))
	h.Write(salt)
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(name))))
	h.Write([]byte(name))
	h.Write(content)
	return h.Sum(nil)
}

// leaf returns SHA-256("pocreg leaf 1\n" ‖ the commitments of the version's
// parts, change by change, in order): nothing readable goes in.
func leaf(commitments [][]byte) []byte {
	h := sha256.New()
	h.Write([]byte("pocreg leaf 1\n"))
	for _, c := range commitments {
		h.Write(c)
	}
	return h.Sum(nil)
}

// record writes the trail of the transaction, in one round trip.
func (tx *Tx) record(ctx context.Context) error {
	batch := &pgx.Batch{}
	var commitments [][]byte
	for ordinal, c := range tx.changes {
		tx.queueChange(batch, ordinal, c.Change)
		for i, p := range c.After {
			salt := make([]byte, saltLength)
			if _, err := rand.Read(salt); err != nil {
				return fmt.Errorf("make salt: %w", err)
			}
			commitment := commit(salt, p.Name, c.content[i])
			commitments = append(commitments, commitment)
			batch.Queue(`
				insert into trail_part (version, ordinal, part, name, commitment)
				values (@version, @ordinal, @part, @name, @commitment)`,
				pgx.StrictNamedArgs{
					"version": tx.Version, "ordinal": ordinal, "part": i, "name": p.Name, "commitment": commitment,
				})
			batch.Queue(`
				insert into trail_content (version, ordinal, part, salt, content, channel, link, audience, audience_states)
				values (@version, @ordinal, @part, @salt, @content, @channel, @link, @audience, @named)`,
				pgx.StrictNamedArgs{
					"version": tx.Version, "ordinal": ordinal, "part": i, "salt": salt, "content": c.content[i],
					"channel": orNull(p.Channel), "link": orNull(p.Link), "audience": p.For, "named": orEmpty(p.Named),
				})
		}
	}
	batch.Queue(`insert into trail_leaf (version, hash) values (@version, @hash)`,
		pgx.StrictNamedArgs{"version": tx.Version, "hash": leaf(commitments)})
	tx.queueOnce(batch)
	if err := tx.conn.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("record the trail: %w", err)
	}
	return nil
}

func (tx *Tx) queueChange(batch *pgx.Batch, ordinal int, c Change) {
	var entry *string
	if c.Entry {
		entry = &c.Key
	}
	batch.Queue(`
		insert into trail_change (version, ordinal, at, actor, second_actor, credential, role, actor_state,
			act, noun, key, entry, state, audience, audience_states)
		values (@version, @ordinal, @at, @actor, @second, @credential, @role, @actor_state,
			@act, @noun, @key, @entry, @state, @audience, @named)`,
		pgx.StrictNamedArgs{
			"version": tx.Version, "ordinal": ordinal, "at": tx.At,
			"actor": orNull(tx.By.Account), "second": orNull(tx.act.With.Account),
			"credential": orNull(tx.By.Credential), "role": tx.By.Role, "actor_state": orNull(tx.By.State),
			"act": c.Act, "noun": c.Noun, "key": c.Key, "entry": entry, "state": orNull(c.State),
			"audience": c.For, "named": orEmpty(c.Named),
		})
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
