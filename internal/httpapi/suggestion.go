package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/register"
	"pocreg.example/internal/suggestion"
)

// suggestionView is what one participant says is wrong with an entry. Who it was
// by name is for those who may see the account: the own state, and the auditor.
type suggestionView struct {
	ID      string            `json:"id"`
	Entry   string            `json:"entry"`
	Noun    string            `json:"noun"`
	State   string            `json:"state"`
	Pointer string            `json:"pointer,omitempty"`
	Text    string            `json:"text"`
	Status  suggestion.Status `json:"status"`
	MadeAt  time.Time         `json:"made_at"`
	By      whoView           `json:"by"`
	Answer  *answerView       `json:"answer,omitempty"`
	Version int64             `json:"version"`
}

// answerView is what became of a suggestion, by whom: also that it was taken back.
type answerView struct {
	At   time.Time `json:"at"`
	By   whoView   `json:"by"`
	Word string    `json:"word,omitempty"`
}

func viewSuggestion(s suggestion.Suggestion) suggestionView {
	v := suggestionView{
		ID: s.ID, Entry: s.Entry, Noun: s.Noun, State: s.State, Pointer: s.Pointer, Text: s.Text, Status: s.Status,
		MadeAt: s.MadeAt.UTC(), By: whoView{Role: s.FromRole, State: s.FromState}, Version: s.Version,
	}
	if s.FromName != nil {
		v.By.Account, v.By.Name = s.FromAccount, s.FromName
	}
	if s.AnsweredAt == nil {
		return v
	}
	v.Answer = &answerView{At: s.AnsweredAt.UTC(), By: whoView{Role: *s.AnsweredRole, State: &s.State}, Word: s.Word}
	if s.Status == suggestion.Withdrawn {
		v.Answer.By.State = s.FromState
	}
	if s.AnsweredName != nil {
		v.Answer.By.Account, v.Answer.By.Name = s.AnsweredBy, s.AnsweredName
	}
	return v
}

func shownSuggestion(s suggestion.Suggestion) answer {
	return answer{version: s.Version, view: viewSuggestion(s)}
}

func createdSuggestion(s suggestion.Suggestion) answer {
	a := shownSuggestion(s)
	a.status, a.header = http.StatusCreated, map[string]string{"Location": "/v1/suggestions/" + s.ID}
	return a
}

func (h entries[T, I]) suggest(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, smallBody, unconditional, jsonTypes, decodeJSON[suggestion.Input])
	return h.server.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
		got, err := h.server.Suggestions.Make(ctx, act, id, func(tx *register.Tx) (suggestion.Seen, error) {
			got, err := h.get(ctx, tx, id)
			e := h.entry(got)
			return suggestion.Seen{Noun: e.Noun, State: e.State, Audience: e.Audience, View: h.view(got, act.By)}, err
		}, sent)
		return createdSuggestion(got), err
	})
}

func (s *Server) listSuggestions(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	q := newQuery(c, "state", "entry", "status", "limit", "cursor")
	f := suggestion.Filter{
		State:  q.matching("state", alpha2Form, "is an alpha-2 code such as PL"),
		Entry:  q.matching("entry", uuidForm, "is an entry's id, a UUID"),
		Status: q.text("status", suggestion.Statuses...),
	}
	limit := int(q.number("limit", 1, largestPage, usualPage))
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after suggestion.After, limit int) ([]suggestion.Suggestion, error) {
				return suggestion.List(ctx, snap, f, after, limit)
			},
			func(s suggestion.Suggestion) suggestion.After {
				return suggestion.After{MadeAt: s.MadeAt, ID: s.ID}
			},
			func(s suggestion.Suggestion) any { return viewSuggestion(s) })
		a.table = func() table { return suggestionTable(got) }
		return a, err
	})
}

func suggestionTable(suggestions []suggestion.Suggestion) table {
	t := table{head: []string{
		"id", "state", "noun", "entry", "pointer", "text", "status", "made_at", "role", "from_state", "name", "answered_at", "word",
	}}
	for _, s := range suggestions {
		v := viewSuggestion(s)
		t.rows = append(t.rows, []string{
			v.ID, v.State, v.Noun, v.Entry, v.Pointer, v.Text, string(v.Status), cellTime(&v.MadeAt), string(v.By.Role), text(v.By.State),
			text(v.By.Name), cellTime(s.AnsweredAt), s.Word,
		})
	}
	return t
}

func (s *Server) showSuggestion(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := suggestion.Get(ctx, snap, id)
		return shownSuggestion(got), err
	})
}

// answerSuggestion serves what a state says to a suggestion; decode reads its word.
func (s *Server) answerSuggestion(
	do func(context.Context, register.Act, string, register.Sent[suggestion.Word]) (suggestion.Suggestion, error),
	decode func([]byte) (suggestion.Word, error),
) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathUUID(c, "id")
		if err != nil {
			return err
		}
		sent, text := read(c, smallBody, unconditional, jsonTypes, decode)
		return s.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
			got, err := do(ctx, act, id, sent)
			return shownSuggestion(got), err
		})
	}
}

// decodeNoWord reads a word that may be left out, with the body.
func decodeNoWord(text []byte) (suggestion.Word, error) {
	if len(text) == 0 {
		return suggestion.Word{}, nil
	}
	return decodeJSON[suggestion.Word](text)
}

func (s *Server) withdrawSuggestion(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, smallBody, unconditional, nil, decodeNothing)
	return s.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
		got, err := s.Suggestions.Withdraw(ctx, act, id, sent)
		return shownSuggestion(got), err
	})
}
