package httpapi_test

import (
	"fmt"
	"strings"
)

// badPaths are addresses of nothing, and methods that a route does not take.
func badPaths() []bad {
	var out []bad
	for _, path := range []string{
		"/v1", "/v1/", "/v2/states", "/v1/contact", "/v1/states/", "//v1/states", "/v1/states/EE/nothing", "/v1/contacts/", "/v1/contacts/none",
		"/v1/contacts/%27%20or%201%3D1--", "/v1/contacts/{organisation.id}", "/v1/organisations/{strategy.id}", "/v1/contacts/..%2f..%2fetc%2fpasswd",
		"{contact}x", "{contact}/nothing", "{contact}/history/1", "{contact}/channels/{channel}", "/v1/tokens/1", "/v1/tokens/{organisation.id}",
		"/v1/delegations/EE", "/v1/reference/nothing", "/v1/proposals/{organisation.id}", "/v1/contacts/external/EE/misp", "/v1/contacts/external/ee/misp/x",
		"/v1/contacts/external/EE/misp/x%2Fy", "/v1/states/EESTI", "/v1/states/%F0%9F%87%AA", "/docs/../api.go", "/metrics/x", "/.env",
		"/v1/contacts/" + strings.Repeat("a", 5000),
	} {
		out = append(out, bad{name: "an address of nothing", who: "head_of_delegation EE", method: "GET", path: path, kind: "not-found"})
	}
	for _, path := range []string{
		"/v1/states/%00", "/v1/contacts/%ff", "/v1/contacts/external/EE/misp/%00", "/v1/contacts/external/EE/misp/%c3%28", "/docs/%00", "/v1/states/%ED%A0%80",
	} {
		out = append(out, bad{name: "an address that is no text", who: "delegate EE", method: "GET", path: path, kind: "malformed"})
	}
	for _, r := range [][2]string{
		{"DELETE", "{contact}"}, {"POST", "/v1/states"}, {"PUT", "/v1/contacts"}, {"PATCH", "{token}"}, {"GET", "{contact}/confirm"}, {"PUT", "/v1/trail"},
		{"POST", "/v1/me"}, {"DELETE", "/v1/states/EE"}, {"PROPFIND", "/v1/contacts"}, {"POST", "/healthz"}, {"TRACE", "/v1/states"}, {"PUT", "{contact}/history"},
		{"POST", "/v1/contacts/external/EE/misp/x"}, {"DELETE", "{delegation}/channels"}, {"PATCH", "/v1/reference/norms"}, {"POST", "/v1/withheld"},
	} {
		out = append(out, bad{name: "a method of another route", who: "delegate EE", method: r[0], path: r[1], kind: "method-not-allowed"})
	}
	for _, path := range []string{
		"/v1/contacts/none/confirm", "/v1/contacts/{organisation.id}/retire", "/v1/organisations/none/nominate", "/v1/strategies/none/restore",
		"{contact}/channels/none/dead", "{contact}/channels/{organisation.id}/alive", "/v1/contacts/none/channels/{channel}/dead",
		"{contact}/channels/{channel}/undead", "{organisation}/withdraw", "{strategy}/channels/{channel}/dead", "/v1/contacts/none/withdraw",
	} {
		out = append(out, bad{name: "an act on nothing", who: "delegate EE", method: "POST", path: path, kind: "not-found"})
	}
	for _, noun := range []string{"contacts", "organisations", "strategies"} {
		for _, act := range []string{"confirm", "nominate", "reject", "retire", "restore", "suspend", "resume"} {
			out = append(out, bad{name: "an act on nothing", who: "delegate EE", method: "POST", path: "/v1/" + noun + "/none/" + act, kind: "not-found"})
		}
		out = append(out, bad{name: "nothing's history", who: "delegate EE", method: "GET", path: "/v1/" + noun + "/none/history", kind: "not-found"})
	}
	return append(out,
		bad{name: "nobody's token", who: "head_of_delegation EE", method: "DELETE", path: "/v1/tokens/none", kind: "not-found"},
		bad{name: "no suggestion", who: "delegate EE", method: "GET", path: "/v1/suggestions/none", kind: "not-found"},
		bad{name: "no suggestion", who: "delegate EE", method: "POST", path: "/v1/suggestions/{organisation.id}/take", body: `{`, kind: "not-found"},
		bad{name: "another's suggestion", who: "delegate PL", method: "POST", path: "{suggestion}/decline", body: `{`, kind: "not-found"},
		bad{name: "about nothing", who: "delegate PL", method: "POST", path: "/v1/contacts/none/suggestions", body: `{`, kind: "not-found"},
		bad{name: "about another noun", who: "delegate PL", method: "POST", path: "/v1/contacts/{organisation.id}/suggestions", body: `{`, kind: "not-found"},
		bad{name: "nobody's token", who: "secretariat KR", method: "POST", path: "/v1/tokens/none/freeze", body: `{`, kind: "not-found"},
		bad{name: "no token", who: "secretariat KR", method: "POST", path: "/v1/tokens/{organisation.id}/freeze", body: `{`, kind: "not-found"},
		bad{name: "no token", who: "secretariat KR", method: "POST", path: "/v1/tokens/{organisation.id}/thaw", kind: "not-found"},
		bad{name: "nobody", who: "secretariat KR", method: "POST", path: "/v1/people/none/freeze", body: `{`, kind: "not-found"},
		bad{name: "nobody", who: "secretariat KR", method: "POST", path: "/v1/people/{organisation.id}/freeze", body: `{`, kind: "not-found"},
		bad{name: "nobody", who: "secretariat KR", method: "POST", path: "/v1/people/{organisation.id}/thaw", kind: "not-found"},
		bad{name: "another state's person", who: "head_of_delegation PL", method: "POST", path: "{person}/freeze", body: `{`, kind: "not-found"},
		bad{name: "another state's token", who: "head_of_delegation PL", method: "POST", path: "{token}/freeze", body: `{`, kind: "not-found"},
		bad{name: "another state's token", who: "head_of_delegation PL", method: "DELETE", path: "{token}", kind: "not-found"},
		bad{name: "no state", who: "delegate EE", method: "PUT", path: "/v1/states/XX/instruments", body: object{"instruments": []object{}}, headers: []string{"If-Match", `"1"`}, kind: "not-found"},
		bad{name: "no delegation", who: "delegate EE", method: "PUT", path: "/v1/delegations/none/channels", body: `{`, kind: "not-found"})
}

