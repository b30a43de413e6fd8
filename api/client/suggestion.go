package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Suggestion is what one participant says is wrong with an entry.
type Suggestion struct {
	ID      string    `json:"id"`
	Entry   string    `json:"entry"`             // the entry's id
	Noun    string    `json:"noun"`              // contact, organisation or strategy
	State   string    `json:"state"`             // whose entry it is
	Pointer string    `json:"pointer,omitempty"` // JSON pointer into the entry, members of lists by their ids
	Text    string    `json:"text"`
	Status  string    `json:"status"` // open, taken, declined or withdrawn
	MadeAt  time.Time `json:"made_at"`
	By      Who       `json:"by"`
	Answer  *Answer   `json:"answer,omitempty"` // nil while it is open
	Version int64     `json:"version"`
}

// Answer is what became of a suggestion.
type Answer struct {
	At   time.Time `json:"at"`
	By   Who       `json:"by"`
	Word string    `json:"word,omitempty"`
}

// Suggestions walks the suggestions that the caller may see, newest first: about
// the own state's entries, and of the own state. The query takes state (whose
// entries), entry, status and limit (of a page, 500 at most).
func (c *Client) Suggestions(ctx context.Context, query url.Values) iter.Seq2[Suggestion, error] {
	return list[Suggestion](ctx, c, "/v1/suggestions", query)
}

// Suggestion reads one suggestion by its id.
func (c *Client) Suggestion(ctx context.Context, id string) (got Suggestion, meta Meta, err error) {
	meta, err = c.Get(ctx, "/v1/suggestions"+segment(id), nil, &got)
	return got, meta, err
}

// Suggest says that something is wrong with an entry, of any state. pointer is a JSON
// pointer to it, in the entry as it was read; "" is all of it.
func (e Entries[T]) Suggest(ctx context.Context, id, text, pointer string) (got Suggestion, err error) {
	in := map[string]string{"text": text}
	if pointer != "" {
		in["pointer"] = pointer
	}
	_, err = e.client.write(ctx, request{method: http.MethodPost, path: e.path + segment(id) + "/suggestions"}, in, &got)
	return got, err
}

// TakeSuggestion says that the caller's state acts on a suggestion; word may be "".
func (c *Client) TakeSuggestion(ctx context.Context, id, word string) (Suggestion, error) {
	in := map[string]string{}
	if word != "" {
		in["word"] = word
	}
	return c.answer(ctx, id, "take", in)
}

// DeclineSuggestion says that the caller's state does not act on a suggestion, and
// why.
func (c *Client) DeclineSuggestion(ctx context.Context, id, word string) (Suggestion, error) {
	return c.answer(ctx, id, "decline", map[string]string{"word": word})
}

// WithdrawSuggestion takes back what the caller's state suggested.
func (c *Client) WithdrawSuggestion(ctx context.Context, id string) (Suggestion, error) {
	return c.answer(ctx, id, "withdraw", nil)
}

func (c *Client) answer(ctx context.Context, id, act string, in any) (got Suggestion, err error) {
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/suggestions" + segment(id) + segment(act)}, in, &got)
	return got, err
}
