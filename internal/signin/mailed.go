package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Mailable returns an invitation, and the address that its link may be mailed to
// now: "" if it may not, because it cannot be accepted yet or any longer, or is for
// an office that has no address.
func (s *Store) Mailable(ctx context.Context, q postgres.Queryer, id string) (i Invitation, to string, err error) {
	if i, err = getInvitation(ctx, q, id); err != nil {
		return Invitation{}, "", err
	}
	got, err := postgres.One[struct {
		Email *string
		Opens bool
	}](ctx, q, `
		select coalesce(i.email, (
				select p.email from person p where p.account = i.account and i.purpose = 'reenrol' and p.disabled_at is null)) as email,
			exists (
				select from invitation_secret x
				where x.invitation = i.id and x.voided_at is null and x.code_slow is not null) as opens
		from invitation i
		where i.id = @id`, pgx.StrictNamedArgs{"id": i.ID})
	if err != nil {
		return Invitation{}, "", fmt.Errorf("look up where to send an invitation: %w", err)
	}
	if i.open() != nil || i.ready(s.now()) != nil || !got.Opens {
		return i, "", nil
	}
	return i, text(got.Email), nil
}

// MakeLink makes a link of its own for a mail with an invitation, and returns its
// secret part, of which a hash is kept. The links before go on opening it: which of
// several mails arrived, nobody knows.
func (s *Store) MakeLink(ctx context.Context, id string) (string, error) {
	link := newSecret()
	err := s.beside(ctx, func(tx *register.Aside) error {
		return tx.Exec(ctx, `insert into invitation_link (link_hash, invitation, made_at) values (@link, @id, @now)`,
			pgx.StrictNamedArgs{"link": digest(link), "id": id, "now": s.now()})
	})
	if err != nil {
		return "", fmt.Errorf("make link: %w", err)
	}
	return link, nil
}

// tryMailed compares the code of an invitation that was opened by a mailed link. It
// counts a try before it compares, which takes a while, and takes it back if the
// code was right: many at once are no more tries than five.
func (s *Store) tryMailed(ctx context.Context, id, code string) (string, error) {
	var slow *string
	err := s.beside(ctx, func(tx *register.Aside) (err error) {
		slow, err = postgres.Scalar[*string](ctx, tx, `
			update invitation_secret
			set tries = tries + 1
			where invitation = @id and voided_at is null and tries < @most
			returning code_slow`, pgx.StrictNamedArgs{"id": id, "most": CodeTries})
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", errVoid
	}
	if err != nil {
		return "", fmt.Errorf("count a try: %w", err)
	}
	// Who has such a link is no stranger: it cannot be guessed.
	right, err := s.hasher.matches(ctx, true, code, slow)
	sql, args := `update invitation_secret set voided_at = @now where invitation = @id and voided_at is null and tries >= @most`,
		pgx.StrictNamedArgs{"id": id, "now": s.now(), "most": CodeTries}
	if right || err != nil {
		sql, args = `update invitation_secret set tries = tries - 1 where invitation = @id and voided_at is null`, pgx.StrictNamedArgs{"id": id}
	}
	failed := s.beside(ctx, func(tx *register.Aside) error { return tx.Exec(ctx, sql, args) })
	switch {
	case err != nil || failed != nil:
		return "", errors.Join(err, failed)
	case !right:
		return "", ErrCode
	default:
		return id, nil
	}
}

var errVoid = problem.Errorf(problem.Conflict, "the invitation is void, because its code was wrong too often: ask who invited you for another")
