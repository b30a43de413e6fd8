package main

import (
	"time"

	"pocreg.example/api/client"
)

// togetherCommand is what one of the secretariat asks for, over the API, and one of
// another co-chair approves.
type togetherCommand struct {
	Open    askOpen    `cmd:"" help:"Open a state's delegation, and invite its first head."`
	Appoint askAppoint `cmd:"" help:"Invite a head of a delegation whose own are gone, or whose letter was lost."`
	Contest askContest `cmd:"" help:"Freeze all writes in a delegation's name."`
	Reopen  askReopen  `cmd:"" help:"End a contest in the delegation's favour."`
	Close   askClose   `cmd:"" help:"End a delegation, with its roles and tokens; its entries stay."`
	Admit   askAdmit   `cmd:"" help:"Mandate an auditor, or admit a partner of no state."`
	Extend  askExtend  `cmd:"" help:"Move the end of a mandate."`
	End     askEnd     `cmd:"" help:"End a mandate, with its tokens."`
}

// Help teaches by example.
func (togetherCommand) Help() string {
	return `Each exits with 9: it is proposed, and one of another co-chair approves it with "pocreg proposal approve".
You get the link of the invitation, they its code.

Examples:
  pocreg secretariat open --state TN --authority "Note verbale 114/2026" --head "Leïla Trabelsi" --email leila@tn.example --as secretariat_kr
  pocreg secretariat appoint DELEGATION --head "Leïla Trabelsi" --email leila@tn.example --as secretariat_kr
  pocreg secretariat admit --role auditor --name "Amara Diallo" --basis "Decision 7" --until 2027-05-31 --as secretariat_kr
  pocreg secretariat extend MANDATE --until 2027-10-31 --as secretariat_kr
  pocreg secretariat contest DELEGATION --because "Two notes contradict each other." --as secretariat_kr`
}

// invited is a head to be.
type invited struct {
	Head     string `required:"" help:"Who it is."`
	Email    string `required:"" help:"The address that they sign in with."`
	Language string `enum:"en,pl" default:"en" help:"en or pl."`
}

func (i invited) head() client.Head {
	return client.Head{Name: i.Head, Email: i.Email, Language: i.Language}
}

type askOpen struct {
	remote
	invited
	asking
	State     string `required:"" help:"Whose delegation: an alpha-2 code."`
	Authority string `required:"" help:"What it rests on, such as the reference of a note verbale."`
}

// Run asks for a delegation.
func (a askOpen) Run(p *program) error {
	c, err := a.client(p)
	if err != nil {
		return err
	}
	return c.Because(a.Because).OpenDelegation(p.ctx, client.Opening{State: a.State, Authority: a.Authority, Head: a.head()})
}

// ofDelegation names a delegation.
type ofDelegation struct {
	remote
	asking
	ID string `arg:"" help:"The delegation's id, as /v1/delegations shows it."`
}

type askAppoint struct {
	ofDelegation
	invited
}

// Run asks for a head.
func (a askAppoint) Run(p *program) error {
	c, err := a.client(p)
	if err != nil {
		return err
	}
	return c.Because(a.Because).AppointHead(p.ctx, a.ID, a.head())
}

func (d ofDelegation) settle(p *program, act string) error {
	c, err := d.client(p)
	if err != nil {
		return err
	}
	return c.Because(d.Because).Settle(p.ctx, d.ID, act)
}

type askContest struct{ ofDelegation }

// Run asks to freeze writes in the delegation's name.
func (a askContest) Run(p *program) error { return a.settle(p, "contest") }

type askReopen struct{ ofDelegation }

// Run asks to let the delegation write again.
func (a askReopen) Run(p *program) error { return a.settle(p, "reopen") }

type askClose struct{ ofDelegation }

// Run asks to end the delegation.
func (a askClose) Run(p *program) error { return a.settle(p, "close") }

type askAdmit struct {
	remote
	asking
	Role      string    `required:"" enum:"auditor,partner" help:"auditor, or partner: a system of no state that holds a copy."`
	Name      string    `required:"" help:"Who or which system it is: all participants see it."`
	Email     string    `help:"The address with which an auditor signs in on the pages, in place of a token."`
	Language  string    `enum:"en,pl" default:"en" help:"en or pl: in which they are written to."`
	Basis     string    `required:"" help:"What the mandate rests on: all participants see it."`
	From      time.Time `format:"2006-01-02" placeholder:"YYYY-MM-DD" help:"When it begins (UTC); otherwise when it is approved."`
	Until     time.Time `required:"" format:"2006-01-02" placeholder:"YYYY-MM-DD" help:"When it ends (UTC): a year ahead at most."`
	Audiences []string  `enum:"public,participants,selected" placeholder:"AUDIENCE" help:"What a partner reads; otherwise all."`
}

// Run asks to admit somebody.
func (a askAdmit) Run(p *program) error {
	c, err := a.client(p)
	if err != nil {
		return err
	}
	in := client.Admission{Role: a.Role, Name: a.Name, Email: a.Email, Basis: a.Basis, Until: a.Until, Audiences: a.Audiences}
	if a.Email != "" {
		in.Language = a.Language
	}
	if !a.From.IsZero() {
		in.From = &a.From
	}
	return c.Because(a.Because).Admit(p.ctx, in)
}

// ofMandate names a mandate.
type ofMandate struct {
	remote
	asking
	ID string `arg:"" help:"The mandate's id, as pocreg mandates shows it."`
}

type askExtend struct {
	ofMandate
	Until time.Time `required:"" format:"2006-01-02" placeholder:"YYYY-MM-DD" help:"When it ends (UTC): a year ahead at most."`
}

// Run asks to move a mandate's end.
func (a askExtend) Run(p *program) error {
	c, err := a.client(p)
	if err != nil {
		return err
	}
	return c.Because(a.Because).ExtendMandate(p.ctx, a.ID, a.Until)
}

type askEnd struct{ ofMandate }

// Run asks to end a mandate.
func (a askEnd) Run(p *program) error {
	c, err := a.client(p)
	if err != nil {
		return err
	}
	return c.Because(a.Because).EndMandate(p.ctx, a.ID)
}
