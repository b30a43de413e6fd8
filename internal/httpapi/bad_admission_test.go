package httpapi_test

import (
	"strings"
	"time"
)

// opening is a delegation to be opened, with its first head.
func opening(state string) object {
	return object{
		"state": state, "authority": "Note verbale 114/2026",
		"head": object{"name": "Leïla Trabelsi", "email": "Leila@tn.example", "language": "en"},
	}
}

func badAdmissions() []bad {
	head := opening("EE")["head"].(object)
	return []bad{
		{"a delegation opened without a token", "", "POST", "/v1/delegations", opening("EE"), nil, "unauthenticated", ""},
		{"one opened by its head", "head_of_delegation EE", "POST", "/v1/delegations", opening("EE"), nil, "forbidden", ""},
		{"one opened by an auditor", "auditor", "POST", "/v1/delegations", opening("EE"), nil, "forbidden", ""},
		{"one opened without a body", "secretariat KR", "POST", "/v1/delegations", nil, nil, "malformed", ""},
		{"one opened that is open", "secretariat KR", "POST", "/v1/delegations", opening("EE"), nil, "conflict", ""},
		{"one of no participating state", "secretariat KR", "POST", "/v1/delegations", opening("QQ"), nil, "invalid", "/state"},
		{"one without its authority", "secretariat KR", "POST", "/v1/delegations", with(opening("EE"), "authority", nil), nil, "invalid", "/authority"},
		{"one without a head", "secretariat KR", "POST", "/v1/delegations", with(opening("EE"), "head", nil), nil, "invalid", "/head/name"},
		{"one whose head has no address", "secretariat KR", "POST", "/v1/delegations", with(opening("EE"), "head", with(head, "email", "no address")), nil, "invalid", "/head/email"},
		{"one whose head reads what is not there", "secretariat KR", "POST", "/v1/delegations", with(opening("EE"), "head", with(head, "language", "ar")), nil, "invalid", "/head/language"},
		{"one with a member too many", "secretariat KR", "POST", "/v1/delegations", with(opening("EE"), "link_sha256", "00"), nil, "malformed", "/link_sha256"},
		{"one whose reason is long", "secretariat KR", "POST", "/v1/delegations?reason=" + strings.Repeat("x", 501), opening("EE"), nil, "conflict", ""},
		{"a head appointed by the head", "head_of_delegation EE", "POST", "{delegation}/heads", head, nil, "forbidden", ""},
		{"a head appointed where there is one", "secretariat KR", "POST", "{delegation}/heads", head, nil, "conflict", ""},
		{"a head without a name", "secretariat KR", "POST", "{delegation}/heads", with(head, "name", ""), nil, "invalid", "/name"},
		{"a head whose name is two lines", "secretariat KR", "POST", "{delegation}/heads", with(head, "name", "a\nb"), nil, "invalid", "/name"},
		{"a head with a role", "secretariat KR", "POST", "{delegation}/heads", with(head, "role", "secretariat"), nil, "malformed", "/role"},
		{"a head of no delegation", "secretariat KR", "POST", "/v1/delegations/" + nothing + "/heads", head, nil, "not-found", ""},
		{"a head of a delegation that is no id", "secretariat KR", "POST", "/v1/delegations/EE/heads", head, nil, "not-found", ""},
	}
}

// mandate is an auditor to be mandated for a month.
func mandate() object {
	return object{
		"role": "auditor", "name": "Amara Diallo", "basis": "Decision 7", "until": time.Now().Add(30 * 24 * time.Hour).UTC().Format(time.RFC3339),
	}
}

