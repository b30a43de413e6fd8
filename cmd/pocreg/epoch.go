package main

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
)

type newEpochCommand struct{}

// Run begins a new life of the register, after a restore that lost versions:
// their numbers will be given out again, to other changes. ETags, cursors and
// copies from before carry the old epoch, so none of them is taken for new. It
// refuses while servers are connected, because they remember the old life.
func (newEpochCommand) Run(p *program) error {
	cfg, err := ownerConfig(p)
	if err != nil {
		return err
	}
	pool, err := postgres.Open(p.ctx, cfg.OwnerDatabaseURL, 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	servers, err := postgres.Scalar[int](p.ctx, pool, `
		select count(*)
		from pg_stat_activity
		where datname = current_database() and usename = 'pocreg_server'`, pgx.StrictNamedArgs{})
	if err != nil {
		return fmt.Errorf("look for running servers: %w", err)
	}
	if servers > 0 {
		return fmt.Errorf("%d connections of running servers are open: stop every `pocreg serve`, then begin the new epoch", servers)
	}
	head, err := postgres.One[struct {
		Version int64
		Epoch   string
	}](p.ctx, pool, `
		update register_head
		set epoch = default
		returning version, epoch`, pgx.StrictNamedArgs{})
	if err != nil {
		return fmt.Errorf("begin a new epoch: %w", err)
	}
	_, err = fmt.Fprintf(p.stdout, `the register goes on from version %d in a new epoch, %s
ETags and cursors from before are refused (412, 410): clients read again.
Tokens that were revoked, and delegations that were closed, after the backup stand again: see docs/operations.md before you let anybody in.
`, head.Version, head.Epoch)
	return err
}
