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

// Freeze says that a token neither reads nor writes for now, and why.
type Freeze struct {
	Token    string        `json:"token"`
	By       entry.Imposer `json:"by"` // lifts it
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

// Freeze stops a token for 24 hours: a head those of the own delegates, CERTs and
// partners; one of the secretariat anybody's, within bounds. A state's heads are
// each other's equals, so none freezes another's. The secretariat's own people
// are no exception, whichever co-chair they serve: a stolen token of theirs does
// the most harm. But nobody freezes the last with which a state or a co-chair
// can act, so a freeze can always be answered.
func (s *Store) Freeze(ctx context.Context, act register.Act, id string, sent register.Sent[FreezeInput]) (Freeze, error) {
	in := sent.Body
	return s.freezing(ctx, act, id, "frozen", sent.Err,
		func(tx *register.Tx, t known, was freeze) error {
			valid.Normalise(&in)
			if err := valid.Struct(&in); err != nil {
				return err
			}
			return mayBegin(ctx, tx, t, was)
		},
		func(tx *register.Tx, was freeze) freeze {
			was.Reason, was.Since, was.Until, was.LiftedAt = in.Reason, tx.At, tx.At.Add(FrozenFor), nil
			return was
		})
}

// Thaw ends a freeze before it lapses: whoever imposed it.
func (s *Store) Thaw(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (Freeze, error) {
	return s.freezing(ctx, act, id, "thawed", sent.Err,
		func(_ *register.Tx, _ known, was freeze) error {
			if !was.Holds {
				return problem.Errorf(problem.Conflict, "the %s has not frozen this token, or no longer: there is nothing to lift", was.By)
			}
			return nil
		},
		func(tx *register.Tx, was freeze) freeze {
			was.LiftedAt = &tx.At
			return was
		})
}

func (s *Store) freezing(ctx context.Context, act register.Act, id, name string, sent error,
	may func(*register.Tx, known, freeze) error, change func(*register.Tx, freeze) freeze,
) (Freeze, error) {
	var t known
	var was, is freeze
	check := func(tx *register.Tx) (err error) {
		if t, err = find(ctx, tx, act.By, id); err != nil {
			return err
		}
		by, err := mayFreeze(act.By, t)
		if err != nil {
			return err
		}
		if sent != nil {
			return sent
		}
		if was, err = freezeOf(ctx, tx, id, by); err != nil {
			return err
		}
		return may(tx, t, was)
	}
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		is = change(tx, was)
		if err := saveFreeze(ctx, tx, is.Freeze); err != nil {
			return err
		}
		c := register.Change{
			Act: name, Noun: "freeze", Key: id, State: text(t.State), For: access.ForSelected, AtOnce: true, After: []register.Part{is.part()},
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
		return entry.BySecretariat, by.Require(access.FreezeToken, access.Subject{State: text(t.State)})
	}
	if err := by.Require(access.FreezeToken, access.Subject{State: text(t.State)}); err != nil {
		return "", err
	}
	if t.Role == access.Head {
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

// known is what who freezes a token knows of it.
type known struct {
	ID    string
	State *string
	Role  access.Role // "" to the secretariat, which knows others' tokens from the trail alone
}

// find looks for a token that the actor may read; for the secretariat, for one
// that was issued according to the trail, whose rows it reads anyhow.
func find(ctx context.Context, q postgres.Queryer, by access.Actor, id string) (known, error) {
	got, err := postgres.One[known](ctx, q, `
		select t.id, t.state, t.role
		from token t
		where t.id = @id
		union all
		select @id, c.state, ''
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

// freeze is a freeze as it is kept: one for each token and imposer.
type freeze struct {
	Freeze
	Holds  bool // whether it has not lapsed, and was not lifted
	Recent bool // whether the secretariat may not begin another yet
}

const freezeColumns = `token, imposed_by as by, reason, since, until, lifted_at,
	lifted_at is null and until > now() as holds, since + interval '7 days' > now() as recent`

// freezeOf reads what somebody last imposed on a token; a freeze of no time if
// that is nothing.
func freezeOf(ctx context.Context, q postgres.Queryer, id string, by entry.Imposer) (freeze, error) {
	got, err := postgres.One[freeze](ctx, q, `
		select `+freezeColumns+`
		from token_freeze
		where token = @token and imposed_by = @by`, pgx.StrictNamedArgs{"token": id, "by": by})
	if errors.Is(err, pgx.ErrNoRows) {
		return freeze{Freeze: Freeze{Token: id, By: by}}, nil
	}
	if err != nil {
		return freeze{}, fmt.Errorf("read freeze: %w", err)
	}
	return got, nil
}

// Imposed returns what the actor's side last imposed on a token, or a NotFound
// problem.
func Imposed(ctx context.Context, q postgres.Queryer, by access.Actor, id string) (Freeze, error) {
	t, err := find(ctx, q, by, id)
	if err != nil {
		return Freeze{}, err
	}
	side, err := mayFreeze(by, t)
	if err != nil {
		return Freeze{}, err
	}
	got, err := freezeOf(ctx, q, id, side)
	return got.Freeze, err
}

func saveFreeze(ctx context.Context, tx *register.Tx, f Freeze) error {
	args := pgx.StrictNamedArgs{"token": f.Token, "by": f.By, "reason": f.Reason, "since": f.Since, "until": f.Until}
	sql := `
		insert into token_freeze (token, imposed_by, reason, since, until)
		values (@token, @by, @reason, @since, @until)
		on conflict (token, imposed_by) do update
		set reason = excluded.reason, since = excluded.since, until = excluded.until, lifted_at = null`
	if f.LiftedAt != nil {
		args = pgx.StrictNamedArgs{"token": f.Token, "by": f.By, "lifted_at": f.LiftedAt}
		sql = `update token_freeze set lifted_at = @lifted_at where token = @token and imposed_by = @by`
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
		select `+freezeColumns+` from token_freeze order by token, imposed_by`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list freezes: %w", err)
	}
	for _, f := range all {
		if err := register.HoldsPart(ctx, snap, "freeze", f.Token, f.part()); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
