package httpapi_test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// field is one thing wrong with an otherwise good input.
type field struct {
	pointer string
	members []any // set in the input, as with does
}

func wrong(pointer string, members ...any) field { return field{pointer, members} }

// refusals turns each field into a POST of base with it, which is 422.
func refusals(who, path string, base object, fields []field) []bad {
	var out []bad
	for _, f := range fields {
		out = append(out, bad{
			name: fmt.Sprintf("%s %.60v", f.pointer, f.members[1:]), who: who, method: "POST", path: path,
			body: with(base, f.members...), kind: "invalid", pointer: f.pointer,
		})
	}
	return out
}

func many[T any](n int, of func(int) T) []T {
	var out []T
	for i := range n {
		out = append(out, of(i))
	}
	return out
}

// Text that shows as something else than it is.
const (
	override  = "Desk \u202egnp.exe"
	isolate   = "Desk \u2066x\u2069"
	zeroWidth = "Du\u200bty"
	control   = "Desk\x07"
	nul       = "Desk\x00"
	filler    = "\u3164"
)

func badContacts() []bad {
	selected := func(s any) []any { return []any{"audience", "selected", "selected", s} }
	channels := func(c ...object) []any { return []any{"channels", c} }
	availability := func(a object) []any { return []any{"availability", a, "time_zone", "Europe/Tallinn"} }
	hours := func(days []string, from, to string) object { return object{"days": days, "from": from, "to": to} }
	key := func(typ, material string) []any {
		return []any{"keys", []object{{"type": typ, "material": material}}}
	}
	block := func(label string) string {
		return "-----BEGIN " + label + "-----\n\nmDMEZmFrZQ==\n=abcd\n-----END " + label + "-----\n"
	}
	nominated := []field{
		wrong("/state", "state", nil), wrong("/kind", "kind", nil), wrong("/kind", "kind", "hotline"), wrong("/kind", "kind", strings.Repeat("k", 41)),
		wrong("/kind", "kind", "ministry"), wrong("/audience", "audience", "everyone"), wrong("/selected", "audience", "selected"),
		wrong("/selected", "selected", object{"states": []string{"PL"}}), wrong("/selected", selected(object{})...),
		wrong("/selected/states/0", selected(object{"states": []string{"XX"}})...), wrong("/selected/states/0", selected(object{"states": []string{"pl"}})...),
		wrong("/selected/states", selected(object{"states": []string{"PL", "PL"}})...), wrong("/selected/frameworks/0", selected(object{"frameworks": []string{"nul\x00"}})...),
		wrong("/selected/frameworks/0", selected(object{"frameworks": []string{"NOPE"}})...),
		wrong("/selected/all_except", selected(object{"all_except": []string{"PL"}, "states": []string{"KR"}})...),
		wrong("/tlp", "tlp", "TLP:WHITE"), wrong("/tlp", "tlp", "tlp:red"), wrong("/basis", "basis", "rumour"),
		wrong("/external_ids/0/system", "external_ids", []object{{"system": "MISP", "value": "1"}}),
		wrong("/external_ids/0/system", "external_ids", []object{{"system": "pl-register", "value": "1"}}),
		wrong("/external_ids/0/value", "external_ids", []object{{"system": "misp", "value": "a b"}}),
		wrong("/external_ids/0/value", "external_ids", []object{{"system": "misp", "value": "1'--"}}),
		wrong("/external_ids", "external_ids", []object{{"system": "misp", "value": "1"}, {"system": "misp", "value": "2"}}),
		wrong("/external_ids", "external_ids", many(21, func(i int) object { return object{"system": fmt.Sprintf("ee-%d", i), "value": "1"} })),
		wrong("/sources", "sources", found("EE")["sources"]),
		wrong("/rank", "rank", -1), wrong("/rank", "rank", 100), wrong("/covers/0", "covers", []string{"everything"}),
		wrong("/covers", "covers", []string{"private", "private"}), wrong("/sectors", "sectors", []string{"energy"}),
		wrong("/sectors/0", "covers", []string{"sectors"}, "sectors", []string{"Energy!"}), wrong("/networks", "networks", []string{"interpol"}),
		wrong("/networks/0", "kind", "law_enforcement", "networks", []string{"tor"}),
		wrong("/office_title", "office_title", nil), wrong("/office_title", "office_title", "   "), wrong("/office_title", "office_title", strings.Repeat("x", 201)),
		wrong("/office_title", "office_title", override), wrong("/office_title", "office_title", isolate), wrong("/office_title", "office_title", zeroWidth),
		wrong("/office_title", "office_title", control), wrong("/office_title", "office_title", nul), wrong("/office_title", "office_title", filler),
		wrong("/office_title", "office_title", "Duty\ndesk"), wrong("/office_title_en", "office_title_en", override),
		wrong("/organisation", "organisation", "none"), wrong("/organisation", "organisation", "0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"),
		wrong("/person/name", "person", object{}), wrong("/person/name", "person", object{"name": strings.Repeat("x", 201)}),
		wrong("/person/name", "person", object{"name": nul}), wrong("/person/position", "person", object{"name": "A", "position": "a\u2028b"}),
		wrong("/languages/0", "languages", []string{"not a language"}), wrong("/languages/0", "languages", []string{"e"}), wrong("/languages/0", "languages", []string{""}),
		wrong("/languages", "languages", []string{"en", "EN"}), wrong("/languages/1", "languages", []string{"et", "xx-yy-zz-\x00"}),
		wrong("/time_zone", "time_zone", "Mars/Olympus"), wrong("/time_zone", "time_zone", "../../etc/passwd"), wrong("/time_zone", "time_zone", "posix/Europe/Tallinn"),
		wrong("/time_zone", "time_zone", "europe/tallinn"), wrong("/time_zone", "time_zone", "+02:00"), wrong("/time_zone", "time_zone", "Local"),
		wrong("/time_zone", "time_zone", nil, "availability", object{"weekly": []object{hours([]string{"mon"}, "08:00", "16:00")}}),
		wrong("/availability/weekly", availability(object{"always": true, "weekly": []object{hours([]string{"mon"}, "08:00", "16:00")}})...),
		wrong("/availability/weekly/0/days", availability(object{"weekly": []object{hours(nil, "08:00", "16:00")}})...),
		wrong("/availability/weekly/0/days/0", availability(object{"weekly": []object{hours([]string{"monday"}, "08:00", "16:00")}})...),
		wrong("/availability/weekly/0/from", availability(object{"weekly": []object{hours([]string{"mon"}, "8:00", "16:00")}})...),
		wrong("/availability/weekly/0/to", availability(object{"weekly": []object{hours([]string{"mon"}, "08:00", "25:00")}})...),
		wrong("/availability/weekly/1", availability(object{"weekly": []object{hours([]string{"mon"}, "08:00", "16:00"), hours([]string{"mon"}, "15:59", "17:00")}})...),
		wrong("/availability/weekly", availability(object{"weekly": many(51, func(int) object { return hours([]string{"mon"}, "08:00", "08:01") })})...),
		wrong("/availability/holidays", availability(object{"holidays": object{"2026": []string{"2026-12-25"}}})...),
		wrong("/availability/holidays/2026/0", availability(object{"weekly": []object{hours([]string{"mon"}, "08:00", "16:00")}, "holidays": object{"2026": []string{"2026-02-30"}}})...),
		wrong("/availability/holidays/2026/0", availability(object{"weekly": []object{hours([]string{"mon"}, "08:00", "16:00")}, "holidays": object{"2026": []string{"2027-01-01"}}})...),
		wrong("/availability/holidays/1~1~0", availability(object{"weekly": []object{hours([]string{"mon"}, "08:00", "16:00")}, "holidays": object{"1/~": []string{}}})...),
		wrong("/capabilities/0", "capabilities", []string{"Malware Analysis"}), wrong("/capabilities", "capabilities", many(31, func(i int) string { return fmt.Sprintf("c%d", i) })),
		wrong("/note", "note", strings.Repeat("x", 2001)), wrong("/note", "note", nul), wrong("/note", "note", "a\u202eb"), wrong("/note", "note", "\ufeffnote\u00ad"),
		wrong("/channels/0/value", channels(email("duty"))...), wrong("/channels/0/value", channels(email("Duty <duty@cert.example>"))...),
		wrong("/channels/0/value", channels(email("duty@cert.example, other@cert.example"))...), wrong("/channels/0/value", channels(email("duty@localhost"))...),
		wrong("/channels/0/value", channels(email("duty@cert.example\r\nBcc: x@y.example"))...), wrong("/channels/0/value", channels(email("du\u202ety@cert.example"))...),
		wrong("/channels/0/value", channels(phone("duty", "12"))...), wrong("/channels/0/value", channels(phone("duty", "call me"))...),
		wrong("/channels/0/value", channels(phone("duty", "+48221234567 ext 5"))...), wrong("/channels/0/value", channels(phone("duty", "+999123456789"))...),
		wrong("/channels/0/value", channels(phone("duty", strings.Repeat("1", 100)))...), wrong("/channels/0/value", channels(phone("duty", "+48\x00221234567"))...),
		wrong("/channels/0", channels(phone("", "+48221234567"))...), wrong("/channels/0/usage", channels(phone("pager", "+48221234567"))...),
		wrong("/channels/0", channels(with(email("a@cert.example"), "usage", "duty"))...), wrong("/channels/0", channels(object{"type": "messaging", "value": "@duty"})...),
		wrong("/channels/0/protocol", channels(object{"type": "messaging", "protocol": "Signal!", "value": "@duty"})...),
		wrong("/channels/0/value", channels(object{"type": "messaging", "protocol": "signal", "value": "@du\x00ty"})...),
		wrong("/channels/0/type", channels(object{"type": "pigeon", "value": "coo"})...), wrong("/channels/0/value", channels(object{"type": "web_form", "value": "javascript:alert(1)"})...),
		wrong("/channels/0/value", channels(object{"type": "web_form", "value": "https://user:secret@cert.example/"})...),
		wrong("/channels/0/value", channels(object{"type": "web_form", "value": "ftp://cert.example/"})...), wrong("/channels/0/value", channels(email(""))...),
		wrong("/channels/0/note", channels(with(email("a@cert.example"), "note", "two\nlines"))...), wrong("/channels/0/note", channels(with(email("a@cert.example"), "note", strings.Repeat("x", 501)))...),
		wrong("/channels/0/audience", channels(with(email("a@cert.example"), "audience", "public"))...),
		wrong("/channels/0/selected/states/0", channels(with(email("a@cert.example"), "audience", "selected", "selected", object{"states": []string{"ZZ"}}))...),
		wrong("/channels/0/id", channels(with(email("a@cert.example"), "id", "0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"))...), wrong("/channels/0/id", channels(with(email("a@cert.example"), "id", "1"))...),
		wrong("/channels/1", channels(phone("duty", "+48221234567"), phone("duty", "0048 22 1234567"))...),
		wrong("/channels", channels(many(31, func(i int) object { return email(fmt.Sprintf("a%d@cert.example", i)) })...)...),
		wrong("/keys/0/material", key("openpgp", block("PGP PRIVATE KEY BLOCK"))...), wrong("/keys/0/material", key("smime", block("PRIVATE KEY"))...),
		wrong("/keys/0/material", key("openpgp", block("PGP PUBLIC KEY BLOCK"))...), wrong("/keys/0/material", key("openpgp", block("CERTIFICATE"))...),
		wrong("/keys/0/material", key("smime", "no key at all")...), wrong("/keys/0/material", key("openpgp", strings.Repeat("x", 262145))...), wrong("/keys/0/material", key("openpgp", "\x00")...),
		wrong("/keys/0/type", key("ssh", "ssh-ed25519 AAAA")...), wrong("/keys", "keys", many(11, func(int) object { return object{"type": "smime", "material": "x"} })),
	}
	source := func(members ...any) []any {
		return []any{"sources", []object{with(found("EE")["sources"].([]object)[0], members...)}}
	}
	public := []field{
		wrong("/state", "state", "XX"), wrong("/state", "state", "ee"), wrong("/sources", "sources", nil), wrong("/audience", "audience", "participants"),
		wrong("/sources/0/pointer", source("pointer", "name")...), wrong("/sources/0/date", source("date", "2026-13")...), wrong("/sources/0/date", source("date", "2026-02-30")...),
		wrong("/sources/0/value", source("value", nil)...), wrong("/sources/0/source", source("source", nul)...), wrong("/sources/0/value", source("value", strings.Repeat("x", 2001))...),
	}
	out := append(refusals("delegate EE", "/v1/contacts", technical("EE"), nominated), refusals("secretariat KR", "/v1/contacts", found("EE"), public)...)
	put := func(name, kind, pointer string, body object) {
		out = append(out, bad{name: name, who: "delegate EE", method: "PUT", path: "{contact}", body: body, headers: []string{"If-Match", "{contact.tag}"}, kind: kind, pointer: pointer})
	}
	put("another state", "invalid", "/state", with(technical("EE"), "state", "PL"))
	put("another kind", "invalid", "/kind", with(technical("EE"), "kind", "policy"))
	put("no audience", "invalid", "/audience", with(technical("EE"), "audience", nil))
	put("back to public", "invalid", "/basis", with(technical("EE"), "basis", "public_source"))
	put("wrong type", "malformed", "/rank", with(technical("EE"), "rank", "1"))
	put("a fraction", "malformed", "/rank", with(technical("EE"), "rank", 1.5))
	put("too large a number", "malformed", "/rank", with(technical("EE"), "rank", 1e40))
	put("a list for a text", "malformed", "/note", with(technical("EE"), "note", []string{"x"}))
	put("a text for a list", "malformed", "/channels", with(technical("EE"), "channels", "x"))
	put("an unknown member below", "malformed", "/channels/0/vlaue", with(technical("EE"), "channels", []object{{"type": "email", "vlaue": "x"}}))
	put("an id set", "malformed", "/id", with(technical("EE"), "id", "0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"))
	put("a version set", "malformed", "/version", with(technical("EE"), "version", 1))
	for patch, pointer := range map[string]string{`{"rank":0.5}`: "/rank", `{"person":{"nickname":"x"}}`: "/person/nickname", `{"channels":{"0":null}}`: "/channels"} {
		out = append(out, bad{name: "a patch", who: "delegate EE", method: "PATCH", path: "{contact}", body: patch, headers: []string{"If-Match", "{contact.tag}"}, kind: "malformed", pointer: pointer})
	}
	return append(out,
		bad{name: "another's state", who: "delegate EE", method: "POST", path: "/v1/contacts", body: technical("PL"), kind: "forbidden"},
		bad{name: "a foreign basis", who: "delegate EE", method: "POST", path: "/v1/contacts", body: found("EE"), kind: "forbidden"},
		bad{name: "a state's word", who: "secretariat KR", method: "POST", path: "/v1/contacts", body: technical("EE"), kind: "forbidden"},
		bad{name: "as cert, of another kind", who: "cert EE", method: "POST", path: "/v1/contacts", body: with(technical("EE"), "kind", "policy"), kind: "forbidden"},
		bad{name: "as auditor", who: "auditor", method: "POST", path: "/v1/contacts", body: `{`, kind: "forbidden"},
		bad{name: "nominate what is", who: "delegate EE", method: "POST", path: "{contact}/nominate", kind: "conflict"},
		bad{name: "nominate back", who: "delegate EE", method: "POST", path: "{public}/nominate", body: `{"basis":"public_source"}`, kind: "invalid", pointer: "/basis"},
		bad{name: "nominate no office", who: "delegate EE", method: "POST", path: "{public}/nominate", body: `{"office_title":null}`, kind: "invalid", pointer: "/office_title"},
		bad{name: "reject one's own", who: "delegate EE", method: "POST", path: "{contact}/reject", kind: "conflict"},
		bad{name: "restore what is in use", who: "delegate EE", method: "POST", path: "{contact}/restore", kind: "conflict"},
		bad{name: "confirm what was found", who: "delegate EE", method: "POST", path: "{public}/confirm", kind: "conflict"},
		bad{name: "withdraw what was found", who: "delegate EE", method: "POST", path: "{public}/withdraw", kind: "conflict"},
		bad{name: "the last of its kind", who: "head_of_delegation EE", method: "POST", path: "{contact}/retire", kind: "conflict"},
	)
}

