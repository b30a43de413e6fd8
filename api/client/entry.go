package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Entry is what every national entry carries.
type Entry struct {
	ID            string       `json:"id"`                     // UUID
	State         string       `json:"state"`                  // ISO 3166-1 alpha-2
	Kind          string       `json:"kind"`                   //
	Version       int64        `json:"version"`                // of the register, when it last changed
	Audience      string       `json:"audience"`               // public, participants or selected
	Selected      *Selection   `json:"selected,omitempty"`     // as its owner wrote it, to who may see that
	NamedStates   []string     `json:"named_states,omitempty"` // whom it names, expanded
	TLP           string       `json:"tlp"`                    // Traffic Light Protocol 2.0 (FIRST)
	Basis         string       `json:"basis"`                  // nominated, or public_source: found, unconfirmed
	Standing      string       `json:"standing"`               // active, retired, withdrawn or rejected
	StandingSince time.Time    `json:"standing_since"`
	CreatedAt     time.Time    `json:"created_at"`
	ChangedAt     time.Time    `json:"changed_at"`
	NominatedAt   *time.Time   `json:"nominated_at,omitempty"`
	NominatedBy   string       `json:"nominated_by,omitempty"` // the delegation
	Represented   bool         `json:"represented"`            // whether somebody speaks for the state now
	Freshness     *Freshness   `json:"freshness,omitempty"`    // of what was nominated
	Suspensions   []Suspension `json:"suspensions,omitempty"`  // while it is not to be relied on
	ExternalIDs   []ExternalID `json:"external_ids"`
	Sources       []Source     `json:"sources"`
}

// Selection names states: by themselves, by framework, or as all except some.
type Selection struct {
	States     []string `json:"states,omitempty"`
	Frameworks []string `json:"frameworks,omitempty"`
	AllExcept  []string `json:"all_except,omitempty"`
}

// Freshness says when an entry was last proven alive: it is due for confirmation
// 180 days later, and lapsed after 365.
type Freshness struct {
	ConfirmedAt time.Time `json:"confirmed_at"`
	DueAt       time.Time `json:"due_at"`
	LapsesAt    time.Time `json:"lapses_at"`
}

// Suspension says that an entry is not to be relied on for now. It lapses 72 hours
// after it began, and hides nothing.
type Suspension struct {
	By     string    `json:"by"` // state or secretariat
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
}

// ExternalID is an entry's id in an outside system.
type ExternalID struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

// Source says where a value of a public-source entry was found, and when.
type Source struct {
	Pointer string `json:"pointer"` // JSON pointer into the entry
	Value   string `json:"value"`
	Source  string `json:"source"`
	Date    string `json:"date,omitempty"` // YYYY, YYYY-MM or YYYY-MM-DD; "" for undated
}

// Page is one page of a list.
type Page[T any] struct {
	Items           []T     `json:"items"`
	Next            *string `json:"next"` // the next page's cursor; nil on the last
	RegisterVersion int64   `json:"register_version"`
}

// list walks a list page by page, and stops at the first error.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		asked := url.Values{}
		for name, values := range query {
			asked[name] = values
		}
		for {
			var page Page[T]
			if _, err := c.Get(ctx, path, asked, &page); err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			asked.Set("cursor", *page.Next)
		}
	}
}

// Entries are the entries of one noun, T as they are read. Get one from
// Client.Contacts, Client.Organisations or Client.Strategies.
type Entries[T any] struct {
	client *Client
	path   string
}

// All walks the entries that the caller may read, in the list's order. The query
// takes the list's filters: state, framework, kind, basis, standing, freshness,
// changed_after, limit (of a page, 500 at most) and the noun's own.
func (e Entries[T]) All(ctx context.Context, query url.Values) iter.Seq2[T, error] {
	return list[T](ctx, e.client, e.path, query)
}

// Get reads one entry by its id.
func (e Entries[T]) Get(ctx context.Context, id string) (got T, meta Meta, err error) {
	meta, err = e.client.Get(ctx, e.path+segment(id), nil, &got)
	return got, meta, err
}

// Add makes a new entry. As with every write that changes a state's words, the
// error is a *Proposed where somebody else decides on it. in has the members of the noun's input: any value that
// is such an object in JSON.
func (e Entries[T]) Add(ctx context.Context, in any) (got T, meta Meta, err error) {
	meta, err = e.client.write(ctx, request{method: http.MethodPost, path: e.path, asks: true}, in, &got)
	return got, meta, err
}

