package signin

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// apartLength is how long the code of an invitation is that two hand out. Whoever asked
// for it has the link, so that nothing else keeps the code from being guessed from what
// is kept of it: 80 random bits do.
const apartLength = 16

// Half is what of an invitation is handed out before it is made: the secret of its
// link, to whoever asks for it. Whoever agrees gets the code. So neither of the two takes
// it up alone; and neither half is kept.
type Half struct {
	Link string // the secret part of the link
	Hash string // what is kept of it: SHA-256, hexadecimal
}

// NewHalf returns a new half, and counts it as an invitation of whoever acts.
func (s *Store) NewHalf(ctx context.Context, act register.Act) (Half, error) {
	if !act.DryRun {
		if err := s.take(ctx, budget{"invite " + act.By.Account, perInviter}); err != nil {
			return Half{}, err
		}
	}
	link := newSecret()
	return Half{Link: link, Hash: hex.EncodeToString(digest(link))}, nil
}

// OfferIn makes, in a transaction, the invitation of a half: its code is in what it
// returns, and its link is not. One that waits for the same account gives way to it, and
// for the same delegation's head, so that a letter that was lost opens nothing, and two
// letters do not make two heads. It is not mailed: of its two halves one has the link,
// and whoever agrees would need no more than the mail. Who may is the caller's to check.
func (s *Store) OfferIn(ctx context.Context, tx *register.Tx, act register.Act, a Appointment, linkHash string) (Offer, error) {
	valid.Normalise(&a)
	if err := valid.Struct(&a); err != nil {
		return Offer{}, err
	}
	if err := s.mayJoin(ctx, tx, a); err != nil {
		return Offer{}, err
	}
	return s.halfIn(ctx, tx, act, lasts(a.Role), linkHash, func(tx *register.Tx, i *Invitation) error {
		if err := i.toJoin(ctx, tx, a); err != nil {
			return err
		}
		return giveWay(ctx, tx, *i)
	})
}

// OfferTokenIn makes, in a transaction, the invitation of a half to pick up a token, for
// whoever holds a role of no state: see OfferIn.
func (s *Store) OfferTokenIn(ctx context.Context, tx *register.Tx, act register.Act, held account.Role, audiences []access.Audience, linkHash string) (Offer, error) {
	return s.halfIn(ctx, tx, act, HeadInvitationLasts, linkHash, func(_ *register.Tx, i *Invitation) error {
		i.Purpose, i.Account, i.Name, i.Role, i.Language, i.Audiences = ToToken, held.Account, held.Name, &held.Role, "en", audiences
		return i.bringsNoMore(ctx, tx)
	})
}

func (s *Store) halfIn(ctx context.Context, tx *register.Tx, act register.Act, lasts time.Duration, linkHash string,
	fill func(*register.Tx, *Invitation) error,
) (Offer, error) {
	link, err := hex.DecodeString(linkHash)
	if err != nil || len(link) != len(digest("")) {
		return Offer{}, fmt.Errorf("invite: the link's hash is none")
	}
	code := randomCode(apartLength)
	invited, err := s.offerIn(ctx, tx, act, lasts, hashes{link: link, code: apartHash(link, code)}, fill)
	return Offer{Invitation: invited, Code: inFours(code)}, err
}

// errMandateOver is what is said to who was admitted, and is no longer.
var errMandateOver = problem.Errorf(problem.Conflict, "the mandate is over: ask who admitted you")

// PickUp takes up an invitation to a token, by its link and its code, once. It returns
// the token with its secret, which is kept nowhere.
func (s *Store) PickUp(ctx context.Context, b Browser, link, code string) (token account.Token, secret string, err error) {
	spent := budget{"invitation network " + network(b.Address), perNetwork}
	if err := s.take(ctx, spent); err != nil {
		return token, "", err
	}
	id, err := s.tryCode(ctx, link[strings.LastIndex(link, "/")+1:], code)
	if err != nil {
		return token, "", err
	}
	var before Invitation
	var held account.Role
	check := func(tx *register.Tx) (err error) {
		if before, err = getInvitation(ctx, tx, id); err != nil {
			return err
		}
		if before.Purpose != ToToken {
			return ErrNoToken
		}
		if err := s.acceptable(ctx, tx, before); err != nil {
			return err
		}
		held, err = account.HeldIn(ctx, tx, before.Account, *before.Role)
		if problem.Is(err, problem.NotFound) {
			return errMandateOver
		}
		return err
	}
	err = s.register.Write(ctx, register.Act{By: access.Registry()}, check, func(tx *register.Tx) (err error) {
		after := before
		after.AcceptedAt, after.Version = &tx.At, tx.Version
		if err := updateInvitation(ctx, tx, after); err != nil {
			return err
		}
		if err := tx.Changed(invitationChange("accepted", &before, after)); err != nil {
			return err
		}
		token, secret, err = account.PickUpIn(ctx, tx, held, before.Audiences)
		return err
	})
	if err != nil {
		return account.Token{}, "", err
	}
	return token, secret, s.beside(ctx, func(tx *register.Aside) error { return s.refund(ctx, tx, spent) })
}

// giveWay withdraws the invitations that i takes the place of.
func giveWay(ctx context.Context, tx *register.Tx, i Invitation) error {
	waiting, err := postgres.All[Invitation](ctx, tx, `
		select `+invitationColumns+`
		from invitation i
		join account a on a.id = i.account
		where (i.account = @account or i.role = 'head_of_delegation' and i.role = @role and i.delegation = @delegation::uuid)
		and i.purpose = 'join' and i.withdrawn_at is null and i.accepted_at is null
		order by i.id`, pgx.StrictNamedArgs{"account": i.Account, "role": i.Role, "delegation": i.Delegation})
	if err != nil {
		return fmt.Errorf("list invitations: %w", err)
	}
	for _, before := range waiting {
		after := before
		after.WithdrawnAt, after.Version = &tx.At, tx.Version
		if err := updateInvitation(ctx, tx, after); err != nil {
			return err
		}
		if err := tx.Changed(invitationChange("withdrawn", &before, after)); err != nil {
			return err
		}
	}
	return nil
}

// apartHash is what is kept of a code whose link is not known when it is made.
func apartHash(linkHash []byte, code string) []byte {
	return digest(hex.EncodeToString(linkHash) + " " + code)
}

// Address is where the secret of a link opens its invitation.
func (s *Store) Address(link string) string { return s.origin.JoinPath("invitation", link).String() }

// Headless refuses a delegation that has a head who can come in: who leads it is then
// nobody else's to say.
func Headless(ctx context.Context, q postgres.Queryer, delegation string) error {
	has, err := postgres.Scalar[bool](ctx, q, `
		select exists (
			select from role_grant g
			where g.delegation = @delegation::uuid and g.role = 'head_of_delegation' and g.revoked_at is null
			and (exists (select from person p where p.account = g.account and p.disabled_at is null)
				or exists (select from token t where t.role_grant = g.id and credential_stands(t.id) <> 'no')))`,
		pgx.StrictNamedArgs{"delegation": delegation})
	if err != nil {
		return fmt.Errorf("look for head: %w", err)
	}
	if has {
		return problem.Errorf(problem.Conflict, "the delegation has a head who can come in: close it, and open it anew, if that is no longer who answers for the state")
	}
	return nil
}
