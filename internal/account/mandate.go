package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Overseer is somebody of the secretariat, as all participants may know them.
type Overseer struct {
	Name    string
	CoChair string
}

// Admitted is who acts without belonging to a state, or did.
type Admitted struct {
	ID            string // the role's
	Role          access.Role
	Kind          string // person or system
	Name          string
	Basis         *string // nil, with its dates, of who was admitted before there were mandates
	Since         *time.Time
	Until         *time.Time
	EndedAt       *time.Time // when two ended it
	AdmittedAt    time.Time
	FirstName     *string // who asked for it; nil if that was not recorded
	FirstCoChair  *string
	SecondName    *string // who agreed
	SecondCoChair *string
	Version       int64
}

// By returns who admitted them: nobody if that was not recorded.
func (a Admitted) By() []Overseer {
	return Overseers([]*string{a.FirstName, a.FirstCoChair}, []*string{a.SecondName, a.SecondCoChair})
}

// Overseers are those whose name and co-chair are known.
func Overseers(all ...[]*string) (by []Overseer) {
	for _, one := range all {
		if one[0] != nil && one[1] != nil {
			by = append(by, Overseer{Name: *one[0], CoChair: *one[1]})
		}
	}
	return by
}

// AdmittedAfter is a place in a list of who was admitted: that of the last one seen.
type AdmittedAfter struct {
	AdmittedAt time.Time
	ID         string
}

const admittedColumns = `id, role, kind, name, basis, since, until, ended_at, admitted_at, first_name, first_co_chair,
	second_name, second_co_chair, version`

// ListAdmitted returns at most limit of who was admitted, that follow after, the latest
// first, those whose mandate is over among them.
func ListAdmitted(ctx context.Context, q postgres.Queryer, role access.Role, after AdmittedAfter, limit int) ([]Admitted, error) {
	args := pgx.StrictNamedArgs{"role": role, "limit": limit}
	where := `(@role = '' or role = @role)`
	if after.ID != "" {
		where += ` and (admitted_at, id) < (@admitted_at, @id::uuid)`
		args["admitted_at"], args["id"] = after.AdmittedAt, after.ID
	}
	got, err := postgres.All[Admitted](ctx, q, `
		select `+admittedColumns+`
		from mandate_list()
		where `+where+`
		order by admitted_at desc, id desc
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list mandates: %w", err)
	}
	return got, nil
}

// GetAdmitted reads one of who was admitted, or returns a NotFound problem.
func GetAdmitted(ctx context.Context, q postgres.Queryer, id string) (Admitted, error) {
	got, err := postgres.One[Admitted](ctx, q, `
		select `+admittedColumns+`
		from mandate_list()
		where id = @id::uuid`, pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Admitted{}, problem.Errorf(problem.NotFound, "there is no such mandate")
	}
	if err != nil {
		return Admitted{}, fmt.Errorf("get mandate: %w", err)
	}
	return got, nil
}

// ExtendIn moves the end of a mandate, and tells the trail. Who may, and whether it
// stands, is the caller's to check.
func ExtendIn(ctx context.Context, tx *register.Tx, before Role, until time.Time) (Role, error) {
	err := tx.ExecOne(ctx, `
		update role_grant
		set until = @until, version = @version
		where id = @id and revoked_at is null`,
		pgx.StrictNamedArgs{"id": before.ID, "until": until, "version": tx.Version})
	if err != nil {
		return Role{}, fmt.Errorf("extend mandate: %w", err)
	}
	after := before
	after.Until, after.Version = &until, tx.Version
	return after, tx.Changed(roleChange("extended", &before, after))
}

// HeldIn returns the role that an account holds now: a NotFound problem if it does not.
func HeldIn(ctx context.Context, q postgres.Queryer, account string, role access.Role) (Role, error) {
	held, err := RolesOf(ctx, q, account)
	if err != nil {
		return Role{}, err
	}
	for _, r := range held {
		if r.Role == role {
			return r, nil
		}
	}
	return Role{}, problem.Errorf(problem.NotFound, "there is no such role")
}

// PickUpIn makes a token for reading, in the registry's name, for whoever was admitted,
// and tells the trail. It returns its secret, which is kept nowhere. The token outlasts its
// mandate where that is shorter than a year, so that it goes on if the mandate does.
func PickUpIn(ctx context.Context, tx *register.Tx, held Role, audiences []access.Audience) (Token, string, error) {
	secret, err := newSecret()
	if err != nil {
		return Token{}, "", err
	}
	token, err := insertToken(ctx, tx, held.ID, Appointment{Label: "picked up", Audiences: audiences, ExpiresAt: tx.At.Add(LongestLife)}, secret)
	if err != nil {
		return Token{}, "", err
	}
	return token, secret, tx.Changed(change("issued", nil, token))
}
