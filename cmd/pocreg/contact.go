package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"pocreg.example/api/client"
)

type contactCommand struct {
	List     listContacts            `cmd:"" help:"List contacts."`
	Show     showEntry[contacts]     `cmd:"" help:"Show one, with its channels and keys."`
	Add      addEntry[contacts]      `cmd:"" help:"Make one."`
	Edit     editEntry[contacts]     `cmd:"" help:"Change one, in your editor or with --set."`
	Confirm  confirmEntry[contacts]  `cmd:"" help:"Say that it is still true: nothing changed."`
	Dead     deadChannel             `cmd:"" help:"Say that nobody is reached by a channel."`
	Alive    aliveChannel            `cmd:"" help:"Say that a channel works."`
	Nominate nominateEntry[contacts] `cmd:"" help:"Make what was found in public your state's own word."`
	Reject   rejectEntry[contacts]   `cmd:"" help:"Say that what was found in public is wrong."`
	Retire   retireEntry[contacts]   `cmd:"" help:"Take one out of use."`
	Withdraw withdrawEntry[contacts] `cmd:"" help:"Take your state's nomination back."`
	Restore  restoreEntry[contacts]  `cmd:"" help:"Put one back into use."`
	Suspend  suspendEntry[contacts]  `cmd:"" help:"Say that one is not to be relied on, for 72 hours: its head of delegation."`
	Resume   resumeEntry[contacts]   `cmd:"" help:"Lift that before."`
	History  entryHistory[contacts]  `cmd:"" help:"Show its versions: who did what."`
}

// Help teaches by example.
func (contactCommand) Help() string {
	return `Examples:
  pocreg contact list --state EE --kind technical
  pocreg contact list --framework OSCE --csv
  pocreg contact add desk.json --dry-run --as delegate_ee
  pocreg contact edit 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11 --set note="Ring twice." --as delegate_ee
  pocreg contact confirm 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11 --as cert_ee
  pocreg contact suspend 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11 --reason "Somebody else answers." --as head_ee`
}

// filters are those of every list of entries.
type filters struct {
	State     string `help:"Alpha-2, such as PL."`
	Framework string `help:"Only of its members now, such as OSCE."`
	Kind      string `help:"Of which kind."`
	Basis     string `help:"nominated, or public_source: found, unconfirmed."`
	Standing  string `help:"active (the default), retired, withdrawn, rejected or any."`
	Freshness string `help:"current, due, lapsed or unconfirmed."`
}

func (f filters) query(more map[string]string) url.Values {
	query := url.Values{"limit": {largestPage}}
	for _, values := range []map[string]string{{
		"state": strings.ToUpper(f.State), "framework": f.Framework, "kind": f.Kind, "basis": f.Basis,
		"standing": f.Standing, "freshness": f.Freshness,
	}, more} {
		for name, value := range values {
			if value != "" {
				query.Set(name, value)
			}
		}
	}
	return query
}

type listContacts struct {
	remote
	filters
	Language   string `help:"That is spoken there, such as en."`
	Capability string `help:"That it has."`
	Covers     string `help:"whole_state, government, sectors or private."`
	Network    string `help:"budapest_24_7, g7_24_7 or interpol."`
}

// Run lists contacts.
func (l listContacts) Run(p *program) error {
	query := l.query(map[string]string{"language": l.Language, "capability": l.Capability, "covers": l.Covers, "network": l.Network})
	return list(p, l.remote, "/v1/contacts", query,
		[]string{"STATE", "KIND", "RANK", "OFFICE", "FIRST CHANNEL", "BASIS", "CONFIRMED", "ID"},
		func(c client.Contact) []string {
			first := ""
			if i := slices.IndexFunc(c.Channels, func(ch client.Channel) bool { return ch.DeadAt == nil }); i >= 0 {
				first = strings.TrimSpace(c.Channels[i].Usage + " " + c.Channels[i].Value)
			}
			return []string{
				c.State, c.Kind, fmt.Sprint(c.Rank), cmp.Or(c.OfficeTitleEN, c.OfficeTitle), first, basis(c.Entry), confirmed(c.Entry), c.ID,
			}
		})
}

// basis is what an entry rests on, and whether that is not to be relied on now.
func basis(e client.Entry) string {
	if len(e.Suspensions) > 0 {
		return e.Basis + ", suspended"
	}
	return e.Basis
}

// confirmed is when an entry was last proven alive, and whether that is long ago.
func confirmed(e client.Entry) string {
	switch f := e.Freshness; {
	case f == nil:
		return "never"
	case time.Now().After(f.LapsesAt):
		return f.ConfirmedAt.Format(time.DateOnly) + " lapsed"
	case time.Now().After(f.DueAt):
		return f.ConfirmedAt.Format(time.DateOnly) + " due"
	default:
		return f.ConfirmedAt.Format(time.DateOnly)
	}
}

// moment is t as a person reads it, in UTC.
func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04") + " UTC"
}

type channelAct struct {
	remote
	Contact string `arg:"" help:"The contact's id."`
	Channel string `arg:"" help:"The channel's id."`
}

