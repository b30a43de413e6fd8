package httpapi_test

import (
	"strings"
)

func badProposals() []bad {
	return []bad{
		{"a word that is missing", "delegate EE", "POST", "{proposal}/decline", object{}, nil, "invalid", "/word"},
		{"a word of two lines", "delegate EE", "POST", "{proposal}/decline", object{"word": "a\nb"}, nil, "invalid", "/word"},
		{"a word that is long", "delegate EE", "POST", "{proposal}/decline", object{"word": strings.Repeat("x", 501)}, nil, "invalid", "/word"},
		{"a member too many", "delegate EE", "POST", "{proposal}/decline", object{"word": "No.", "why": "x"}, nil, "malformed", "/why"},
		{"approving with a body", "delegate EE", "POST", "{proposal}/approve", object{"word": "Yes."}, nil, "malformed", ""},
		{"approving as of another version", "delegate EE", "POST", "{proposal}/approve", nil, []string{"If-Match", `"1"`}, "stale", ""},
		{"another's withdrawn", "delegate EE", "POST", "{proposal}/withdraw", nil, nil, "forbidden", ""},
		{"one's own approved", "cert EE", "POST", "{proposal}/approve", nil, nil, "forbidden", ""},
		{"another state's approved", "delegate LV", "POST", "{proposal}/approve", nil, nil, "not-found", ""},
		{"another state's declined", "head_of_delegation LV", "POST", "{proposal}/decline", object{"word": "No."}, nil, "not-found", ""},
		{"without a token", "", "POST", "{proposal}/approve", nil, nil, "unauthenticated", ""},
		{"no such proposal", "delegate EE", "POST", "/v1/proposals/" + nothing + "/approve", nil, nil, "not-found", ""},
		{"an unknown status", "delegate EE", "GET", "/v1/proposals?status=new", nil, nil, "malformed", "/status"},
		{"a reason that is long", "cert EE", "PATCH", "{contact}?reason=" + strings.Repeat("x", 501), object{"note": "x"}, []string{"If-Match", "{contact.tag}"}, "invalid", "/reason"},
		{"a reason of two lines", "cert EE", "PATCH", "{contact}?reason=a%0Ab", object{"note": "x"}, []string{"If-Match", "{contact.tag}"}, "invalid", "/reason"},
		{"a delegation contested by its head", "head_of_delegation EE", "POST", "{delegation}/contest", nil, nil, "forbidden", ""},
		{"a delegation closed with a body", "secretariat KR", "POST", "{delegation}/close", object{"why": "x"}, nil, "malformed", ""},
		{"one reopened that is open", "secretariat KR", "POST", "{delegation}/reopen", nil, nil, "conflict", ""},
		{"one closed as of another version", "secretariat KR", "POST", "{delegation}/close", nil, []string{"If-Match", `"1"`}, "stale", ""},
		{"a mode that is none", "head_of_delegation EE", "PUT", "{delegation}/mode", object{"mode": "three"}, []string{"If-Match", "{delegation.tag}"}, "invalid", "/mode"},
		{"a mode that is missing", "head_of_delegation EE", "PUT", "{delegation}/mode", object{}, []string{"If-Match", "{delegation.tag}"}, "invalid", "/mode"},
		{"a mode without its condition", "head_of_delegation EE", "PUT", "{delegation}/mode", object{"mode": "single"}, nil, "precondition-required", ""},
		{"a mode by a delegate", "delegate EE", "PUT", "{delegation}/mode", object{"mode": "single"}, []string{"If-Match", "{delegation.tag}"}, "forbidden", ""},
	}
}
