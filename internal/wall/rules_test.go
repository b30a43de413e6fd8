package wall_test

import (
	"slices"
	"strings"

	"pocreg.example/internal/access"
)

// reading is the design's table of who may read an entry or a channel, written
// down by hand. A cell is what of all states' rows the role may touch: "own" of
// the own state, "named" where the own state is named, "own+" both, "self" what
// is of the own account, "others" what is not. Any of it wants a credential scoped to the audience.
var reading = map[string]string{
	//               public cert delegate head partner secretariat pair auditor system
	"public":       "all    all  all      all  all     all         all  all     all",
	"participants": "-      all  all      all  all     all         all  all     all",
	"selected":     "-      own+ own+     own+ named   -           -    all     all",
}

// rule is who may do something with the rows of a table that are of a class:
// those that have all words of it. The first rule of a table and a verb that
// fits is the one. A verb without a rule is for nobody.
type rule struct{ table, verb, class, cells string }

// rules is the rest of the design's table, for every table with rows of states.
// Those of entries and their details are read as reading says. Writing wants a
// credential that writes.
var rules = []rule{
	// A state's people change its words, and only they nominate or reject what was
	// found; the secretariat records that. A CERT says which of its technical
	// contacts are alive.
	//                                                 public cert delegate head partner secretariat pair auditor system
	{"entry", "insert", "public_source", "              -      -    -        -    -       all         all  -       -"},
	{"entry", "insert", "", "                           -      -    own      own  -       -           -    -       -"},
	{"entry", "update", "contact technical found", "    -      own  own      own  -       all         all  -       -"},
	{"entry", "update", "contact technical", "          -      own  own      own  -       -           -    -       -"},
	{"entry", "update", "found", "                      -      -    own      own  -       all         all  -       -"},
	{"entry", "update", "", "                           -      -    own      own  -       -           -    -       -"},
	{"channel", "update", "contact technical found", "  -      own  own      own  -       all         all  -       -"},
	{"channel", "update", "contact technical", "        -      own  own      own  -       -           -    -       -"},
	{"detail", "write", "found", "                      -      -    own      own  -       all         all  -       -"},
	{"detail", "write", "", "                           -      -    own      own  -       -           -    -       -"},

	// A head suspends the own state's entries, two of the secretariat any. Neither
	// lifts the other's; the secretariat sees its own also where the entry is not for it.
	{"suspension", "write", "of_state", "               -      -    -        own  -       -           -    -       -"},
	{"suspension", "write", "of_secretariat", "         -      -    -        -    -       -           all  -       -"},
	{"imposed", "select", "of_secretariat selected", "  -      -    -        -    -       all         all  -       -"},

	// Who read what: an owner sees states and days that are over, the head of the
	// reader's own state the person, the auditor all; nobody adds to it but the
	// registry itself.
	{"access_days", "select", "over", "                 -      -    own      own  -       -           -    all     -"},
	{"access_people", "select", "", "                   -      -    -        own  -       -           -    all     -"},
	{"access_note", "insert", "", "                     -      -    -        -    -       -           -    -       all"},

	// Suggestions: any participant's about any entry that they see. The entry's state
	// sees and answers them, and the side that made one takes it back: "named" is
	// that state.
	{"suggestion", "select", "of_secretariat", "        -      own  own      own  -       all         all  all     all"},
	{"suggestion", "select", "", "                      -      own+ own+     own+ -       -           -    all     all"},
	{"suggestion", "update", "of_secretariat", "        -      -    own      own  -       all         all  -       -"},
	{"suggestion", "update", "", "                      -      named own+    own+ -       -           -    -       -"},
	{"suggestion", "insert", "", "                      -      all  all      all  -       all         all  -       -"},

	// What is known of the states themselves is public, and loaded; what a state
	// says of instruments is its own word.
	{"state", "select", "", "                           all    all  all      all  all     all         all  all     all"},
	{"state", "insert", "", "                           -      -    -        -    -       -           -    -       all"},
	{"state_instruments", "select", "", "               all    all  all      all  all     all         all  all     all"},
	{"state_instruments", "insert", "", "               -      -    own      own  -       -           -    -       -"},
	{"state_instruments", "update", "", "               -      -    own      own  -       -           -    -       -"},

	// Two of the secretariat open and close a delegation; its own people say by
	// which channels it is reached.
	{"delegation", "insert", "", "                      -      -    -        -    -       -           all  -       -"},
	{"delegation", "update", "", "                      -      -    own      own  -       -           all  -       -"},

	// A head manages the state's people and tokens. Two of the secretariat appoint
	// heads, and auditors and partners of no state; the operator the secretariat,
	// and may end any token.
	{"account", "select", "", "                         -      own  own      own  self    self        all  all     all"},
	{"account", "insert", "stateless", "                -      -    -        -    -       -           all  -       all"},
	{"account", "insert", "", "                         -      -    -        own  -       -           all  -       -"},
	{"token", "update", "head_of_delegation", "         -      -    -        -    -       -           all  -       all"},
	{"token", "update", "secretariat", "                -      -    -        -    -       -           -    -       all"},
	{"token", "update", "auditor", "                    -      -    -        -    -       -           all  -       all"},
	{"token", "update", "partner stateless", "          -      -    -        -    -       -           all  -       all"},
	{"token", "update", "", "                           -      -    -        own  -       -           -    -       all"},
	{"credential", "select", "", "                      -      self self     own  self    self        all  all     all"},
	{"credential", "write", "head_of_delegation", "     -      -    -        -    -       -           all  -       -"},
	{"credential", "write", "secretariat stateless", "  -      -    -        -    -       -           -    -       all"},
	{"credential", "write", "secretariat", "            -      -    -        -    -       -           -    -       -"},
	{"credential", "write", "auditor stateless", "      -      -    -        -    -       -           all  -       -"},
	{"credential", "write", "auditor", "                -      -    -        -    -       -           -    -       -"},
	{"credential", "write", "partner stateless", "      -      -    -        -    -       -           all  -       -"},
	{"credential", "write", "", "                       -      -    -        own  -       -           -    -       -"},

	// What a state's people propose, its delegates and head decide on, in their own
	// name; a CERT sees what CERTs propose, and takes its own back. What the secretariat
	// proposes, the secretariat decides on.
	{"proposal", "select", "of_secretariat", "          -      -    -        -    -       all         all  all     all"},
	{"proposal", "update", "of_secretariat", "          -      -    -        -    -       all         all  -       -"},
	{"proposal", "insert", "anothers", "                -      -    -        -    -       -           -    -       -"},
	{"proposal", "insert", "of_secretariat patch", "    -      -    -        -    -       -           -    -       -"},
	{"proposal", "select", "of_cert", "                 -      own  own      own  -       -           -    all     all"},
	{"proposal", "select", "", "                        -      -    own      own  -       -           -    all     all"},
	{"proposal", "update", "of_cert", "                 -      self own      own  -       -           -    -       -"},
	{"proposal", "update", "", "                        -      -    own      own  -       -           -    -       -"},
	{"proposal", "insert", "of_secretariat", "          -      -    -        -    -       all         all  -       -"},
	{"proposal", "insert", "of_cert import", "          -      -    -        -    -       -           -    -       -"},
	{"proposal", "insert", "of_cert organisation", "    -      -    -        -    -       -           -    -       -"},
	{"proposal", "insert", "of_cert", "                 -      own  -        -    -       -           -    -       -"},
	{"proposal", "insert", "of_delegate", "             -      -    own      -    -       -           -    -       -"},
	{"proposal", "insert", "of_head_of_delegation", "   -      -    -        own  -       -           -    -       -"},

	// A head freezes the tokens that a head gives, the secretariat anybody's. Neither
	// lifts the other's; the secretariat reads its own, and not the token.
	{"token_freeze", "select", "of_secretariat", "      -      self self     own  self    all         all  all     all"},
	{"token_freeze", "select", "", "                    -      self self     own  self    self        all  all     all"},
	{"token_freeze", "write", "of_secretariat", "       -      -    -        -    -       all         all  -       -"},
	{"token_freeze", "write", "head_of_delegation", "   -      -    -        -    -       -           -    -       -"},
	{"token_freeze", "write", "stateless", "            -      -    -        -    -       -           -    -       -"},
	{"token_freeze", "write", "", "                     -      -    -        own  -       -           -    -       -"},

	// So it is with people, of whom nobody freezes themselves; a head is read by the own
	// head and the auditor alone.
	{"person_freeze", "select", "of_secretariat", "     self   self self     own  self    all         all  all     all"},
	{"person_freeze", "select", "", "                   self   self self     own  self    self        all  all     all"},
	{"person_freeze", "write", "of_secretariat", "      -      -    -        -    -       others      others -  -"},
	{"person_freeze", "write", "head_of_delegation", "  -      -    -        -    -       -           -    -       -"},
	{"person_freeze", "write", "stateless", "           -      -    -        -    -       -           -    -       -"},
	{"person_freeze", "write", "", "                    -      -    -        own  -       -           -    -       -"},

	// A person's sign-in name is for them, their head and whoever appoints that head. A
	// role is offered by whoever may give it; a head lets the own people enrol anew,
	// which a second of the delegation confirms, and two of the secretariat anybody.
	//                                                 public cert delegate head partner secretariat pair auditor system
	{"person", "select", "", "                          self   self self     own  self    self        all  self    all"},
	{"person", "update", "", "                          -      -    -        own  -       -           all  -       all"},
	{"invitation", "select", "reenrol", "               self   self own      own  self    self        all  self    all"},
	{"invitation", "select", "", "                      self   self self     own  self    self        all  self    all"},
	{"invitation", "update", "reenrol", "               -      -    own      own  -       -           all  -       all"},
	{"invitation", "update", "head_of_delegation", "    -      -    -        -    -       -           all  -       all"},
	{"invitation", "update", "stateless auditor", "     -      -    -        -    -       -           all  -       all"},
	{"invitation", "update", "stateless", "             -      -    -        -    -       -           -    -       all"},
	{"invitation", "update", "", "                      -      -    -        own  -       -           -    -       all"},
	{"invitation", "insert", "reenrol stateless", "     -      -    -        -    -       -           all  -       all"},
	{"invitation", "insert", "reenrol", "               -      -    -        own  -       -           all  -       -"},
	{"invitation", "insert", "head_of_delegation", "    -      -    -        -    -       -           all  -       -"},
	{"invitation", "insert", "stateless auditor", "     -      -    -        -    -       -           all  -       -"},
	{"invitation", "insert", "stateless partner", "     -      -    -        -    -       -           all  -       -"},
	{"invitation", "insert", "stateless secretariat", " -      -    -        -    -       -           -    -       all"},
	{"invitation", "insert", "", "                      -      -    -        own  -       -           -    -       -"},

	// Where somebody is signed in, and when they tried to, they and their head see, and
	// end. How they sign in is for the registry alone, which writes without the door.
	{"session", "select", "", "                         self   self self     own  self    self        self self    all"},
	{"session", "update", "", "                         self   self self     own  self    self        self self    all"},
	{"signin_event", "select", "", "                    self   self self     own  self    self        self self    all"},
	{"invitation_secret", "insert", "", "               -      -    -        -    -       -           -    -       -"},
	{"signing_in", "select", "", "                      -      -    -        -    -       -           -    -       all"},
	{"signing_in", "write", "", "                       -      -    -        -    -       -           -    -       all"},

	// A head says where the own state's people sign in, and learns no secret of it.
	{"identity_provider", "select", "", "               -      -    -        own  -       -           -    -       all"},
	{"identity_provider", "insert", "anothers", "       -      -    -        -    -       -           -    -       -"},
	{"identity_provider", "write", "", "                -      -    -        own  -       -           -    -       -"},
	{"identity_provider_secret", "insert", "", "        -      -    -        -    -       -           -    -       -"},
	// What people want to be told of is theirs; what they were told, the registry's.
	{"subscription", "select", "", "                    -      self self     self -       self        self self    all"},
	{"subscription", "write", "", "                     -      self self     self -       self        self self    -"},

	// The trail: its rows, beside the history of what one may read; whom an entry
	// named; and what is written to it, by whoever may change something.
	{"trail_change", "select", "", "                    -      -    own      own  -       all         all  all     all"},
	{"trail_change", "insert", "words", "               -      -    own      own  -       all         all  -       all"}, // where one decides
	{"trail_change", "insert", "", "                    -      own  own      own  -       all         all  -       all"},
	{"trail_content", "select", "names", "              -      -    own      own  -       -           -    all     all"},
	{"trail_leaf", "select", "", "                      all    all  all      all  all     all         all  all     all"},
	{"trail_part", "insert", "", "                      -      all  all      all  -       all         all  -       all"},
	{"trail_content", "insert", "", "                   -      all  all      all  -       all         all  -       all"},
	{"trail_leaf", "insert", "", "                      -      all  all      all  -       all         all  -       all"},
}

