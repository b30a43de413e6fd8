package portal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"

	"pocreg.example/internal/access"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
)

// settled are the statuses that a delegation gets.
var settled = map[string]string{
	proposal.Contest: delegation.Contested, proposal.Reopen: delegation.Open, proposal.Close: delegation.Closed,
}

// speaking is who speaks, or spoke last, for a state.
type speaking struct {
	State      state.State
	Delegation *delegation.Delegation // nil if nobody ever did
}

// Settles reports whether the visitor is one of the two who settle who speaks for a
// state.
func (v *visit) Settles() bool { return v.by().RequireHalf(access.OpenDelegation) == nil }

func (v *visit) mustSettle() error { return v.by().RequireHalf(access.OpenDelegation) }

// delegations lists who speaks for each state, for who settles that.
func (v *visit) delegations() error {
	if err := v.mustSettle(); err != nil {
		return err
	}
	var all []speaking
	ctx := v.Request().Context()
	err := v.read(func(snap *register.Snapshot) error {
		states, err := state.List(ctx, snap, "")
		if err != nil {
			return err
		}
		var codes []string
		for _, s := range states {
			codes = append(codes, s.Alpha2)
		}
		current, err := delegation.CurrentOf(ctx, snap, codes)
		for _, s := range v.inOrder(states) {
			one := speaking{State: s}
			if d, ok := current[s.Alpha2]; ok {
				one.Delegation = &d
			}
			all = append(all, one)
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "delegations", all)
}

// delegationData is one delegation, as the visitor may settle it.
type delegationData struct {
	delegation.Delegation
	Tag, Reason string
}

// Acts are what can be done to it.
func (d delegationData) Acts() []string {
	switch d.Status {
	case delegation.Open:
		return []string{proposal.Contest, proposal.Close}
	case delegation.Contested:
		return []string{proposal.Reopen, proposal.Close}
	default:
		return nil
	}
}

func (v *visit) readDelegation() (data delegationData, err error) {
	if err := v.mustSettle(); err != nil {
		return data, err
	}
	id, err := v.id()
	if err != nil {
		return data, err
	}
	err = v.read(func(snap *register.Snapshot) (err error) {
		data.Delegation, err = delegation.Get(v.Request().Context(), snap, id)
		data.Tag = tag(data.Version, snap)
		return err
	})
	return data, err
}

func (v *visit) delegation() error {
	data, err := v.readDelegation()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "delegation", data)
}

// settle asks for what two of the secretariat do to a delegation.
func settle(does string) handler {
	return func(v *visit) error {
		data, err := v.readDelegation()
		if err != nil {
			return err
		}
		act := v.act()
		data.Reason = v.value("reason")
		act.Asked = &register.Asked{Does: does, Noun: "delegation", Key: data.ID, Reason: data.Reason}
		_, err = v.site.Delegations.Settle(v.Request().Context(), act, data.ID, settled[does], register.Sent[entry.Nothing]{If: v.asRead()})
		if waits := waiting(err); waits != "" {
			return v.Redirect(http.StatusSeeOther, waits)
		}
		return v.again(err, "delegation", data)
	}
}

// waiting is the page of the proposal that an act became, "" if it became none.
func waiting(err error) string {
	var proposed *register.Proposed
	if !errors.As(err, &proposed) {
		return ""
	}
	return "/proposals/" + url.PathEscape(proposed.Key)
}

// headData is what was said of a head of delegation to be, and of a delegation that
// is to be opened.
type headData struct {
	admission.OpenInput
	Reason     string
	Delegation *delegation.Delegation // that the head is appointed to; nil for a new one
	States     []state.State
	Languages  []*language
}

// Path is where the form is sent.
func (d headData) Path() string {
	if d.Delegation == nil {
		return "/delegations/open"
	}
	return "/delegations/" + d.Delegation.ID + "/appoint"
}

func (v *visit) headData(of *delegation.Delegation) (data headData, err error) {
	data = headData{Delegation: of, Languages: v.site.languages.all, Reason: v.value("reason")}
	data.State, data.Authority = v.value("state"), v.value("authority")
	data.Head = admission.HeadInput{Name: v.value("name"), Email: v.value("email"), Language: v.value("language")}
	if data.Head.Language == "" {
		data.Head.Language = v.Lang()
	}
	if of != nil {
		return data, nil
	}
	err = v.read(func(snap *register.Snapshot) error {
		all, err := state.List(v.Request().Context(), snap, "")
		data.States = v.inOrder(slices.DeleteFunc(all, func(s state.State) bool { return s.Represented }))
		return err
	})
	return data, err
}

func (v *visit) showOpen() error {
	if err := v.mustSettle(); err != nil {
		return err
	}
	data, err := v.headData(nil)
	if err != nil {
		return err
	}
	data.State = v.QueryParam("state")
	return v.show(http.StatusOK, "open", data)
}

// open asks for a delegation with its first head, and shows the link that invites
// them.
func (v *visit) open() error {
	return v.invites(nil, func(ctx context.Context, act register.Act, data headData) (string, error) {
		return v.site.Admission.Open(ctx, act, register.Sent[admission.OpenInput]{Body: data.OpenInput})
	})
}

func (v *visit) showAppoint() error {
	of, err := v.readDelegation()
	if err != nil {
		return err
	}
	data, err := v.headData(&of.Delegation)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "open", data)
}

// appoint asks for a head of a delegation whose own are gone.
func (v *visit) appoint() error {
	of, err := v.readDelegation()
	if err != nil {
		return err
	}
	return v.invites(&of.Delegation, func(ctx context.Context, act register.Act, data headData) (string, error) {
		return v.site.Admission.Appoint(ctx, act, of.ID, register.Sent[admission.HeadInput]{Body: data.Head})
	})
}

// askedData is the link that invites somebody once a proposal is approved.
type askedData struct {
	Name, URL, Proposal string
	SignsIn             bool // whether they come to sign in, and not for a token
}

func (v *visit) invites(of *delegation.Delegation, ask func(context.Context, register.Act, headData) (string, error)) error {
	if err := v.mustSettle(); err != nil {
		return err
	}
	data, err := v.headData(of)
	if err != nil {
		return err
	}
	act := v.act()
	act.Asked = &register.Asked{Reason: data.Reason}
	link, err := ask(v.Request().Context(), act, data)
	if waits := waiting(err); waits != "" {
		return v.show(http.StatusOK, "asked", askedData{data.Head.Name, link, waits, true})
	}
	found, faulty := problem.Faults(err)
	if !faulty {
		return v.again(err, "open", data)
	}
	var faults []fault
	for _, f := range found {
		faults = append(faults, v.fault(path.Base(f.Pointer), f.Detail))
	}
	return v.show(http.StatusUnprocessableEntity, "open", data, faults...)
}
