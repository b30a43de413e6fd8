package signin

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	Role     access.Role `json:"role" validate:"oneof=cert delegate"`
	Language string      `json:"language" validate:"oneof=en pl"`
	Kinds    []string    `json:"kinds,omitempty"`
}

// Appointment is a role offered to a person of whom only its giver says the rest.
type Appointment struct {
	Name       string `json:"name" validate:"required,max=200,line"`
	Email      string `json:"email" validate:"required,max=254,mailbox"`
	Language   string `json:"language" validate:"oneof=en pl"`
	Role       access.Role
	State      string   // "" for none
	CoChair    string   // for the secretariat
	Delegation string   // for a state's roles
	Kinds      []string // of contact that a delegate's role is limited to; none is no limit
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
		Kinds: in.Kinds,
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
		if err := account.Limitable(a.Role, a.Kinds); err != nil {
			return err
		}
		return s.mayJoin(ctx, tx, a)
	}
	return s.offer(ctx, act, check, lasts(a.Role), func(tx *register.Tx, i *Invitation) error { return i.toJoin(ctx, tx, a) })
}

// lasts is how long an invitation to a role stands.
func lasts(role access.Role) time.Duration {
	if role == access.Head || role == access.Auditor {
		return HeadInvitationLasts
	}
	return InvitationLasts
}

// toJoin fills in an invitation to hold a role, for the account of its name.
func (i *Invitation) toJoin(ctx context.Context, tx *register.Tx, a Appointment) (err error) {
	i.Purpose, i.Name, i.State, i.Role = ToJoin, a.Name, orNull(a.State), &a.Role
	i.CoChair, i.Delegation, i.Kinds, i.Language = orNull(a.CoChair), orNull(a.Delegation), account.Limit(a.Kinds), a.Language
	email := foldEmail(a.Email)
	i.Email = &email
	i.Account, err = account.OwnerIn(ctx, tx, a.State, "person", a.Name)
	if err != nil {
		return err
	}
	if err := account.EndStaleIn(ctx, tx, i.grant()); err != nil {
		return err
	}
	if err := account.SameKinds(ctx, tx, i.grant()); err != nil {
		return err
	}
	return i.bringsNoMore(ctx, tx)
}

// mayGive says whose a role is to give and to take: as account's tokens are.
func mayGive(act register.Act, role access.Role, state string) error {
	switch {
	case role == access.Secretariat:
		return act.By.Require(access.AppointSecretariat, access.Subject{})
	case role == access.Head:
		return act.By.RequireTogether(act.With, access.OpenDelegation)
	case role == access.Auditor:
		return act.By.RequireTogether(act.With, access.AdmitStateless)
	case slices.Contains([]access.Role{access.Cert, access.Delegate}, role):
		return act.By.Require(access.ManagePeople, access.Subject{State: state})
	default:
		return problem.Errorf(problem.Forbidden, "nobody appoints a %s", role)
	}
}

// strong refuses unless all who act have just signed in.
func strong(ctx context.Context, q postgres.Queryer, act register.Act) error {
	for _, who := range []access.Actor{act.By, act.With} {
		if err := register.Strong(ctx, q, who); err != nil {
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
	slow, err := s.hasher.hash(ctx, out.Code)
	if err != nil {
		return Offer{}, err
	}
	err = s.register.Write(ctx, act, check, func(tx *register.Tx) (err error) {
		out.Invitation, err = s.offerIn(ctx, tx, act, lasts, hashes{digest(out.Link), codeHash(out.Link, out.Code), &slow}, fill)
		return err
	})
	if err != nil {
		return Offer{}, err
	}
	out.Code = inFours(out.Code)
	return out, nil
}

// hashes are what is kept of what opens an invitation.
type hashes struct {
	link, code []byte
	slow       *string // of the code, for links that are mailed; nil where none is
}

// offerIn makes an invitation in a transaction, and tells the trail.
func (s *Store) offerIn(ctx context.Context, tx *register.Tx, act register.Act, lasts time.Duration, opens hashes,
	fill func(*register.Tx, *Invitation) error,
) (Invitation, error) {
	i := Invitation{
		ID: uuid.NewString(), InvitedBy: orNull(act.By.Account), ConfirmedBy: orNull(act.With.Account),
		CreatedAt: tx.At, ExpiresAt: tx.At.Add(lasts), ConfirmedAt: &tx.At, Version: tx.Version,
	}
	if err := fill(tx, &i); err != nil {
		return i, err
	}
	if err := insertInvitation(ctx, tx, i); err != nil {
		return i, err
	}
	if act.DryRun { // nobody is to come in by what was only tried
		return i, tx.Changed(invitationChange("invited", nil, i))
	}
	err := tx.Exec(ctx, `
		insert into invitation_secret (invitation, link_hash, code_hash, code_slow) values (@id, @link, @code, @slow)`,
		pgx.StrictNamedArgs{"id": i.ID, "link": opens.link, "code": opens.code, "slow": opens.slow})
	if err != nil {
		return i, fmt.Errorf("insert invitation's secret: %w", err)
	}
	return i, tx.Changed(invitationChange("invited", nil, i))
}

// inFours parts a code, so that it can be read out and typed.
func inFours(code string) string {
	var parts []string
	for part := range slices.Chunk([]byte(code), 4) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, "-")
}

// codeHash is what is kept of a code. It is short: without the link, of which only a
// hash is kept too, it cannot be guessed from that. For the links that are mailed
// later it is kept once more, hashed slowly: 40 random bits of that are more than
// anybody tries in the time for which an invitation stands.
func codeHash(link, code string) []byte { return digest(link + " " + code) }

func (i Invitation) grant() account.Grant {
	return account.Grant{Account: i.Account, Role: *i.Role, State: text(i.State), CoChair: text(i.CoChair), Delegation: text(i.Delegation), Kinds: i.Kinds}
}
