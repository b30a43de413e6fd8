package portal

import (
	"cmp"
	"slices"

	"pocreg.example/internal/access"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/state"
)

// Role names a role: whose it is, for whom.
func (v *visit) Role(role access.Role, of, coChair *string) string {
	name := v.T("role." + string(role))
	if of == nil {
		of = coChair
	}
	if of == nil {
		return name
	}
	return name + ", " + v.State(*of)
}

// State names a state.
func (v *visit) State(code string) string { return cmp.Or(state.Names(code)[v.Lang()], code) }

// Method names a way to sign in.
func (v *visit) Method(m signin.Method) string { return v.T("method." + string(m)) }

// Outcome says what came of signing in.
func (v *visit) Outcome(o signin.Outcome) string { return v.T("outcome." + string(o)) }

// Site is where people find the pages.
func (v *visit) Site() string { return v.site.Origin }

// RoleName names a role, whosever it is.
func (v *visit) RoleName(role access.Role) string { return v.T("role." + string(role)) }

// RoleMay says what a role is for.
func (v *visit) RoleMay(role access.Role) string { return v.T("role_may." + string(role)) }

// Standing says where an invitation stands.
func (v *visit) Standing(s signin.Status) string { return v.T("status." + string(s)) }

// Scope says how much a token reads that reads up to an audience.
func (v *visit) Scope(a access.Audience) string { return v.T("scope." + string(a)) }

// Givable reports whether a head gives and takes a role: nobody of a delegation
// does its head's.
func (v *visit) Givable(role access.Role) bool { return slices.Contains(tokenRoles, role) }

// MayConfirm reports whether the visitor may be the second who lets somebody start
// anew.
func (v *visit) MayConfirm(i signin.Invitation) bool {
	by := v.Session.Actor()
	return by.May(access.ConfirmReenrolment, access.Subject{State: by.State}) && by.Account != i.Account &&
		(i.InvitedBy == nil || by.Account != *i.InvitedBy)
}
