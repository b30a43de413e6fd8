package accesslog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
)

// asRegistry is in whose name the log is written: the transaction's own.
const asRegistry = `select set_config('pocreg.role', 'system', true)`

// write writes reads, and what is missing, in one transaction.
func (l *Log) write(ctx context.Context, batch []noted, missing lost) error {
	var minutes []time.Time
	var credentials, accounts, roles, readerStates, nouns, entries, states []string
	for _, n := range batch {
		for _, e := range n.entries {
			minutes = append(minutes, n.at)
			credentials, accounts = append(credentials, n.by.Credential), append(accounts, n.by.Account)
			roles, readerStates = append(roles, string(n.by.Role)), append(readerStates, n.by.State)
			nouns, entries, states = append(nouns, e.Noun), append(entries, e.ID), append(states, e.State)
		}
	}
	err := pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
		queue := &pgx.Batch{}
		queue.Queue(asRegistry)
		if len(minutes) > 0 {
			queue.Queue(`select access_note(@minutes, @credentials, @accounts, @roles, @reader_states, @nouns, @entries, @states)`,
				pgx.StrictNamedArgs{
					"minutes": minutes, "credentials": credentials, "accounts": accounts, "roles": roles, "reader_states": readerStates,
					"nouns": nouns, "entries": entries, "states": states,
				})
		}
		if missing.reads > 0 {
			queue.Queue(`select access_note_lost(@since, @until, @reads)`,
				pgx.StrictNamedArgs{"since": missing.since, "until": missing.until, "reads": missing.reads})
		}
		return tx.SendBatch(ctx, queue).Close()
	})
	if err != nil {
		return fmt.Errorf("write the access log: %w", err)
	}
	return nil
}

// Expire deletes some of what is older than the log is kept, and reports whether
// there may be more.
func (l *Log) Expire(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeWait)
	defer cancel()
	var deleted int
	err = pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, asRegistry); err != nil {
			return err
		}
		deleted, err = postgres.Scalar[int](ctx, tx, `select access_expire(@days, @most)`,
			pgx.StrictNamedArgs{"days": l.days, "most": expireAtOnce})
		return err
	})
	if err != nil {
		return false, fmt.Errorf("let the access log expire: %w", err)
	}
	return deleted >= expireAtOnce, nil
}

// Filter narrows a list. A zero member leaves nothing out; a row that says that
// reads were not recorded is about all entries and readers, and is never left out
// for those.
type Filter struct {
	Entry       string // its id
	State       string // whose entries
	ReaderState string
	From, To    time.Time // days in UTC, both included
}

// After is a place in a list: that of the last row seen.
type After struct {
	At time.Time
	ID string
}

// Day is that somebody read an entry on a day.
type Day struct {
	ID          string
	Day         time.Time
	Noun        string
	Entry       *string
	State       *string // whose entry it is
	Reader      *string // state, partner, secretariat or auditor
	ReaderState *string
	Partner     *string // its name
}

// Place is where d stands in its list.
func (d Day) Place() After { return After{d.Day.UTC(), d.ID} }

// Days returns at most limit days that follow after, the newest first, of those that
// q's actor may see: none that is not over.
func Days(ctx context.Context, q postgres.Queryer, f Filter, after After, limit int) ([]Day, error) {
	where, args := f.conditions("d.day", after)
	args["limit"] = limit
	got, err := postgres.All[Day](ctx, q, `
		select d.id, d.day, d.noun, d.entry, d.state, d.reader, d.reader_state, d.partner
		from access_days d
		where `+where+`
		order by d.day desc, d.id
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list days of reading: %w", err)
	}
	return got, nil
}

// Read is that a person or a system read an entry in a minute; or, with Reads, that
// so many reads were not recorded from then until Until.
type Read struct {
	ID          string
	Minute      time.Time
	Noun        string
	Entry       *string
	State       *string
	Credential  *string
	Account     *string
	Name        *string
	Role        *access.Role
	ReaderState *string
	Until       *time.Time
	Reads       *int64
}

// Place is where r stands in its list.
func (r Read) Place() After { return After{r.Minute.UTC(), r.ID} }

// People returns at most limit reads that follow after, the newest first, of those
// that q's actor may see.
func People(ctx context.Context, q postgres.Queryer, f Filter, after After, limit int) ([]Read, error) {
	where, args := f.conditions("d.minute", after)
	args["limit"] = limit
	got, err := postgres.All[Read](ctx, q, `
		select d.id, d.minute, d.noun, d.entry, d.state, d.credential, d.account, d.name, d.role, d.reader_state, d.until, d.reads
		from access_people d
		where `+where+`
		order by d.minute desc, d.id
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list reads: %w", err)
	}
	return got, nil
}

// conditions are what f and a place in the list leave of rows that stand at a moment.
func (f Filter) conditions(at string, after After) (string, pgx.StrictNamedArgs) {
	where, args := `true`, pgx.StrictNamedArgs{}
	and := func(condition, name string, value any) {
		where += "\n\t\tand " + condition
		args[name] = value
	}
	if f.Entry != "" {
		and(`(d.entry = @entry::uuid or d.noun = 'not_recorded')`, "entry", f.Entry)
	}
	if f.State != "" {
		and(`(d.state = @state or d.state is null)`, "state", f.State)
	}
	if f.ReaderState != "" {
		and(`(d.reader_state = @reader_state or d.noun = 'not_recorded')`, "reader_state", f.ReaderState)
	}
	if !f.From.IsZero() {
		and(at+` >= @from`, "from", f.From)
	}
	if !f.To.IsZero() {
		and(at+` < @to`, "to", f.To.AddDate(0, 0, 1))
	}
	if after.ID != "" {
		and(at+` <= @at and (`+at+` < @at or d.id > @after::uuid)`, "at", after.At)
		args["after"] = after.ID
	}
	return where, args
}
