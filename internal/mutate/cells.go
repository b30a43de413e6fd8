package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
)

// table is where the access tables are.
const table = "internal/access/table.go"

// narrow are the rules that are widened to all states.
var narrow = []string{"own", "technical", "ifNamed", "ownOrNamed", "together"}

// cells finds each cell of the access tables: who may do what, and what an
// action is. Each is taken away, and each that holds for some states only is
// made to hold for all.
func cells() ([]mutant, error) {
	text, err := os.ReadFile(table)
	if err != nil {
		return nil, fmt.Errorf("run this at the repository's root: %w", err)
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, table, text, 0)
	if err != nil {
		return nil, err
	}
	at := func(p token.Pos) int { return files.Position(p).Offset }
	var out []mutant
	change := func(n ast.Node, from, to int, put, what string) {
		out = append(out, mutant{
			group: "access", file: table, line: files.Position(n.Pos()).Line, what: what,
			text: []byte(string(text[:from]) + put + string(text[to:])),
		})
	}
	for _, d := range parsed.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		spec := decl.Specs[0].(*ast.ValueSpec)
		name := spec.Names[0].Name
		literal := spec.Values[0].(*ast.CompositeLit)
		for _, element := range literal.Elts {
			row := element.(*ast.KeyValueExpr)
			key := string(text[at(row.Key.Pos()):at(row.Key.End())])
			columns, ok := row.Value.(*ast.CompositeLit)
			if !ok { // a row of one cell: whether the action is of this sort
				change(row, at(row.Value.Pos()), at(row.Value.End()), "false", name+" without "+key)
				continue
			}
			for _, element := range columns.Elts {
				cell := element.(*ast.KeyValueExpr)
				role, rule := string(text[at(cell.Key.Pos()):at(cell.Key.End())]), string(text[at(cell.Value.Pos()):at(cell.Value.End())])
				from, to := at(cell.Value.Pos()), at(cell.Value.End())
				change(cell, from, to, "never", fmt.Sprintf("%s of %s: never for %s", name, key, role))
				if slices.Contains(narrow, rule) {
					change(cell, from, to, "anywhere", fmt.Sprintf("%s of %s: anywhere for %s", name, key, role))
				}
			}
		}
	}
	return out, nil
}
