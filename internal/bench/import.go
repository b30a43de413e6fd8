package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
)

// imported is how many contacts come in one file.
const imported = 10_000

// measureImport times a head of delegation who brings a state's contacts from
// another system, in one act.
func (b *bench) measureImport(ctx context.Context) error {
	const code = "EE"
	token := b.people.heads[code]
	// An export says what a file looks like.
	got, err := b.server.must(ctx, http.StatusOK, request{path: "/v1/exports/contacts?state=" + code, token: token})
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) < 2 {
		return fmt.Errorf("the export shows no row to make more of (%d): %w", len(rows), err)
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	if err := w.Write(rows[0]); err != nil {
		return err
	}
	for n := range imported {
		row := append([]string(nil), rows[1]...)
		for i, column := range rows[0] {
			switch {
			case column == "id" || column == "version":
				row[i] = ""
			case column == "office_title":
				row[i] = fmt.Sprintf("Desk %d", n)
			case strings.HasPrefix(column, "channel_") && strings.HasSuffix(column, "_value") && strings.Contains(row[i], "@"):
				row[i] = fmt.Sprintf("desk%d@import.example", n)
			}
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	got, err = b.server.must(ctx, http.StatusOK, request{
		method: http.MethodPost, path: "/v1/imports?kind=contacts", token: token, body: &file,
		header: map[string]string{"Content-Type": "text/csv"},
	})
	if err != nil {
		return err
	}
	if !bytes.Contains(got.body, fmt.Appendf(nil, `"created":%d,`, imported)) {
		return fmt.Errorf("the import did not make %d contacts: %s", imported, got.body[:min(len(got.body), 300)])
	}
	b.found(finding{
		What: fmt.Sprintf("import of %d contacts", imported), Got: got.took.Seconds(), Unit: "s", Aim: atMost(20),
		Detail: fmt.Sprintf("%.0f contacts/s, in one act", imported/got.took.Seconds()),
	})
	return nil
}
