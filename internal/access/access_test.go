package access_test

import (
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
)

// The people of the tests: Estonia is whose side they are on, Latvia another.
var (
	everybody = map[string]access.Actor{
		"public":      access.Anyone(),
		"cert":        official(access.Cert),
		"delegate":    official(access.Delegate),
		"head":        official(access.Head),
		"partner":     {Role: access.Partner, Audiences: access.Audiences, Writes: true},
		"partner EE":  official(access.Partner),
		"secretariat": secretariat("a", "PL"),
		"auditor":     {Account: "u", Role: access.Auditor, Audiences: access.Audiences, Writes: true},
		"system":      access.Registry(),
		"nobody":      {},
		"unheard of":  {Role: "minister", State: "EE", Audiences: access.Audiences, Writes: true},
	}
	columns = []string{"public", "cert", "delegate", "head", "partner", "partner EE", "secretariat", "auditor", "system"}
)

func official(role access.Role) access.Actor {
	return access.Actor{Account: "o", Role: role, State: "EE", Audiences: access.Audiences, Writes: true}
}

func secretariat(account, coChair string) access.Actor {
	return access.Actor{Account: account, Role: access.Secretariat, CoChair: coChair, Audiences: access.Audiences, Writes: true}
}

// acting is the design's table of who may do what, written down a second time.
// The columns are those of columns; "own" is of the own state, "technical" of
// its technical contacts, "two" is with a second of another co-chair.
var acting = map[access.Action]string{
	//                             public cert      delegate head partner partner-EE secretariat auditor system
	access.ChangeEntry:           "no     no        own      own  no      no         no          no      no",
	access.ProposeChange:         "no     technical own      own  no      no         no          no      no",
	access.DecideProposal:        "no     no        own      own  no      no         no          no      no",
	access.ChooseMode:            "no     no        no       own  no      no         no          no      no",
	access.MarkChannel:           "no     technical own      own  no      no         no          no      no",
	access.ConfirmEntry:          "no     technical own      own  no      no         no          no      no",
	access.WithdrawLastTechnical: "no     no        no       own  no      no         no          no      no",
	access.ManageTokens:          "no     no        no       own  no      no         no          no      no",
	access.ManagePeople:          "no     no        no       own  no      no         no          no      no",
	access.ConfirmReenrolment:    "no     no        own      own  no      no         no          no      no",
	access.ReenrolAnybody:        "no     no        no       no   no      no         two         no      no",
	access.SuspendEntry:          "no     no        no       own  no      no         two         no      no",
	access.ImportPublicSource:    "no     no        no       no   no      no         any         no      no",
	access.ReadTrail:             "no     no        own      own  no      no         any         any     any",
	access.SeeNamedStates:        "no     no        own      own  no      no         no          any     no",
	access.SeeReadingStates:      "no     no        own      own  no      no         no          any     no",
	access.SeeReadingPeople:      "no     no        no       own  no      no         no          any     no",
	access.OpenDelegation:        "no     no        no       no   no      no         two         no      no",
	access.AdmitStateless:        "no     no        no       no   no      no         two         no      no",
	access.AppointSecretariat:    "no     no        no       no   no      no         no          no      any",
	access.RevokeAnyToken:        "no     no        no       no   no      no         no          no      any",
	access.FreezeCredential:      "no     no        no       own  no      no         any         no      no",
	access.SuggestCorrection:     "no     any       any      any  no      no         any         no      no",
	access.AnswerSuggestion:      "no     no        own      own  no      no         no          no      no",
	access.FollowChanges:         "no     any       any      any  no      no         any         any     no",
}

// looking are the actions that change nothing, entire those for who reads all
// audiences alone.
var (
	looking = []access.Action{
		access.ReadTrail, access.SeeNamedStates, access.SeeReadingStates, access.SeeReadingPeople, access.FollowChanges,
	}
	entire = []access.Action{
		access.ChangeEntry, access.ProposeChange, access.DecideProposal, access.ImportPublicSource, access.ReadTrail,
		access.SeeReadingStates, access.SeeReadingPeople,
	}
)

var subjects = map[string]access.Subject{
	"own technical":    {State: "EE", Noun: "contact", Kind: "technical"},
	"own policy":       {State: "EE", Noun: "contact", Kind: "policy"},
	"own organisation": {State: "EE", Noun: "organisation", Kind: "technical"},
	"own other":        {State: "EE"},
	"their":            {State: "LV", Noun: "contact", Kind: "technical"},
	"their other":      {State: "LV"},
	"nobody's":         {Noun: "contact", Kind: "technical"},
}

func expected(cell string, subject access.Subject) bool {
	switch cell {
	case "own":
		return subject.State == "EE"
	case "technical":
		return subject == access.Subject{State: "EE", Noun: "contact", Kind: "technical"}
	case "any":
		return true
	}
	return false
}

// cells returns a row of a table by column, with those whom no row allows
// anything.
func cells(t *testing.T, row string) map[string]string {
	t.Helper()
	fields := strings.Fields(row)
	if len(fields) != len(columns) {
		t.Fatalf("the row %q has %d cells, want %d", row, len(fields), len(columns))
	}
	out := map[string]string{"nobody": "no", "unheard of": "no"}
	for i, name := range columns {
		out[name] = fields[i]
	}
	return out
}

