package main_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	main "pocreg.example/cmd/pocreg"
	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/postgres/pgtest"
	"pocreg.example/internal/register"
)

// pocreg runs the program on a database, as its owner or its server, and
// returns what it prints.
func pocreg(t *testing.T, db *pgtest.DB, args ...string) (string, error) {
	t.Helper()
	env := environment{"POCREG_OWNER_DATABASE_URL": db.OwnerURL, "POCREG_DATABASE_URL": db.ServerURL, "POCREG_LISTEN": "127.0.0.1:0"}
	var out, log strings.Builder
	err := main.Run(t.Context(), args, env.get, &out, &log)
	return out.String(), err
}

func mustPocreg(t *testing.T, db *pgtest.DB, args ...string) string {
	t.Helper()
	out, err := pocreg(t, db, args...)
	if err != nil {
		t.Fatalf("pocreg %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// refuses fails unless the command ends with an error that says sentence.
func refuses(t *testing.T, db *pgtest.DB, sentence string, args ...string) {
	t.Helper()
	out, err := pocreg(t, db, args...)
	if err == nil || !strings.Contains(err.Error(), sentence) {
		t.Errorf("pocreg %s = %q, %v; want an error that says %q", strings.Join(args, " "), out, err, sentence)
	}
}

// one asks the database past the program.
func one[T any](t *testing.T, db *pgtest.DB, sql string) T {
	t.Helper()
	got, err := postgres.Scalar[T](t.Context(), db.Owner, sql, pgx.StrictNamedArgs{})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func execute(t *testing.T, db *pgtest.DB, sql string) {
	t.Helper()
	if _, err := db.Owner.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// loaded is a database as `pocreg migrate` leaves it.
func loaded(t *testing.T) *pgtest.DB {
	t.Helper()
	db := pgtest.New(t)
	mustPocreg(t, db, "migrate")
	return db
}

func TestMigrateFillsAnEmptyDatabaseAndIsDoneTheSecondTime(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	mustPocreg(t, db, "migrate")
	if got := one[int](t, db, `select count(*) from state`); got != 46 {
		t.Errorf("after migrate there are %d states, want 46", got)
	}
	mustPocreg(t, db, "migrate")
	if got := one[int64](t, db, `select version from register_head`); got != 1 {
		t.Errorf("after the second migrate the register is at %d, want 1, as after the first", got)
	}
}

func TestMigrateLeavesANewerSchemaAsItIs(t *testing.T) {
	t.Parallel()
	db := loaded(t)
	execute(t, db, `update schema_migrations set version = 9999`)
	mustPocreg(t, db, "migrate")
	if got := one[int64](t, db, `select version from schema_migrations`); got != 9999 {
		t.Errorf("after migrate of an older release the schema is at %d, want 9999", got)
	}
}

func TestServeRefusesASchemaThatItCannotRunOn(t *testing.T) {
	t.Parallel()
	t.Run("that is older", func(t *testing.T) {
		t.Parallel()
		db := loaded(t)
		execute(t, db, `update schema_migrations set version = 1`)
		refuses(t, db, "the schema is at 1 and this program needs", "serve")
		refuses(t, db, "run `pocreg migrate` first", "serve")
	})
	t.Run("that a migration left half-way", func(t *testing.T) {
		t.Parallel()
		db := loaded(t)
		execute(t, db, `update schema_migrations set dirty = true`)
		refuses(t, db, "stopped half-way", "serve")
	})
	t.Run("that is not there", func(t *testing.T) {
		t.Parallel()
		refuses(t, pgtest.NewEmpty(t), "has `pocreg migrate` run?", "serve")
	})
}

func TestCommandsSayWhichSettingTheyLack(t *testing.T) {
	t.Parallel()
	for command, setting := range map[string]string{
		"serve": "POCREG_DATABASE_URL is not set", "migrate": "POCREG_OWNER_DATABASE_URL is not set",
		"verify": "POCREG_OWNER_DATABASE_URL is not set", "new-epoch": "POCREG_OWNER_DATABASE_URL is not set",
		"operator secretariat --name=Seoul --co-chair=KR": "POCREG_OWNER_DATABASE_URL is not set",
	} {
		var out, log strings.Builder
		err := main.Run(t.Context(), strings.Fields(command), environment{}.get, &out, &log)
		if err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("pocreg %s without settings = %v, want that %s", command, err, setting)
		}
	}
}

func TestTokenSecretariatIssuesATokenThatActsForItsCoChair(t *testing.T) {
	t.Parallel()
	db := loaded(t)
	out := mustPocreg(t, db, "operator", "secretariat", "--name", "Secretariat, Seoul", "--co-chair", "kr")
	secret := strings.TrimSpace(out)
	accounts := account.NewStore(register.New(db.Server, account.Stands), db.Server, time.Now)
	actor, err := accounts.Authenticate(t.Context(), secret)
	if err != nil {
		t.Fatalf("Authenticate() of the token that was printed: %v", err)
	}
	if actor.Role != access.Secretariat || actor.CoChair != "KR" || actor.State != "" {
		t.Errorf("the token acts as %s, co-chair %q, state %q; want secretariat of KR, of no state", actor.Role, actor.CoChair, actor.State)
	}
	if got := one[string](t, db, `select act || ' ' || noun || ' by ' || role from trail_change where version = 2 and ordinal = 0`); got != "issued token by system" {
		t.Errorf("the trail says %q, want that the system issued a token", got)
	}
}

func TestTokenSecretariatRefusesWhoIsNoCoChair(t *testing.T) {
	t.Parallel()
	db := loaded(t)
	execute(t, db, `update co_chair set until = current_date where state = 'US'`)
	for _, code := range []string{"EE", "US", "XX", "", "'; drop table state"} {
		refuses(t, db, "is no co-chair now: --co-chair is one of KR, PL", "operator", "secretariat", "--name", "Somebody", "--co-chair", code)
	}
	if got := one[int](t, db, `select count(*) from token`); got != 0 {
		t.Errorf("after the refusals there are %d tokens, want none", got)
	}
	if got := one[int64](t, db, `select version from register_head`); got != 1 {
		t.Errorf("after the refusals the register is at %d, want 1 as before", got)
	}
}

func TestVerifyPrintsWhatItFoundAndFailsAfterTampering(t *testing.T) {
	t.Parallel()
	db := loaded(t)
	if out := mustPocreg(t, db, "verify"); !strings.HasPrefix(out, "the trail is whole: 1 versions, 46 changes") {
		t.Errorf("pocreg verify prints %q, want the trail whole: 1 version of 46 changes", out)
	}
	// As somebody would who owns the tables.
	execute(t, db, `alter table trail_content disable trigger user`)
	execute(t, db, `update trail_content set content = content || ' ' where version = 1 and ordinal = 7 and part = 1`)
	execute(t, db, `alter table trail_content enable trigger user`)
	refuses(t, db, "version 1, change 7", "verify")
}

func TestNewEpochChangesTheEpochAndNothingElse(t *testing.T) {
	t.Parallel()
	db := loaded(t)
	before := one[string](t, db, `select epoch from register_head`)
	out := mustPocreg(t, db, "new-epoch")
	after := one[string](t, db, `select epoch from register_head`)
	if after == before || !strings.Contains(out, after) {
		t.Errorf("pocreg new-epoch prints %q; the epoch was %s and is %s, want another one, and that it is named", out, before, after)
	}
	if got := one[int64](t, db, `select version from register_head`); got != 1 {
		t.Errorf("after new-epoch the register is at %d, want 1 as before", got)
	}
}

func TestNewEpochRefusesWhileAServerIsConnected(t *testing.T) {
	t.Parallel()
	db := loaded(t)
	before := one[string](t, db, `select epoch from register_head`)
	if err := db.Server.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	refuses(t, db, "stop every `pocreg serve`", "new-epoch")
	if got := one[string](t, db, `select epoch from register_head`); got != before {
		t.Errorf("after the refusal the epoch is %s, want %s as before", got, before)
	}
}

func TestHealthAsksWhetherTheServerIsReady(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("health asks for %s, want /readyz", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	health := func() (string, error) {
		var out, log strings.Builder
		env := environment{"POCREG_LISTEN": strings.TrimPrefix(server.URL, "http://"), "http_proxy": "http://127.0.0.1:1"}
		err := main.Run(t.Context(), []string{"health"}, env.get, &out, &log)
		return out.String(), err
	}
	if out, err := health(); err != nil || out != "ready\n" {
		t.Errorf("pocreg health of a ready server = %q, %v; want ready", out, err)
	}
	status = http.StatusServiceUnavailable
	if out, err := health(); err == nil || !strings.Contains(err.Error(), "not ready: 503") {
		t.Errorf("pocreg health of a server that answers 503 = %q, %v; want an error that says so", out, err)
	}
	server.Close()
	if out, err := health(); err == nil {
		t.Errorf("pocreg health of no server = %q, want an error", out)
	}
}

func TestHealthAsksOnTheLoopbackWhereTheServerListensEverywhere(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":8080": "http://127.0.0.1:8080/readyz", "0.0.0.0:8080": "http://127.0.0.1:8080/readyz",
		"[::]:8080": "http://[::1]:8080/readyz", "10.1.2.3:80": "http://10.1.2.3:80/readyz",
		"registry.internal:8080": "http://registry.internal:8080/readyz",
	} {
		if got := main.ReadyURL(listen); got != want {
			t.Errorf("readyURL(%q) = %s, want %s", listen, got, want)
		}
	}
}

func TestVersionSaysWhichProgramThisIs(t *testing.T) {
	t.Parallel()
	var out, log strings.Builder
	err := main.Run(t.Context(), []string{"version"}, environment{}.get, &out, &log)
	if err != nil || !strings.HasPrefix(out.String(), "pocreg ") || strings.TrimSpace(out.String()) == "pocreg" {
		t.Errorf("pocreg version = %q, %v; want pocreg and a version", out.String(), err)
	}
}

func TestTwoOfTheSecretariatOpenAndCloseADelegation(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mustPocreg(t, db, "migrate")
	token := func(name, coChair string) string {
		file := filepath.Join(t.TempDir(), "token")
		secret := mustPocreg(t, db, "operator", "secretariat", "--name", name, "--co-chair", coChair)
		if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	seoul, other, warsaw := token("Seoul", "KR"), token("Seoul too", "KR"), token("Warsaw", "PL")
	opening := []string{"delegation", "open", "--state", "TN", "--authority", "Note verbale 17", "--head", "Amel"}
	refuses(t, db, "different co-chairs", append(opening, "--first", seoul, "--second", other)...)
	refuses(t, db, "different co-chairs", append(opening, "--first", seoul, "--second", seoul)...)
	if got := one[int64](t, db, `select count(*) from delegation`); got != 0 {
		t.Fatalf("after refusals there are %d delegations, want none", got)
	}
	out := strings.Fields(mustPocreg(t, db, append(opening, "--first", seoul, "--second", warsaw)...))
	if len(out) != 2 || !account.WellFormed(out[1]) {
		t.Fatalf("pocreg delegation open = %d words, want the delegation's id and its head's token", len(out))
	}
	if got := one[string](t, db, `select role || ' ' || state from token where role = 'head_of_delegation'`); got != "head_of_delegation TN" {
		t.Errorf("the token is of %q, want the head of Tunisia's delegation", got)
	}
	for _, tt := range []struct{ act, status string }{{"contest", "contested"}, {"reopen", "open"}, {"close", "closed"}} {
		mustPocreg(t, db, "delegation", tt.act, out[0], "--first", seoul, "--second", warsaw)
		if got := one[string](t, db, `select status from delegation`); got != tt.status {
			t.Errorf("after %s the delegation is %s, want %s", tt.act, got, tt.status)
		}
	}
}

func TestVerifyFindsWhatWasNotSaidThroughTheDoor(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	made, err := w.Contacts.Add(t.Context(), w.By(t, "delegate EE"), register.Sent[contact.Input]{Body: contact.Input{
		Common:   entry.Common{State: "EE", Kind: contact.Technical},
		Details:  contact.Details{OfficeTitle: "Duty desk", Person: &contact.Person{Name: "Mari Maasikas"}},
		Channels: []contact.ChannelInput{{Type: "email", Value: "duty@cert-ee.example"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := entry.SuspendTogether(t.Context(), w.Register, w.Pair(t), made.ID, "In doubt"); err != nil {
		t.Fatal(err)
	}
	if out := mustPocreg(t, w.DB, "verify"); !strings.Contains(out, " are as it last recorded them") {
		t.Errorf("pocreg verify = %q", out)
	}
	for sql, undo := range map[string]string{
		`update contact set office_title = 'Ours'`:                          `update contact set office_title = 'Duty desk'`,
		`update channel set value = 'spy@example.org'`:                      `update channel set value = 'duty@cert-ee.example'`,
		`update entry set audience = 'public'`:                              `update entry set audience = 'participants'`,
		`update contact set person = null`:                                  `update contact set person = '{"name": "Mari Maasikas"}'`,
		`update suspension set reason = 'Ours'`:                             `update suspension set reason = 'In doubt'`,
		`update token set revoked_at = '2026-01-01' where role = 'auditor'`: `update token set revoked_at = null where role = 'auditor'`,
	} {
		execute(t, w.DB, sql)
		refuses(t, w.DB, "does not say what the trail recorded", "verify")
		execute(t, w.DB, undo)
	}
	mustPocreg(t, w.DB, "verify")
}

func TestTwoOfTheSecretariatAdmitWhoBelongsToNoState(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mustPocreg(t, db, "migrate")
	folder := t.TempDir()
	for _, coChair := range []string{"KR", "PL"} {
		secret := mustPocreg(t, db, "operator", "secretariat", "--name", coChair, "--co-chair", coChair)
		if err := os.WriteFile(filepath.Join(folder, coChair), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	korea, poland := filepath.Join(folder, "KR"), filepath.Join(folder, "PL")
	refuses(t, db, "different co-chairs", "admit", "--role", "auditor", "--name", "A", "--basis", "Decision 7", "--first", korea, "--second", korea)
	refuses(t, db, "must be one of", "admit", "--role", "delegate", "--name", "D", "--basis", "x", "--first", korea, "--second", poland)
	for _, role := range []string{"auditor", "partner"} {
		if out := mustPocreg(t, db, "admit", "--role", role, "--name", role, "--basis", "Decision 7", "--first", korea, "--second", poland); !account.WellFormed(strings.TrimSpace(out)) {
			t.Errorf("pocreg admit --role %s printed no token", role)
		}
	}
	if got := one[string](t, db, `select string_agg(role, ' ' order by role) from token where state is null and not writes`); got != "auditor partner" {
		t.Errorf("admitted are %q, want an auditor and a partner, for reading", got)
	}
	refuses(t, db, "--basis", "admit", "--role", "auditor", "--name", "A", "--first", korea, "--second", poland)
	refuses(t, db, "366", "admit", "--role", "auditor", "--name", "A", "--basis", "x", "--days", "367", "--first", korea, "--second", poland)
	if got := one[string](t, db, `select string_agg(concat_ws(' ', role, basis, round(extract(epoch from until - since) / 86400), 'days'), ', ' order by role) from role_grant where basis is not null`); got != "auditor Decision 7 90 days, partner Decision 7 90 days" {
		t.Errorf("their mandates are %q, want two of 90 days", got)
	}
}

func TestAnybodysTokenIsRevokedOnTheServer(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mustPocreg(t, db, "migrate")
	mustPocreg(t, db, "operator", "secretariat", "--name", "Seoul", "--co-chair", "KR")
	id := one[string](t, db, `select id::text from token`)
	mustPocreg(t, db, "operator", "revoke", id)
	if !one[bool](t, db, `select revoked_at is not null from token`) {
		t.Error("pocreg operator revoke left the token as it was")
	}
	if got := one[string](t, db, `select act || ' by ' || role from trail_change order by version desc limit 1`); got != "revoked by system" {
		t.Errorf("the trail says %q, want revoked by system", got)
	}
	refuses(t, db, "revoked already", "operator", "revoke", id)
	refuses(t, db, "no such token", "operator", "revoke", "00000000-0000-4000-8000-000000000000")
}
