package portal

import (
	"context"
	"net/http"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
	"pocreg.example/internal/suggestion"
)

// suggestionsShown is how many suggestions a page shows: the newest.
const suggestionsShown = 200

// MaySuggest reports whether the visitor may say what is wrong with others' entries.
func (v *visit) MaySuggest() bool { return v.by().RequireAny(access.SuggestCorrection) == nil }

// suggest says what is wrong with a contact, to the state whose it is.
func (v *visit) suggest() error {
	data, err := v.readContact()
	if err != nil {
		return err
	}
	data.Text = v.value("text")
	see := func(tx *register.Tx) (suggestion.Seen, error) {
		got, err := contact.Get(v.Request().Context(), tx, data.ID)
		return suggestion.Seen{Noun: "contact", State: got.State, Audience: got.Audience}, err
	}
	_, err = v.site.Suggestions.Make(v.Request().Context(), v.act(), data.ID, see, register.Sent[suggestion.Input]{Body: suggestion.Input{Text: data.Text}})
	if err != nil {
		return v.again(err, "contact", data)
	}
	return v.Redirect(http.StatusSeeOther, "/suggestions")
}

// suggestionsData is what was suggested, and the word that was typed to one of them.
type suggestionsData struct {
	Suggestions []suggestion.Suggestion
	Tags        map[string]string // what a form sends back of the version that was read, by id
	To, Word    string
}

func (v *visit) readSuggestions() (data suggestionsData, err error) {
	data.Tags = map[string]string{}
	err = v.read(func(snap *register.Snapshot) (err error) {
		data.Suggestions, err = suggestion.List(v.Request().Context(), snap, suggestion.Filter{}, suggestion.After{}, suggestionsShown)
		for _, s := range data.Suggestions {
			data.Tags[s.ID] = tag(s.Version, snap)
		}
		return err
	})
	return data, err
}

// suggestions lists what others suggested to the own state, and what the own side
// suggested to others.
func (v *visit) suggestions() error {
	data, err := v.readSuggestions()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "suggestions", data)
}

// Answers reports whether a suggestion is the visitor's to answer.
func (v *visit) Answers(s suggestion.Suggestion) bool {
	return s.Status == suggestion.Open && v.by().May(access.AnswerSuggestion, s.Subject())
}

// TakesBack reports whether a suggestion is of the visitor's own side.
func (v *visit) TakesBack(s suggestion.Suggestion) bool {
	by := v.by()
	own := s.FromState == nil && by.State == "" || s.FromState != nil && *s.FromState == by.State
	return s.Status == suggestion.Open && own && by.May(access.SuggestCorrection, access.Subject{State: s.State})
}

// From is who suggested something, as far as the visitor may know.
func (v *visit) From(s suggestion.Suggestion) string {
	return named(s.FromName, v.Role(s.FromRole, s.FromState, nil))
}

func (v *visit) takeSuggestion() error    { return v.answer(v.site.Suggestions.Take) }
func (v *visit) declineSuggestion() error { return v.answer(v.site.Suggestions.Decline) }

func (v *visit) withdrawSuggestion() error {
	return v.answer(func(ctx context.Context, act register.Act, id string, sent register.Sent[suggestion.Word]) (suggestion.Suggestion, error) {
		return v.site.Suggestions.Withdraw(ctx, act, id, register.Sent[entry.Nothing]{If: sent.If})
	})
}

func (v *visit) answer(do func(context.Context, register.Act, string, register.Sent[suggestion.Word]) (suggestion.Suggestion, error)) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	word := v.value("word")
	_, err = do(v.Request().Context(), v.act(), id, register.Sent[suggestion.Word]{If: v.asRead(), Body: suggestion.Word{Word: word}})
	if err == nil {
		return v.Redirect(http.StatusSeeOther, "/suggestions")
	}
	data, failed := v.readSuggestions()
	if failed != nil {
		return failed
	}
	data.To, data.Word = id, word
	return v.again(err, "suggestions", data)
}
