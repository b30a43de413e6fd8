package suggestion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

const columns = `s.id, s.entry, s.noun, s.state, s.audience, s.pointer, s.text, s.from_state, s.from_role, s.from_account, s.made_at,
	s.status, s.answered_at, s.answered_role, s.answered_by, s.word, s.version,
	coalesce((select e.kind from entry e where e.id = s.entry), '') as kind,
	(select a.name from account a where a.id = s.from_account) as from_name,
	(select a.name from account a where a.id = s.answered_by) as answered_name`

// Get reads one suggestion, or returns a NotFound problem.
func Get(ctx context.Context, q postgres.Queryer, id string) (Suggestion, error) {
	got, err := postgres.One[Suggestion](ctx, q, `
		select `+columns+`
		from suggestion s
		where s.id = @id`, pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Suggestion{}, problem.Errorf(problem.NotFound, "there is no such suggestion")
	}
	if err != nil {
		return Suggestion{}, fmt.Errorf("get suggestion: %w", err)
	}
	return got, nil
}

// Filter says which suggestions are wanted; what is "" leaves out none.
type Filter struct {
	State  string // whose entry they are about
	Entry  string
	Status string
}

// After is a place in a list of suggestions: that of the last one seen.
type After struct {
	MadeAt time.Time
	ID     string
}

// List returns at most limit suggestions that follow after, newest first: of those
// that q's actor may see.
func List(ctx context.Context, q postgres.Queryer, f Filter, after After, limit int) ([]Suggestion, error) {
	where, args := []string{"true"}, pgx.StrictNamedArgs{"limit": limit}
	add := func(condition, name, value string) {
		if value != "" {
			where = append(where, condition)
			args[name] = value
		}
	}
	add(`s.state = @state`, "state", f.State)
	add(`s.entry = @entry`, "entry", f.Entry)
	add(`s.status = @status`, "status", f.Status)
	add(`(s.made_at, s.id) < (@made_at, @id::uuid)`, "id", after.ID)
	if after.ID != "" {
		args["made_at"] = after.MadeAt
	}
	got, err := postgres.All[Suggestion](ctx, q, `
		select `+columns+`
		from suggestion s
		where `+strings.Join(where, " and ")+`
		order by s.made_at desc, s.id desc
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list suggestions: %w", err)
	}
	return got, nil
}

// open returns how many suggestions of the actor's side are open about an entry,
// and in all.
func open(ctx context.Context, q postgres.Queryer, entry string) (onEntry, inAll int64, err error) {
	got, err := postgres.One[struct{ OnEntry, InAll int64 }](ctx, q, `
		select suggestions_open(@entry) as on_entry, suggestions_open(null) as in_all`, pgx.StrictNamedArgs{"entry": entry})
	if err != nil {
		return 0, 0, fmt.Errorf("count open suggestions: %w", err)
	}
	return got.OnEntry, got.InAll, nil
}

func insert(ctx context.Context, tx *register.Tx, s Suggestion) error {
	err := tx.ExecOne(ctx, `
		insert into suggestion (id, entry, noun, state, audience, pointer, text, from_state, from_role, from_account, made_at, status, version)
		values (@id, @entry, @noun, @state, @audience, @pointer, @text, @from_state, @from_role, @from_account, @made_at, @status, @version)`,
		pgx.StrictNamedArgs{
			"id": s.ID, "entry": s.Entry, "noun": s.Noun, "state": s.State, "audience": s.Audience, "pointer": s.Pointer, "text": s.Text,
			"from_state": s.FromState, "from_role": s.FromRole, "from_account": s.FromAccount, "made_at": s.MadeAt, "status": s.Status,
			"version": s.Version,
		})
	if err != nil {
		return fmt.Errorf("insert suggestion: %w", err)
	}
	return nil
}

func update(ctx context.Context, tx *register.Tx, s Suggestion) error {
	err := tx.ExecOne(ctx, `
		update suggestion
		set status = @status, word = @word, answered_at = @answered_at, answered_role = @answered_role, answered_by = @answered_by,
			version = @version
		where id = @id`,
		pgx.StrictNamedArgs{
			"id": s.ID, "status": s.Status, "word": s.Word, "answered_at": s.AnsweredAt, "answered_role": s.AnsweredRole,
			"answered_by": s.AnsweredBy, "version": s.Version,
		})
	if err != nil {
		return fmt.Errorf("update suggestion: %w", err)
	}
	return nil
}

// Verify checks that every suggestion is what the trail last recorded of it, and
// returns how many there are. The snapshot must be one that sees all.
func Verify(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[Suggestion](ctx, snap, `
		select `+columns+`
		from suggestion s
		order by s.id`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list suggestions: %w", err)
	}
	for _, s := range all {
		if err := register.Holds(ctx, snap, "suggestion", s.ID, s.parts()); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
