package signin

import (
	"context"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
)

// errOthers is that an account holds what its inviter does not give.
var errOthers = problem.Errorf(problem.Conflict, "the account of this name holds a role that others give: choose another name, or ask them to invite")

// bringsNoMore refuses an invitation to an account that holds a role which is not its
// inviter's to give: whoever accepts acts in all of the account's.
func (i Invitation) bringsNoMore(ctx context.Context, q postgres.Queryer) error {
	held, err := account.RolesOf(ctx, q, i.Account)
	if err != nil {
		return err
	}
	for _, r := range held {
		if giverOf(r.Role, r.State) != i.giver() {
			return errOthers
		}
	}
	return nil
}

// giver is who gives a role.
type giver string

const (
	byHead     giver = "a head of delegation"
	byTwo      giver = "two of the secretariat"
	byOperator giver = "the operator"
)

func giverOf(role access.Role, state *string) giver {
	switch {
	case role == access.Secretariat:
		return byOperator
	case role == access.Head || state == nil:
		return byTwo
	default:
		return byHead
	}
}

// giver is whose an invitation is to make. One that waited for a second person was a
// head's.
func (i Invitation) giver() giver {
	switch {
	case i.Role != nil:
		return giverOf(*i.Role, i.State)
	case i.ConfirmedAt == nil || !i.ConfirmedAt.Equal(i.CreatedAt):
		return byHead
	case i.InvitedBy == nil:
		return byOperator
	default:
		return byTwo
	}
}