func badOrganisations() []bad {
	out := refusals("delegate EE", "/v1/organisations", agency("EE"), []field{
		wrong("/name", "name", nil), wrong("/name", "name", " "), wrong("/name", "name", strings.Repeat("x", 301)), wrong("/name", "name", override),
		wrong("/kind", "kind", "technical"), wrong("/kind", "kind", nil), wrong("/name_language", "name_language", "not one"), wrong("/name_latin", "name_latin", control),
		wrong("/name_en", "name_en", nul), wrong("/website", "website", "javascript:alert(1)"), wrong("/website", "website", "cert.example"),
		wrong("/website", "website", "https://user:secret@cert.example/"), wrong("/website", "website", "https://cert.example:99999/"),
		wrong("/website", "website", "https://localhost/"), wrong("/website", "website", "https://cert.example/"+strings.Repeat("x", 2000)),
		wrong("/rfc2350_url", "rfc2350_url", "file:///etc/passwd"), wrong("/security_txt_url", "security_txt_url", "https://cert.example/\u202e"),
		wrong("/address", "address", strings.Repeat("x", 501)), wrong("/address", "address", nul), wrong("/note", "note", strings.Repeat("x", 2001)),
	})
	tag := []string{"If-Match", "{organisation.tag}"}
	return append(out,
		bad{name: "a contact's member", who: "delegate EE", method: "POST", path: "/v1/organisations", body: with(agency("EE"), "channels", []object{}), kind: "malformed", pointer: "/channels"},
		bad{name: "another kind", who: "delegate EE", method: "PATCH", path: "{organisation}", body: `{"kind":"csirt"}`, headers: tag, kind: "invalid", pointer: "/kind"},
		bad{name: "no name left", who: "delegate EE", method: "PATCH", path: "{organisation}", body: `{"name":null}`, headers: tag, kind: "invalid", pointer: "/name"},
		bad{name: "another's name", who: "delegate EE", method: "PUT", path: "/v1/organisations/external/EE/EE/1", body: agency("EE"), headers: []string{"If-None-Match", "*"}, kind: "invalid"},
		bad{name: "the path's state", who: "delegate EE", method: "PUT", path: "/v1/organisations/external/EE/misp/1", body: agency("PL"), headers: []string{"If-None-Match", "*"}, kind: "invalid", pointer: "/state"})
}