// family says under which names a table's rules stand, the nearest first.
var family = map[string][]string{
	"organisation": {"detail"}, "contact": {"detail"}, "strategy": {"detail"}, "channel": {"channel", "detail"},
	"external_id": {"detail"}, "source": {"detail"}, "contact_key": {"detail"},
	"participation": {"state"}, "co_chair": {"state"}, "membership": {"state"},
	"role_grant": {"credential"}, "token": {"token", "credential"},
	"session": {"session", "signing_in"}, "signin_event": {"signin_event", "signing_in"},
	"invitation_secret": {"invitation_secret", "signing_in"}, "passkey": {"signing_in"}, "password": {"signing_in"}, "totp": {"signing_in"},
	"printed_code": {"signing_in"}, "ceremony": {"signing_in"}, "known_browser": {"signing_in"}, "signin_attempt": {"signing_in"},
	"identity_provider_secret": {"identity_provider_secret", "signing_in"}, "provider_subject": {"signing_in"},
	"token_opening": {"signing_in"},
	"notice":        {"signing_in"}, "digest": {"signing_in"}, "invitation_link": {"signing_in"}, "subscription": {"subscription", "signing_in"},
}

// aside says whether a table is written beside the door, by who may write nothing
// else.
func aside(table string) bool { return slices.Contains(family[table], "signing_in") }

