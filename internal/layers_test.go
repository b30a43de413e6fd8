package internal_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "pocreg.example"

// layers are the packages from the ground up. A package imports only from
// layers below its own, so nouns never import each other: what several of them
// do together is a package above them.
var layers = [][]string{
	{"api", "api/client", "api/docs", "deploy", "migrations", "internal/outward", "internal/problem", "internal/reference", "internal/seal"},
	{"internal/access", "internal/mail", "internal/postgres", "internal/postgres/cluster", "internal/valid"},
	{"internal/accesslog", "internal/devmail", "internal/register"},
	{"internal/entry"}, // what the nouns' entries have in common
	{"internal/account", "internal/contact", "internal/delegation", "internal/organisation", "internal/state", "internal/strategy",
		"internal/subscription", "internal/suggestion"},
	{"internal/importer", "internal/reach", "internal/search", "internal/signin"}, // acts over several nouns
	{"internal/admission"}, // by invitation
	{"internal/proposal"},  // of any of these
	{"internal/notice"},    // of all of these, by mail
	{"internal/jobs"},
	{"internal/httpapi", "internal/portal"},
	{"cmd/pocreg"},
}

// testing are the packages of which no program is made, and what of ours they
// may import beside the standard library.
var testingOnly = map[string][]string{
	"internal/postgres/pgtest": {"deploy", "internal/postgres", "internal/postgres/cluster"},
	"internal/fixture": {
		"internal/access", "internal/account", "internal/admission", "internal/contact", "internal/delegation", "internal/organisation",
		"internal/outward", "internal/postgres/pgtest", "internal/proposal", "internal/reference", "internal/register", "internal/seal",
		"internal/signin", "internal/state", "internal/strategy", "internal/subscription", "internal/suggestion",
	},
	"internal":          {},
	"internal/browser":  {},
	"internal/drill":    {},
	"internal/identity": {},
	"internal/torture":  {},
	"internal/mutate":   {},
	"internal/bench": {
		"deploy", "internal/access", "internal/account", "internal/contact", "internal/delegation", "internal/entry",
		"internal/postgres", "internal/postgres/cluster", "internal/reference", "internal/register", "internal/state",
	},
	"internal/wall": {},
}

// reach lists who may import a library, so that its next major version is an
// afternoon's work.
var reach = map[string][]string{
	"github.com/labstack/echo/v4": {"internal/httpapi", "internal/portal", "cmd/pocreg"},
	"github.com/jackc/pgx/v5": {
		"internal/postgres", "internal/postgres/cluster", "internal/postgres/pgtest", "internal/register", "internal/entry",
		"internal/account", "internal/contact", "internal/delegation", "internal/organisation", "internal/state", "internal/strategy",
		"internal/search", "internal/signin", "internal/admission", "internal/proposal", "internal/suggestion", "internal/subscription", "internal/accesslog", "internal/notice", "internal/jobs", "cmd/pocreg", "internal/bench",
	},
	"github.com/golang-migrate/migrate/v4": {"internal/postgres"},
	"github.com/go-playground/validator":   {"internal/valid"},
	"github.com/nyaruka/phonenumbers":      {"internal/valid"},
	"github.com/ProtonMail/go-crypto":      {"internal/contact"},
	"github.com/go-webauthn/webauthn":      {"internal/signin"},
	"github.com/pquerna/otp":               {"internal/signin"},
	"github.com/coreos/go-oidc/v3":         {"internal/signin"},
	"golang.org/x/oauth2":                  {"internal/signin"},
	"github.com/alexedwards/argon2id":      {"internal/signin"},
	"github.com/riverqueue/river":          {"internal/jobs"},
	"github.com/wneessen/go-mail":          {"internal/mail"},
}

// unnamed are the names that say nothing of what is in a package.
var unnamed = []string{"util", "utils", "helper", "helpers", "common", "model", "models", "manager", "service", "services", "sync", "types", "impl"}

type pkg struct {
	ImportPath, Name                   string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		p.ImportPath = ours(p.ImportPath)
		all = append(all, p)
	}
	return all
}

// ours returns a path within the module, or the path of what is not ours.
func ours(path string) string { return strings.TrimPrefix(path, module+"/") }

func TestLayers(t *testing.T) {
	t.Parallel()
	height := map[string]int{}
	for i, names := range layers {
		for _, name := range names {
			height[name] = i
		}
	}
	seen := map[string]bool{}
	for _, p := range packages(t) {
		seen[p.ImportPath] = true
		h, inProgram := height[p.ImportPath]
		allowed, inTests := testingOnly[p.ImportPath]
		if !inProgram && !inTests {
			t.Errorf("%s is in no layer: add it to the table, as low as it goes", p.ImportPath)
			continue
		}
		if slices.Contains(unnamed, path.Base(p.ImportPath)) || slices.Contains(unnamed, p.Name) {
			t.Errorf("%s is named for nothing: name it after what is in it", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module+"/") {
				continue
			}
			imported = ours(imported)
			below, ok := height[imported]
			switch {
			case inTests && !slices.Contains(allowed, imported):
				t.Errorf("%s, which is for tests, imports %s: only %v are listed", p.ImportPath, imported, allowed)
			case inProgram && !ok:
				t.Errorf("%s imports %s, which is for tests", p.ImportPath, imported)
			case inProgram && below >= h:
				t.Errorf("%s imports %s, which is not below it", p.ImportPath, imported)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			above, ok := height[ours(imported)]
			if inProgram && ok && above > h && !slices.Contains(p.XTestImports, imported) {
				t.Errorf("tests within %s import %s, which is above it: write them in %s_test", p.ImportPath, imported, p.Name)
			}
		}
	}
	for _, names := range layers {
		for _, name := range names {
			if !seen[name] {
				t.Errorf("%s is in the table and not in the house", name)
			}
		}
	}
}

func TestLibrariesStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			for library, users := range reach {
				if strings.HasPrefix(imported+"/", library+"/") && !slices.Contains(users, p.ImportPath) {
					t.Errorf("%s imports %s: only %v may", p.ImportPath, imported, users)
				}
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			echo := "github.com/labstack/echo/v4"
			if strings.HasPrefix(imported, echo) && !slices.Contains(reach[echo], p.ImportPath) {
				t.Errorf("tests of %s import %s: only those of %v may", p.ImportPath, imported, reach[echo])
			}
		}
	}
}

