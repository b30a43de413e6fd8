package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// asking are the packages that ask who may do what.
var asking = []string{
	"internal/access", "internal/account", "internal/contact", "internal/delegation", "internal/entry",
	"internal/admission", "internal/importer", "internal/organisation", "internal/proposal", "internal/register", "internal/signin", "internal/state", "internal/strategy",
	"internal/suggestion", "internal/httpapi",
}

// about is what a condition is about if it decides who may do what, or who may
// see what. Other conditions are other tests' business.
var about = regexp.MustCompile(`\.(Require\w*|May\w*|SeesNamed|MayRead|Reads|Allowed)\(|\b(MayEdit|mayRecord|mayAppoint|mayChange|mayAuthor|mayDecide|mayFreeze|mayWithdraw|decidable|within|Within|narrows|signedIn|ownOrganisation)\(|` +
	`\ba\.(Writes|Audiences|of|covers|named|pairs|readsAll|CoChair|Account|State)\b|\bsecond\.|\bby\.(Role|State|Writes|Audiences)\b|` +
	`\b(states|looks|wholly|ofKinds)\b|\.Audience\b|\.Kinds\b|\.Role\b|ActorName|SecondName|Accounts\.Stands|r\.stands|` +
	`\b[kt]\.Head\b|\bk\.ID\b|\btx\.(two|half|onlyProposes|needsSecond)\b|\.(AtOnce|ProposedBy|Stale|keeps|stillOpen)\b|\bstands\b`)

// conditions finds each condition in Go of who may do what: guards are taken
// away, and so are the halves of what is wanted together or is enough alone.
func conditions() ([]mutant, error) {
	var out []mutant
	for _, dir := range asking {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			found, err := conditionsOf(file)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

func conditionsOf(file string) ([]mutant, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, 0)
	if err != nil {
		return nil, err
	}
	source := func(n ast.Node) string {
		return string(text[files.Position(n.Pos()).Offset:files.Position(n.End()).Offset])
	}
	var out []mutant
	change := func(n ast.Node, put string) {
		from, to := files.Position(n.Pos()).Offset, files.Position(n.End()).Offset
		what := fmt.Sprintf("%s for %s", put, brief(source(n)))
		// What it names is used as before, or it would not compile.
		put = fmt.Sprintf(map[string]string{"true": "(true || (%s))", "false": "(false && (%s))"}[put], source(n))
		m := mutant{group: "go", file: file, line: files.Position(n.Pos()).Line, what: what, text: []byte(string(text[:from]) + put + string(text[to:]))}
		if !slices.ContainsFunc(out, func(o mutant) bool { return string(o.text) == string(m.text) }) {
			out = append(out, m)
		}
	}
	// halves takes away the halves of a condition that is about access.
	var halves func(e ast.Expr)
	halves = func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.ParenExpr:
			halves(e.X)
		case *ast.BinaryExpr:
			neutral := map[token.Token]string{token.LAND: "true", token.LOR: "false"}[e.Op]
			if neutral == "" {
				return
			}
			for _, half := range []ast.Expr{e.X, e.Y} {
				if about.MatchString(source(half)) && !binary(half, e.Op) {
					change(half, neutral)
				}
				halves(half)
			}
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if about.MatchString(source(n.Cond)) || n.Init != nil && about.MatchString(source(n.Init)) {
				change(n.Cond, "false")
				halves(n.Cond)
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				if about.MatchString(source(e)) {
					if _, call := e.(*ast.BinaryExpr); call {
						change(e, "false")
						halves(e)
					}
				}
			}
		case *ast.ReturnStmt:
			for _, e := range n.Results {
				halves(e)
			}
		case *ast.AssignStmt:
			for _, e := range n.Rhs {
				halves(e)
			}
		}
		return true
	})
	return out, nil
}

func binary(e ast.Expr, op token.Token) bool {
	b, ok := e.(*ast.BinaryExpr)
	return ok && b.Op == op
}
