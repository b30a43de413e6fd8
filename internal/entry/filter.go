package entry

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
)

// Filter narrows a list of any entries. A zero field leaves nothing out, but
// for Standing: a list holds what is in use unless another is asked for.
type Filter struct {
	IDs       []string // only these; nil leaves nothing out
	State     string   // alpha-2
	States    []string // alpha-2: of any of them
	Framework string   // a member of it now
	Kind      string
	Basis     string
	Standing  string // active (the default), retired, withdrawn, rejected or any
	Freshness string // current, due, lapsed or unconfirmed
	Changed   int64  // only what changed after this version of the register
}

// freshness are conditions on the clock of DueAfter and LapsedAfter.
var freshness = map[string]string{
	"current":     `e.basis = 'nominated' and e.confirmed_at > now() - interval '180 days'`,
	"due":         `e.basis = 'nominated' and e.confirmed_at <= now() - interval '180 days' and e.confirmed_at > now() - interval '365 days'`,
	"lapsed":      `e.basis = 'nominated' and e.confirmed_at <= now() - interval '365 days'`,
	"unconfirmed": `e.basis = 'public_source'`,
}

// Freshnesses are what Filter.Freshness may be.
var Freshnesses = []string{"current", "due", "lapsed", "unconfirmed"}

// Where returns the filter as a condition on entry e, with its arguments. Join
// the details by state, noun and kind as well as by id: then what is asked of the
// entry narrows the index by which the details are in order.
func (f Filter) Where() (string, pgx.StrictNamedArgs) {
	where, args := `true`, pgx.StrictNamedArgs{}
	if f.IDs != nil {
		where += ` and e.id = any (@ids::uuid[])`
		args["ids"] = f.IDs
	}
	where, args = And(where, args, `e.state = @state`, f.State)
	if len(f.States) > 0 {
		where += ` and e.state = any (@states)`
		args["states"] = f.States
	}
	where, args = And(where, args, `e.kind = @kind`, f.Kind)
	where, args = And(where, args, `e.basis = @basis`, f.Basis)
	where, args = And(where, args, `e.state in (
			select m.state
			from membership m
			where m.framework = @framework
			and (m.since is null or m.since <= current_date) and (m.until is null or m.until > current_date)
		)`, f.Framework)
	switch f.Standing {
	case "":
		where += ` and e.standing = 'active'`
	case "any":
	default:
		where, args = And(where, args, `e.standing = @standing`, f.Standing)
	}
	if f.Freshness != "" {
		where += ` and ` + freshness[f.Freshness]
	}
	if f.Changed > 0 {
		where += ` and e.version > @changed`
		args["changed"] = f.Changed
	}
	return where, args
}

// And adds a condition with one text argument, named after its @, unless the
// argument is empty. Conditions are constants of the program.
func And(where string, args pgx.StrictNamedArgs, condition, value string) (string, pgx.StrictNamedArgs) {
	if value == "" {
		return where, args
	}
	args[argument(condition)] = value
	return where + ` and ` + condition, args
}

// Withheld is what the secretariat sees of an entry that is not for it.
type Withheld struct {
	ID          string
	Noun        string
	State       string
	Kind        string
	Standing    Standing
	ConfirmedAt *time.Time
}

// ListWithheld returns at most limit entries after an id that are for selected
// states, so far as the secretariat may see them; nothing to anybody else.
func ListWithheld(ctx context.Context, q postgres.Queryer, state, after string, limit int) ([]Withheld, error) {
	got, err := postgres.All[Withheld](ctx, q, `
		select id, noun, state, kind, standing, confirmed_at
		from withheld_entry
		where (@state = '' or state = @state)
		and (@after = '' or id > nullif(@after, '')::uuid)
		order by id
		limit @limit`,
		pgx.StrictNamedArgs{"state": state, "after": after, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("list withheld entries: %w", err)
	}
	return got, nil
}

// WithheldAmong returns which of the ids are entries that their states have taken
// out of the secretariat's sight; none to anybody else.
func WithheldAmong(ctx context.Context, q postgres.Queryer, ids []string) ([]string, error) {
	got, err := postgres.All[struct{ ID string }](ctx, q, `
		select id
		from withheld_entry
		where id = any (@ids::uuid[])`, pgx.StrictNamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("look for withheld entries: %w", err)
	}
	var out []string
	for _, w := range got {
		out = append(out, w.ID)
	}
	return out, nil
}

// SeesNamed reports whether by may see whom e, or a channel of it, names.
func (e Entry) SeesNamed(by access.Actor) bool {
	return by.May(access.SeeNamedStates, e.Subject())
}

var argumentName = regexp.MustCompile(`@([a-z_]+)`)

func argument(condition string) string { return argumentName.FindStringSubmatch(condition)[1] }
