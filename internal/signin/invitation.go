package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// How long an invitation stands, and how often its code may be wrong.
const (
	InvitationLasts     = 72 * time.Hour
	HeadInvitationLasts = 30 * 24 * time.Hour // its letter goes by way of a mission
	CodeTries           = 5
	codeLength          = 8 // 40 random bits, beside the 256 of the link
)

// Purpose is what an invitation is to.
type Purpose string

// The purposes.
const (
	ToJoin    Purpose = "join"    // to hold a role
	ToDevice  Purpose = "device"  // to be an office's duty device
	ToReenrol Purpose = "reenrol" // to set up anew how one signs in
)

// Invitation is an offer to whoever has its link and its code.
type Invitation struct {
	ID          string
	Account     string
	Name        string // of the person, or the office
	State       *string
	Purpose     Purpose
	Role        *access.Role // nil for one to enrol anew
	CoChair     *string
	Delegation  *string
	Email       *string // the sign-in name that it gives
	Language    string
	InvitedBy   *string // an account; nil for the operator, on the server
	ConfirmedBy *string
	CreatedAt   time.Time
	ExpiresAt   time.Time
	ConfirmedAt *time.Time // nil while a second person must agree
	WithdrawnAt *time.Time
	AcceptedAt  *time.Time
	Version     int64
}

// Status is where an invitation stands.
type Status string

// The statuses of an invitation.
const (
	Unconfirmed Status = "unconfirmed" // a second person must agree
	Waiting     Status = "waiting"
	Accepted    Status = "accepted"
	Withdrawn   Status = "withdrawn"
	Lapsed      Status = "lapsed"
	Void        Status = "void" // its code was wrong too often: somebody guesses, or the wrong code was sent
)

// Listed is an invitation as whoever may see it is shown it.
type Listed struct {
	Invitation
	Status Status
	Tries  int // how often its code was wrong
}

// Offer is a new invitation with what opens it. Neither is kept: send the link and
// the code apart from each other.
type Offer struct {
	Invitation Invitation
	Link       string // the secret part of the link
	Code       string
}

// InviteInput is what a head of delegation says of somebody of the own state.
type InviteInput struct {
	Name     string      `json:"name" validate:"required,max=200,line"`
	Email    string      `json:"email" validate:"required,max=254,mailbox"`
	Role     access.Role `json:"role" validate:"oneof=cert delegate partner"`
	Language string      `json:"language" validate:"oneof=en pl"`
}

// Appointment is a role offered to a person of whom only its giver says the rest.
type Appointment struct {
	Name       string `json:"name" validate:"required,max=200,line"`
	Email      string `json:"email" validate:"required,max=254,mailbox"`
	Language   string `json:"language" validate:"oneof=en pl"`
	Role       access.Role
	State      string // "" for none
	CoChair    string // for the secretariat
	Delegation string // for a state's roles
}

// Invite offers somebody a role in the head's own state.
func (s *Store) Invite(ctx context.Context, act register.Act, sent register.Sent[InviteInput]) (Offer, error) {
	if err := act.By.Require(access.ManagePeople, access.Subject{State: act.By.State}); err != nil {
		return Offer{}, err
	}
	if sent.Err != nil {
		return Offer{}, sent.Err
	}
	in := sent.Body
	valid.Normalise(&in)
	if err := valid.Struct(&in); err != nil {
		return Offer{}, err
	}
	return s.Appoint(ctx, act, Appointment{
		Name: in.Name, Email: in.Email, Language: in.Language, Role: in.Role, State: act.By.State, Delegation: act.By.Delegation,
	})
}