// Replace gives an entry a new content, whole. etag is that of the entry as it
// was read: the registry answers 412 if it has changed since.
func (e Entries[T]) Replace(ctx context.Context, id, etag string, in any) (got T, meta Meta, err error) {
	meta, err = e.client.write(ctx, request{method: http.MethodPut, path: e.path + segment(id), match: etag, asks: true}, in, &got)
	return got, meta, err
}

// Patch changes the members that patch names (RFC 7396); etag as for Replace.
func (e Entries[T]) Patch(ctx context.Context, id, etag string, patch any) (got T, meta Meta, err error) {
	meta, err = e.client.write(ctx, request{method: http.MethodPatch, path: e.path + segment(id), match: etag, asks: true}, patch, &got)
	return got, meta, err
}

// Act does one of the acts that take no more than an entry's id: confirm,
// nominate, reject, retire, restore, resume; of a contact also withdraw.
func (e Entries[T]) Act(ctx context.Context, id, act string) (got T, meta Meta, err error) {
	asks := act != "confirm" && act != "resume"
	meta, err = e.client.write(ctx, request{method: http.MethodPost, path: e.path + segment(id) + segment(act), asks: asks}, nil, &got)
	return got, meta, err
}

// Suspend says for 72 hours that an entry is not to be relied on, and why: its
// state's head of delegation. Act resumes it before.
func (e Entries[T]) Suspend(ctx context.Context, id, reason string) (got T, meta Meta, err error) {
	in := map[string]string{"reason": reason}
	meta, err = e.client.write(ctx, request{method: http.MethodPost, path: e.path + segment(id) + "/suspend"}, in, &got)
	return got, meta, err
}

// Rehearse says what Add (id ""), Replace or Patch would do, and does nothing.
// method is "POST", "PUT" or "PATCH".
func (e Entries[T]) Rehearse(ctx context.Context, method, id, etag string, in any) (got Rehearsal, err error) {
	path := e.path
	if id != "" {
		path += segment(id)
	}
	_, err = e.client.write(ctx, request{method: method, path: path, match: etag, query: url.Values{"dry_run": {"true"}}}, in, &got)
	return got, err
}

// Rehearsal is what a change would come to.
type Rehearsal struct {
	Changes  []Change `json:"changes"`
	Faults   []Fault  `json:"faults"`
	Approval Approval `json:"approval"`
}

// Approval says whether a change would become a proposal, and in which role
// somebody else of the state decides on it.
type Approval struct {
	Needed bool     `json:"needed"`
	By     []string `json:"by"`
}

// Change is what an act did, or would do, to one thing.
type Change struct {
	Act   string       `json:"act"`
	Noun  string       `json:"noun"`
	ID    string       `json:"id"`
	State string       `json:"state"`
	Line  int          `json:"line"` // of an imported file
	Diff  []Difference `json:"diff"`
}

// Difference is one value that differs, JSON to JSON.
type Difference struct {
	Path string          `json:"path"` // JSON pointer
	From json.RawMessage `json:"from,omitempty"`
	To   json.RawMessage `json:"to,omitempty"`
}

// Revision is one version of an entry, and how it differs from the one before.
type Revision struct {
	Version int64        `json:"version"`
	At      time.Time    `json:"at"`
	Act     string       `json:"act"`
	By      Who          `json:"by"`
	Diff    []Difference `json:"diff"`
}

// Who is in whose name something was done; the account is for who may know it.
type Who struct {
	Role    string `json:"role"`
	State   string `json:"state,omitempty"`
	Account string `json:"account,omitempty"`
	Name    string `json:"name,omitempty"`
}

// History returns the newest versions of an entry, at most limit (100), newest
// first, before a version; 0 is the newest. next is where to go on; 0 at the end.
func (e Entries[T]) History(ctx context.Context, id string, before int64, limit int) (revisions []Revision, next int64, err error) {
	var page struct {
		Items []Revision `json:"items"`
		Next  *int64     `json:"next"`
	}
	query := url.Values{"before": {itoa(before)}, "limit": {itoa(int64(limit))}}
	_, err = e.client.Get(ctx, e.path+segment(id)+"/history", query, &page)
	if page.Next != nil {
		next = *page.Next
	}
	return page.Items, next, err
}

// EntriesAt are the entries at a path, such as "/v1/contacts", as Ts: for who
// wants them in another form than this package's, such as json.RawMessage.
func EntriesAt[T any](c *Client, path string) Entries[T] { return Entries[T]{c, path} }
