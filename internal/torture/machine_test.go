package torture_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/deploy"
	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/postgres/cluster"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
)

// writers is how many delegates write at once, each of a state of its own.
const writers = 12

// machine is a durable PostgreSQL with a register, and its delegates.
type machine struct {
	pg       *cluster.Cluster
	owner    *pgxpool.Pool
	register *register.Register // as the owner, past row-level security
	tokens   map[string]string  // the delegates', by state
	server   map[string]string  // the environment of `pocreg serve`
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	pg, err := cluster.Start(t.Context(), cluster.Config{Data: t.TempDir(), BinDir: os.Getenv("PGBINDIR")})
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(pg.Stop(), os.RemoveAll(pg.Home())); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
	})
	m := &machine{pg: pg, tokens: map[string]string{}, server: map[string]string{
		"POCREG_DATABASE_URL": pg.URL("pocreg_server", "pocreg"), "POCREG_LISTEN": "127.0.0.1:0",
		"POCREG_TIMEOUT": timeout.String(), "POCREG_RATE_PER_TOKEN": "0", "POCREG_RATE_PER_ADDRESS": "0",
	}}
	if err := m.create(t.Context()); err != nil {
		t.Fatalf("create the database: %v", err)
	}
	migrate := run(t, map[string]string{"POCREG_OWNER_DATABASE_URL": pg.URL("pocreg_owner", "pocreg")}, "migrate")
	if code := migrate.end(); code != 0 {
		t.Fatalf("pocreg migrate = %d:\n%s", code, &migrate.said)
	}
	if m.owner, err = postgres.Open(t.Context(), pg.URL("pocreg_owner", "pocreg"), 4); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.owner.Close)
	m.register = register.New(m.owner, nil)
	if err := m.populate(t.Context()); err != nil {
		t.Fatalf("appoint the delegates: %v", err)
	}
	return m
}

func (m *machine) create(ctx context.Context) error {
	admin, err := pgx.Connect(ctx, m.pg.URL("postgres", "postgres"))
	if err != nil {
		return err
	}
	_, err = admin.Exec(ctx, deploy.Roles)
	if err == nil {
		_, err = admin.Exec(ctx, `create database pocreg owner pocreg_owner`)
	}
	return errors.Join(err, admin.Close(ctx))
}

// populate opens the delegations of the first states and appoints a delegate for
// each, as in life: the secretariat appoints the head, who appoints the rest.
func (m *machine) populate(ctx context.Context) error {
	accounts := account.NewStore(m.register, m.owner, time.Now)
	delegations := delegation.NewStore(m.register)
	appoint := func(act register.Act, a account.Appointment) (access.Actor, string, error) {
		a.Owner, a.OwnerKind, a.Label = fmt.Sprint(a.Role, " ", a.State, a.CoChair), "person", "torture"
		a.Writes, a.Audiences, a.ExpiresAt = true, access.Audiences, time.Now().Add(24*time.Hour)
		_, secret, err := accounts.Appoint(ctx, act, a)
		if err != nil {
			return access.Actor{}, "", err
		}
		actor, err := accounts.Authenticate(ctx, secret)
		return actor, secret, err
	}
	kr, _, err := appoint(register.Act{By: access.Registry()}, account.Appointment{Role: access.Secretariat, CoChair: "KR"})
	if err != nil {
		return err
	}
	pl, _, err := appoint(register.Act{By: access.Registry()}, account.Appointment{Role: access.Secretariat, CoChair: "PL"})
	if err != nil {
		return err
	}
	pair := register.Act{By: kr, With: pl}
	for _, s := range reference.States()[:writers] {
		d, err := delegations.Open(ctx, pair, delegation.OpenInput{State: s.Alpha2, Authority: "Note verbale for tests"})
		if err != nil {
			return err
		}
		head, _, err := appoint(pair, account.Appointment{Role: access.Head, State: s.Alpha2, Delegation: d.ID})
		if err != nil {
			return err
		}
		// One decides: a write that waited for a second would prove nothing here.
		if _, err := delegations.ChooseMode(ctx, register.Act{By: head}, d.ID, register.Sent[delegation.ModeInput]{
			If: register.Precondition{None: true}, Body: delegation.ModeInput{Mode: delegation.Single},
		}); err != nil {
			return err
		}
		_, secret, err := appoint(register.Act{By: head}, account.Appointment{Role: access.Delegate, State: s.Alpha2, Delegation: d.ID})
		if err != nil {
			return err
		}
		m.tokens[s.Alpha2] = secret
	}
	return nil
}

// read runs fn on a snapshot of the register, as soon as PostgreSQL gives one.
func (m *machine) read(t *testing.T, fn func(*register.Snapshot) error) {
	t.Helper()
	var err error
	await(t, "PostgreSQL to answer", func() bool {
		err = m.register.Read(t.Context(), access.Registry(), fn)
		return !busy(err)
	})
	if err != nil {
		t.Fatalf("read the register: %v", err)
	}
}
