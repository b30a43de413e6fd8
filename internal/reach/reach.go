// Package reach answers whom a duty officer can reach in a state, in the order to
// try. It reads what the caller may see, and nothing else: who is hidden from the
// caller is neither listed nor counted. It changes nothing, and calls nobody.
//
// The ladder of a state has five parts, in this order:
//
//  1. the contacts of the kind asked for;
//  2. those of the next kind that can be reached at all. What is urgent goes to who
//     is awake before it goes to who is important: after technical contacts come
//     law enforcement, which has desks at night, then diplomatic, then policy ones;
//     after law enforcement technical, diplomatic, policy; after diplomatic policy,
//     technical, law enforcement; after policy diplomatic, technical, law enforcement;
//  3. the delegation's own channels, for those who may read delegations;
//  4. the frameworks that the state and the caller's belong to now;
//  5. the caller's own diplomatic contacts, who can call theirs: the state that the
//     caller acts for, or whose co-chair's staff it is. Who has none recorded, and
//     who acts for no state, is told whom to ask instead. So no answer is empty.
//
// Contacts of one kind stand in the order of these questions, each asked only where
// those before it leave two equal:
//
//  1. Does it show the caller a channel that works? Mailboxes, phones and messengers
//     count; a fax or a web form is better than nothing.
//  2. Has the state nominated it, or was it found in public?
//  3. Is it on duty? What is not recorded comes before what is off duty.
//  4. Is it for the sector asked for? Who covers other sectors alone is not. Who
//     covers the whole state, all sectors, the private one, or says nothing, may be.
//  5. Has the state confirmed it within a year? Who has lapsed comes later, whatever
//     the rank: the state itself has not stood by it since.
//  6. The rank: the state's own ladder. Nothing that follows overturns it.
//  7. Does it name the sector? Does it speak a language asked for? Is its
//     confirmation not yet due again? Then the id, so that the order is stable.
//
// A contact's channels keep the state's order; dead ones are left out. A contact
// that is suspended keeps its place, and every sentence that would send somebody
// there says so.
package reach

import (
	"time"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/state"
)

// Question is what a caller asks.
type Question struct {
	// States are whom to reach, by alpha-2 or alpha-3 code; or Framework is, which
	// stands for its members now.
	States    []string
	Framework string

	Kind      string    // of contact
	Languages []string  // BCP 47, in canonical form; none if any will do
	Sector    string    // "" for any
	At        time.Time // the moment that is asked about; zero is now
}

// Answer is whom to reach: of each state a ladder.
type Answer struct {
	At      time.Time
	Ladders []Ladder
}

// Ladder is whom to reach in one state, in the order to try. It has at least one
// step.
type Ladder struct {
	State   state.State
	Summary string // one sentence
	Steps   []Step
}

// Part is a part of the ladder.
type Part string

// The parts of the ladder, in order.
const (
	Asked         Part = "asked"
	NextKind      Part = "next_kind"
	OfDelegation  Part = "delegation"
	OfFramework   Part = "framework"
	OwnDiplomatic Part = "own_diplomatic"
)

// Mark is something to know of a step before relying on it.
type Mark string

// The marks, in the order in which a step has them. More may come.
const (
	Suspended     Mark = "suspended"      // its state, or the secretariat, says not to rely on it
	ChangedLately Mark = "changed_lately" // a channel or key is new, or was another, within 72 hours
	Due           Mark = "due"            // not confirmed for 180 days
	Lapsed        Mark = "lapsed"         // not confirmed for 365 days
	Unconfirmed   Mark = "unconfirmed"    // found in public
	Incomplete    Mark = "incomplete"     // lacks what its kind requires
	NoChannel     Mark = "no_channel"     // shows the caller no channel that works
	Unrepresented Mark = "unrepresented"  // nobody speaks for the state now
	Contested     Mark = "contested"      // who speaks for the state is in dispute
)

// Step is one on the ladder: a contact, a delegation, a framework, or who to ask
// where the register has nobody.
type Step struct {
	Part         Part
	State        string // whose it is, alpha-2; "" for a framework, and for who acts for no state
	Contact      *contact.Contact
	Delegation   *delegation.Delegation
	Framework    *reference.Framework
	Title        string
	TitleEN      string
	Organisation organisation.Name
	Zone         *time.Location     // of Contact; nil where it is not known
	Duty         contact.Duty       // of Contact
	InCommon     []string           // Contact's languages among those asked for
	Suspensions  []entry.Suspension // of Contact, that hold at the moment asked about
	Channels     []Channel          // that work, in the order to try
	Keys         []Key              // that can be used
	Marks        []Mark
	Why          string // one sentence: why it stands here; before it, one that it is suspended

	merits merits
}

// Channel is one way to reach somebody.
type Channel struct {
	contact.Channel
	Of           string // of a delegation's: mission, ministry, other
	ChangedHours *int   // how long ago it was made or changed, within 72 hours
}

// Key is a public key or certificate of somebody.
type Key struct {
	contact.ContactKey
	ChangedHours *int // how long ago it was added, within 72 hours
}

// Facts are what the register shows one caller, all read at one moment.
type Facts struct {
	Now           time.Time
	States        map[string]state.State // by alpha-2, as are the next three
	Contacts      map[string][]contact.Contact
	Delegations   map[string]delegation.Delegation
	Withdrawn     map[string]time.Time         // since when a state has no nominated technical contact
	Organisations map[string]organisation.Name // by id
	Zones         map[string]*time.Location    // by name
}

// nextKinds are the kinds to go on with after the one asked for.
var nextKinds = map[string][]string{
	contact.Technical:      {contact.LawEnforcement, contact.Diplomatic, contact.Policy},
	contact.LawEnforcement: {contact.Technical, contact.Diplomatic, contact.Policy},
	contact.Diplomatic:     {contact.Policy, contact.Technical, contact.LawEnforcement},
	contact.Policy:         {contact.Diplomatic, contact.Technical, contact.LawEnforcement},
}
