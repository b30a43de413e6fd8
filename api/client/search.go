package client

import (
	"context"
	"net/url"
)

// Found is what a search found.
type Found struct {
	Query struct {
		Text  string `json:"text"`
		As    string `json:"as"` // words, phone, email, fingerprint, domain or prefix: what it was taken for
		Words []struct {
			Word    string   `json:"word"`
			TakenAs []string `json:"taken_as"`
		} `json:"words,omitempty"`
	} `json:"query"`
	Items           []Hit        `json:"items"`  // best first
	States          []FoundState `json:"states"` // whose the domain, the prefix or the name is
	More            bool         `json:"more"`   // whether there are others: narrow the question
	RegisterVersion int64        `json:"register_version"`
}

// Hit is an entry that was found.
type Hit struct {
	Noun        string       `json:"noun"`
	ID          string       `json:"id"`
	State       string       `json:"state"`
	Kind        string       `json:"kind"`
	Basis       string       `json:"basis"`
	Standing    string       `json:"standing"`
	Version     int64        `json:"version"`
	Title       string       `json:"title"`
	TitleEN     string       `json:"title_en,omitempty"`
	Href        string       `json:"href"`
	MatchedBy   string       `json:"matched_by"`
	Freshness   *Freshness   `json:"freshness,omitempty"`
	Suspensions []Suspension `json:"suspensions,omitempty"`
	Highlights  []Highlight  `json:"highlights"`
}

// Highlight is a text of an entry in which the question was found.
type Highlight struct {
	Path  string `json:"path"` // JSON pointer into the entry
	Parts []struct {
		Text  string `json:"text"`
		Match bool   `json:"match,omitempty"`
	} `json:"parts"`
}

// FoundState is a state that the question names.
type FoundState struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Because string `json:"because"`
}

// Search finds entries by words, forgiving accents, case and typos; or whose a
// phone number, a mailbox, a key's fingerprint, a domain or a dialling prefix is.
// The query takes noun, state, kind, basis and limit (100 at most).
func (c *Client) Search(ctx context.Context, text string, query url.Values) (found Found, err error) {
	asked := url.Values{"q": {text}}
	for name, values := range query {
		asked[name] = values
	}
	_, err = c.Get(ctx, "/v1/search", asked, &found)
	return found, err
}
