package main

import (
	"regexp"
	"strings"
)

// split cuts a migration into its statements, without their comments before.
func split(text string) (out []statement) {
	from := 0
	masked := mask(text)
	for i := 0; i < len(masked); i++ {
		if masked[i] != ';' {
			continue
		}
		at := from + len(masked[from:i]) - len(strings.TrimLeft(masked[from:i], " \n"))
		out = append(out, statement{at, text[at : i+1]})
		from = i + 1
	}
	return out
}

var hidden = regexp.MustCompile(`--[^\n]*|'[^']*'|(?s:\$\$.*?\$\$)`)

// mask returns text with its comments, strings and bodies blanked, so that what
// stands in them is taken for nothing else.
func mask(text string) string {
	return hidden.ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasPrefix(s, "--") {
			return strings.Repeat(" ", len(s))
		}
		return strings.Repeat("_", len(s))
	})
}

// closing returns where the parenthesis closes that was opened before text.
func closing(text string) int {
	depth := 1
	for i, c := range mask(text) {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

var (
	listForm = regexp.MustCompile(`(?s) in\s*\(([^()]*)\)$`)
	subForm  = regexp.MustCompile(`(?s)^(?:not )?exists \(.*?\bwhere `)
	caseForm = regexp.MustCompile(`(?s)^case\b.*\bend$`)
	wrapForm = regexp.MustCompile(`(?s)^(?:coalesce|array)?\(`)
	castForm = regexp.MustCompile(`::\w+$`)
	elseForm = regexp.MustCompile(`(?s),\s*(?:false|'[^']*')$`)
)

// operands returns how each condition within an expression is taken away: what
// is wanted beside others is wanted no more, what is enough is not enough.
func operands(at int, text, name string) (out []edit) {
	trimmed := strings.TrimRight(strings.TrimRight(text, "; \n"), " \n")
	at += len(trimmed) - len(strings.TrimLeft(trimmed, " \n"))
	text = strings.TrimLeft(trimmed, " \n")
	for _, by := range []struct{ word, neutral string }{{"or", "false"}, {"and", "true"}} {
		parts := cut(text, by.word)
		if len(parts) == 1 || strings.HasPrefix(text, "select") { // what a query wants stands after its where
			continue
		}
		for _, p := range parts {
			body := text[p[0]:p[1]]
			out = append(out, edit{at + p[0], at + p[1], by.neutral, name + " with " + by.neutral + " for " + brief(body)})
			out = append(out, operands(at+p[0], body, name)...)
		}
		return out
	}
	switch {
	case caseForm.MatchString(text):
		for i, p := range branches(text) {
			body := text[p[0]:p[1]]
			if strings.HasPrefix(body, "'") || castForm.MatchString(body) {
				continue // what is compared with, or the answer: no condition
			}
			out = append(out, edit{at + p[0], at + p[1], "true", name + " with true for " + brief(body)})
			if i%2 == 0 { // of when, not of then
				out = append(out, edit{at + p[0], at + p[1], "false", name + " with false for " + brief(body)})
			}
			out = append(out, operands(at+p[0], body, name)...)
		}
	case strings.HasPrefix(text, "select"):
		if i := strings.Index(text, "case\n"); i >= 0 {
			out = append(out, operands(at+i, text[i:strings.Index(text, "end\n")+len("end")], name)...)
		}
		if i := strings.LastIndex(text, "where "); i >= 0 {
			out = append(out, operands(at+i+len("where "), text[i+len("where "):], name)...)
		}
	case subForm.MatchString(text) && closing(text[strings.Index(text, "(")+1:])+strings.Index(text, "(")+2 == len(text):
		from := len(subForm.FindString(text))
		out = append(out, operands(at+from, text[from:len(text)-1], name)...)
	case wrapForm.MatchString(text) && strings.HasSuffix(text, ")"):
		from, to := strings.Index(text, "(")+1, len(text)-1
		if end := elseForm.FindStringIndex(text[from:to]); end != nil {
			to = from + end[0]
		}
		if strings.HasPrefix(strings.TrimSpace(text[from:to]), "(") && strings.HasSuffix(text[from:to], ")") {
			inner := strings.Index(text[from:], "(") + from + 1
			return operands(at+inner, text[inner:to-1], name)
		}
		out = append(out, operands(at+from, text[from:to], name)...)
	case listForm.MatchString(text):
		found := listForm.FindStringSubmatchIndex(text)
		items := strings.Split(text[found[2]:found[3]], ",")
		from := found[2]
		for i, item := range items {
			to := from + len(item)
			if len(items) > 1 {
				e := edit{at + from, at + to + 1, "", name + " without " + strings.TrimSpace(item) + " in " + brief(text)}
				if i == len(items)-1 {
					e.from, e.to = at+from-1, at+to
				}
				out = append(out, e)
			}
			from = to + 1
		}
	}
	return out
}

// cut returns where the operands of a word stand, outside of parentheses and of
// case … end.
func cut(text, word string) (parts [][2]int) {
	masked := mask(text)
	depth, from := 0, 0
	for i := 0; i < len(masked); i++ {
		switch {
		case masked[i] == '(' || starts(masked, i, "case"):
			depth++
		case masked[i] == ')' || starts(masked, i, "end"):
			depth--
		case depth == 0 && starts(masked, i, word):
			parts = append(parts, trim(text, from, i))
			from = i + len(word)
		}
	}
	return append(parts, trim(text, from, len(text)))
}

func starts(masked string, i int, word string) bool {
	letter := func(at int) bool {
		return at >= 0 && at < len(masked) && (masked[at] == '_' || masked[at] >= 'a' && masked[at] <= 'z')
	}
	return strings.HasPrefix(masked[i:], word) && !letter(i-1) && !letter(i+len(word))
}

func trim(text string, from, to int) [2]int {
	for from < to && strings.ContainsRune(" \n", rune(text[from])) {
		from++
	}
	for to > from && strings.ContainsRune(" \n;", rune(text[to-1])) {
		to--
	}
	return [2]int{from, to}
}

// branches returns where the conditions and the results of a case stand.
func branches(text string) (parts [][2]int) {
	masked := mask(text)
	depth, from := 0, -1
	for i := 0; i < len(masked); i++ {
		switch {
		case masked[i] == '(' || i > 0 && starts(masked, i, "case"):
			depth++
		case masked[i] == ')':
			depth--
		case depth == 0 && (starts(masked, i, "when") || starts(masked, i, "then") || starts(masked, i, "else") || starts(masked, i, "end")):
			if from >= 0 {
				parts = append(parts, trim(text, from, i))
			}
			from = i + len("when")
		case depth > 0 && starts(masked, i, "end"):
			depth--
		}
	}
	return parts
}

func brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 70 {
		return text[:70] + "…"
	}
	return text
}
