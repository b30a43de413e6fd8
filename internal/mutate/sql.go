package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// edit replaces a part of a file.
type edit struct {
	from, to int
	text     string
	what     string
}

// statement is a statement of a migration, and where it begins.
type statement struct {
	at   int
	text string
}

var (
	policyForm    = regexp.MustCompile(`^create policy (\w+) `)
	functionForm  = regexp.MustCompile(`^create (?:or replace )?function (\w+)`)
	viewForm      = regexp.MustCompile(`^create view (\w+)`)
	triggerForm   = regexp.MustCompile(`^create trigger (\w+) `)
	securityForm  = regexp.MustCompile(`(enable|force) row level security`)
	grantForm     = regexp.MustCompile(`^grant ((?:select|insert|update|delete)[^;]*?) on ([^;]*?) to pocreg_server`)
	immutableForm = regexp.MustCompile(`(?m)^create .*\bimmutable\b`)
	scopeForm     = regexp.MustCompile(` && scope\b|\w+\.audience = any \(readable\)`)
	replacedForm  = regexp.MustCompile(`^(?:create|drop) (?:or replace )?(?:function|policy) (\w+)(?: on (\w+))?`)
	fenceForm     = regexp.MustCompile(`with \(security_barrier\)|security definer set search_path = pg_catalog, public(?:, pg_temp)?`)
	pathForm      = regexp.MustCompile(`^alter function (\w+)`)
)

// statements finds what holds the second wall together: each policy, each
// condition in it and in the functions that it asks, each switch, trigger and
// grant.
func statements() ([]mutant, error) {
	files, err := filepath.Glob("migrations/*.up.sql")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("there are no migrations here: run this at the repository's root (%w)", err)
	}
	var out []mutant
	replaced := map[string]bool{} // what a later migration makes anew: nothing stands on what it was
	fenced := map[string]bool{}   // the functions that a later one gives another search path
	for _, file := range slices.Backward(files) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, s := range slices.Backward(split(string(text))) {
			if found := replacedForm.FindStringSubmatch(s.text); found != nil {
				if what := found[1] + found[2]; replaced[what] && !strings.HasPrefix(s.text, "drop ") {
					continue
				} else if !strings.HasPrefix(s.text, "create policy") {
					replaced[what] = true
				}
			}
			if found := pathForm.FindStringSubmatch(s.text); found != nil {
				if replaced[found[1]] {
					continue
				}
				fenced[found[1]] = true
			}
			group, edits := mutations(s)
			for _, e := range edits {
				if found := functionForm.FindStringSubmatch(s.text); found != nil && fenced[found[1]] && strings.HasPrefix(e.what, "without security definer") {
					continue
				}
				out = append(out, mutant{
					group: group, file: file, line: bytes.Count(text[:e.from], []byte("\n")) + 1, what: e.what,
					text: []byte(string(text[:e.from]) + e.text + string(text[e.to:])),
				})
			}
		}
	}
	return out, nil
}

// mutations returns how a statement is weakened, and the group that it is of.
func mutations(s statement) (group string, edits []edit) {
	name := func(form *regexp.Regexp) string {
		if found := form.FindStringSubmatch(s.text); found != nil {
			return found[1]
		}
		return ""
	}
	all := func(text, what string) edit { return edit{s.at, s.at + len(s.text), text, what} }
	switch {
	case name(policyForm) != "":
		group = "policy"
		edits = append(edits, all("", "without the policy "+name(policyForm)))
		for _, clause := range []string{"using (", "with check ("} {
			if i := strings.Index(s.text, clause); i >= 0 {
				from := i + len(clause)
				to := from + closing(s.text[from:])
				open := edit{s.at + from, s.at + to, "true", name(policyForm) + " " + strings.Trim(clause, " (") + " (true)"}
				edits = append(append(edits, open), operands(s.at+from, s.text[from:to], name(policyForm))...)
			}
		}
	case name(functionForm) != "" && immutableForm.MatchString(s.text):
		// It asks nothing of who is asking: it only spells.
	case name(functionForm) != "" && strings.Contains(s.text, "return query"):
		group = "function"
		for _, found := range scopeForm.FindAllStringIndex(s.text, -1) {
			what := s.text[found[0]:found[1]]
			neutral := map[bool]string{true: "", false: "true"}[strings.HasPrefix(what, " &&")]
			edits = append(edits, edit{s.at + found[0], s.at + found[1], neutral, name(functionForm) + " without " + strings.TrimSpace(what)})
		}
	case name(functionForm) != "":
		group = "function"
		guards := strings.Contains(s.text, "returns trigger")
		for _, word := range []string{"return\n", "return ", "if "} { // what is answered, or a trigger's guard
			if i := strings.Index(s.text, word); i >= 0 && (word == "if ") == guards {
				from, to := i+len(word), len(s.text)
				if end := strings.LastIndex(s.text, ";\nend"); end > from {
					to = end
				}
				if end := strings.Index(s.text, " then\n"); word == "if " && end > from {
					to = end
					edits = append(edits, edit{s.at + from, s.at + to, "false", name(functionForm) + " without its guard"})
				}
				edits = append(edits, operands(s.at+from, s.text[from:to], name(functionForm))...)
				break
			}
		}
	case name(viewForm) != "":
		group = "function"
		from := strings.LastIndex(s.text, "where ") + len("where ")
		edits = append(edits, operands(s.at+from, s.text[from:], name(viewForm))...)
	case name(pathForm) != "":
		return "function", []edit{all("", name(pathForm)+" without its search path")}
	case name(triggerForm) != "":
		return "policy", []edit{all("", "without the trigger "+name(triggerForm))}
	case grantForm.MatchString(s.text):
		found := grantForm.FindStringSubmatchIndex(s.text)
		return "policy", []edit{{s.at + found[2], s.at + found[3], "all", "grant all on " + s.text[found[4]:found[5]]}}
	}
	for _, found := range securityForm.FindAllStringIndex(s.text, -1) {
		word := strings.Fields(s.text[found[0]:])[0]
		opposite := map[string]string{"enable": "disable", "force": "no force"}[word] + " row level security"
		edits = append(edits, edit{s.at + found[0], s.at + found[1], opposite, opposite + " of " + strings.Fields(s.text)[2]})
		group = "policy"
	}
	for _, found := range fenceForm.FindAllStringIndex(s.text, -1) {
		what := s.text[found[0]:found[1]]
		kept, _, _ := strings.Cut(strings.Replace(what, "with (security_barrier)", "", 1), " set search_path")
		edits = append(edits, edit{s.at + found[0], s.at + found[1], kept, "without " + what})
	}
	return group, edits
}
