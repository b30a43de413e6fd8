package main

import (
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/postgres"
)

// millionSQL adds bench.contacts contacts.
//
//go:embed million.sql
var millionSQL string

// measureMillion fills the register with contacts, and looks at what that does
// to lists and to search.
func (b *bench) measureMillion(ctx context.Context) error {
	b.say("    making %d contacts", b.contacts)
	err := b.connected(ctx, superuser, measured, func(conn *pgx.Conn) error {
		if err := bulk(ctx, conn, "bench.contacts", b.contacts, millionSQL); err != nil {
			return fmt.Errorf("make contacts: %w", err)
		}
		_, err := conn.Exec(ctx, `vacuum (analyze)`)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range lists {
		if err := b.measureList(ctx, l); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return b.measureSearch(ctx)
}

// list is a list of contacts to read at depth.
type list struct{ name, query, where string }

var lists = []list{
	{"all contacts", "", `e.standing = 'active'`},
	{"a state's contacts", "&state=PL", `e.standing = 'active' and e.state = 'PL'`},
	{"contacts of a kind", "&kind=policy", `e.standing = 'active' and e.kind = 'policy'`},
	{"contacts of a framework's members", "&framework=EU",
		`e.standing = 'active' and e.state in (select state from membership where framework = 'EU' and until is null)`},
	{"contacts found in public", "&basis=public_source", `e.standing = 'active' and e.basis = 'public_source'`},
	{"retired contacts", "&standing=retired", `e.standing = 'retired'`},
}

// depths are how far down a list its pages are read, as shares of the whole.
var depths = []float64{0.1, 0.5, 0.9, 0.99}

// patience bounds how long one list is read: a slow one is known soon.
const patience = 20 * time.Second

// measureList compares pages far down a list with its first one. Each is asked
// for in a form in which it was not asked for before, so that none comes from
// what is kept.
func (b *bench) measureList(ctx context.Context, l list) error {
	first := "/v1/contacts?limit=50" + l.query
	token := b.people.heads["EE"]
	got, err := b.server.must(ctx, http.StatusOK, request{path: first, token: token})
	if err != nil {
		return err
	}
	places, err := b.places(ctx, l.where)
	if err != nil {
		return err
	}
	paths := []string{first}
	for _, place := range places {
		moved, err := move(got.body, place)
		if err != nil {
			return err
		}
		paths = append(paths, first+"&cursor="+url.QueryEscape(moved))
	}
	took := make([][]float64, len(paths))
	start := time.Now()
	for n := range b.samples(60) {
		for i, path := range paths {
			got, err := b.server.must(ctx, http.StatusOK, request{
				path: path, token: token, header: map[string]string{"Accept": fmt.Sprintf("application/json, x/%d", n)},
			})
			if err != nil {
				return err
			}
			if n > 0 { // the first round is to warm up
				took[i] = append(took[i], milliseconds(got.took))
			}
		}
		if n > 3 && time.Since(start) > patience {
			break
		}
	}
	f := finding{What: l.name + ", page at depth against the first", Aim: atMost(2)}
	for i, depth := range depths {
		if against := median(took[i+1]) / median(took[0]); against > f.Got {
			f.Got = against
			f.Detail = fmt.Sprintf("%.1f ms at %.0f %% against %.1f ms", median(took[i+1]), 100*depth, median(took[0]))
		}
	}
	b.found(f)
	return nil
}

// places returns where the rows at depths stand, in the order of the list.
func (b *bench) places(ctx context.Context, where string) (places []contact.After, err error) {
	err = b.connected(ctx, superuser, measured, func(conn *pgx.Conn) error {
		count, err := postgres.Scalar[int](ctx, conn, `select count(*) from entry e where e.noun = 'contact' and `+where, nil)
		if err != nil {
			return err
		}
		for _, depth := range depths {
			place, err := postgres.One[contact.After](ctx, conn, `
				select c.state, c.kind, c.rank, c.id
				from entry e
				join contact c on c.id = e.id
				where `+where+`
				order by c.state, c.kind, c.rank, c.id
				offset @offset
				limit 1`, pgx.StrictNamedArgs{"offset": int(depth * float64(count))})
			if err != nil {
				return err
			}
			places = append(places, place)
		}
		return nil
	})
	return places, err
}

// move returns the cursor with which a page of a list ends, moved to another
// place: to get there page by page would take minutes.
func move(page []byte, place contact.After) (string, error) {
	var ended struct {
		Next string `json:"next"`
	}
	var cursor struct {
		Epoch string        `json:"e"`
		List  string        `json:"l"`
		After contact.After `json:"a"`
	}
	if err := json.Unmarshal(page, &ended); err != nil {
		return "", err
	}
	text, err := base64.RawURLEncoding.DecodeString(ended.Next)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(text, &cursor, json.RejectUnknownMembers(true)); err != nil {
		return "", fmt.Errorf("read the cursor %s: %w", text, err)
	}
	cursor.After = place
	text, err = json.Marshal(cursor)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// bulk runs sql in one transaction, with a number that it reads as a setting. For
// that long PostgreSQL takes its time with checkpoints: it has its own settings
// again when something is measured.
func bulk(ctx context.Context, conn *pgx.Conn, setting string, number int, sql string) error {
	for _, act := range []string{`alter system set max_wal_size = '16GB'`, `select pg_reload_conf()`} {
		if _, err := conn.Exec(ctx, act); err != nil {
			return err
		}
	}
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config($1, $2, true)`, setting, fmt.Sprint(number)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sql)
		return err
	})
	if err != nil {
		return err
	}
	for _, act := range []string{`alter system reset max_wal_size`, `select pg_reload_conf()`, `checkpoint`} {
		if _, err := conn.Exec(ctx, act); err != nil {
			return err
		}
	}
	return nil
}
