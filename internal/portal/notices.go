package portal

import (
	"net/http"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/subscription"
)

// noticesData is what a person is told of by mail, and what more they could be.
type noticesData struct {
	subscription.Input
	Subscriptions []subscription.Subscription
	States        []reference.State
	Kinds         []string
	Frameworks    []reference.Framework
	Deliveries    []subscription.Delivery
}

// Most is how many subscriptions there may be.
func (noticesData) Most() int { return subscription.Most }

// FrameworkName is what a framework is called.
func (v *visit) FrameworkName(code string) string {
	for _, f := range reference.Frameworks() {
		switch {
		case f.Code != code:
		case v.Lang() == "pl":
			return f.NamePL
		default:
			return f.Name
		}
	}
	return code
}

// Followed names what somebody is told of: a kind of contact, or another noun.
func (v *visit) Followed(kind string) string {
	if kind == "strategy" || kind == "organisation" {
		return capital(v.Noun(kind))
	}
	return v.Value(kind)
}

// Told says what a subscription is to, in one line.
func (v *visit) Told(s subscription.Subscription) string {
	state, kind, framework := v.T("notices.any_state"), v.T("notices.any_kind"), ""
	if s.State != nil {
		state = v.State(*s.State)
	}
	if s.Kind != nil {
		kind = v.Followed(*s.Kind)
	}
	if s.Framework != nil {
		framework = ", " + v.FrameworkName(*s.Framework)
	}
	return state + ", " + kind + framework
}

// Delivered says when somebody is told.
func (v *visit) Delivered(d subscription.Delivery) string {
	if d == subscription.Daily {
		return v.T("notices.daily")
	}
	return v.T("notices.at_once")
}

// notices shows a person what they are told of.
func (v *visit) notices() error {
	return v.showNotices(http.StatusOK, subscription.Input{Delivery: subscription.Daily})
}

func (v *visit) showNotices(status int, in subscription.Input, faults ...fault) error {
	by := v.Session.Actor()
	if err := v.mayFollow(by); err != nil {
		return err
	}
	data := noticesData{
		Input: in, Kinds: subscription.Kinds, Frameworks: reference.Frameworks(),
		Deliveries: []subscription.Delivery{subscription.Daily, subscription.AtOnce},
	}
	for _, s := range reference.States() {
		if s.Alpha2 != by.State {
			data.States = append(data.States, s)
		}
	}
	err := v.site.Register.Read(v.Request().Context(), by, func(snap *register.Snapshot) (err error) {
		data.Subscriptions, err = subscription.List(v.Request().Context(), snap)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, "notices", data, faults...)
}

// mayFollow refuses an office's device, which has no address, and who may not.
func (v *visit) mayFollow(by access.Actor) error {
	if v.Session.Kind != signin.OfPerson {
		return problem.Errorf(problem.Forbidden, "a duty device is its office's: people are told of changes, at their own addresses")
	}
	return by.RequireAny(access.FollowChanges)
}

// Follows reports whether the visitor may be told of others' changes.
func (v *visit) Follows() bool { return v.mayFollow(v.Session.Actor()) == nil }

// follow has the person be told.
func (v *visit) follow() error {
	in := subscription.Input{
		State: v.value("state"), Kind: v.value("kind"), Framework: v.value("framework"), Delivery: subscription.Delivery(v.value("delivery")),
	}
	if err := v.mayFollow(v.Session.Actor()); err != nil {
		return err
	}
	_, err := v.site.Subscriptions.Add(v.Request().Context(), v.act(), register.Sent[subscription.Input]{Body: in})
	if err == nil {
		return v.Redirect(http.StatusSeeOther, "/account/notices")
	}
	faults, status, ok := v.wrong(err)
	if !ok {
		return err
	}
	return v.showNotices(status, in, faults...)
}

// unfollow has them be told no longer.
func (v *visit) unfollow() error {
	return v.done(v.site.Subscriptions.Remove(v.Request().Context(), v.act(), v.value("subscription")), "/account/notices")
}