func badMandates() []bad {
	long := time.Now().Add(367 * 24 * time.Hour).UTC().Format(time.RFC3339)
	return []bad{
		{"a mandate without a token", "", "POST", "/v1/mandates", mandate(), nil, "unauthenticated", ""},
		{"a mandate by a head", "head_of_delegation EE", "POST", "/v1/mandates", mandate(), nil, "forbidden", ""},
		{"a mandate by an auditor", "auditor", "POST", "/v1/mandates", mandate(), nil, "forbidden", ""},
		{"a mandate of a delegate", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "role", "delegate"), nil, "invalid", "/role"},
		{"a mandate without a name", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "name", nil), nil, "invalid", "/name"},
		{"a mandate that rests on nothing", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "basis", ""), nil, "invalid", "/basis"},
		{"a mandate without an end", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "until", nil), nil, "invalid", "/until"},
		{"a mandate of more than a year", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "until", long), nil, "invalid", "/until"},
		{"a mandate that ends before it begins", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "from", long), nil, "invalid", "/until"},
		{"a mandate that is over", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "until", "2026-01-01T00:00:00Z"), nil, "invalid", "/until"},
		{"a mandate for ever", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "until", "for ever"), nil, "malformed", "/until"},
		{"an auditor who does not read all", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "audiences", []string{"public"}), nil, "invalid", "/audiences"},
		{"a partner of no audience", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "role", "partner", "audiences", []string{"all"}), nil, "invalid", "/audiences/0"},
		{"a mandate for a state", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "state", "EE"), nil, "malformed", "/state"},
		{"one whose name is taken", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "name", "auditor"), nil, "conflict", ""},
		{"one whose name the secretariat has", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "name", "secretariat US"), nil, "conflict", ""},
		{"a partner who is to sign in", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "role", "partner", "email", "a@mirror.example"), nil, "invalid", "/email"},
		{"an auditor at no address", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "email", "amara"), nil, "invalid", "/email"},
		{"an auditor in no language of letters", "secretariat KR", "POST", "/v1/mandates", with(mandate(), "email", "a@audit.example", "language", "fr"), nil, "invalid", "/language"},
		{"one extended by nobody", "", "POST", "{mandate}/extend", object{"until": long}, nil, "unauthenticated", ""},
		{"one extended by a head", "head_of_delegation EE", "POST", "{mandate}/extend", object{"until": long}, nil, "forbidden", ""},
		{"one extended for no time", "secretariat KR", "POST", "{mandate}/extend", object{}, nil, "invalid", "/until"},
		{"one extended as of another version", "secretariat KR", "POST", "{mandate}/extend", object{"until": long}, []string{"If-Match", `"1"`}, "stale", ""},
		{"no mandate extended", "secretariat KR", "POST", "/v1/mandates/" + nothing + "/extend", object{"until": long}, nil, "not-found", ""},
		{"one ended by its auditor", "auditor", "POST", "{mandate}/end", nil, nil, "forbidden", ""},
		{"one ended with a body", "secretariat KR", "POST", "{mandate}/end", object{"why": "x"}, nil, "malformed", ""},
		{"mandates of delegates", "delegate EE", "GET", "/v1/mandates?role=delegate", nil, nil, "malformed", "/role"},
		{"what the secretariat did, to nobody", "", "GET", "/v1/oversight", nil, nil, "unauthenticated", ""},
		{"what the secretariat did to no state", "cert EE", "GET", "/v1/oversight?state=Estonia", nil, nil, "malformed", "/state"},
		{"no mandate", "delegate EE", "GET", "/v1/mandates/" + nothing, nil, nil, "not-found", ""},
		{"a mandate seen by nobody", "", "GET", "/v1/mandates", nil, nil, "unauthenticated", ""},
		{"a token picked up with nothing", "", "POST", "/v1/tokens/pick-up", nil, nil, "malformed", ""},
		{"a token picked up without a code", "", "POST", "/v1/tokens/pick-up", object{"link": "x"}, nil, "invalid", "/code"},
		{"a token picked up by guessing", "", "POST", "/v1/tokens/pick-up", object{"link": "x", "code": "y"}, nil, "not-found", ""},
		{"a token picked up with too much", "", "POST", "/v1/tokens/pick-up", object{"link": "x", "code": "y", "role": "auditor"}, nil, "malformed", "/role"},
		{"a token picked up as a rehearsal", "", "POST", "/v1/tokens/pick-up?dry_run=true", object{"link": "x", "code": "y"}, nil, "malformed", "/dry_run"},
	}
}
