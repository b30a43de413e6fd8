package client

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
)

// Imported is what an import came to, or would come to.
type Imported struct {
	Kind      string   `json:"kind"`
	DryRun    bool     `json:"dry_run"`
	Rows      int      `json:"rows"`
	Created   int      `json:"created"`
	Changed   int      `json:"changed"`
	Unchanged int      `json:"unchanged"`
	LeftAlone int      `json:"left_alone"` // what is the state's to say, see Notes
	Changes   []Change `json:"changes"`
	Notes     []struct {
		Line   int    `json:"line"`
		Detail string `json:"detail"`
	} `json:"notes"`
	Faults   []Fault  `json:"faults"`   // of a dry run; else they are in the *Problem
	Approval Approval `json:"approval"` // of a dry run
	Version  *int64   `json:"version"`  // that it became; nil if nothing was changed
}

// The files that Import takes.
const (
	ImportContacts    = "contacts"     // CSV, a state's own: what ExportContacts writes
	ImportPublicFacts = "public_facts" // CSV, by the secretariat
	ImportStrategies  = "strategies"   // JSON, by the secretariat
)

// Import sends a file of at most 16 MiB, which takes effect as one act or not at
// all. A dry run changes nothing and says what it would change, and every fault.
func (c *Client) Import(ctx context.Context, kind string, file []byte, dryRun bool) (got Imported, err error) {
	r := request{
		method: http.MethodPost, path: "/v1/imports", query: url.Values{"kind": {kind}}, body: file, kind: "text/csv", key: rand.Text(), asks: true,
	}
	if kind == ImportStrategies {
		r.kind = "application/json"
	}
	if dryRun {
		r.query.Set("dry_run", "true")
	}
	body, _, err := c.send(ctx, r)
	if err != nil {
		return got, err
	}
	return got, decode(body, &got)
}

// ExportContacts returns contacts as the CSV file that Import takes, the same
// bytes as long as nothing changes. A state, alpha-2, leaves out others'.
func (c *Client) ExportContacts(ctx context.Context, state string) ([]byte, error) {
	query := url.Values{}
	if state != "" {
		query.Set("state", state)
	}
	file, _, err := c.Table(ctx, "/v1/exports/contacts", query)
	return file, err
}
