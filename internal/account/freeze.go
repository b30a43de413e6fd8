package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// FrozenFor is how long a freeze lasts unless it is lifted before.
const FrozenFor = 24 * time.Hour

// FreezeAgainAfter is how long after a freeze of a token began the secretariat
// may freeze that token again. One person of it freezes alone, because a stolen
// token does not wait for two; within the 24 hours two can contest the delegation
// and its head can revoke the token. Who could repeat it would silence a state
// alone.
const FreezeAgainAfter = 7 * 24 * time.Hour

// Freeze says that a token, or all that is somebody's, does nothing for now, and why.
type Freeze struct {
	Of       string        `json:"of"`     // the token, or the account
	Person   bool          `json:"person"` // whether it is of an account
	By       entry.Imposer `json:"by"`     // lifts it
	Reason   string        `json:"reason"`
	Since    time.Time     `json:"since"`
	Until    time.Time     `json:"until"`
	LiftedAt *time.Time    `json:"lifted_at"`
}

// FrozenUntil returns when t works again; nil if it is not frozen.
func (t Token) FrozenUntil() (until *time.Time) {
	for _, f := range t.Freezes {
		if until == nil || f.Until.After(*until) {
			until = &f.Until
		}
	}
	return until
}

// FreezeInput is what somebody who freezes a token says.
type FreezeInput struct {
	Reason string `json:"reason" validate:"required,max=500,line"`
}

// frozen is a sort of what is frozen, and its rules.
type frozen struct {
	table, column string // where its freezes are kept
	person        bool
	find          func(context.Context, postgres.Queryer, access.Actor, string) (known, error)
	may           func(access.Actor, known) (entry.Imposer, error)
	begin         func(context.Context, postgres.Queryer, known, freeze) error
}

// tokens are frozen one by one.
var tokens = frozen{table: "token_freeze", column: "token", find: find, may: mayFreeze, begin: mayBegin}

// Freeze stops a token for 24 hours: a head those of the own delegates, CERTs and
// partners; one of the secretariat anybody's, within bounds. A state's heads are
// each other's equals, so none freezes another's. The secretariat's own people
// are no exception, whichever co-chair they serve: a stolen token of theirs does
// the most harm. But nobody freezes the last with which a state or a co-chair
// can act, so a freeze can always be answered.
func (s *Store) Freeze(ctx context.Context, act register.Act, id string, sent register.Sent[FreezeInput]) (Freeze, error) {
	return s.freeze(ctx, act, tokens, id, sent)
}

// Thaw ends a freeze of a token before it lapses: whoever imposed it.
func (s *Store) Thaw(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (Freeze, error) {
	return s.thaw(ctx, act, tokens, id, sent)
}

func (s *Store) freeze(ctx context.Context, act register.Act, of frozen, id string, sent register.Sent[FreezeInput]) (Freeze, error) {
	in := sent.Body
	return s.freezing(ctx, act, of, id, "frozen", sent.Err,
		func(tx *register.Tx, k known, was freeze) error {
			valid.Normalise(&in)
			if err := valid.Struct(&in); err != nil {
				return err
			}
			return of.begin(ctx, tx, k, was)
		},
		func(tx *register.Tx, was freeze) freeze {
			was.Reason, was.Since, was.Until, was.LiftedAt = in.Reason, tx.At, tx.At.Add(FrozenFor), nil
			return was
		})
}

func (s *Store) thaw(ctx context.Context, act register.Act, of frozen, id string, sent register.Sent[entry.Nothing]) (Freeze, error) {
	return s.freezing(ctx, act, of, id, "thawed", sent.Err,
		func(_ *register.Tx, _ known, was freeze) error {
			switch {
			case was.Holds:
				return nil
			case of.person:
				return problem.Errorf(problem.Conflict, "the %s has not frozen this person, or no longer: there is nothing to lift", was.By)
			default:
				return problem.Errorf(problem.Conflict, "the %s has not frozen this token, or no longer: there is nothing to lift", was.By)
			}
		},
		func(tx *register.Tx, was freeze) freeze {
			was.LiftedAt = &tx.At
			return was
		})
}

func (s *Store) freezing(ctx context.Context, act register.Act, of frozen, id, name string, sent error,
	may func(*register.Tx, known, freeze) error, change func(*register.Tx, freeze) freeze,
) (Freeze, error) {
	var k known
	var was, is freeze
	check := func(tx *register.Tx) (err error) {
		if k, err = of.find(ctx, tx, act.By, id); err != nil {
			return err
		}
		by, err := of.may(act.By, k)
		if err != nil {
			return err
		}
		if of.person {
			if err := register.Strong(ctx, tx, act.By); err != nil {
				return err
			}
		}
		if sent != nil {
			return sent
		}
		if was, err = of.last(ctx, tx, k.ID, by); err != nil {
			return err
		}
		return may(tx, k, was)
	}
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		is = change(tx, was)
		if err := of.save(ctx, tx, is.Freeze); err != nil {
			return err
		}
		c := register.Change{
			Act: name, Noun: "freeze", Key: k.ID, State: text(k.State), For: access.ForSelected, AtOnce: true, After: []register.Part{is.part()},
		}
		if !was.Since.IsZero() {
			c.Before = []register.Part{was.part()}
		}
		return tx.Changed(c)
	})
	return is.Freeze, err
}

