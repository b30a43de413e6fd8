package notice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// reader is somebody who signs in, in one of the roles that they hold now. Whoever
// is disabled, or whose delegation is closed, or whose mandate is over, is none.
type reader struct {
	Account    string
	Email      string
	Language   string
	Role       access.Role
	State      *string
	CoChair    *string
	Delegation *string
	Kinds      []string // of contact that the role is limited to; none is no limit
}

// readers returns everybody who can be told, or one account in all its roles.
func readers(ctx context.Context, q postgres.Queryer, account string) ([]reader, error) {
	all, err := postgres.All[reader](ctx, q, `
		select p.account, p.email, p.language, g.role, g.state, g.co_chair, g.delegation, g.kinds
		from person p
		join role_grant g on g.account = p.account
		left join delegation d on d.id = g.delegation
		where p.disabled_at is null and g.revoked_at is null and d.status is distinct from 'closed'
		and (g.since is null or g.since <= now()) and (g.until is null or g.until > now())
		and (@account = '' or p.account::text = @account)
		order by p.account, g.role`, pgx.StrictNamedArgs{"account": account})
	if err != nil {
		return nil, fmt.Errorf("list whom to tell: %w", err)
	}
	return all, nil
}

// actor is whom the reader reads as. It is for looking alone.
func (r reader) actor() access.Actor {
	return access.Actor{
		Account: r.Account, Role: r.Role, State: text(r.State), CoChair: text(r.CoChair), Delegation: text(r.Delegation), Kinds: r.Kinds,
		Audiences: access.Audiences,
	}
}

// of reports whether the reader is of a state, in one of some roles.
func (r reader) of(state string, roles ...access.Role) bool {
	return state != "" && text(r.State) == state && slices.Contains(roles, r.Role)
}

// decides reports whether the reader is of a state, and decides there on what all of
// some kinds of contact is; nil is what all kinds share.
func (r reader) decides(state string, kinds []string) bool {
	if !r.of(state, deciders...) {
		return false
	}
	return len(r.Kinds) == 0 || kinds != nil && !slices.ContainsFunc(kinds, func(kind string) bool { return !slices.Contains(r.Kinds, kind) })
}

// The roles of a state's people: those who decide for it, and all.
var (
	deciders = []access.Role{access.Delegate, access.Head}
	officers = []access.Role{access.Cert, access.Delegate, access.Head}
)

// touched is an entry that something was done to.
type touched struct {
	ID    string
	Noun  string
	Kind  string
	State string
	Act   string // what was done to it
	In    int64  // the version that did it; 0 for what nobody did
	At    time.Time
}

// what names a contact by its kind and anything else by its noun.
func (t touched) what() string {
	if t.Noun == "contact" {
		return t.Kind
	}
	return t.Noun
}

// sees returns those of entries that a reader may read now and, where a version did
// something to them, could read then: which is what their history shows. PostgreSQL
// says so, behind row-level security.
func (n *Notices) sees(ctx context.Context, r reader, entries []touched) (seen []touched, err error) {
	ids, versions := make([]string, len(entries)), make([]int64, len(entries))
	for i, e := range entries {
		ids[i], versions[i] = e.ID, e.In
	}
	readable := map[int]bool{}
	err = n.Register.Read(ctx, r.actor(), func(snap *register.Snapshot) error {
		rows, err := postgres.All[struct{ Place int }](ctx, snap, `
			select asked.place
			from unnest(@ids::uuid[], @versions::bigint[]) with ordinality as asked (id, version, place)
			join entry e on e.id = asked.id
			where asked.version = 0 or exists (select from trail_change c where c.version = asked.version and c.entry = e.id)`,
			pgx.StrictNamedArgs{"ids": ids, "versions": versions})
		for _, row := range rows {
			readable[row.Place-1] = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ask what they may read: %w", err)
	}
	for i, e := range entries {
		if readable[i] {
			seen = append(seen, e)
		}
	}
	return seen, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