// badQueries are filters, pages and cursors that a list does not take.
func badQueries() []bad {
	var out []bad
	refuse := func(path, pointer string) {
		out = append(out, bad{name: "a bad query", who: "auditor", method: "GET", path: path, kind: "malformed", pointer: pointer})
	}
	for _, list := range []string{"/v1/contacts", "/v1/organisations", "/v1/strategies", "/v1/delegations", "/v1/tokens", "/v1/suggestions", "/v1/trail"} {
		for _, limit := range []string{"0", "501", "-1", "abc", "1.5", "99999999999999999999", "1%00", "+5+", "%D9%A1"} {
			pointer := "/limit"
			if limit == "1%00" {
				pointer = ""
			}
			refuse(list+"?limit="+limit, pointer)
		}
		refuse(list+"?nope=1", "/nope")
		refuse(list+"?limit=1&limit=2", "/limit")
		refuse(list+"?min_version=-1", "/min_version")
		if list != "/v1/tokens" {
			refuse(list+"?state=pl", "/state")
			refuse(list+"?state=POL", "/state")
			refuse(list+"?state=%27%20or%20%271%27%3D%271", "/state")
			refuse(list+"?state=EE;kind=technical", "")
		}
		if list != "/v1/trail" {
			refuse(list+"?cursor=%27%3B%20drop%20table%20entry%3B--", "/cursor")
			refuse(list+"?cursor=e30", "/cursor")
			refuse(list+"?cursor=AAAA", "/cursor")
			refuse(list+"?cursor="+strings.Repeat("A", 1001), "/cursor")
		}
	}
	for _, q := range [][2]string{
		{"/v1/contacts?kind=hotline", "/kind"}, {"/v1/contacts?kind=Technical", "/kind"}, {"/v1/contacts?basis=rumour", "/basis"},
		{"/v1/contacts?standing=dead", "/standing"}, {"/v1/contacts?freshness=stale", "/freshness"}, {"/v1/contacts?changed_after=-1", "/changed_after"},
		{"/v1/contacts?changed_after=9223372036854775808", "/changed_after"}, {"/v1/contacts?framework=NOPE", "/framework"}, {"/v1/contacts?language=not+one", "/language"},
		{"/v1/contacts?capability=%27%3B+drop+table", "/capability"}, {"/v1/contacts?covers=everything", "/covers"}, {"/v1/contacts?network=tor", "/network"},
		{"/v1/contacts?organisation=1", "/organisation"}, {"/v1/contacts?norm=13h", "/norm"}, {"/v1/organisations?language=et", "/language"},
		{"/v1/organisations?kind=technical", "/kind"}, {"/v1/strategies?norm=99z", "/norm"}, {"/v1/strategies?status=lost", "/status"},
		{"/v1/strategies?focus_area=Governance!", "/focus_area"}, {"/v1/strategies?kind=" + strings.Repeat("x", 300), "/kind"},
		{"/v1/states?framework=EU'--", "/framework"}, {"/v1/states?limit=1", "/limit"}, {"/v1/reference/norms?x=1", "/x"}, {"/v1/trail?after=x", "/after"},
		{"/v1/trail?cursor=x", "/cursor"}, {"/v1/contacts?language=%ff", ""}, {"/v1/contacts?x=%00", ""}, {"/v1/contacts?state=%zz", ""}, {"/v1/contacts?%", ""},
		{"/v1/suggestions?status=lost", "/status"}, {"/v1/suggestions?entry=1", "/entry"}, {"/v1/suggestions?entry=%27--", "/entry"},
		{"/v1/search", "/q"}, {"/v1/search?q=", "/q"}, {"/v1/search?q=%20%20", "/q"}, {"/v1/search?q=!!!", "/q"},
		{"/v1/search?q=" + strings.Repeat("a", 201), "/q"}, {"/v1/search?q=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q", "/q"},
		{"/v1/search?q=a&noun=state", "/noun"}, {"/v1/search?q=a&kind=hotline", "/kind"}, {"/v1/search?q=a&noun=contact&kind=csirt", "/kind"},
		{"/v1/search?q=a&state=pl", "/state"}, {"/v1/search?q=a&basis=guess", "/basis"}, {"/v1/search?q=a&limit=0", "/limit"},
		{"/v1/search?q=a&limit=101", "/limit"}, {"/v1/search?q=a&cursor=x", "/cursor"}, {"/v1/search?q=a&min_version=x", "/min_version"},
		{"/v1/reach", "/state"}, {"/v1/reach?state=", "/state"}, {"/v1/reach?state=XX", "/state"}, {"/v1/reach?state=EE&state=XYZ", "/state"},
		{"/v1/reach?state=EESTI", "/state"}, {"/v1/reach?state=EE,PL", "/state"}, {"/v1/reach?state=%27--", "/state"},
		{"/v1/reach?state=EE&framework=EU", "/framework"}, {"/v1/reach?framework=NOPE", "/framework"}, {"/v1/reach?framework=EU&framework=AU", "/framework"},
		{"/v1/reach?state=EE&kind=hotline", "/kind"}, {"/v1/reach?state=EE&kind=policy&kind=technical", "/kind"},
		{"/v1/reach?state=EE&language=not+one", "/language"}, {"/v1/reach?state=EE&language=en&language=", "/language"},
		{"/v1/reach?state=EE" + strings.Repeat("&language=en", 11), "/language"}, {"/v1/reach?" + strings.Repeat("state=EE&", 47), "/state"},
		{"/v1/reach?state=EE&sector=Energy!", "/sector"}, {"/v1/reach?state=EE&at=now", "/at"}, {"/v1/reach?state=EE&at=2026-11-26", "/at"},
		{"/v1/reach?state=EE&at=2026-11-26T03:00:00+01:00", "/at"}, {"/v1/reach?state=EE&at=1999-01-01T00:00:00Z", "/at"},
		{"/v1/reach?state=EE&at=9999-12-31T23:59:59Z", "/at"}, {"/v1/reach?state=EE&limit=1", "/limit"}, {"/v1/reach?state=EE&min_version=x", "/min_version"},
		{"/v1/access-log?entry=1", "/entry"}, {"/v1/access-log?state=ee", "/state"}, {"/v1/access-log?from=yesterday", "/from"},
		{"/v1/access-log?to=2026-02-30", "/to"}, {"/v1/access-log?from=-0001-01-01", "/from"}, {"/v1/access-log?limit=0", "/limit"},
		{"/v1/access-log?cursor=x", "/cursor"}, {"/v1/access-log?account=x", "/account"}, {"/v1/access-log/people?reader_state=LVA", "/reader_state"},
		{"/v1/access-log/people?from=2026-11-26T03:12:00Z", "/from"}, {"/v1/access-log/people?from=0001-01-01", "/from"},
		{"/v1/me?min_version=x", "/min_version"}, {"/v1/states/EE?min_version=1e3", "/min_version"},
	} {
		refuse(q[0], q[1])
	}
	for _, path := range []string{
		"{contact}", "{organisation}", "{strategy}", "{delegation}", "{token}", "/v1/states", "/v1/states/EE/card", "/v1/reference/cbms",
		"/v1/reference/frameworks", "/v1/reference/instruments", "{contact}/history", "{organisation}/history", "{strategy}/history",
	} {
		refuse(path+"?min_version=-1", "/min_version")
	}
	for _, limit := range []string{"0", "101", "x"} {
		refuse("{contact}/history?limit="+limit, "/limit")
	}
	for _, noun := range []string{"contacts", "organisations", "strategies"} {
		refuse("/v1/"+noun+"/external/EE/misp/x?min_version=x", "/min_version")
	}
	out = append(out, bad{name: "a bad query", who: "secretariat KR", method: "GET", path: "/v1/withheld?limit=0", kind: "malformed", pointer: "/limit"})
	for _, path := range []string{"/v1/contacts", "{contact}/confirm", "/v1/tokens"} {
		for _, query := range []string{"?dry_run=maybe", "?dry_run=1", "?dry_run", "?dry_run=", "?dryrun=true", "?dry_run=true&dry_run=false", "?force=true"} {
			who := map[bool]string{true: "head_of_delegation EE", false: "delegate EE"}[path == "/v1/tokens"]
			out = append(out, bad{name: "a misspelt rehearsal", who: who, method: "POST", path: path + query, kind: "malformed"})
		}
	}
	return out
}