func badStrategies() []bad {
	out := refusals("delegate EE", "/v1/strategies", plan("EE"), []field{
		wrong("/original_title", "original_title", nil), wrong("/original_title", "original_title", strings.Repeat("x", 301)), wrong("/original_title", "original_title", zeroWidth),
		wrong("/kind", "kind", "law"), wrong("/status", "status", nil), wrong("/status", "status", "lost"), wrong("/original_language", "original_language", "!"),
		wrong("/titles/not one", "titles", object{"not one": "x"}), wrong("/titles/en", "titles", object{"en": ""}), wrong("/titles/iw", "titles", object{"he": "x", "iw": "y"}),
		wrong("/summaries/en", "summaries", object{"en": strings.Repeat("x", 5001)}), wrong("/summaries/en", "summaries", object{"en": nul}),
		wrong("/summaries/a~1b", "summaries", object{"a/b": "x"}), wrong("/objectives/en", "objectives", object{"en": []string{}}),
		wrong("/objectives/en/0", "objectives", object{"en": []string{""}}), wrong("/objectives/en", "objectives", object{"en": many(31, func(int) string { return "x" })}),
		wrong("/issuing_organisation", "issuing_organisation", "1"), wrong("/issuing_organisation", "issuing_organisation", "0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"),
		wrong("/issuing_body", "issuing_body", control), wrong("/status_evidence", "status_evidence", strings.Repeat("x", 2001)),
		wrong("/adopted_on", "adopted_on", "2024-13"), wrong("/adopted_on", "adopted_on", "2024-2-1"), wrong("/adopted_on", "adopted_on", "1899"), wrong("/adopted_on", "adopted_on", "soon"),
		wrong("/adopted_on", "adopted_on", "2023-02-29"), wrong("/valid_until", "valid_from", "2025", "valid_until", "2024-12"), wrong("/valid_from", "valid_from", "20250101"),
		wrong("/review_due", "review_due", "2025-00"), wrong("/supersedes", "supersedes", "none"), wrong("/supersedes", "supersedes", "0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"),
		wrong("/documents/0/url", "documents", []object{{}}), wrong("/documents/0/url", "documents", []object{{"url": "data:text/html,x"}}),
		wrong("/documents/0/sha256", "documents", []object{{"url": "https://a.example/x", "sha256": strings.Repeat("A", 64)}}),
		wrong("/documents/0/language", "documents", []object{{"url": "https://a.example/x", "language": "?"}}),
		wrong("/documents", "documents", many(21, func(int) object { return object{"url": "https://a.example/x"} })),
		wrong("/focus_areas/0", "focus_areas", []string{"fun"}), wrong("/focus_areas", "focus_areas", []string{"governance", "governance"}),
		wrong("/norms/0/code", "norms", []object{{"code": "99z", "reading": "state"}}), wrong("/norms/0/reading", "norms", []object{{"code": "13a", "reading": "mine"}}),
		wrong("/norms/1", "norms", []object{{"code": "13a", "reading": "state"}, {"code": "13a", "reading": "registry"}}),
		wrong("/cbms/0/code", "cbms", []object{{"framework": "OSCE", "code": "CBM99", "reading": "state"}}),
	})
	public := with(plan("EE"), "basis", "public_source", "audience", nil, "sources", found("EE")["sources"])
	return append(out,
		bad{name: "the state's reading", who: "secretariat KR", method: "POST", path: "/v1/strategies", body: public, kind: "invalid", pointer: "/norms/0/reading"},
		bad{name: "itself", who: "delegate EE", method: "PATCH", path: "{strategy}", body: `{"supersedes":"{strategy.id}"}`, headers: []string{"If-Match", "{strategy.tag}"}, kind: "invalid", pointer: "/supersedes"},
		bad{name: "a key twice", who: "delegate EE", method: "PATCH", path: "{strategy}", body: `{"titles":{"en":"a","en":"b"}}`, headers: []string{"If-Match", "{strategy.tag}"}, kind: "malformed", pointer: "/titles/en"})
}

