// Package access decides who may do what. It is pure: it reads no database and
// no request, so a table test covers every rule. PostgreSQL holds the same
// rules a second time, as row-level security.
package access

import "slices"

// Role is what an actor is to the register. An actor has one at a time.
type Role string

// The roles. The zero Role may do nothing.
const (
	Public      Role = "public"             // anybody, not signed in
	Cert        Role = "cert"               // a duty officer of a state's CERT or CSIRT
	Delegate    Role = "delegate"           // keeps a state's entries true
	Head        Role = "head_of_delegation" // answers for a state
	Partner     Role = "partner"            // a system that holds a copy; may have no state
	Secretariat Role = "secretariat"        // the co-chairs' staff; no power over a state's words
	Auditor     Role = "auditor"            // reads everything, changes nothing
	System      Role = "system"             // the registry's own jobs; changes no state's words
)

// Audience is whom a state lets read an entry or a channel.
type Audience string

// The audiences, widest first.
const (
	ForPublic       Audience = "public"
	ForParticipants Audience = "participants"
	ForSelected     Audience = "selected" // the states that it names
)

// Audiences are all audiences, widest first.
var Audiences = []Audience{ForPublic, ForParticipants, ForSelected}

// Actor is whoever is asking. The zero Actor may do nothing.
type Actor struct {
	Account    string     // the person or system: a UUID, or "" for Public and System
	Credential string     // the token: a UUID, or ""
	Role       Role       // the role acted in
	State      string     // home state, alpha-2; "" for none
	CoChair    string     // for Secretariat: the co-chair that it serves, alpha-2
	Delegation string     // the delegation that the role is held under: a UUID, or ""
	Audiences  []Audience // the widest that the credential lets it read
	Writes     bool       // whether the credential is for writing too
	Kinds      []string   // of contact that the role is limited to; none is no limit
}

// Anyone returns the actor that a request without a credential acts as.
func Anyone() Actor { return Actor{Role: Public, Audiences: []Audience{ForPublic}} }

// Registry returns the actor of the registry's own work: it reads all and
// changes no state's words.
func Registry() Actor { return Actor{Role: System, Audiences: Audiences, Writes: true} }

// Reads reports whether a's credential lets it read what is meant for audience;
// whether its role does is MayRead's to say.
func (a Actor) Reads(audience Audience) bool { return slices.Contains(a.Audiences, audience) }

// MayRead reports whether a may read what belongs to state, is meant for
// audience and, if that is ForSelected, names the states in named.
func (a Actor) MayRead(state string, audience Audience, named []string) bool {
	if !a.Reads(audience) {
		return false
	}
	switch rule := reading[audience][a.Role]; rule {
	case anywhere:
		return true
	case ownOrNamed:
		return a.of(state) || a.named(named)
	case ifNamed:
		return a.named(named)
	default:
		return false
	}
}

func (a Actor) of(state string) bool { return a.State != "" && a.State == state }

func (a Actor) named(states []string) bool {
	return a.State != "" && slices.Contains(states, a.State)
}
