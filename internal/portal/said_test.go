package portal_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// literal returns a text that stands in code, in one piece or added up.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		x, okX := literal(e.X)
		y, okY := literal(e.Y)
		return x + y, okX && okY && e.Op == token.ADD
	default:
		return "", false
	}
}

// sentences are those that the code of a package says of failures.
func sentences(t *testing.T, pattern string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, text := range files(t, pattern) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			var said ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				if of, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 1 && strings.HasSuffix(of.Sel.Name, "f") {
					if x, ok := of.X.(*ast.Ident); ok && x.Name == "problem" {
						said = n.Args[1]
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Detail" {
					said = n.Value
				}
			}
			if sentence, ok := literal(said); ok && sentence != "%s" {
				out[sentence] = name
			}
			return true
		})
	}
	return out
}

func TestWhatTheRegistrySaysOfFailuresIsSaidInEveryLanguage(t *testing.T) {
	t.Parallel()
	english := map[string]string{}
	for _, pattern := range []string{"../signin/*.go", "../account/*.go", "../proposal/*.go", "../suggestion/*.go", "../subscription/*.go", "*.go"} {
		for sentence, name := range sentences(t, pattern) {
			english[sentence] = name
		}
	}
	others := map[string]string{} // of which a page's form can only meet some
	for _, pattern := range []string{"../access/*.go", "../contact/*.go", "../entry/*.go", "../register/*.go"} {
		maps.Copy(others, sentences(t, pattern))
	}
	if len(english) < 50 {
		t.Fatalf("the code says %d sentences: they are not found", len(english))
	}
	verb := regexp.MustCompile(`%[a-z]`)
	for name, text := range files(t, "messages/said/*.json") {
		var said map[string]string
		if err := json.Unmarshal([]byte(text), &said); err != nil {
			t.Fatal(err)
		}
		for sentence, from := range english {
			if said[sentence] == "" {
				t.Errorf("%s does not have what %s says: %q", name, from, sentence)
			}
		}
		for sentence, own := range said {
			if want, got := verb.FindAllString(sentence, -1), verb.FindAllString(own, -1); strings.Join(want, " ") != strings.Join(got, " ") {
				t.Errorf("%s fills %v into %q, which has %v", name, got, own, want)
			}
			if english[sentence] == "" && others[sentence] == "" && !strings.HasPrefix(sentence, "must ") {
				t.Errorf("%s has what nothing says: %q", name, sentence)
			}
		}
	}
}

// foreign is a sentence that a page of another language has in English.
var foreign = regexp.MustCompile(`<(li|p)[^>]* lang="en">`)

func TestARefusalIsInTheVisitorsLanguage(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	stale := m.led(m.post("/contacts/new", desk...))
	m.get("/?lang=pl")
	for _, page := range []answer{
		m.post("/people/invite", "name", "", "email", "x", "role", "delegate", "language", "en"),
		m.post("/people/invite", "name", strings.Repeat("x", 201), "email", "x", "role", "head_of_delegation", "language", "xx"),
		m.post("/people/invite", "name", "Kadri\u202e", "email", ada.email, "role", "cert", "language", "en"),
		m.post("/people/device", "office", ""),
		m.post("/tokens/issue", "owner", "", "owner_kind", "x", "role", "x", "label", "", "access", "x", "days", "x"),
		m.post("/tokens/issue", "owner", "x", "owner_kind", "system", "role", "cert", "label", "x", "access", "write", "scope", "public", "days", "30"),
		m.post("/enrol/printed", "password", "short"), m.post("/enrol/printed", "password", strings.Repeat("a", 200)),
		m.post("/enrol/printed", "password", "passwordpassword"), m.post("/enrol/passkey", "label", "x", "answer", "{}"),
		m.post("/signin/password", "email", "x", "password", "x", "code", "x"), m.post("/letter", "link", "x"),
		m.post("/contacts/new", "kind", "x"), m.post("/contacts/new", with(desk, "office_title", "", "rank", "0", "note", "\x00")...),
		m.post("/contacts/new", with(desk, "channels-0-value", "12", "channels-1-value", "no mailbox", "rank", "first", "languages", "et en_", "time_zone", "Tallinn")...),
		m.post("/contacts/new", with(desk, "channels-0-value", "663 0299", "channels-1-how", "web_form", "channels-1-value", "http://x", "audience", "selected", "states", "xq")...),
		m.post("/contacts/new", with(desk, "channels-0-value", "+3726630299 ext 5", "channels-1-how", "phone:duty", "channels-1-value", "+3726630299", "audience", "selected", "states", "estonia", "rank", "100")...),
		m.post("/contacts/new", with(desk, "hours", "weekdays", "from", "9", "to", "", "time_zone", "", "audience", "selected", "states", "", "office_title_en", strings.Repeat("x", 201))...),
		m.post(stale+"/confirm", "version", "1"), m.post(stale+"/change", desk...), m.get("/contacts/00000000-0000-4000-8000-000000000000"),
		m.get("/proposals/00000000-0000-4000-8000-000000000000"), m.get("/contacts/x"),
		m.post("/account/password/remove"), m.post("/signin/again/passkey/options"), m.get("/people/nobody"),
	} {
		if page.status < 400 || !strings.Contains(page.body, `<html lang="pl">`) || foreign.MatchString(page.body) {
			t.Errorf("a refusal with the status %d is not in Polish: %s", page.status, page.body)
		}
	}
}
