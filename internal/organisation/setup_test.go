package organisation_test

import (
	"context"
	"strconv"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/postgres/pgtest"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

const (
	delegationEE = "ee000000-0000-4000-8000-000000000001"
	delegationLV = "1b000000-0000-4000-8000-000000000001"
)

var (
	delegateEE  = state("EE", access.Delegate, "ee000000-0000-4000-8000-00000000000a", delegationEE)
	delegateLV  = state("LV", access.Delegate, "1b000000-0000-4000-8000-00000000000a", delegationLV)
	certPL      = state("PL", access.Cert, "91000000-0000-4000-8000-00000000000a", "")
	secretariat = access.Actor{
		Account: "5e000000-0000-4000-8000-00000000000a", Role: access.Secretariat, CoChair: "PL",
		Audiences: access.Audiences, Writes: true,
	}
)

func state(code string, role access.Role, account, delegation string) access.Actor {
	return access.Actor{
		Account: account, Role: role, State: code, Delegation: delegation,
		Audiences: access.Audiences, Writes: true,
	}
}

// world is a register of three states, two of them with a delegation.
type world struct {
	*organisation.Store
	db  *pgtest.DB
	reg *register.Register
}

func newWorld(t *testing.T) world {
	t.Helper()
	db := pgtest.NewFrom(t, "three states", func(ctx context.Context, db *pgtest.DB) error {
		_, err := db.Owner.Exec(ctx, `
			insert into state (alpha2, alpha3, statement_number, name_en, name_pl, region, subregion, version)
			values ('EE', 'EST', 1, 'Estonia', 'Estonia', 'Europe', 'Northern Europe', 0),
				('LV', 'LVA', 2, 'Latvia', 'Łotwa', 'Europe', 'Northern Europe', 0),
				('PL', 'POL', 3, 'Poland', 'Polska', 'Europe', 'Eastern Europe', 0);
			insert into participation (state, since) values ('EE', '2020-01-01'), ('LV', '2020-01-01'), ('PL', '2020-01-01');
			insert into membership (framework, state) values ('OSCE', 'EE'), ('OSCE', 'LV'), ('OSCE', 'PL'), ('NATO', 'LV');
			insert into delegation (id, state, authority, status, version)
			values ('`+delegationEE+`', 'EE', 'Note verbale 1', 'open', 0), ('`+delegationLV+`', 'LV', 'Note verbale 2', 'open', 0)`)
		return err
	})
	reg := register.New(db.Server, nil)
	return world{Store: organisation.NewStore(reg), db: db, reg: reg}
}

// nominated is an input that a delegate of EE may send.
func nominated() organisation.Input {
	return organisation.Input{
		Common:  entry.Common{State: "EE", Kind: "csirt", Whom: entry.Whom{Audience: access.ForParticipants}},
		Details: organisation.Details{Name: "CERT-EE", NameEN: "National CSIRT of Estonia", Website: "https://www.cert.ee"},
	}
}

// found is an input that the secretariat may send.
func found() organisation.Input {
	return organisation.Input{
		Common: entry.Common{State: "EE", Kind: "ministry", Basis: entry.PublicSource, Sources: []entry.Source{
			{Pointer: "/name", Value: "Justiitsministeerium", Source: "https://www.just.ee", Date: "2026-01-15"},
		}},
		Details: organisation.Details{Name: "Justiitsministeerium"},
	}
}

func (w world) add(t *testing.T, by access.Actor, in organisation.Input) organisation.Organisation {
	t.Helper()
	got, err := w.Add(t.Context(), register.Act{By: by}, register.Sent[organisation.Input]{Body: in})
	if err != nil {
		t.Fatalf("Add(%s, %q) = %v, want it added", by.Role, in.Name, err)
	}
	return got
}

// get reads an organisation as by sees it.
func (w world) get(t *testing.T, by access.Actor, id string) (got organisation.Organisation, err error) {
	t.Helper()
	err = w.reg.Read(t.Context(), by, func(snap *register.Snapshot) (err error) {
		got, err = organisation.Get(t.Context(), snap, id)
		return err
	})
	return got, err
}

func (w world) list(t *testing.T, by access.Actor, f organisation.Filter, after organisation.After, limit int) []organisation.Organisation {
	t.Helper()
	var got []organisation.Organisation
	err := w.reg.Read(t.Context(), by, func(snap *register.Snapshot) (err error) {
		got, err = organisation.List(t.Context(), snap, f, after, limit)
		return err
	})
	if err != nil {
		t.Fatalf("List(%+v) = %v, want a list", f, err)
	}
	return got
}

// dump is all that the register holds, for a comparison.
func (w world) dump(t *testing.T) (all string) {
	t.Helper()
	err := w.db.Owner.QueryRow(t.Context(), `
		select (select version from register_head) || ' ' || (select count(*) from trail_change)
			|| coalesce((select string_agg(e::text, E'\n' order by id) from entry e), '')
			|| coalesce((select string_agg(o::text, E'\n' order by id) from organisation o), '')
			|| coalesce((select string_agg(x::text, E'\n' order by x::text) from external_id x), '')
			|| coalesce((select string_agg(s::text, E'\n' order by s::text) from source s), '')
			|| coalesce((select string_agg(u::text, E'\n' order by u::text) from suspension u), '')`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// refused wants do to be refused as kind, with nothing changed.
func (w world) refused(t *testing.T, call string, kind problem.Kind, do func() error) {
	t.Helper()
	before := w.dump(t)
	if err := do(); !problem.Is(err, kind) {
		t.Errorf("%s = %v, want %s", call, err, kind)
	}
	if after := w.dump(t); after != before {
		t.Errorf("%s changed the register:\n%s\nwant what was there before:\n%s", call, after, before)
	}
}

// sent is a body with what its sender expects of the entry: its version.
func sent[B any](version int64, body B) register.Sent[B] {
	return register.Sent[B]{If: register.Precondition{Versions: []string{strconv.FormatInt(version, 10)}}, Body: body}
}

func nothing() register.Sent[entry.Nothing] {
	return register.Sent[entry.Nothing]{If: register.Precondition{None: true}}
}

// pointers are where an error says that the input is at fault.
func pointers(err error) []string {
	faults, _ := problem.Faults(err)
	var at []string
	for _, f := range faults {
		at = append(at, f.Pointer)
	}
	return at
}