// mayFreeze says in whose name an actor freezes a token, or thaws it.
func mayFreeze(by access.Actor, t known) (entry.Imposer, error) {
	if by.Role == access.Secretariat {
		return entry.BySecretariat, by.Require(access.FreezeCredential, access.Subject{State: text(t.State)})
	}
	if err := by.Require(access.FreezeCredential, access.Subject{State: text(t.State)}); err != nil {
		return "", err
	}
	if t.Head {
		return "", problem.Errorf(problem.Forbidden, "a head of delegation's token is the secretariat's to freeze")
	}
	return entry.ByState, nil
}

// mayBegin returns a Conflict problem if a freeze cannot begin now.
func mayBegin(ctx context.Context, q postgres.Queryer, t known, was freeze) error {
	got, err := postgres.One[struct{ Ended, Spared bool }](ctx, q, `
		select credential_stands(@id) = 'no' as ended, token_can_be_spared(@id) as spared`, pgx.StrictNamedArgs{"id": t.ID})
	switch {
	case err != nil:
		return fmt.Errorf("ask whether the token may be frozen: %w", err)
	case got.Ended:
		return problem.Errorf(problem.Conflict, "the token was revoked or has expired: there is nothing to freeze")
	case was.By != entry.BySecretariat:
		return nil
	case was.Recent:
		return problem.Errorf(problem.Conflict, "the secretariat froze this token lately, and may again from %s on: what cannot wait takes two of it, who contest the delegation",
			was.Since.Add(FreezeAgainAfter).UTC().Format(time.RFC3339))
	case !got.Spared:
		return problem.Errorf(problem.Conflict, "nobody could act for the state, or the co-chair, without this token: two of the secretariat can contest a delegation, and the operator can revoke the token")
	default:
		return nil
	}
}

// known is what who freezes something knows of it.
type known struct {
	ID    string
	State *string
	Head  bool // whether it is a head of delegation's; of a token, the secretariat does not know
}

// find looks for a token that the actor may read; for the secretariat, for one
// that was issued according to the trail, whose rows it reads anyhow.
func find(ctx context.Context, q postgres.Queryer, by access.Actor, id string) (known, error) {
	got, err := postgres.One[known](ctx, q, `
		select t.id, t.state, t.role = 'head_of_delegation' as head
		from token t
		where t.id = @id
		union all
		select @id, c.state, false
		from trail_change c
		where c.noun = 'token' and c.key = @id::text and c.act = 'issued' and @secretariat
		limit 1`,
		pgx.StrictNamedArgs{"id": id, "secretariat": by.Role == access.Secretariat})
	if errors.Is(err, pgx.ErrNoRows) {
		return known{}, errNotThere
	}
	if err != nil {
		return known{}, fmt.Errorf("look for a token: %w", err)
	}
	return got, nil
}