// Appoint offers a person a role: a head of delegation for the own state, two of
// the secretariat for heads, auditors and partners of no state, the operator for the
// secretariat.
func (s *Store) Appoint(ctx context.Context, act register.Act, a Appointment) (Offer, error) {
	check := func(tx *register.Tx) error {
		if err := mayGive(act, a.Role, a.State); err != nil {
			return err
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		valid.Normalise(&a)
		if err := valid.Struct(&a); err != nil {
			return err
		}
		return s.mayJoin(ctx, tx, a)
	}
	lasts := InvitationLasts
	if a.Role == access.Head {
		lasts = HeadInvitationLasts
	}
	return s.offer(ctx, act, check, lasts, func(tx *register.Tx, i *Invitation) (err error) {
		i.Purpose, i.Name, i.State, i.Role = ToJoin, a.Name, orNull(a.State), &a.Role
		i.CoChair, i.Delegation, i.Language = orNull(a.CoChair), orNull(a.Delegation), a.Language
		email := foldEmail(a.Email)
		i.Email = &email
		i.Account, err = account.OwnerIn(ctx, tx, a.State, "person", a.Name)
		if err != nil {
			return err
		}
		if err := account.EndStaleIn(ctx, tx, i.grant()); err != nil {
			return err
		}
		return i.bringsNoMore(ctx, tx)
	})
}

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

// mayGive says whose a role is to give and to take: as account's tokens are.
func mayGive(act register.Act, role access.Role, state string) error {
	switch {
	case role == access.Secretariat:
		return act.By.Require(access.AppointSecretariat, access.Subject{})
	case role == access.Head:
		return act.By.RequireTogether(act.With, access.OpenDelegation)
	case state == "" && slices.Contains([]access.Role{access.Partner, access.Auditor}, role):
		return act.By.RequireTogether(act.With, access.AdmitStateless)
	case slices.Contains([]access.Role{access.Cert, access.Delegate, access.Partner}, role):
		return act.By.Require(access.ManagePeople, access.Subject{State: state})
	default:
		return problem.Errorf(problem.Forbidden, "nobody appoints a %s", role)
	}
}

// strong refuses unless all who act have just signed in.
func strong(ctx context.Context, q postgres.Queryer, act register.Act) error {
	for _, who := range []access.Actor{act.By, act.With} {
		if err := account.Strong(ctx, q, who); err != nil {
			return err
		}
	}
	return nil
}

// mayJoin refuses what could not be accepted.
func (s *Store) mayJoin(ctx context.Context, q postgres.Queryer, a Appointment) error {
	got, err := postgres.One[struct{ Taken, Joined, Over bool }](ctx, q, `
		select email_is_taken(@email) as taken,
			exists (
				select from account a
				join person p on p.account = a.id
				where a.state is not distinct from @state and a.name = @name and p.disabled_at is null) as joined,
			@official and not exists (
				select from delegation d where d.id = @delegation::uuid and d.state = @state and d.status = 'open') as over`,
		pgx.StrictNamedArgs{
			"email": foldEmail(a.Email), "state": orNull(a.State), "name": a.Name, "delegation": orNull(a.Delegation),
			"official": slices.Contains([]access.Role{access.Cert, access.Delegate, access.Head}, a.Role),
		})
	switch {
	case err != nil:
		return fmt.Errorf("look for person: %w", err)
	case got.Over:
		return problem.Errorf(problem.Conflict, "the state has no such delegation that is open: open one first")
	case got.Joined:
		return problem.Errorf(problem.Conflict, "this person signs in already: grant them the role, or let them enrol anew")
	case got.Taken:
		return problem.Errorf(problem.Conflict, "somebody signs in with this e-mail address: choose another of theirs")
	default:
		return nil
	}
}

// offer makes an invitation through the door.
func (s *Store) offer(ctx context.Context, act register.Act, check func(*register.Tx) error, lasts time.Duration,
	fill func(*register.Tx, *Invitation) error,
) (Offer, error) {
	if act.By.Account != "" {
		if err := s.take(ctx, budget{"invite " + act.By.Account, perInviter}); err != nil {
			return Offer{}, err
		}
	}
	out := Offer{Link: newSecret(), Code: randomCode(codeLength)}
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		i := Invitation{
			ID: uuid.NewString(), InvitedBy: orNull(act.By.Account), ConfirmedBy: orNull(act.With.Account),
			CreatedAt: tx.At, ExpiresAt: tx.At.Add(lasts), ConfirmedAt: &tx.At, Version: tx.Version,
		}
		if err := fill(tx, &i); err != nil {
			return err
		}
		if err := insertInvitation(ctx, tx, i); err != nil {
			return err
		}
		err := tx.Exec(ctx, `
			insert into invitation_secret (invitation, link_hash, code_hash) values (@id, @link, @code)`,
			pgx.StrictNamedArgs{"id": i.ID, "link": digest(out.Link), "code": codeHash(out.Link, out.Code)})
		if err != nil {
			return fmt.Errorf("insert invitation's secret: %w", err)
		}
		out.Invitation = i
		return tx.Changed(invitationChange("invited", nil, i))
	})
	if err != nil {
		return Offer{}, err
	}
	out.Code = out.Code[:codeLength/2] + "-" + out.Code[codeLength/2:]
	return out, nil
}

// codeHash is what is kept of a code. It is short: without the link, of which only a
// hash is kept too, it cannot be guessed from that.
func codeHash(link, code string) []byte { return digest(link + " " + code) }

func (i Invitation) grant() account.Grant {
	return account.Grant{Account: i.Account, Role: *i.Role, State: text(i.State), CoChair: text(i.CoChair), Delegation: text(i.Delegation)}
}