func TestMay(t *testing.T) {
	t.Parallel()
	count := 0
	for action, row := range acting {
		for name, cell := range cells(t, row) {
			for about, subject := range subjects {
				by, want := everybody[name], expected(cell, subject)
				if got := by.May(action, subject); got != want {
					t.Errorf("%s May(%s, %s) = %t, want %t", name, action, about, got, want)
				}
				switch err := by.Require(action, subject); {
				case want && err != nil:
					t.Errorf("%s Require(%s, %s) = %v, want nil", name, action, about, err)
				case !want && !problem.Is(err, problem.Forbidden):
					t.Errorf("%s Require(%s, %s) = %v, want that it is forbidden", name, action, about, err)
				}
				by.State = ""
				if got, want := by.May(action, subject), want && cell == "any"; got != want {
					t.Errorf("%s of no state May(%s, %s) = %t, want %t", name, action, about, got, want)
				}
				count++
			}
			by := everybody[name]
			if err := by.RequireAny(action); (err == nil) != (cell != "no") || err != nil && !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s RequireAny(%s) = %v, want nil unless the cell, %q, is no", name, action, err, cell)
			}
		}
	}
	t.Logf("%d cells", count)
}

func TestReadOnlyCredentialsLookAndChangeNothing(t *testing.T) {
	t.Parallel()
	for action, row := range acting {
		for name, cell := range cells(t, row) {
			by := everybody[name]
			by.Writes = false
			for about, subject := range subjects {
				want := expected(cell, subject) && slices.Contains(looking, action)
				if got := by.May(action, subject); got != want {
					t.Errorf("read-only %s May(%s, %s) = %t, want %t", name, action, about, got, want)
				}
			}
			want := cell != "no" && slices.Contains(looking, action)
			if err := by.RequireAny(action); (err == nil) != want {
				t.Errorf("read-only %s RequireAny(%s) = %v, want nil: %t", name, action, err, want)
			}
		}
	}
}

func TestWhoDoesNotReadAllReplacesNothing(t *testing.T) {
	t.Parallel()
	for i := range access.Audiences {
		for action, row := range acting {
			for name, cell := range cells(t, row) {
				by := everybody[name]
				by.Audiences = slices.Delete(slices.Clone(access.Audiences), i, i+1)
				for about, subject := range subjects {
					want := expected(cell, subject) && !slices.Contains(entire, action)
					if got := by.May(action, subject); got != want {
						t.Errorf("%s, who reads %v, May(%s, %s) = %t, want %t", name, by.Audiences, action, about, got, want)
					}
				}
				want := cell != "no" && !slices.Contains(entire, action)
				if err := by.RequireAny(action); (err == nil) != want {
					t.Errorf("%s, who reads %v, RequireAny(%s) = %v, want nil: %t", name, by.Audiences, action, err, want)
				}
			}
		}
	}
}

// reading is the design's table of who may read an entry. "named" is where the
// own state is named, "own+" there or where it is the owner.
var reading = map[access.Audience]string{
	//                      public cert delegate head partner partner-EE secretariat auditor system
	access.ForPublic:       "any   any  any      any  any     any        any         any     any",
	access.ForParticipants: "no    any  any      any  any     any        any         any     any",
	access.ForSelected:     "no    own+ own+     own+ no      named      no          any     any",
}

func TestMayRead(t *testing.T) {
	t.Parallel()
	count := 0
	for audience, row := range reading {
		for name, cell := range cells(t, row) {
			for _, state := range []string{"EE", "LV", ""} {
				for _, named := range [][]string{nil, {}, {"EE"}, {"LV", "EE", "PL"}, {"LV"}, {""}} {
					by := everybody[name]
					names := slices.Contains(named, "EE")
					want := cell == "any" || cell == "named" && names || cell == "own+" && (names || state == "EE")
					if got := by.MayRead(state, audience, named); got != want {
						t.Errorf("%s MayRead(%q, %s, %q) = %t, want %t", name, state, audience, named, got, want)
					}
					by.Writes = !by.Writes
					if got := by.MayRead(state, audience, named); got != want {
						t.Errorf("%s, who writes: %t, MayRead(%q, %s, %q) = %t, want %t", name, by.Writes, state, audience, named, got, want)
					}
					by.Audiences = slices.DeleteFunc(slices.Clone(by.Audiences), func(a access.Audience) bool { return a == audience })
					if by.MayRead(state, audience, named) {
						t.Errorf("%s, who reads %v, MayRead(%q, %s, %q) = true, want false", name, by.Audiences, state, audience, named)
					}
					by = everybody[name]
					by.State = ""
					if got, want := by.MayRead(state, audience, named), cell == "any"; got != want {
						t.Errorf("%s of no state MayRead(%q, %s, %q) = %t, want %t", name, state, audience, named, got, want)
					}
					count++
				}
			}
		}
	}
	t.Logf("%d cells", count)
}