// badHeaders are tokens, tags and types that are none.
func badHeaders() []bad {
	var out []bad
	secretless := "pocreg_" + strings.Repeat("A", 49)
	for _, value := range []string{
		"", "Bearer", "Bearer ", "Basic cG9jcmVnOg==", "Bearer " + secretless, "Bearer pocreg_short", secretless, "Token " + secretless,
		"Bearer \xff\xfe", "Bearer ' or 1=1 --", "Bearer " + strings.Repeat("x", 5000), "bearer pocreg_" + strings.Repeat("0", 43) + "000000",
	} {
		for _, r := range [][2]string{{"GET", "/v1/states"}, {"GET", "{contact}"}, {"POST", "{contact}/confirm"}} {
			if value == "" && r[0] == "GET" {
				continue // nobody may read what is public
			}
			out = append(out, bad{name: "a bad token", method: r[0], path: r[1], headers: []string{"Authorization", value}, kind: "unauthenticated"})
		}
	}
	out = append(out, bad{name: "two tokens", who: "delegate EE", method: "GET", path: "/v1/states", headers: []string{"Authorization", "Bearer x"}, kind: "unauthenticated"})
	for _, tag := range []string{
		"abc", `"abc"`, `"1`, `1"`, `"1-zz"`, `"99999999999999999999"`, `"1",,"2"`, `"-1"`, `"1.0"`, "\xff", `W/1`, `w/"1"`, `"1-0123456789abcdef01234567-"`, `" 1"`, `"1'"`,
	} {
		out = append(out, bad{name: "If-Match " + fmt.Sprintf("%q", tag), who: "delegate EE", method: "PUT", path: "{contact}", body: technical("EE"), headers: []string{"If-Match", tag}, kind: "malformed"})
	}
	for _, r := range [][2]string{{"PUT", "{contact}"}, {"PATCH", "{organisation}"}, {"PUT", "/v1/states/EE/instruments"}, {"PUT", "{delegation}/channels"}, {"PUT", "{strategy}"}} {
		out = append(out,
			bad{name: "no If-Match", who: "delegate EE", method: r[0], path: r[1], body: `{}`, kind: "precondition-required"},
			bad{name: "any If-Match", who: "delegate EE", method: r[0], path: r[1], body: `{}`, headers: []string{"If-Match", "*"}, kind: "precondition-required"},
			bad{name: "a stale If-Match", who: "delegate EE", method: r[0], path: r[1], body: `{}`, headers: []string{"If-Match", `"0"`}, kind: "stale"},
			bad{name: "another's", who: "delegate PL", method: r[0], path: r[1], body: `{`, kind: "forbidden"},
			bad{name: "nobody's", method: r[0], path: r[1], body: `{`, kind: "unauthenticated"})
	}
	for _, act := range []string{"{contact}/confirm", "{contact}/channels/{channel}/dead", "{strategy}/retire", "{public}/nominate"} {
		out = append(out,
			bad{name: "a stale act", who: "delegate EE", method: "POST", path: act, headers: []string{"If-Match", `"0"`}, kind: "stale"},
			bad{name: "an act on no tag", who: "delegate EE", method: "POST", path: act, headers: []string{"If-Match", `now`}, kind: "malformed"},
			bad{name: "another's act", who: "head_of_delegation PL", method: "POST", path: act, body: `x`, kind: "forbidden"})
	}
	for _, key := range []string{strings.Repeat("k", 201), "schl\xfcssel", "ключ", "a\tb"} {
		out = append(out, bad{name: "a bad Idempotency-Key", who: "delegate EE", method: "POST", path: "/v1/contacts", body: technical("EE"), headers: []string{"Idempotency-Key", key}, kind: "malformed"})
	}
	for _, accept := range []string{"text/html", "image/*", "\xff", "application/json;q=0", "/"} {
		out = append(out,
			bad{name: "Accept", method: "GET", path: "/v1/states", headers: []string{"Accept", accept}, kind: "not-acceptable"},
			bad{name: "Accept", who: "delegate EE", method: "POST", path: "{contact}/confirm", headers: []string{"Accept", accept}, kind: "not-acceptable"})
	}
	return append(out,
		bad{name: "Accept", method: "GET", path: "/v1/states", headers: []string{"Accept", "text/csv;q=2"}, kind: "malformed"},
		bad{name: "no CSV", method: "GET", path: "/v1/states/EE", headers: []string{"Accept", "text/csv"}, kind: "not-acceptable"},
		bad{name: "the trail", method: "GET", path: "/v1/trail", kind: "unauthenticated"},
		bad{name: "the trail", who: "partner", method: "GET", path: "/v1/trail", kind: "forbidden"},
		bad{name: "another's trail", who: "head_of_delegation EE", method: "GET", path: "/v1/trail?state=PL", kind: "forbidden"},
		bad{name: "the withheld", who: "auditor", method: "GET", path: "/v1/withheld", kind: "forbidden"},
		bad{name: "the access log", method: "GET", path: "/v1/access-log?limit=0", kind: "unauthenticated"},
		bad{name: "the access log", who: "cert EE", method: "GET", path: "/v1/access-log?limit=0", kind: "forbidden"},
		bad{name: "the access log", who: "secretariat KR", method: "GET", path: "/v1/access-log/people?limit=0", kind: "forbidden"},
		bad{name: "another's access log", who: "head_of_delegation EE", method: "GET", path: "/v1/access-log?state=PL", kind: "forbidden"},
		bad{name: "another's people", who: "head_of_delegation EE", method: "GET", path: "/v1/access-log/people?reader_state=PL", kind: "forbidden"},
		bad{name: "tokens", method: "GET", path: "/v1/tokens", kind: "unauthenticated"},
		bad{name: "suggestions", method: "GET", path: "/v1/suggestions", kind: "unauthenticated"},
		bad{name: "a suggestion", method: "GET", path: "{suggestion}", kind: "unauthenticated"},
		bad{name: "a token", method: "DELETE", path: "{token}", kind: "unauthenticated"},
		bad{name: "a token", who: "delegate EE", method: "POST", path: "/v1/tokens", body: `{`, kind: "forbidden"},
		bad{name: "made where it is", who: "delegate EE", method: "PUT", path: "/v1/contacts/external/EE/misp/none", body: technical("EE"), headers: []string{"If-Match", `"1"`}, kind: "stale"},
		bad{name: "made or not", who: "delegate EE", method: "PUT", path: "/v1/contacts/external/EE/misp/none", body: technical("EE"), kind: "precondition-required"},
	)
}
