package client

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"time"
)

// Row is one line of the trail: that something changed, in whose name.
type Row struct {
	Version     int64     `json:"version"`
	Ordinal     int       `json:"ordinal"` // within the version
	At          time.Time `json:"at"`
	Act         string    `json:"act"`
	Noun        string    `json:"noun"`
	Key         string    `json:"key"`
	State       string    `json:"state,omitempty"`
	By          Who       `json:"by"`
	Credential  string    `json:"credential,omitempty"` // the token that it was done with, for who may know it
	Commitments []string  `json:"commitments"`          // SHA-256 of the change's parts, in hex
}

// ErrRestored says that the register was restored to before the place asked for:
// read the trail anew from its start.
var ErrRestored = errors.New("the register was restored since: read the trail anew")

// Trail walks the trail's rows after a version, oldest first, to its end as it
// is then. To go on later, begin after the last row's version: no change is lost.
// A state, alpha-2, leaves out what is not that state's; "" is the caller's own,
// or all for who may read all. If the register was restored, it ends with
// ErrRestored.
func (c *Client) Trail(ctx context.Context, after int64, state string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			query := url.Values{"after": {itoa(after)}, "limit": {"500"}}
			if state != "" {
				query.Set("state", state)
			}
			var page struct {
				Items []Row  `json:"items"`
				Next  *int64 `json:"next"`
			}
			_, err := c.Get(ctx, "/v1/trail", query, &page)
			var p *Problem
			if errors.As(err, &p) && p.Kind() == "gone" {
				err = errors.Join(ErrRestored, err)
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			for _, row := range page.Items {
				if !yield(row, nil) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			after = *page.Next
		}
	}
}
