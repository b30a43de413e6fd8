package portal

import (
	"net/http"
	"slices"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// invitable are the roles that a head gives to people.
var invitable = []access.Role{access.Delegate, access.Cert}

// peopleData is what a state's people see of each other: a head everything, a
// delegate whom they may agree to let start anew.
type peopleData struct {
	People      []signin.Person
	Invitations []signin.Listed
	Devices     []signin.Session
	Deciding    modeData
}

// people lists the people of the own state, who was invited, and its duty devices.
func (v *visit) people() error {
	by, ctx := v.Session.Actor(), v.Request().Context()
	if err := by.Require(access.ConfirmReenrolment, access.Subject{State: by.State}); err != nil {
		return err
	}
	var data peopleData
	var err error
	if data.Invitations, err = v.site.SignIn.Invitations(ctx, by); err != nil {
		return err
	}
	if v.Heads() {
		if data.People, err = v.site.SignIn.People(ctx, by, by.State); err != nil {
			return err
		}
		if data.Devices, err = v.site.SignIn.Devices(ctx, by); err != nil {
			return err
		}
		if data.Deciding, err = v.readMode(); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, "people", data)
}

// act is what the visitor does, in their own name.
func (v *visit) act() register.Act { return register.Act{By: v.Session.Actor()} }

// done leads back to where the form was.
func (v *visit) done(err error, page string) error {
	if err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, page)
}

// personData is one of the own state's people, with where they are signed in and
// what happened of late when they signed in.
type personData struct {
	signin.Person
	Sessions []signin.Session
	Events   []signin.Event
	Grants   []access.Role // that they could be given
}

// Page is where they stand.
func (p personData) Page() string { return "/people/" + p.Account }

// Disablable reports whether a head disables this person: a head is disabled by two
// of the secretariat.
func (p personData) Disablable() bool { return !holds(p.Roles, access.Head) }

// Freezable reports whether a head freezes this person: a head is the secretariat's to
// freeze.
func (p personData) Freezable() bool { return !holds(p.Roles, access.Head) }

// Thawable reports whether the state froze this person, and has not thawed them.
func (p personData) Thawable() bool {
	return slices.ContainsFunc(p.Freezes, func(f account.Freeze) bool { return f.By == entry.ByState })
}

// person shows one of the own state's people.
func (v *visit) person() error {
	data, err := v.readPerson()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "person", data)
}

func (v *visit) readPerson() (data personData, err error) {
	by, ctx := v.Session.Actor(), v.Request().Context()
	if err := by.Require(access.ManagePeople, access.Subject{State: by.State}); err != nil {
		return data, err
	}
	all, err := v.site.SignIn.People(ctx, by, by.State)
	if err != nil {
		return data, err
	}
	for _, one := range all {
		if one.Account == v.Param("account") {
			data.Person = one
		}
	}
	if data.Account == "" {
		return data, problem.Errorf(problem.NotFound, "there is no such person")
	}
	for _, role := range invitable {
		if !holds(data.Roles, role) {
			data.Grants = append(data.Grants, role)
		}
	}
	if data.Sessions, err = v.site.SignIn.SessionsOf(ctx, by, data.Account); err != nil {
		return data, err
	}
	data.Events, err = v.site.SignIn.Events(ctx, by, data.Account)
	data.Events = data.Events[:min(len(data.Events), eventsShown)]
	return data, err
}

func holds(roles []account.Role, role access.Role) bool {
	for _, r := range roles {
		if r.Role == role {
			return true
		}
	}
	return false
}

// onPerson carries out what a head does to one of the own state's people, and
// shows them again.
func onPerson(do func(*visit, string) error) handler {
	return func(v *visit) error {
		err := do(v, v.Param("account"))
		if err == nil {
			return v.Redirect(http.StatusSeeOther, "/people/"+v.Param("account"))
		}
		data, failed := v.readPerson()
		if failed != nil {
			return err
		}
		return v.again(err, "person", data)
	}
}

