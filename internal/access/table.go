package access

import (
	"slices"
	"strings"

	"pocreg.example/internal/problem"
)

// Action is something a role may or may not do.
type Action string

// The actions that change something, or show more than an entry itself.
const (
	ChangeEntry           Action = "change entries"
	ProposeChange         Action = "propose a change"
	DecideProposal        Action = "decide on a proposal"
	ChooseMode            Action = "choose whether one decides or two"
	MarkChannel           Action = "mark a channel dead or alive"
	ConfirmEntry          Action = "confirm an entry"
	WithdrawLastTechnical Action = "withdraw the last technical contact"
	ManageTokens          Action = "manage a state's tokens"
	ManagePeople          Action = "manage a state's people"
	ConfirmReenrolment    Action = "confirm that somebody enrols anew"
	ReenrolAnybody        Action = "let anybody enrol anew"
	SuspendEntry          Action = "suspend an entry"
	ImportPublicSource    Action = "record what was found in public"
	ReadTrail             Action = "read the trail"
	SeeNamedStates        Action = "see whom a selected entry names"
	SeeReadingStates      Action = "see which states read an entry"
	SeeReadingPeople      Action = "see which people of a state read an entry"
	OpenDelegation        Action = "open, contest or close a delegation"
	AdmitStateless        Action = "admit a partner without a state, or an auditor"
	AppointSecretariat    Action = "appoint the secretariat"
	RevokeAnyToken        Action = "revoke anybody's token"
	FreezeCredential      Action = "freeze a credential"
	SuggestCorrection     Action = "suggest a correction"
	AnswerSuggestion      Action = "answer a suggestion"
	FollowChanges         Action = "be told of other states' changes"
)

// rule says for which states a role may do something.
type rule int

const (
	never      rule = iota
	own             // for the actor's own state
	technical       // for the own state's technical contacts
	anywhere        // for any state
	ownOrNamed      // for the own state, and where the own state is named
	ifNamed         // where the own state is named
	together        // with a second actor of the role, of another co-chair
)

// reading is who may read an entry of each audience. What a credential's own
// scope leaves out is left out before this is asked.
var reading = map[Audience]map[Role]rule{
	ForPublic: {
		Public: anywhere, Cert: anywhere, Delegate: anywhere, Head: anywhere,
		Partner: anywhere, Secretariat: anywhere, Auditor: anywhere, System: anywhere,
	},
	ForParticipants: {
		Cert: anywhere, Delegate: anywhere, Head: anywhere,
		Partner: anywhere, Secretariat: anywhere, Auditor: anywhere, System: anywhere,
	},
	ForSelected: {
		Cert: ownOrNamed, Delegate: ownOrNamed, Head: ownOrNamed,
		Partner: ifNamed, Auditor: anywhere, System: anywhere,
	},
}

// acting is who may do what. A role that a row leaves out may not.
var acting = map[Action]map[Role]rule{
	ChangeEntry:           {Delegate: own, Head: own},
	ProposeChange:         {Cert: technical, Delegate: own, Head: own},
	DecideProposal:        {Delegate: own, Head: own}, // but not one's own
	ChooseMode:            {Head: own},
	MarkChannel:           {Cert: technical, Delegate: own, Head: own},
	ConfirmEntry:          {Cert: technical, Delegate: own, Head: own},
	WithdrawLastTechnical: {Head: own},
	ManageTokens:          {Head: own},
	ManagePeople:          {Head: own},
	ConfirmReenrolment:    {Delegate: own, Head: own},
	ReenrolAnybody:        {Secretariat: together},
	SuspendEntry:          {Head: own, Secretariat: together},
	ImportPublicSource:    {Secretariat: anywhere},
	ReadTrail:             {Delegate: own, Head: own, Secretariat: anywhere, Auditor: anywhere, System: anywhere},
	SeeNamedStates:        {Delegate: own, Head: own, Auditor: anywhere},
	SeeReadingStates:      {Delegate: own, Head: own, Auditor: anywhere},
	SeeReadingPeople:      {Head: own, Auditor: anywhere},
	OpenDelegation:        {Secretariat: together},
	AdmitStateless:        {Secretariat: together},
	AppointSecretariat:    {System: anywhere},
	RevokeAnyToken:        {System: anywhere},
	FreezeCredential:      {Head: own, Secretariat: anywhere},
	SuggestCorrection:     {Cert: anywhere, Delegate: anywhere, Head: anywhere, Secretariat: anywhere},
	AnswerSuggestion:      {Delegate: own, Head: own},
	FollowChanges:         {Cert: anywhere, Delegate: anywhere, Head: anywhere, Secretariat: anywhere, Auditor: anywhere},
}

// looks are the actions that change nothing that anybody relies on: a read-only
// credential is enough.
var looks = map[Action]bool{
	ReadTrail: true, SeeNamedStates: true, SeeReadingStates: true, SeeReadingPeople: true, FollowChanges: true,
}

// wholly are the actions for who reads all audiences alone: to replace what an
// entry says, because who does not see all of it would undo, unseen, what others
// may read; and to read the trail and the access log, which have rows of every entry.
var wholly = map[Action]bool{
	ChangeEntry: true, ProposeChange: true, DecideProposal: true, ImportPublicSource: true, ReadTrail: true,
	SeeReadingStates: true, SeeReadingPeople: true,
}