// freeze is a freeze as it is kept: one for each imposer.
type freeze struct {
	Freeze
	Holds  bool // whether it has not lapsed, and was not lifted
	Recent bool // whether the secretariat may not begin another yet
}

const freezeColumns = `imposed_by as by, reason, since, until, lifted_at,
	lifted_at is null and until > now() as holds, since + interval '7 days' > now() as recent`

// last reads what somebody last imposed on something; a freeze of no time if that is
// nothing.
func (of frozen) last(ctx context.Context, q postgres.Queryer, id string, by entry.Imposer) (freeze, error) {
	got, err := postgres.One[freeze](ctx, q, `
		select `+of.column+` as of, @person::bool as person, `+freezeColumns+`
		from `+of.table+`
		where `+of.column+` = @id and imposed_by = @by`, pgx.StrictNamedArgs{"id": id, "by": by, "person": of.person})
	if errors.Is(err, pgx.ErrNoRows) {
		return freeze{Freeze: Freeze{Of: id, Person: of.person, By: by}}, nil
	}
	if err != nil {
		return freeze{}, fmt.Errorf("read freeze: %w", err)
	}
	return got, nil
}

// Imposed returns what the actor's side last imposed on a token, or on a person, or a
// NotFound problem.
func Imposed(ctx context.Context, q postgres.Queryer, by access.Actor, id string) (Freeze, error) {
	of := tokens
	k, err := of.find(ctx, q, by, id)
	if problem.Is(err, problem.NotFound) {
		of = people
		k, err = of.find(ctx, q, by, id)
	}
	if err != nil {
		return Freeze{}, err
	}
	side, err := of.may(by, k)
	if err != nil {
		return Freeze{}, err
	}
	got, err := of.last(ctx, q, k.ID, side)
	return got.Freeze, err
}

func (of frozen) save(ctx context.Context, tx *register.Tx, f Freeze) error {
	args := pgx.StrictNamedArgs{"id": f.Of, "by": f.By, "reason": f.Reason, "since": f.Since, "until": f.Until}
	sql := `
		insert into ` + of.table + ` (` + of.column + `, imposed_by, reason, since, until)
		values (@id, @by, @reason, @since, @until)
		on conflict (` + of.column + `, imposed_by) do update
		set reason = excluded.reason, since = excluded.since, until = excluded.until, lifted_at = null`
	if f.LiftedAt != nil {
		args = pgx.StrictNamedArgs{"id": f.Of, "by": f.By, "lifted_at": f.LiftedAt}
		sql = `update ` + of.table + ` set lifted_at = @lifted_at where ` + of.column + ` = @id and imposed_by = @by`
	}
	if err := tx.ExecOne(ctx, sql, args); err != nil {
		return fmt.Errorf("save freeze: %w", err)
	}
	return nil
}

// part is what the trail commits to of a freeze. Each imposer's is told apart by
// its name; its readers are the state's own people and the auditor.
func (f freeze) part() register.Part {
	var lifted *time.Time
	if f.LiftedAt != nil {
		at := f.LiftedAt.UTC()
		lifted = &at
	}
	return register.Part{Name: "freeze:" + string(f.By), For: access.ForSelected, Content: struct {
		By       entry.Imposer `json:"by"`
		Reason   string        `json:"reason"`
		Since    time.Time     `json:"since"`
		Until    time.Time     `json:"until"`
		LiftedAt *time.Time    `json:"lifted_at"`
	}{f.By, f.Reason, f.Since.UTC(), f.Until.UTC(), lifted}}
}

// VerifyFreezes checks that every freeze is what the trail last recorded of it,
// and returns how many there are. The snapshot must be one that sees all.
func VerifyFreezes(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[freeze](ctx, snap, `
		select token as of, false as person, `+freezeColumns+` from token_freeze
		union all
		select account, true, `+freezeColumns+` from person_freeze
		order by 1, 3`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list freezes: %w", err)
	}
	for _, f := range all {
		if err := register.HoldsPart(ctx, snap, "freeze", f.Of, f.part()); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
