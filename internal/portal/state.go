package portal

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/collate"
	xlanguage "golang.org/x/text/language"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
	"pocreg.example/internal/strategy"
)

// states lists the participating states, in the order of the visitor's language.
func (v *visit) states() error {
	var all []state.State
	err := v.read(func(snap *register.Snapshot) (err error) {
		all, err = state.List(v.Request().Context(), snap, "")
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "states", v.inOrder(all))
}

// inOrder puts states in the order of the visitor's language.
func (v *visit) inOrder(states []state.State) []state.State {
	order := collate.New(xlanguage.Make(v.Lang()))
	slices.SortFunc(states, func(a, b state.State) int { return order.CompareString(v.State(a.Alpha2), v.State(b.Alpha2)) })
	return states
}

// read shows the visitor the register as it is for them.
func (v *visit) read(fn func(*register.Snapshot) error) error {
	return v.site.Register.Read(v.Request().Context(), v.by(), fn)
}

// stateData is what a duty officer wants of a state, on one page.
type stateData struct {
	state.State
	At         time.Time
	Delegation *delegation.Delegation // nil for who may not see it, or if there never was one
	Contacts   []contactData
	Withdrawn  *time.Time // since when there is no nominated technical contact, if there was one
	Strategies []strategy.Strategy
	Current    map[string]bool // which of these are to go by, by their ids
}

// state shows whom to call of a state, who speaks for it, and what its strategies are.
func (v *visit) state() error {
	var data stateData
	ctx := v.Request().Context()
	err := v.read(func(snap *register.Snapshot) (err error) {
		if data.State, err = state.Get(ctx, snap, strings.ToUpper(v.Param("code"))); err != nil {
			return err
		}
		data.At = snap.At
		return data.fill(v, snap)
	})
	if err != nil {
		return err
	}
	for _, c := range data.Contacts {
		note(v, c.Contact)
	}
	note(v, data.Strategies...)
	return v.show(http.StatusOK, "state", data)
}

func (d *stateData) fill(v *visit, snap *register.Snapshot) error {
	ctx := v.Request().Context()
	var of contact.Filter
	of.State = d.Alpha2
	contacts, err := contact.List(ctx, snap, of, contact.After{}, longestList)
	if err != nil {
		return err
	}
	technical := false
	for _, c := range contacts {
		d.Contacts = append(d.Contacts, contactData{Contact: c, At: snap.At})
		technical = technical || c.Kind == contact.Technical && c.Basis == "nominated"
	}
	if !technical {
		withdrawn, err := contact.TechnicalWithdrawnOn(ctx, snap, d.Alpha2)
		if err != nil {
			return err
		}
		if on, ok := withdrawn[d.Alpha2]; ok {
			d.Withdrawn = &on
		}
	}
	var texts strategy.Filter
	texts.State = d.Alpha2
	if d.Strategies, err = strategy.List(ctx, snap, texts, strategy.After{}, longestList); err != nil {
		return err
	}
	slices.SortStableFunc(d.Strategies, func(a, b strategy.Strategy) int { return cmp.Compare(b.AdoptedOn, a.AdoptedOn) })
	d.Current = strategy.CurrentAmong(d.Strategies, snap.At)
	speaks, ok, err := delegation.Current(ctx, snap, d.Alpha2)
	if ok {
		d.Delegation = &speaks
	}
	return err
}

// longestList bounds what of a state a page shows: a thousand times what states have.
const longestList = 5000

// Names reports whether the visitor may name contacts of a state, at once or for
// somebody else to decide on.
func (v *visit) Names(code string) bool {
	by := v.by()
	return by.State == code && by.May(access.ProposeChange, by.Any("contact"))
}
