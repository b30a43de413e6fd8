package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"

	"pocreg.example/deploy"
	"pocreg.example/internal/access"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/postgres/cluster"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/seal"
)

type demoCommand struct {
	WithParent bool `help:"Stop when the process that started this one is gone."`
}

// database is what the demo's database is called.
const database = "pocreg"

// Run starts a private PostgreSQL, prepares a register in it, makes the demo's
// actors and serves. A second start finds what the first one left.
func (d demoCommand) Run(p *program) error {
	cfg, err := readConfig(p.getenv)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(p.ctx)
	defer cancel(nil)
	if d.WithParent {
		go followParent(ctx, os.Getppid(), cancel)
	}
	listener, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	pg, err := cluster.Start(ctx, cluster.Config{
		Data: cfg.Data, BinDir: cfg.Programs,
		Progress: func(s string) { _, _ = fmt.Fprintln(p.stderr, "pocreg:", s) },
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	go func() {
		select {
		case <-pg.Done():
			cancel(fmt.Errorf("PostgreSQL has ended: %w", pg.Err()))
		case <-ctx.Done():
		}
	}()
	err = d.serve(ctx, p, cfg, pg, listener)
	if cause := context.Cause(ctx); err == nil && p.ctx.Err() == nil && cause != nil && !errors.Is(cause, errParentGone) {
		err = cause
	}
	return errors.Join(err, pg.Stop())
}

func (d demoCommand) serve(ctx context.Context, p *program, cfg config, pg *cluster.Cluster, listener net.Listener) error {
	if err := createDatabase(ctx, pg); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := demoKey(&cfg); err != nil {
		return errors.Join(err, listener.Close())
	}
	cfg.DatabaseURL = pg.URL("pocreg_server", database)
	cfg.OwnerDatabaseURL = pg.URL("pocreg_owner", database)
	cfg.MailFolder = filepath.Join(cfg.Data, mailFolder)
	left, err := prepare(ctx, cfg, listener.Addr().String())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := left.write(cfg.Data); err != nil {
		return errors.Join(err, listener.Close())
	}
	program, err := os.Executable()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve(ctx, cfg, listener, p.stderr, func() error {
		return left.print(p.stdout, cfg.origin(listener.Addr().String()), cfg.Data, cfg.OwnerDatabaseURL, program)
	})
}

// demoKey gives the demo a key of its own to seal secrets with, unless the settings
// have one: made once, readable by its owner alone.
func demoKey(cfg *config) error {
	if cfg.SecretKey.Any() {
		return nil
	}
	name := filepath.Join(cfg.Data, "secret-key")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(seal.New() + "\n")
		err = writeOwn(name, text)
	}
	if err != nil {
		return fmt.Errorf("keep the demo's key: %w", err)
	}
	if cfg.SecretKey, err = seal.Read(string(text)); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// createDatabase makes the roles and the empty database, if they are not there.
func createDatabase(ctx context.Context, pg *cluster.Cluster) error {
	admin, err := pgx.Connect(ctx, pg.URL("postgres", "postgres"))
	if err != nil {
		return fmt.Errorf("connect to the private PostgreSQL: %w", err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }() // nothing is left to lose
	if _, err := admin.Exec(ctx, deploy.Roles); err != nil {
		return fmt.Errorf("create the database roles: %w", err)
	}
	var there bool
	if err := admin.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, database).Scan(&there); err != nil {
		return fmt.Errorf("look for the database: %w", err)
	}
	if there {
		return nil
	}
	if _, err := admin.Exec(ctx, `create database `+database+` owner pocreg_owner`); err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return nil
}

// prepare migrates, loads the states, makes sure of the demo's actors, and records
// in the secretariat's name what was found in public. It returns what the demo at
// address leaves for scripts.
func prepare(ctx context.Context, cfg config, address string) (left demoFile, err error) {
	if err := postgres.Migrate(ctx, cfg.OwnerDatabaseURL); err != nil {
		return left, err
	}
	s, err := open(ctx, cfg.DatabaseURL, 4)
	if err != nil {
		return left, err
	}
	defer s.pool.Close()
	if err := s.states.Load(ctx); err != nil {
		return left, err
	}
	kept := readDemoFile(cfg.Data)
	left.Address = "http://" + address
	var actors map[string]access.Actor
	if left.Tokens, actors, err = cast(ctx, s, kept.Tokens); err != nil {
		return left, err
	}
	if left.People, err = invite(ctx, s, cfg.origin(address), actors, kept.People); err != nil {
		return left, err
	}
	return left, stock(ctx, s, left.Tokens["secretariat_kr"])
}

// stock records the project's own copies of what was found in public, so that who
// looks in for the first time meets real content. What is there stays as it is.
func stock(ctx context.Context, s *stores, secret string) error {
	by, err := s.accounts.Authenticate(ctx, secret)
	if err != nil {
		return fmt.Errorf("sign in to record what is public: %w", err)
	}
	im := s.importer()
	if _, err := im.Import(ctx, register.Act{By: by}, importer.PublicFacts, reference.PublicFacts); err != nil {
		return fmt.Errorf("record the public facts: %w", err)
	}
	if _, err := im.Import(ctx, register.Act{By: by}, importer.Strategies, reference.Strategies); err != nil {
		return fmt.Errorf("record the strategies: %w", err)
	}
	return nil
}

// demoFile is .pocreg/demo.json: what scripts need to try the demo.
type demoFile struct {
	Address string                `json:"address"`
	Tokens  map[string]string     `json:"tokens"`
	People  map[string]demoPerson `json:"people"`
}

const demoFileName = "demo.json"

// mailFolder is where the demo's letters are put, in its folder.
const mailFolder = "mail"

// readDemoFile returns what an earlier start left, or nothing: then the actors
// get new tokens.
func readDemoFile(data string) demoFile {
	var left demoFile
	text, err := os.ReadFile(filepath.Join(data, demoFileName))
	if err != nil || json.Unmarshal(text, &left) != nil {
		return demoFile{}
	}
	return left
}

// write replaces the file at once, readable by its owner alone.
func (f demoFile) write(data string) error {
	text, err := json.Marshal(f, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("encode %s: %w", demoFileName, err)
	}
	if err := writeOwn(filepath.Join(data, demoFileName), append(text, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", demoFileName, err)
	}
	return nil
}

var errParentGone = errors.New("the process that started this one is gone")

// followParent ends ctx once the process that started this one is gone, even if
// it was killed and could tell nobody.
func followParent(ctx context.Context, parent int, end context.CancelCauseFunc) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if os.Getppid() != parent {
				end(errParentGone)
				return
			}
		}
	}
}