// condition is a right to read that a row depends on.
type condition struct {
	Audience string
	Named    []string
}

// row is a row of a table, as the rules see it.
type row struct {
	Key     string
	Class   string
	State   string
	Account string
	Reads   []condition // all are wanted
	History []condition // of a change in the trail: who may read the entry, then and now
}

// cell finds the rule for a table, a verb and a class.
func cell(table, verb, class string, role int) string {
	verbs := []string{verb}
	if verb != "select" {
		verbs = append(verbs, "write")
	}
	names := family[table]
	if names == nil {
		names = []string{table}
	}
	for _, name := range names {
		for _, r := range rules {
			if r.table == name && slices.Contains(verbs, r.verb) && within(r.class, class) {
				return strings.Fields(r.cells)[role]
			}
		}
	}
	return "-"
}

func within(words, class string) bool {
	for word := range strings.FieldsSeq(words) {
		if !slices.Contains(strings.Fields(class), word) {
			return false
		}
	}
	return true
}

func (a actor) reaches(cell string, r row, named []string) bool {
	own := a.state != "" && a.state == r.State
	isNamed := a.state != "" && slices.Contains(named, a.state)
	switch cell {
	case "all":
		return true
	case "own":
		return own
	case "own+":
		return own || isNamed
	case "named":
		return isNamed
	case "self":
		return a.account != "" && a.account == r.Account
	case "others":
		return a.account == "" || a.account != r.Account
	}
	return false
}

