package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// change is a line of the trail, with the kind and the basis of the entry that it is
// about, as they are now.
type change struct {
	Version int64
	Ordinal int
	At      time.Time
	Act     string
	Noun    string
	Key     string
	State   *string
	Kind    *string
	Basis   *string
}

const changeColumns = `c.version, c.ordinal, c.at, c.act, c.noun, c.key, c.state, e.kind, e.basis`

func (c change) touched(noun string) touched {
	return touched{ID: c.Key, Noun: noun, Kind: text(c.Kind), State: text(c.State), Act: c.Act, In: c.Version, At: c.At}
}

// versionMatters are what there is to tell of a version of the register.
func (n *Notices) versionMatters(ctx context.Context, snap *register.Snapshot, version int64) ([]matter, error) {
	changes, err := postgres.All[change](ctx, snap, `
		select `+changeColumns+`
		from trail_change c
		left join entry e on e.id = c.entry
		where c.version = @version
		order by c.ordinal`, pgx.StrictNamedArgs{"version": version})
	if err != nil {
		return nil, fmt.Errorf("read what a version changed: %w", err)
	}
	var all []matter
	var contacts, followed []change
	for _, c := range changes {
		var of []matter
		switch c.Noun {
		case "proposal":
			of, err = proposalMatters(ctx, snap, c)
		case "suggestion":
			of, err = suggestionMatters(ctx, snap, c)
		case "suspension":
			of, err = suspensionMatters(ctx, snap, c)
		case "token", "freeze":
			of, err = tokenMatters(ctx, snap, c)
		case "invitation":
			of, err = n.invitationMatters(ctx, snap, c)
		case "identity_provider":
			of = providerMatters(c, changes)
		case "contact", "organisation", "strategy":
			if c.Act != "confirmed" {
				followed = append(followed, c)
			}
			if c.Noun == "contact" && text(c.Basis) == "nominated" {
				contacts = append(contacts, c)
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	if len(contacts) > 0 {
		of, err := wayMatters(ctx, snap, version, contacts)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	if len(followed) > 0 {
		all = append(all, followedMatter(followed))
	}
	return all, nil
}

// followedMatter is for who subscribed to changes.
func followedMatter(changes []change) matter {
	m := matter{topic: "changed", at: changes[0].At, wanted: true}
	for _, c := range changes {
		m.entries = append(m.entries, c.touched(c.Noun))
	}
	return m
}

// proposalMatters ask those for an approval who may give it, and tell the author
// what they decided. One whom nobody needs to ask any more is not asked.
func proposalMatters(ctx context.Context, q postgres.Queryer, c change) ([]matter, error) {
	p, err := postgres.One[struct {
		State        *string
		CoChair      *string
		ProposedBy   string
		ProposedRole access.Role
		Status       string
		Kinds        []string
	}](ctx, q, `
		select state, co_chair, proposed_by, proposed_role, status, kinds from proposal where id::text = @id`, pgx.StrictNamedArgs{"id": c.Key})
	if err != nil {
		return nil, fmt.Errorf("read the proposal to tell of: %w", err)
	}
	m := matter{at: c.At, path: "/proposals/" + c.Key, pairs: withState(text(p.State))}
	if p.CoChair != nil { // before it is done, whom it is about is for nobody between here and there to read
		m.pairs = func(in mail.Language) []string { return []string{"state", in.Say("letter.secretariat")} }
	}
	switch {
	case c.Act == "proposed" && p.Status == "open":
		m.topic = "approval_asked"
		m.to = func(r reader) bool {
			if r.Account == p.ProposedBy {
				return false
			}
			if p.CoChair != nil {
				return r.Role == access.Secretariat && text(r.CoChair) != *p.CoChair
			}
			return r.decides(text(p.State), p.Kinds)
		}
	case c.Act == "approved" || c.Act == "declined":
		m.topic = "approval_" + c.Act
		m.to = func(r reader) bool { return r.Account == p.ProposedBy && r.Role == p.ProposedRole }
	default:
		return nil, nil
	}
	return []matter{m}, nil
}

// suggestionMatters tell a state of what others suggest, and them of the answer.
func suggestionMatters(ctx context.Context, q postgres.Queryer, c change) ([]matter, error) {
	s, err := postgres.One[struct {
		State       string
		FromState   *string
		FromRole    access.Role
		FromAccount *string
		Status      string
		Kinds       []string
	}](ctx, q, `
		select state, from_state, from_role, from_account, status, (
			select case e.noun when 'contact' then array[e.kind] when 'strategy' then array['policy'] end
			from entry e
			where e.id = suggestion.entry) as kinds
		from suggestion where id::text = @id`, pgx.StrictNamedArgs{"id": c.Key})
	if err != nil {
		return nil, fmt.Errorf("read the suggestion to tell of: %w", err)
	}
	m := matter{at: c.At, path: "/suggestions", pairs: withState(s.State)}
	switch {
	case c.Act == "suggested" && s.Status == "open":
		m.topic = "suggestion_made"
		m.to = func(r reader) bool { return r.decides(s.State, s.Kinds) }
	case c.Act == "taken" || c.Act == "declined":
		m.topic = "suggestion_" + c.Act
		m.to = func(r reader) bool {
			side := r.Role == access.Secretariat && s.FromState == nil || r.of(text(s.FromState), officers...)
			return s.FromAccount != nil && r.Account == *s.FromAccount && side
		}
	default:
		return nil, nil
	}
	return []matter{m}, nil
}

// suspensionMatters tell a state's people that an entry of theirs is marked, or no
// longer.
func suspensionMatters(ctx context.Context, q postgres.Queryer, c change) ([]matter, error) {
	noun, err := postgres.Scalar[string](ctx, q, `select noun from entry where id::text = @id`, pgx.StrictNamedArgs{"id": c.Key})
	if err != nil {
		return nil, fmt.Errorf("read the entry to tell of: %w", err)
	}
	return []matter{{
		topic: c.Act, at: c.At, entries: []touched{c.touched(noun)}, pairs: withState(text(c.State)),
		to: func(r reader) bool { return r.of(text(c.State), officers...) },
	}}, nil
}

// tokenMatters tell of a new token, or of one that was frozen or whose owner was: whose
// it is, and the heads of the state.
func tokenMatters(ctx context.Context, q postgres.Queryer, c change) ([]matter, error) {
	topic := map[string]string{"token issued": "token_issued", "freeze frozen": "token_frozen"}[c.Noun+" "+c.Act]
	if topic == "" {
		return nil, nil
	}
	t, err := postgres.One[struct {
		Account string
		State   *string
		Person  bool
	}](ctx, q, `
		select account, state, false as person from token where id::text = @id
		union all
		select id, state, true from account where id::text = @id`, pgx.StrictNamedArgs{"id": c.Key})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the token to tell of: %w", err)
	}
	if t.Person {
		topic = "person_frozen"
	}
	return []matter{{
		topic: topic, at: c.At, path: "/account", pairs: withState(text(t.State)),
		to: func(r reader) bool { return r.Account == t.Account || r.of(text(t.State), access.Head) },
	}}, nil
}

// providerMatters tell a state's people that others vouch for them now, or nobody any
// longer: whoever runs a provider can sign in as each of those who use it. One that took
// another's place is told once.
func providerMatters(c change, in []change) []matter {
	topic := map[string]string{"set": "provider_set", "ended": "provider_ended"}[c.Act]
	replaced := slices.ContainsFunc(in, func(o change) bool {
		return o.Noun == c.Noun && o.Act == "set" && text(o.State) == text(c.State)
	})
	if topic == "" || c.Act == "ended" && replaced {
		return nil
	}
	return []matter{{
		topic: topic, at: c.At, path: "/account", pairs: withState(text(c.State)),
		to: func(r reader) bool { return r.of(text(c.State), officers...) },
	}}
}

// withState fills in a state's name; "" is nobody's.
func withState(code string) func(mail.Language) []string {
	return func(in mail.Language) []string {
		if code == "" {
			return []string{"state", in.Say("letter.no_state")}
		}
		return []string{"state", stateName(in, code)}
	}
}

// signInMatters tell a person what happened to how they sign in.
func signInMatters(ctx context.Context, q postgres.Queryer, id int64) ([]matter, error) {
	e, err := postgres.One[struct {
		At      time.Time
		Account *string
		Method  string
		Outcome string
		Known   bool
		First   bool
	}](ctx, q, `
		select at, account, method, outcome, known, not exists (
			select from signin_event b
			where b.account = e.account and b.id < e.id and b.outcome = 'enrolled') as first
		from signin_event e
		where id = @id`, pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil // it was so long ago that it is forgotten
	}
	if err != nil {
		return nil, fmt.Errorf("read what happened to tell of: %w", err)
	}
	topic := map[string]string{
		"enrolled": "method_added", "removed": "method_removed", "flagged": "passkey_flagged", "signed_in": "new_browser",
		"guessed": "password_guessed", "shut": "password_shut",
	}[e.Outcome]
	byLink := slices.Contains([]string{"invitation", "device_link"}, e.Method)
	if topic == "" || e.Account == nil || topic == "new_browser" && (e.Known || byLink || e.First) {
		return nil, nil
	}
	return []matter{{
		topic: topic, at: e.At, path: "/account",
		to: func(r reader) bool { return r.Account == *e.Account },
		pairs: func(in mail.Language) []string {
			return []string{"method", in.Say("method." + e.Method), "at", e.At.UTC().Format("2006-01-02 15:04 UTC")}
		},
	}}, nil
}
