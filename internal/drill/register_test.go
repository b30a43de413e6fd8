package drill_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// answer is what the server said.
type answer struct {
	status int
	etag   string
	body   map[string]any
}

// ask sends a request, with an If-Match if there is one, and fails unless the
// answer has the status that is wanted.
func (s *server) ask(t *testing.T, want int, token, method, path, ifMatch, body string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if ifMatch != "" {
		request.Header.Set("If-Match", ifMatch)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil {
		t.Fatalf("%s %s: the answer did not arrive whole: %v", method, path, err)
	}
	if response.StatusCode != want {
		t.Fatalf("%s %s = %s, want %d\n%s", method, path, response.Status, want, text)
	}
	got := answer{status: response.StatusCode, etag: response.Header.Get("ETag")}
	if err := json.Unmarshal(text, &got.body); err != nil {
		t.Fatalf("%s %s: the answer is no JSON: %v\n%s", method, path, err, text)
	}
	return got
}

// headOfEstonia opens Estonia's delegation, in the name of two whose tokens an
// operator has issued, and returns its head's token.
func (m *machine) headOfEstonia(t *testing.T) string {
	t.Helper()
	pool := m.open(t, "server")
	defer pool.Close()
	r := register.New(pool, account.Stands)
	accounts := account.NewStore(r, pool, time.Now)
	var pair [2]access.Actor
	for i, coChair := range []string{"KR", "PL"} {
		secret := m.do(t, m.asOwner(), "pocreg", "operator", "secretariat", "--name", "Secretariat of "+coChair, "--co-chair", coChair)
		actor, err := accounts.Authenticate(t.Context(), secret)
		if err != nil {
			t.Fatalf("sign in with the token that pocreg printed: %v", err)
		}
		pair[i] = actor
	}
	both := register.Act{By: pair[0], With: pair[1]}
	d, err := delegation.NewStore(r).Open(t.Context(), both, delegation.OpenInput{State: "EE", Authority: "Note verbale for the drill"})
	if err != nil {
		t.Fatalf("open the delegation: %v", err)
	}
	_, secret, err := accounts.Appoint(t.Context(), both, account.Appointment{
		Owner: "Head of delegation", OwnerKind: "person", Role: access.Head, State: "EE", Delegation: d.ID,
		Label: "drill", Writes: true, Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatalf("appoint the head of delegation: %v", err)
	}
	return secret
}

func (m *machine) open(t *testing.T, role string) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), m.url(role), 2)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// evidence is what a register is, byte for byte.
type evidence struct {
	Epoch   string
	Version int64
	Tables  map[string]string // how many rows each has, and a digest of what they say
	Leaves  []string          // the trail's, from version 1 on
	Schema  string            // as pg_dump writes it: tables, policies, triggers, grants
}

// collect reads all of it past row-level security.
func (m *machine) collect(t *testing.T) evidence {
	t.Helper()
	pool := m.open(t, "owner")
	defer pool.Close()
	e := evidence{Tables: map[string]string{}, Schema: m.schema(t)}
	must := func(err error) {
		if err != nil {
			t.Fatalf("read the register past the server: %v", err)
		}
	}
	must(pool.QueryRow(t.Context(), `select epoch, version from register_head`).Scan(&e.Epoch, &e.Version))
	var err error
	e.Leaves, err = texts(t.Context(), pool, `select version || ' ' || encode(hash, 'hex') from trail_leaf order by version`)
	must(err)
	tables, err := texts(t.Context(), pool, `select relname::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`)
	must(err)
	for _, table := range tables {
		if table == "register_head" {
			continue // its version and its epoch are above
		}
		said, err := texts(t.Context(), pool, fmt.Sprintf(`
			select count(*) || ' rows, ' || md5(coalesce(string_agg(r::text, e'\n' order by r::text collate "C"), ''))
			from %s r`, pgx.Identifier{table}.Sanitize()))
		must(err)
		e.Tables[table] = said[0]
	}
	return e
}

func texts(ctx context.Context, pool *pgxpool.Pool, sql string) ([]string, error) {
	rows, err := pool.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// restriction is a line that pg_dump makes anew each time.
var restriction = regexp.MustCompile(`(?m)^\\(un)?restrict .*`)

func (m *machine) schema(t *testing.T) string {
	t.Helper()
	dump := m.do(t, []string{"PGUSER=pocreg_owner", "PGDATABASE=pocreg"}, "pg_dump", "--schema-only")
	return restriction.ReplaceAllString(dump, "")
}