type (
	deadChannel  struct{ channelAct }
	aliveChannel struct{ channelAct }
)

// Run says that nobody is reached by a channel.
func (d deadChannel) Run(p *program) error { return d.mark(p, false) }

// Run says that a channel works.
func (a aliveChannel) Run(p *program) error { return a.mark(p, true) }

func (a channelAct) mark(p *program, alive bool) error {
	c, err := a.client(p)
	if err != nil {
		return err
	}
	got, _, err := c.MarkChannel(p.ctx, a.Contact, a.Channel, alive)
	if err != nil {
		return err
	}
	if a.JSON {
		return p.printJSON(got)
	}
	_, err = fmt.Fprintf(p.stdout, "noted, as version %d\n", got.Version)
	return err
}

type organisationCommand struct {
	List     listOrganisations            `cmd:"" help:"List organisations."`
	Show     showEntry[organisations]     `cmd:"" help:"Show one."`
	Add      addEntry[organisations]      `cmd:"" help:"Make one."`
	Edit     editEntry[organisations]     `cmd:"" help:"Change one, in your editor or with --set."`
	Confirm  confirmEntry[organisations]  `cmd:"" help:"Say that it is still true: nothing changed."`
	Nominate nominateEntry[organisations] `cmd:"" help:"Make what was found in public your state's own word."`
	Reject   rejectEntry[organisations]   `cmd:"" help:"Say that what was found in public is wrong."`
	Retire   retireEntry[organisations]   `cmd:"" help:"Take one out of use."`
	Restore  restoreEntry[organisations]  `cmd:"" help:"Put one back into use."`
	Suspend  suspendEntry[organisations]  `cmd:"" help:"Say that one is not to be relied on, for 72 hours: its head of delegation."`
	Resume   resumeEntry[organisations]   `cmd:"" help:"Lift that before."`
	History  entryHistory[organisations]  `cmd:"" help:"Show its versions: who did what."`
}

// Help teaches by example.
func (organisationCommand) Help() string {
	return `Examples:
  pocreg organisation list --state PL
  pocreg organisation list --kind csirt --basis public_source --csv
  pocreg organisation add ministry.json --as delegate_pl`
}

type listOrganisations struct {
	remote
	filters
}

// Run lists organisations.
func (l listOrganisations) Run(p *program) error {
	return list(p, l.remote, "/v1/organisations", l.query(nil),
		[]string{"STATE", "KIND", "NAME", "WEBSITE", "BASIS", "CONFIRMED", "ID"},
		func(o client.Organisation) []string {
			return []string{o.State, o.Kind, cmp.Or(o.NameEN, o.NameLatin, o.Name), o.Website, basis(o.Entry), confirmed(o.Entry), o.ID}
		})
}

type strategyCommand struct {
	List     listStrategies            `cmd:"" help:"List strategies and programmes."`
	Show     showEntry[strategies]     `cmd:"" help:"Show one, with its summaries."`
	Add      addEntry[strategies]      `cmd:"" help:"Make one."`
	Edit     editEntry[strategies]     `cmd:"" help:"Change one, in your editor or with --set."`
	Confirm  confirmEntry[strategies]  `cmd:"" help:"Say that it is still true: nothing changed."`
	Nominate nominateEntry[strategies] `cmd:"" help:"Make what was found in public your state's own word."`
	Reject   rejectEntry[strategies]   `cmd:"" help:"Say that what was found in public is wrong."`
	Retire   retireEntry[strategies]   `cmd:"" help:"Take one out of use."`
	Restore  restoreEntry[strategies]  `cmd:"" help:"Put one back into use."`
	Suspend  suspendEntry[strategies]  `cmd:"" help:"Say that one is not to be relied on, for 72 hours: its head of delegation."`
	Resume   resumeEntry[strategies]   `cmd:"" help:"Lift that before."`
	History  entryHistory[strategies]  `cmd:"" help:"Show its versions: who did what."`
}

// Help teaches by example.
func (strategyCommand) Help() string {
	return `Examples:
  pocreg strategy list --state EE
  pocreg strategy list --focus-area international_cooperation --status in_force
  pocreg strategy list --norm 13h --json`
}

type listStrategies struct {
	remote
	filters
	Language  string `help:"That it has a text or a summary in."`
	FocusArea string `help:"Such as critical_infrastructure."`
	Norm      string `help:"That it touches, such as 13h."`
	Status    string `help:"draft, adopted, in_force, superseded or expired."`
}

// Run lists strategies.
func (l listStrategies) Run(p *program) error {
	query := l.query(map[string]string{"language": l.Language, "focus_area": l.FocusArea, "norm": l.Norm, "status": l.Status})
	return list(p, l.remote, "/v1/strategies", query,
		[]string{"STATE", "KIND", "ADOPTED", "STATUS", "TITLE", "BASIS", "ID"},
		func(s client.Strategy) []string {
			return []string{s.State, s.Kind, s.AdoptedOn, s.Status, cmp.Or(s.Titles["en"], s.OriginalTitle), basis(s.Entry), s.ID}
		})
}