func (a actor) passes(conditions []condition, r row) bool {
	return !slices.ContainsFunc(conditions, func(c condition) bool {
		return !slices.Contains(a.audiences, c.Audience) || !a.reaches(strings.Fields(reading[c.Audience])[a.role], r, c.Named)
	})
}

// sees says whether the rules let a see a row.
func (a actor) sees(table string, r row) bool {
	listed := func(name, class string) bool { return a.reaches(cell(name, "select", class, a.role), r, nil) }
	// The trail has rows of every entry: it is for who reads all audiences.
	all := len(a.audiences) == len(access.Audiences)
	change := func() bool { return all && listed("trail_change", "") || r.History != nil && a.passes(r.History, r) }
	switch table {
	case "proposal": // which may be about any entry
		return all && listed(table, r.Class)
	case "trail_change", "trail_part":
		return change()
	case "suggestion": // what its reader must read is its audience; whom that names is who made it
		reads := r.Reads[0]
		return slices.Contains(a.audiences, reads.Audience) && a.reaches(cell(table, "select", r.Class, a.role), r, reads.Named)
	case "trail_content":
		return change() && a.passes(r.Reads, r) && (!within("names", r.Class) || listed(table, "names"))
	}
	if r.Reads != nil {
		return a.passes(r.Reads, r) || a.lifts(r)
	}
	return listed(table, r.Class)
}

// lifts says whether a suspension is one that a may see without seeing its entry.
func (a actor) lifts(r row) bool {
	return slices.Contains(a.audiences, "participants") && a.reaches(cell("imposed", "select", r.Class, a.role), r, nil)
}

// changes says whether the rules let a do verb with a row, or add it.
func (a actor) changes(table, verb string, r row) bool {
	var named []string
	if table == "suggestion" {
		named = r.Reads[0].Named
	}
	if !a.writes && !aside(table) || !a.reaches(cell(table, verb, r.Class, a.role), r, named) {
		return false
	}
	if table == "proposal" && len(a.audiences) < len(access.Audiences) {
		return false
	}
	if !a.covers(table, verb, r) {
		return false
	}
	if verb == "insert" { // a detail is added to an entry that its author sees
		return a.passes(r.Reads, r) || a.lifts(r)
	}
	return a.sees(table, r)
}