// calls are what no code of ours does, by the package and the name called.
var calls = []struct {
	name  string
	where func(file string) bool
	why   string
}{
	{"os.Getenv", needsNoEnvironment, "configuration is read once, in cmd"},
	{"os.LookupEnv", needsNoEnvironment, "configuration is read once, in cmd"},
	{"os.Environ", needsNoEnvironment, "configuration is read once, in cmd"},
	{"time.Sleep", isTest, "wait for what you wait for"},
	{"t.Skip", isTest, "a test that cannot run fails"},
	{"t.Skipf", isTest, "a test that cannot run fails"},
	{"t.SkipNow", isTest, "a test that cannot run fails"},
	{"b.Skip", isTest, "a benchmark that cannot run fails"},
	{"tb.Skip", isTest, "a test that cannot run fails"},
	{"net.Dial", serves, outside},
	{"net.DialTimeout", serves, outside},
	{"net.Dialer", serves, outside},
	{"tls.Dial", serves, outside},
	{"tls.Dialer", serves, outside},
	{"http.Client", holdsNone, outside},
	{"http.DefaultClient", serves, outside},
	{"http.DefaultTransport", serves, outside},
	{"http.Transport", serves, outside},
	{"http.Get", serves, outside},
	{"http.Head", serves, outside},
	{"http.Post", serves, outside},
	{"http.PostForm", serves, outside},
	{"exec.Command", serves, outside},
	{"exec.CommandContext", serves, outside},
	{"os.StartProcess", serves, outside},
}

// outside is why what serves reaches nothing but PostgreSQL: what participants send
// must not have the server call anybody, or start anything. Mail goes through
// internal/mail, whose library dials a server that the operator names; identity
// providers, which heads name, through internal/outward alone.
const outside = "what serves calls nobody but PostgreSQL, the mail server, and others through internal/outward"

// holdsNone leaves out also who is given a client of internal/outward's.
func holdsNone(file string) bool { return serves(file) && !strings.HasPrefix(file, "internal/signin/") }

// serves leaves out tests, the client, cmd, whose other commands are clients, what
// starts the private PostgreSQL of the demo or a provider for tests, and what is there
// to ask others within bounds.
func serves(file string) bool {
	return !isTest(file) && strings.HasPrefix(file, "internal/") && !slices.ContainsFunc(
		[]string{"internal/postgres/cluster/", "internal/postgres/pgtest/", "internal/bench/", "internal/mutate/", "internal/identity/", "internal/outward/"},
		func(of string) bool { return strings.HasPrefix(file, of) })
}

func isTest(file string) bool { return strings.HasSuffix(file, "_test.go") }

// needsNoEnvironment leaves out cmd, and the tests that have no cmd to tell them
// where PostgreSQL's programs are, or that run ours as a process.
func needsNoEnvironment(file string) bool {
	return !strings.HasPrefix(file, "cmd/") && !strings.HasPrefix(file, "internal/postgres/pgtest/") &&
		!(slices.Contains([]string{"internal/postgres/cluster", "internal/drill", "internal/torture"}, path.Dir(file)) && isTest(file))
}

func TestNoCodeCallsWhatItMustNot(t *testing.T) {
	t.Parallel()
	for file, text := range sources(t, ".go") {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of, ok := selector.X.(*ast.Ident)
			for _, c := range calls {
				if ok && of.Name+"."+selector.Sel.Name == c.name && c.where(file) {
					t.Errorf("%s uses %s: %s", file, c.name, c.why)
				}
			}
			return true
		})
	}
}

var allColumns = regexp.MustCompile(`(?is)\b(select|returning)\s+([a-z]+\.)?\*`)

func TestStatementsNameTheirColumns(t *testing.T) {
	t.Parallel()
	for _, extension := range []string{".go", ".sql"} {
		for file, text := range sources(t, extension) {
			if found := allColumns.FindString(text); found != "" {
				t.Errorf("%s holds %q: name the columns", file, found)
			}
		}
	}
}

// sources returns the repository's files of an extension, by path.
func sources(t *testing.T, extension string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != ".." && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(name) != extension:
			return nil
		}
		text, err := os.ReadFile(name)
		all[filepath.ToSlash(strings.TrimPrefix(name, ".."+string(filepath.Separator)))] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("there are no %s files", extension)
	}
	return all
}
