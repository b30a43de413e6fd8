package torture_test

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// audit looks whether all that was acknowledged before it began is there, whole
// and once, while the delegates write on.
func (b *battle) audit(t *testing.T) {
	t.Helper()
	b.trail(t)
	b.wholeness(t)
	b.views(t)
}

// trail compares the trail with the journal: each acknowledged write is there
// under its version, and beyond them at most one for each delegate, who does not
// know yet what became of it.
func (b *battle) trail(t *testing.T) {
	t.Helper()
	var verified register.Verified
	await(t, "PostgreSQL to answer", func() bool {
		var err error
		if verified, err = b.machine.register.Verify(t.Context()); err != nil && !busy(err) {
			t.Fatalf("Verify() = %v", err)
		}
		return err == nil
	})
	acknowledged := b.journal.all()
	there := map[int64]write{}
	b.machine.read(t, func(snap *register.Snapshot) error {
		clear(there)
		rows, err := postgres.All[struct {
			Version         int64
			Key, Act, Title string
		}](t.Context(), snap, `
			select c.version, c.key, c.act, convert_from(t.content, 'UTF8')::json -> 'details' ->> 'office_title' as title
			from trail_change c
			join trail_part p using (version, ordinal)
			join trail_content t using (version, ordinal, part)
			where c.noun = 'contact' and p.name = 'entry'`, nil)
		for _, r := range rows {
			there[r.Version] = write{r.Version, r.Key, r.Act, r.Title}
		}
		return err
	})
	for version, want := range acknowledged {
		if got := there[version]; got != want {
			t.Errorf("version %d holds %+v, want what was acknowledged: %+v", version, got, want)
		}
	}
	unknown := 0
	later := b.journal.all()
	for version, got := range there {
		if _, known := later[version]; !known {
			if unknown++; unknown > b.open {
				t.Errorf("version %d holds %+v, which nobody was told of", version, got)
			}
		}
	}
	b.verified = verified
}

// wholeness compares the tables with the newest that the trail says of each
// entry: no write may be there by half.
func (b *battle) wholeness(t *testing.T) {
	t.Helper()
	var halves []string
	b.machine.read(t, func(snap *register.Snapshot) error {
		rows, err := snap.Query(t.Context(), `
			with newest as (
				select distinct on (c.key) c.key, c.version, c.ordinal
				from trail_change c
				where c.noun = 'contact'
				order by c.key, c.version desc
			), said as (
				select n.key, n.version, convert_from(t.content, 'UTF8')::json as content,
					(
						select string_agg(p.name || ' ' || (convert_from(v.content, 'UTF8')::json ->> 'value'), ', ' order by p.name)
						from trail_part p
						join trail_content v using (version, ordinal, part)
						where p.version = n.version and p.ordinal = n.ordinal and p.name like 'channel:%'
					) as channels,
					(
						select convert_from(v.content, 'UTF8')::json ->> 'name'
						from trail_part p
						join trail_content v using (version, ordinal, part)
						where p.version = n.version and p.ordinal = n.ordinal and p.name = 'person'
					) as person
				from newest n
				join trail_part p on p.version = n.version and p.ordinal = n.ordinal and p.name = 'entry'
				join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part
			), kept as (
				select e.id::text as key, e.version, e.confirmed_at, c.office_title, c.person ->> 'name' as person,
					(
						select string_agg('channel:' || h.id || ' ' || h.value, ', ' order by 'channel:' || h.id)
						from channel h
						where h.contact = e.id and h.removed_at is null
					) as channels
				from entry e
				left join contact c on c.id = e.id
			)
			select format('the table has %s; the trail has %s', row_to_json(k), row_to_json(s))
			from kept k
			full join said s using (key)
			where (k.version, k.office_title, k.person, k.channels, k.confirmed_at) is distinct from
				(s.version, s.content -> 'details' ->> 'office_title', s.person, s.channels, (s.content ->> 'confirmed_at')::timestamptz)`)
		if err != nil {
			return err
		}
		halves, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	for _, half := range halves {
		t.Errorf("an entry is not what the trail says of it: %s", half)
	}
}

// object is a JSON object.
type object = map[string]any

// views compares what the API shows of each entry with what the trail says of it
// at that version.
func (b *battle) views(t *testing.T) {
	t.Helper()
	shown := map[int64]object{} // by version
	for _, d := range b.delegates {
		await(t, "the server to answer", func() bool {
			got, err := b.client.send(t.Context(), request{method: "GET", path: "/v1/contacts?limit=500&state=" + d.state, token: d.token})
			if err != nil || got.status != http.StatusOK {
				return false
			}
			var list struct {
				Items []object `json:"items"`
			}
			if err := json.Unmarshal(got.body, &list); err != nil {
				t.Fatalf("GET /v1/contacts = %s: %v", got.body, err)
			}
			for _, item := range list.Items {
				version, _ := item["version"].(float64)
				shown[int64(version)] = item
			}
			return true
		})
	}
	said := b.said(t, slices.Collect(maps.Keys(shown)))
	for version, entry := range shown {
		b.compare(t, entry, said[version])
	}
}

// said returns what the trail says at some versions, part by part.
func (b *battle) said(t *testing.T, versions []int64) map[int64]map[string]object {
	t.Helper()
	said := map[int64]map[string]object{}
	b.machine.read(t, func(snap *register.Snapshot) error {
		rows, err := postgres.All[struct {
			Version int64
			Name    string
			Content []byte
		}](t.Context(), snap, `
			select p.version, p.name, t.content
			from trail_part p
			join trail_content t using (version, ordinal, part)
			where p.version = any (@versions)`,
			pgx.StrictNamedArgs{"versions": versions})
		for _, r := range rows {
			var content object
			if err := json.Unmarshal(r.Content, &content); err != nil {
				return fmt.Errorf("read %s of version %d: %w", r.Name, r.Version, err)
			}
			if said[r.Version] == nil {
				said[r.Version] = map[string]object{}
			}
			said[r.Version][r.Name] = content
		}
		return err
	})
	return said
}

func (b *battle) compare(t *testing.T, shown object, said map[string]object) {
	t.Helper()
	id, version := shown["id"], shown["version"]
	same := func(where string, shown, said object) {
		for name, want := range said {
			if got := shown[name]; !reflect.DeepEqual(got, want) && !(got == nil && want == "") {
				t.Errorf("entry %v at version %v: %s%s is shown as %v, and the trail says %v", id, version, where, name, got, want)
			}
		}
	}
	entry := said["entry"]
	details, _ := entry["details"].(object)
	freshness, _ := shown["freshness"].(object)
	shown["confirmed_at"] = freshness["confirmed_at"]
	delete(entry, "details")
	same("", shown, entry)
	same("", shown, details)
	person, _ := shown["person"].(object)
	same("person/", person, said["person"])
	channels, _ := shown["channels"].([]any)
	count := 0
	for name := range said {
		if strings.HasPrefix(name, "channel:") {
			count++
		}
	}
	if count == 0 || count != len(channels) || entry == nil || said["person"] == nil {
		t.Errorf("entry %v at version %v is shown with %d channels, and the trail has these parts: %v", id, version, len(channels), said)
	}
	for i, c := range channels {
		channel, _ := c.(object)
		channel["position"] = float64(i + 1) // their order is the order to try
		id, _ := channel["id"].(string)
		same("channels/"+id+"/", channel, said["channel:"+id])
	}
}