func (v *visit) grantRole(of string) error {
	_, err := v.site.SignIn.Grant(v.Request().Context(), v.act(), of, access.Role(v.value("role")), v.values("kinds")...)
	return err
}

func (v *visit) withdrawRole(string) error {
	_, err := v.site.SignIn.WithdrawRole(v.Request().Context(), v.act(), v.value("role"))
	return err
}

func (v *visit) endTheirs(string) error {
	return v.site.SignIn.End(v.Request().Context(), v.Session.Actor(), v.value("session"))
}

// freeze stops somebody for a day, with all that is theirs.
func (v *visit) freeze(of string) error {
	in := account.FreezeInput{Reason: v.value("reason")}
	_, err := v.site.Accounts.FreezePerson(v.Request().Context(), v.act(), of, register.Sent[account.FreezeInput]{Body: in})
	return err
}

func (v *visit) thaw(of string) error {
	_, err := v.site.Accounts.ThawPerson(v.Request().Context(), v.act(), of, register.Sent[entry.Nothing]{})
	return err
}

func (v *visit) disable(of string) error {
	_, err := v.site.SignIn.Disable(v.Request().Context(), v.act(), of)
	return err
}

// reenrol lets somebody who is locked out start anew, once a second person agrees.
func (v *visit) reenrol() error {
	offer, err := v.site.SignIn.Reenrol(v.Request().Context(), v.act(), v.Param("account"))
	if err != nil {
		return err
	}
	return v.showOffer(offer)
}

// inviteData is what was said of somebody to be invited, and what can be.
type inviteData struct {
	signin.InviteInput
	Roles     []access.Role
	Languages []*language
}

func (v *visit) inviteData(in signin.InviteInput) inviteData {
	return inviteData{in, invitable, v.site.languages.all}
}

func (v *visit) showInvite() error {
	by := v.Session.Actor()
	if err := by.Require(access.ManagePeople, access.Subject{State: by.State}); err != nil {
		return err
	}
	return v.show(http.StatusOK, "invite", v.inviteData(signin.InviteInput{Role: access.Delegate, Language: v.Lang()}))
}

// invite offers somebody a role.
func (v *visit) invite() error {
	in := signin.InviteInput{
		Name: v.value("name"), Email: v.value("email"), Role: access.Role(v.value("role")), Language: v.value("language"),
		Kinds: v.values("kinds"),
	}
	offer, err := v.site.SignIn.Invite(v.Request().Context(), v.act(), register.Sent[signin.InviteInput]{Body: in})
	if err != nil {
		return v.again(err, "invite", v.inviteData(in))
	}
	return v.showOffer(offer)
}

func (v *visit) showDevice() error {
	by := v.Session.Actor()
	if err := by.Require(access.ManagePeople, access.Subject{State: by.State}); err != nil {
		return err
	}
	return v.show(http.StatusOK, "device", signin.DeviceInput{})
}

// device offers an office a duty device.
func (v *visit) device() error {
	in := signin.DeviceInput{Office: v.value("office"), Language: v.Lang()}
	offer, err := v.site.SignIn.EnrolDevice(v.Request().Context(), v.act(), register.Sent[signin.DeviceInput]{Body: in})
	if err != nil {
		return v.again(err, "device", in)
	}
	return v.showOffer(offer)
}

func (v *visit) endDevice() error {
	return v.done(v.site.SignIn.End(v.Request().Context(), v.Session.Actor(), v.value("session")), "/people")
}

func (v *visit) withdrawInvitation() error {
	_, err := v.site.SignIn.Withdraw(v.Request().Context(), v.act(), v.value("invitation"))
	return v.done(err, "/people")
}

func (v *visit) confirmInvitation() error {
	_, err := v.site.SignIn.Confirm(v.Request().Context(), v.act(), v.value("invitation"))
	return v.done(err, "/people")
}
