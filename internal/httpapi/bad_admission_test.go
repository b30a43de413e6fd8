package httpapi_test

import "strings"

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