func TestWhatIsForNobodyKnownIsReadByNobody(t *testing.T) {
	t.Parallel()
	for name, by := range everybody {
		by.Audiences = append(slices.Clone(by.Audiences), "", "friends")
		for _, audience := range []access.Audience{"", "friends"} {
			if by.MayRead("EE", audience, []string{"EE"}) {
				t.Errorf("%s MayRead(EE, %q) = true, want false", name, audience)
			}
		}
		if by.May("", subjects["own technical"]) || by.May("rule", subjects["own technical"]) {
			t.Errorf("%s May do what is no action, want false", name)
		}
	}
}

func TestAnyoneReadsWhatIsPublic(t *testing.T) {
	t.Parallel()
	by := access.Anyone()
	if by.Role != access.Public || by.Writes || !slices.Equal(by.Audiences, []access.Audience{access.ForPublic}) {
		t.Errorf("Anyone() = %+v, want a reader of what is public", by)
	}
}

func TestRequireTogether(t *testing.T) {
	t.Parallel()
	change := func(a access.Actor, f func(*access.Actor)) access.Actor { f(&a); return a }
	first, second := secretariat("a", "PL"), secretariat("b", "KR")
	for name, tt := range map[string]struct {
		by, with access.Actor
		want     bool
	}{
		"two, of different co-chairs": {first, second, true},
		"the same, the other way":     {second, first, true},
		"one alone":                   {first, access.Actor{}, false},
		"nobody":                      {access.Actor{}, access.Actor{}, false},
		"one twice":                   {first, first, false},
		"two of the same co-chair":    {first, secretariat("b", "PL"), false},
		"one person for two":          {first, secretariat("a", "KR"), false},
		"no co-chair":                 {first, secretariat("b", ""), false},
		"no co-chair, first":          {secretariat("a", ""), second, false},
		"no account":                  {first, secretariat("", "KR"), false},
		"no account, first":           {secretariat("", "PL"), second, false},
		"one for reading":             {first, change(second, func(a *access.Actor) { a.Writes = false }), false},
		"one for reading, first":      {change(first, func(a *access.Actor) { a.Writes = false }), second, false},
		"one a head":                  {first, change(second, func(a *access.Actor) { a.Role = access.Head }), false},
		"one a head, first":           {change(first, func(a *access.Actor) { a.Role = access.Head }), second, false},
		"one an auditor":              {first, change(second, func(a *access.Actor) { a.Role = access.Auditor }), false},
		"one the system":              {change(first, func(a *access.Actor) { a.Role = access.System }), second, false},
		"two delegates":               {change(first, func(a *access.Actor) { a.Role = access.Delegate }), change(second, func(a *access.Actor) { a.Role = access.Delegate }), false},
	} {
		for action, row := range acting {
			want := tt.want && cells(t, row)["secretariat"] == "two"
			switch err := tt.by.RequireTogether(tt.with, action); {
			case want && err != nil:
				t.Errorf("%s: RequireTogether(%s) = %v, want nil", name, action, err)
			case !want && !problem.Is(err, problem.Forbidden):
				t.Errorf("%s: RequireTogether(%s) = %v, want that it is forbidden", name, action, err)
			}
		}
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	for name, by := range everybody {
		want := []access.Action{}
		for action, row := range acting {
			if expected(cells(t, row)[name], subjects["own technical"]) {
				want = append(want, action)
			}
		}
		slices.Sort(want)
		if got := by.Allowed(); got == nil || !slices.Equal(got, want) {
			t.Errorf("%s Allowed() = %v, want %v", name, got, want)
		}
	}
}

func TestARefusalSaysWhoMay(t *testing.T) {
	t.Parallel()
	reader := everybody["delegate"]
	reader.Writes = false
	narrow := everybody["delegate"]
	narrow.Audiences = access.Audiences[:1]
	for _, tt := range []struct {
		by     access.Actor
		action access.Action
		want   string
	}{
		{everybody["public"], access.ChangeEntry, "send a token"},
		{access.Actor{}, access.ChangeEntry, "send a token"},
		{reader, access.ChangeEntry, "for reading only"},
		{narrow, access.ChangeEntry, "does not read all audiences"},
		{everybody["delegate"], access.ChangeEntry, "the role delegate may change entries of the own state alone"},
		{everybody["cert"], access.ConfirmEntry, "of its technical contacts only"},
		{everybody["auditor"], access.ChangeEntry, "the role auditor may not change entries"},
		{everybody["secretariat"], access.SuspendEntry, "takes two people of the secretariat"},
		{everybody["head"], access.SuspendEntry, "the role head_of_delegation may suspend an entry of the own state alone"},
		{reader, access.ReadTrail, "of the own state alone"},
		{narrow, access.ConfirmEntry, "of the own state alone"},
		{access.Actor{Role: access.Auditor}, access.ChangeEntry, "the role auditor may not change entries"},
		{access.Actor{Role: access.Auditor, Writes: true}, access.ChangeEntry, "the role auditor may not change entries"},
	} {
		err := tt.by.Require(tt.action, access.Subject{State: "LV"})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v Require(%s) = %v, want %q in it", tt.by, tt.action, err, tt.want)
		}
	}
}