// Withdraw ends an invitation that nobody has accepted: whoever may make such a one.
func (s *Store) Withdraw(ctx context.Context, act register.Act, id string) (Invitation, error) {
	var before Invitation
	check := func(tx *register.Tx) (err error) {
		if before, err = getInvitation(ctx, tx, id); err != nil {
			return err
		}
		if err := mayWithdraw(act, before); err != nil {
			return err
		}
		return before.open()
	}
	return s.change(ctx, act, check, "withdrawn", func(tx *register.Tx) Invitation {
		after := before
		after.WithdrawnAt = &tx.At
		return after
	}, &before)
}

func mayWithdraw(act register.Act, i Invitation) error {
	if i.Purpose == ToReenrol {
		return mayReenrol(act, text(i.State))
	}
	return mayGive(act, *i.Role, text(i.State))
}

// open refuses an invitation that has ended.
func (i Invitation) open() error {
	switch {
	case i.WithdrawnAt != nil:
		return problem.Errorf(problem.Conflict, "the invitation was withdrawn: ask who invited you for another")
	case i.AcceptedAt != nil:
		return problem.Errorf(problem.Conflict, "the invitation was accepted already: sign in")
	default:
		return nil
	}
}

// change carries out what happens to an invitation, and tells the trail.
func (s *Store) change(ctx context.Context, act register.Act, check func(*register.Tx) error, name string,
	to func(*register.Tx) Invitation, before *Invitation,
) (after Invitation, err error) {
	err = s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		after = to(tx)
		after.Version = tx.Version
		if err := updateInvitation(ctx, tx, after); err != nil {
			return err
		}
		return tx.Changed(invitationChange(name, before, after))
	})
	return after, err
}

// Invitations returns the invitations that the actor may see, the latest first: a
// head those to the own state, two of the secretariat all.
func (s *Store) Invitations(ctx context.Context, by access.Actor) ([]Listed, error) {
	var all []Invitation
	err := s.register.Read(ctx, by, func(snap *register.Snapshot) (err error) {
		all, err = postgres.All[Invitation](ctx, snap, `
			select `+invitationColumns+`
			from invitation i
			join account a on a.id = i.account
			order by i.created_at desc, i.id`, pgx.StrictNamedArgs{})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return s.standing(ctx, all)
}

// standing looks up, in the registry's name, how often the codes of invitations
// were wrong.
func (s *Store) standing(ctx context.Context, all []Invitation) ([]Listed, error) {
	ids := make([]string, len(all))
	for n, i := range all {
		ids[n] = i.ID
	}
	type tried struct {
		Invitation string
		Tries      int
		VoidedAt   *time.Time
	}
	of := map[string]tried{}
	err := s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		rows, err := postgres.All[tried](ctx, snap, `
			select invitation, tries, voided_at from invitation_secret where invitation = any (@ids::uuid[])`,
			pgx.StrictNamedArgs{"ids": ids})
		for _, r := range rows {
			of[r.Invitation] = r
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up invitations' tries: %w", err)
	}
	listed := make([]Listed, len(all))
	for n, i := range all {
		listed[n] = Listed{Invitation: i, Status: i.status(of[i.ID].VoidedAt != nil, s.now()), Tries: of[i.ID].Tries}
	}
	return listed, nil
}

func (i Invitation) status(void bool, now time.Time) Status {
	switch {
	case i.AcceptedAt != nil:
		return Accepted
	case i.WithdrawnAt != nil:
		return Withdrawn
	case void:
		return Void
	case !now.Before(i.ExpiresAt):
		return Lapsed
	case i.ConfirmedAt == nil:
		return Unconfirmed
	default:
		return Waiting
	}
}

const invitationColumns = `i.id, i.account, a.name, i.state, i.purpose, i.role, i.co_chair, i.delegation, i.email, i.language,
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
		insert into invitation (id, account, state, purpose, role, co_chair, delegation, email, language,
			invited_by, confirmed_by, created_at, expires_at, confirmed_at, version)
		values (@id, @account, @state, @purpose, @role, @co_chair, @delegation, @email, @language,
			@invited_by, @confirmed_by, @created_at, @expires_at, @confirmed_at, @version)`,
		pgx.StrictNamedArgs{
			"id": i.ID, "account": i.Account, "state": i.State, "purpose": i.Purpose, "role": i.Role, "co_chair": i.CoChair,
			"delegation": i.Delegation, "email": i.Email, "language": i.Language, "invited_by": i.InvitedBy, "confirmed_by": i.ConfirmedBy,
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
