package register

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
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
	Unseen  bool            // whether the actor may not read it: a rehearsal does not show it
	Content any             // marshalled to RFC 8785 JSON
	For     access.Audience // who may read it
	Named   []string        // for ForSelected: the states named
}

// Change is what an act did to one thing.
type Change struct {
	Act    string // "created", "replaced", "confirmed", …
	Noun   string
	Key    string
	Kind   string // of an entry
	Entry  bool   // whether it is a national entry, whose readers may read its history
	State  string // whose it is; "" for nobody's
	For    access.Audience
	Named  []string // whom it names; of what is no entry's, the states that are told beside its own
	AtOnce bool     // whether one may do it alone where two decide
	Before []Part   // for a rehearsal's diff; nil if it is new
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

// queueTrail queues the trail of the transaction: a statement a table, however
// many changes there are. PostgreSQL has no lists of lists of
// different lengths: whom a row names is one text, its states parted by commas.
func (tx *Tx) queueTrail(batch *pgx.Batch) error {
	var changes changeRows
	var parts partRows
	for ordinal, c := range tx.changes {
		changes.add(ordinal, c.Change)
		for i, p := range c.After {
			if err := parts.add(ordinal, i, p, c.content[i]); err != nil {
				return err
			}
		}
	}
	tx.queueChanges(batch, changes)
	tx.queueParts(batch, parts)
	batch.Queue(`insert into trail_leaf (version, hash) values (@version, @hash)`,
		pgx.StrictNamedArgs{"version": tx.Version, "hash": leaf(parts.commitments)})
	tx.queueOnce(batch)
	return nil
}

// changeRows are the rows of trail_change, column by column.
type changeRows struct {
	ordinals                            []int
	acts, nouns, keys, audiences, named []string
	entries, states                     []*string
}

func (r *changeRows) add(ordinal int, c Change) {
	var entry *string
	if c.Entry {
		entry = &c.Key
	}
	r.ordinals = append(r.ordinals, ordinal)
	r.acts, r.nouns, r.keys = append(r.acts, c.Act), append(r.nouns, c.Noun), append(r.keys, c.Key)
	r.entries, r.states = append(r.entries, entry), append(r.states, orNull(c.State))
	r.audiences, r.named = append(r.audiences, string(c.For)), append(r.named, strings.Join(c.Named, ","))
}

func (tx *Tx) queueChanges(batch *pgx.Batch, r changeRows) {
	batch.Queue(`
		insert into trail_change (version, ordinal, at, actor, second_actor, credential, role, actor_state,
			act, noun, key, entry, state, audience, audience_states)
		select @version, r.ordinal, @at, @actor, @second, @credential, @role, @actor_state,
			r.act, r.noun, r.key, r.entry, r.state, r.audience, string_to_array(r.named, ',')
		from unnest(@ordinals::int[], @acts::text[], @nouns::text[], @keys::text[], @entries::uuid[], @states::text[],
			@audiences::text[], @named::text[]) as r (ordinal, act, noun, key, entry, state, audience, named)`,
		pgx.StrictNamedArgs{
			"version": tx.Version, "at": tx.At,
			"actor": orNull(tx.By.Account), "second": orNull(tx.act.With.Account),
			"credential": orNull(tx.By.Credential), "role": tx.By.Role, "actor_state": orNull(tx.By.State),
			"ordinals": r.ordinals, "acts": r.acts, "nouns": r.nouns, "keys": r.keys, "entries": r.entries,
			"states": r.states, "audiences": r.audiences, "named": r.named,
		})
}

// partRows are the rows of trail_part and trail_content, column by column.
type partRows struct {
	ordinals, parts              []int
	names, audiences, named      []string
	commitments, salts, contents [][]byte
	channels, links              []*string
}

func (r *partRows) add(ordinal, part int, p Part, content []byte) error {
	salt := make([]byte, saltLength)
	if _, err := rand.Read(salt); err != nil {
		return fmt.Errorf("make salt: %w", err)
	}
	r.ordinals, r.parts, r.names = append(r.ordinals, ordinal), append(r.parts, part), append(r.names, p.Name)
	r.commitments = append(r.commitments, commit(salt, p.Name, content))
	r.salts, r.contents = append(r.salts, salt), append(r.contents, content)
	r.channels, r.links = append(r.channels, orNull(p.Channel)), append(r.links, orNull(p.Link))
	r.audiences, r.named = append(r.audiences, string(p.For)), append(r.named, strings.Join(p.Named, ","))
	return nil
}

func (tx *Tx) queueParts(batch *pgx.Batch, r partRows) {
	batch.Queue(`
		insert into trail_part (version, ordinal, part, name, commitment)
		select @version, r.ordinal, r.part, r.name, r.commitment
		from unnest(@ordinals::int[], @parts::int[], @names::text[], @commitments::bytea[])
			as r (ordinal, part, name, commitment)`,
		pgx.StrictNamedArgs{
			"version": tx.Version, "ordinals": r.ordinals, "parts": r.parts, "names": r.names, "commitments": r.commitments,
		})
	batch.Queue(`
		insert into trail_content (version, ordinal, part, salt, content, channel, link, audience, audience_states)
		select @version, r.ordinal, r.part, r.salt, r.content, r.channel, r.link, r.audience, string_to_array(r.named, ',')
		from unnest(@ordinals::int[], @parts::int[], @salts::bytea[], @contents::bytea[], @channels::uuid[], @links::uuid[],
			@audiences::text[], @named::text[]) as r (ordinal, part, salt, content, channel, link, audience, named)`,
		pgx.StrictNamedArgs{
			"version": tx.Version, "ordinals": r.ordinals, "parts": r.parts, "salts": r.salts, "contents": r.contents,
			"channels": r.channels, "links": r.links, "audiences": r.audiences, "named": r.named,
		})
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