// ofKinds are the actions that a role which is limited to kinds of contact does
// for those alone: what changes a state's words, or decides on them.
var ofKinds = map[Action]bool{
	ChangeEntry: true, ProposeChange: true, DecideProposal: true, MarkChannel: true, ConfirmEntry: true, AnswerSuggestion: true,
}

// Subject is what an action is about. What is no entry has no noun.
type Subject struct {
	State string // whose it is, alpha-2
	Noun  string // contact, organisation or strategy
	Kind  string
}

// technical reports whether s is a technical contact.
func (s Subject) technical() bool { return s.Noun == "contact" && s.Kind == "technical" }

// covers reports whether the kinds that a is limited to leave room for subject.
// Strategies belong to the owner of policy. Organisations, and what is no entry,
// all kinds share: those are for who is not limited.
func (a Actor) covers(subject Subject) bool {
	switch {
	case len(a.Kinds) == 0:
		return true
	case subject.Noun == "contact":
		return slices.Contains(a.Kinds, subject.Kind)
	case subject.Noun == "strategy":
		return slices.Contains(a.Kinds, "policy")
	default:
		return false
	}
}

// May reports whether a may do action on subject, alone.
func (a Actor) May(action Action, subject Subject) bool {
	if !a.Writes && !looks[action] || wholly[action] && !a.readsAll() || ofKinds[action] && !a.covers(subject) {
		return false
	}
	switch acting[action][a.Role] {
	case own:
		return a.of(subject.State)
	case technical:
		return a.of(subject.State) && subject.technical()
	case anywhere:
		return true
	default:
		return false
	}
}

// Require returns nil if a may do action on subject, and a Forbidden problem
// that says who may otherwise.
func (a Actor) Require(action Action, subject Subject) error {
	if a.May(action, subject) {
		return nil
	}
	if a.of(subject.State) && !a.covers(subject) && a.RequireAny(action) == nil {
		return problem.Errorf(problem.Forbidden, "your role is limited to the kinds %s: "+
			"what is of another kind, and what all kinds share, is for the head of delegation, or a delegate without such a limit",
			strings.Join(a.Kinds, ", "))
	}
	return a.refuse(action)
}

// RequireAny returns a Forbidden problem if a may do action on no subject at
// all, for checks that come before the subject is known.
func (a Actor) RequireAny(action Action) error {
	if acting[action][a.Role] == never || !a.Writes && !looks[action] || wholly[action] && !a.readsAll() {
		return a.refuse(action)
	}
	return nil
}

func (a Actor) readsAll() bool {
	return !slices.ContainsFunc(Audiences, func(audience Audience) bool { return !a.Reads(audience) })
}

// Any is something of a noun of the own state that a may change if a may change any
// such: for checks that come before it is known which.
func (a Actor) Any(noun string) Subject {
	kind := "technical"
	if len(a.Kinds) > 0 {
		kind = a.Kinds[0]
	}
	return Subject{State: a.State, Noun: noun, Kind: kind}
}

// RequireTogether returns a Forbidden problem unless a and second may do
// action together: two different people of the secretariat, of different
// co-chairs.
func (a Actor) RequireTogether(second Actor, action Action) error {
	if acting[action][a.Role] == together && acting[action][second.Role] == together && a.pairs(second) {
		return nil
	}
	return refuseAlone(action)
}

// RequireHalf returns a Forbidden problem unless a may be one of the two who do
// action together.
func (a Actor) RequireHalf(action Action) error {
	if acting[action][a.Role] == together && a.Writes && a.Account != "" && a.CoChair != "" {
		return nil
	}
	return a.refuse(action)
}

func refuseAlone(action Action) error {
	return problem.Errorf(problem.Forbidden,
		"to %s takes two people of the secretariat, of different co-chairs", action)
}

func (a Actor) pairs(second Actor) bool {
	return a.Writes && second.Writes && a.Account != "" && second.Account != "" && a.Account != second.Account &&
		a.CoChair != "" && second.CoChair != "" && a.CoChair != second.CoChair
}

func (a Actor) refuse(action Action) error {
	switch {
	case a.Role == Public || a.Role == "":
		return problem.Errorf(problem.Forbidden, "to %s, send a token", action)
	case !a.Writes && !looks[action] && acting[action][a.Role] != never:
		return problem.Errorf(problem.Forbidden, "this token is for reading only: to %s, use one that may write", action)
	case wholly[action] && !a.readsAll() && acting[action][a.Role] != never:
		return problem.Errorf(problem.Forbidden, "this token does not read all audiences: to %s, use one that does", action)
	case acting[action][a.Role] == together:
		return refuseAlone(action)
	case acting[action][a.Role] == own || acting[action][a.Role] == technical:
		return problem.Errorf(problem.Forbidden, "the role %s may %s of the own state alone%s", a.Role, action, onlyTechnical(action, a.Role))
	default:
		return problem.Errorf(problem.Forbidden, "the role %s may not %s", a.Role, action)
	}
}

func onlyTechnical(action Action, role Role) string {
	if acting[action][role] == technical {
		return ", and of its technical contacts only"
	}
	return ""
}

// Allowed returns what a may do of the own state, or of any, alone: sorted. Of a
// role that is limited to kinds it is what it may do for one of those.
func (a Actor) Allowed() []Action {
	actions := []Action{}
	for action := range acting {
		if a.May(action, a.Any("contact")) {
			actions = append(actions, action)
		}
	}
	slices.Sort(actions)
	return actions
}
