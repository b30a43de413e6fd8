package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"pocreg.example/internal/postgres"
)

type migrateCommand struct{}

// Run brings the database to the newest schema, and loads the states into an
// empty one. One job runs it, as the owner, before the servers start. A schema
// newer than this program is left as it is: that is a release being taken back.
func (migrateCommand) Run(p *program) error {
	cfg, err := ownerConfig(p)
	if err != nil {
		return err
	}
	s, err := open(p.ctx, cfg.OwnerDatabaseURL, 2)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	if s.ready(p.ctx) != nil {
		if err := postgres.Migrate(p.ctx, cfg.OwnerDatabaseURL); err != nil {
			return err
		}
	}
	return s.states.Load(p.ctx)
}

// asOwner runs fn on the database, as its owner: past row-level security.
func asOwner(p *program, fn func(*stores) error) error {
	cfg, err := ownerConfig(p)
	if err != nil {
		return err
	}
	s, err := open(p.ctx, cfg.OwnerDatabaseURL, 2)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	return fn(s)
}

func ownerConfig(p *program) (config, error) {
	cfg, err := readConfig(p.getenv)
	if err == nil && cfg.OwnerDatabaseURL == "" {
		err = errors.New("POCREG_OWNER_DATABASE_URL is not set: the connection string of the role pocreg_owner")
	}
	return cfg, err
}

type versionCommand struct{}

// Run says which version of the program this is.
func (versionCommand) Run(p *program) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				version += " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintln(p.stdout, "pocreg", version)
	return err
}