// badFields are wrong in delegations' channels, instruments and tokens.
func badFields() []bad {
	var out []bad
	whole := func(path, tag, member string, base object, most int, fields []field) {
		for _, f := range append(fields, wrong("/"+member, "", many(most+1, func(int) object { return base }))) {
			list, isList := f.members[1].([]object)
			if !isList {
				list = []object{with(base, f.members...)}
			}
			out = append(out, bad{name: f.pointer, who: "delegate EE", method: "PUT", path: path, body: object{member: list}, headers: []string{"If-Match", tag}, kind: "invalid", pointer: f.pointer})
		}
	}
	whole("{delegation}/channels", "{delegation.tag}", "channels", with(email("mission@mfa.example"), "of", "mission"), 20, []field{
		wrong("/channels/0/of", "of", "neighbour"), wrong("/channels/0/of", "of", nil), wrong("/channels/0/type", "type", "pigeon"), wrong("/channels/0/value", "value", "x"),
		wrong("/channels/0/value", "type", "phone", "usage", "duty"), wrong("/channels/0", "usage", "duty"), wrong("/channels/0/note", "note", control),
		wrong("/channels/0/value", "value", "a@mfa.example\x00"),
	})
	whole("/v1/states/est/instruments", "{state.tag}", "instruments", object{"instrument": "budapest_convention", "status": "party"}, 20, []field{
		wrong("/instruments/0/instrument", "instrument", "magna_carta"), wrong("/instruments/0/instrument", "instrument", nil), wrong("/instruments/0/status", "status", "maybe"),
		wrong("/instruments/0/status", "status", nil), wrong("/instruments/0/date", "date", "2001-31-01"), wrong("/instruments/0/source", "source", "treaties"),
	})
	for _, path := range []string{"{contact}/suspend", "{strategy}/suspend", "{token}/freeze", "{person}/freeze"} {
		out = append(out, refusals("head_of_delegation EE", path, object{"reason": "Stolen."}, []field{
			wrong("/reason", "reason", nil), wrong("/reason", "reason", ""), wrong("/reason", "reason", " "), wrong("/reason", "reason", strings.Repeat("x", 501)),
			wrong("/reason", "reason", override), wrong("/reason", "reason", nul), wrong("/reason", "reason", "two\nlines"),
		})...)
	}
	for _, path := range []string{"{contact}/suggestions", "{organisation}/suggestions", "{strategy}/suggestions"} {
		out = append(out, refusals("cert LV", path, object{"text": "Look."}, []field{
			wrong("/text", "text", nil), wrong("/text", "text", ""), wrong("/text", "text", " \n "), wrong("/text", "text", strings.Repeat("ä", 1001)),
			wrong("/text", "text", override), wrong("/text", "text", control), wrong("/text", "text", nul),
			wrong("/pointer", "pointer", "state"), wrong("/pointer", "pointer", "/"), wrong("/pointer", "pointer", "/nothing"), wrong("/pointer", "pointer", "/state/0"),
			wrong("/pointer", "pointer", "/external_ids/0"), wrong("/pointer", "pointer", "/external_ids/-"), wrong("/pointer", "pointer", "#/state"),
			wrong("/pointer", "pointer", "/"+strings.Repeat("x", 300)), wrong("/pointer", "pointer", "/state\x00"),
		})...)
	}
	for _, act := range []string{"{suggestion}/take", "{suggestion}/decline"} {
		out = append(out, refusals("delegate EE", act, object{"word": "No."}, []field{
			wrong("/word", "word", strings.Repeat("ä", 501)), wrong("/word", "word", override), wrong("/word", "word", control), wrong("/word", "word", nul),
		})...)
	}
	out = append(out, refusals("delegate EE", "{suggestion}/decline", object{"word": "No."}, []field{
		wrong("/word", "word", nil), wrong("/word", "word", ""), wrong("/word", "word", " \n "),
	})...)
	return append(out, refusals("head_of_delegation EE", "/v1/tokens", order(), []field{
		wrong("/owner", "owner", nil), wrong("/owner", "owner", override), wrong("/owner", "owner", strings.Repeat("x", 201)), wrong("/owner", "owner", nul),
		wrong("/owner_kind", "owner_kind", "dog"), wrong("/role", "role", "secretariat"), wrong("/role", "role", "auditor"), wrong("/role", "role", "system"), wrong("/label", "label", ""),
		wrong("/access", "access", "admin"), wrong("/access", "access", nil), wrong("/audiences", "audiences", []string{}), wrong("/audiences/0", "audiences", []string{"all"}),
		wrong("/audiences", "audiences", slices.Repeat([]string{"public"}, 3)), wrong("/audiences", "audiences", []string{"public"}),
		wrong("/expires_at", "expires_at", nil), wrong("/expires_at", "expires_at", "2020-01-01T00:00:00Z"),
		wrong("/expires_at", "expires_at", time.Now().AddDate(2, 0, 0).UTC().Format(time.RFC3339)), wrong("/expires_at", "expires_at", "9999-12-31T23:59:59Z"),
	})...)
}
