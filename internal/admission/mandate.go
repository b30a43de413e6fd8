package admission

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/valid"
)

// LongestMandate is how far ahead a mandate may end: a year, and then two decide anew.
const LongestMandate = 366 * 24 * time.Hour

// AdmitInput is what is said of who is to act without belonging to a state.
type AdmitInput struct {
	Role      access.Role       `json:"role" validate:"oneof=auditor partner"`
	Name      string            `json:"name" validate:"required,max=200,line"`
	Email     string            `json:"email,omitempty" validate:"omitempty,max=254,mailbox"` // of an auditor who is to sign in; "" for a token
	Language  string            `json:"language,omitempty" validate:"omitempty,oneof=en pl"`  // "" for en
	Basis     string            `json:"basis" validate:"required,max=500,line"`
	From      *time.Time        `json:"from,omitempty"` // nil for when it is approved
	Until     time.Time         `json:"until" validate:"required"`
	Audiences []access.Audience `json:"audiences,omitempty" validate:"omitempty,max=3,unique,dive,oneof=public participants selected"`
}

// ExtendInput is until when a mandate is to go on.
type ExtendInput struct {
	Until time.Time `json:"until" validate:"required"`
}

// Admit asks for a partner of no state, or an auditor. What it returns beside the
// *register.Proposed is the link by which they pick up their token, together with the
// code that whoever approves gets: nobody of the secretariat acts as them.
func (s *Store) Admit(ctx context.Context, act register.Act, sent register.Sent[AdmitInput]) (link string, err error) {
	return ask(ctx, s, act, register.Asked{Does: Admit, Noun: "mandate"}, sent, s.admit)
}

func (s *Store) admit(ctx context.Context, act register.Act, sent register.Sent[AdmitInput], link string) (offer signin.Offer, err error) {
	in := sent.Body
	var mandate account.Mandate
	allowed := func(tx *register.Tx) error {
		if err := check(ctx, tx, access.AdmitStateless, sent.Err, &in); err != nil {
			return err
		}
		mandate, err = in.mandate(s.at(tx))
		return err
	}
	err = s.Register.Write(ctx, act, allowed, func(tx *register.Tx) error {
		grant := account.Grant{Role: in.Role, Mandate: &mandate}
		if grant.Account, err = account.OwnerIn(ctx, tx, "", in.kind(), in.Name); err != nil {
			return err
		}
		if err := account.EndStaleIn(ctx, tx, grant); err != nil {
			return err
		}
		held, err := account.GrantIn(ctx, tx, grant)
		if err != nil {
			return err
		}
		if held.Version != tx.Version {
			return problem.Errorf(problem.Conflict, "who is called that is admitted already: extend their mandate, or end it first")
		}
		if in.Email != "" {
			offer, err = s.SignIn.OfferIn(ctx, tx, act, signin.Appointment{
				Name: in.Name, Email: in.Email, Language: cmp.Or(in.Language, "en"), Role: in.Role,
			}, link)
			return err
		}
		offer, err = s.SignIn.OfferTokenIn(ctx, tx, act, held, in.Audiences, link)
		return err
	})
	return offer, err
}

// kind is what there is an account of: an auditor is a person, a partner a system.
func (in AdmitInput) kind() string {
	if in.Role == access.Auditor {
		return "person"
	}
	return "system"
}

// mandate returns the mandate that in says, as of now, and gives it its audiences.
func (in *AdmitInput) mandate(now time.Time) (account.Mandate, error) {
	m := account.Mandate{Basis: in.Basis, From: now, Until: in.Until.Truncate(time.Microsecond)}
	if in.From != nil && in.From.After(now) {
		m.From = in.From.Truncate(time.Microsecond)
	}
	if len(in.Audiences) == 0 {
		in.Audiences = access.Audiences
	}
	if in.Role == access.Auditor && len(in.Audiences) < len(access.Audiences) {
		return m, problem.Faultf("/audiences", "are all three for an auditor: leave them out")
	}
	if in.Email != "" && in.Role != access.Auditor {
		return m, problem.Faultf("/email", "is an auditor's: a partner is a system, and picks up a token")
	}
	return m, within(now, m.From, m.Until)
}

// within refuses an end that is not soon enough.
func within(now, from, until time.Time) error {
	if !until.After(from) || until.After(now.Add(LongestMandate)) {
		return problem.Faultf("/until", "is after the beginning, and at most 366 days ahead")
	}
	return nil
}

// Extend asks for another end of a mandate that is not over, later or sooner.
func (s *Store) Extend(ctx context.Context, act register.Act, id string, sent register.Sent[ExtendInput]) error {
	in := sent.Body
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("keep what is asked for: %w", err)
	}
	return s.amend(ctx, act, id, amendment{
		does: Extend, body: body, sent: sent.Err, matches: sent.If,
		check: func(tx *register.Tx, m account.Admitted) error {
			in.Until = in.Until.Truncate(time.Microsecond)
			if err := valid.Struct(&in); err != nil {
				return err
			}
			if m.Basis == nil {
				return problem.Errorf(problem.Conflict, "this was given before mandates had dates: end it, and admit them anew")
			}
			now := s.at(tx)
			from := now
			if m.Since.After(from) {
				from = *m.Since
			}
			return within(now, from, in.Until)
		},
		do: func(tx *register.Tx, held account.Role) error {
			_, err := account.ExtendIn(ctx, tx, held, in.Until)
			return err
		},
	})
}

// End asks to end a mandate, with all tokens that stand on it.
func (s *Store) End(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) error {
	return s.amend(ctx, act, id, amendment{
		does: End, sent: sent.Err, matches: sent.If,
		check: func(*register.Tx, account.Admitted) error { return nil },
		do: func(tx *register.Tx, held account.Role) error {
			_, err := account.WithdrawIn(ctx, tx, held)
			return err
		},
	})
}

// amendment is what two of the secretariat change of a mandate.
type amendment struct {
	does    string
	body    []byte
	sent    error
	matches register.Precondition
	check   func(*register.Tx, account.Admitted) error
	do      func(*register.Tx, account.Role) error
}

func (s *Store) amend(ctx context.Context, act register.Act, id string, m amendment) error {
	if act.Asked != nil {
		act.Asked = &register.Asked{Does: m.does, Noun: "mandate", Key: id, Body: m.body, Reason: act.Asked.Reason}
	}
	allowed := func(tx *register.Tx) error {
		is, err := account.GetAdmitted(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := check(ctx, tx, access.AdmitStateless, m.sent, &struct{}{}); err != nil {
			return err
		}
		if err := m.matches.Check(tx, is.Version); err != nil {
			return err
		}
		if is.EndedAt != nil || is.Until != nil && !is.Until.After(s.at(tx)) {
			return problem.Errorf(problem.Conflict, "the mandate is over: admit them anew")
		}
		return m.check(tx, is)
	}
	return s.Register.Write(ctx, act, allowed, func(tx *register.Tx) error {
		held, err := account.GetRole(ctx, tx, id)
		if err != nil {
			return err
		}
		return m.do(tx, held)
	})
}

// PickUp gives whoever was admitted their token, by their link and its code, once: see
// signin.Store.PickUp.
func (s *Store) PickUp(ctx context.Context, b signin.Browser, link, code string) (account.Token, string, error) {
	return s.SignIn.PickUp(ctx, b, link, code)
}
