package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

const invitationColumns = `i.id, i.account, a.name, i.state, i.purpose, i.role, i.co_chair, i.delegation, i.kinds, i.email, i.language, i.audiences,
	i.invited_by, i.confirmed_by, i.created_at, i.expires_at, i.confirmed_at, i.withdrawn_at, i.accepted_at, i.version`

func getInvitation(ctx context.Context, q postgres.Queryer, id string) (Invitation, error) {
	got, err := postgres.One[Invitation](ctx, q, `
		select `+invitationColumns+`
		from invitation i
		join account a on a.id = i.account
		where i.id::text = @id`, pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Invitation{}, ErrInvitation
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("get invitation: %w", err)
	}
	return got, nil
}

func insertInvitation(ctx context.Context, tx *register.Tx, i Invitation) error {
	err := tx.Exec(ctx, `
		insert into invitation (id, account, state, purpose, role, co_chair, delegation, kinds, email, language, audiences,
			invited_by, confirmed_by, created_at, expires_at, confirmed_at, version)
		values (@id, @account, @state, @purpose, @role, @co_chair, @delegation, @kinds, @email, @language, @audiences,
			@invited_by, @confirmed_by, @created_at, @expires_at, @confirmed_at, @version)`,
		pgx.StrictNamedArgs{
			"id": i.ID, "account": i.Account, "state": i.State, "purpose": i.Purpose, "role": i.Role, "co_chair": i.CoChair,
			"delegation": i.Delegation, "kinds": i.Kinds, "email": i.Email, "language": i.Language, "audiences": i.Audiences, "invited_by": i.InvitedBy, "confirmed_by": i.ConfirmedBy,
			"created_at": i.CreatedAt, "expires_at": i.ExpiresAt, "confirmed_at": i.ConfirmedAt, "version": i.Version,
		})
	if err != nil {
		return fmt.Errorf("insert invitation: %w", err)
	}
	return nil
}

func updateInvitation(ctx context.Context, tx *register.Tx, i Invitation) error {
	err := tx.ExecOne(ctx, `
		update invitation
		set confirmed_by = @confirmed_by, confirmed_at = @confirmed_at, withdrawn_at = @withdrawn_at, accepted_at = @accepted_at,
			version = @version
		where id = @id`,
		pgx.StrictNamedArgs{
			"id": i.ID, "confirmed_by": i.ConfirmedBy, "confirmed_at": i.ConfirmedAt, "withdrawn_at": i.WithdrawnAt,
			"accepted_at": i.AcceptedAt, "version": i.Version,
		})
	if err != nil {
		return fmt.Errorf("update invitation: %w", err)
	}
	return nil
}
