package mail

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	texttemplate "text/template"
)

//go:embed messages/*.json letter.html letter.txt
var files embed.FS

// Words are what letters say, in every language.
type Words struct {
	languages map[string]Language
	html      *template.Template
	text      *texttemplate.Template
}

// Language is one of the languages that letters are written in, with its words by
// key.
type Language struct {
	Tag   string // BCP 47
	words map[string]string
}

// ReadWords reads messages/: a file a language.
func ReadWords() (*Words, error) {
	names, err := fs.Glob(files, "messages/*.json")
	if err != nil {
		return nil, fmt.Errorf("list the letters' languages: %w", err)
	}
	w := &Words{languages: map[string]Language{}}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read a letters' language: %w", err)
		}
		l := Language{Tag: strings.TrimSuffix(path.Base(name), ".json")}
		if err := json.Unmarshal(text, &l.words); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		w.languages[l.Tag] = l
	}
	if w.html, err = template.ParseFS(files, "letter.html"); err != nil {
		return nil, fmt.Errorf("read the letters' form: %w", err)
	}
	if w.text, err = texttemplate.ParseFS(files, "letter.txt"); err != nil {
		return nil, fmt.Errorf("read the letters' form: %w", err)
	}
	return w, nil
}

// In returns the language of a tag, or English.
func (w *Words) In(tag string) Language {
	if l, ok := w.languages[tag]; ok {
		return l
	}
	return w.languages["en"]
}

// Say returns the words under key, with each {name} in them replaced by the value
// that follows the name in pairs.
func (l Language) Say(key string, pairs ...string) string {
	words, ok := l.words[key]
	if !ok {
		return key // tests find it
	}
	return strings.NewReplacer(braced(pairs)...).Replace(words) // at once: a value's own braces stay
}

func braced(pairs []string) []string {
	out := make([]string, len(pairs))
	for i, s := range pairs {
		if i%2 == 0 {
			s = "{" + s + "}"
		}
		out[i] = s
	}
	return out
}

// Letter is what a message says, in its reader's language.
type Letter struct {
	Subject    string
	Paragraphs []string
	Items      []string // a list under them
	Link       string   // where to read on, a URL; "" for nowhere
	Why        string   // why the reader is told
}

// Compose puts a letter into both forms.
func (w *Words) Compose(in Language, l Letter) (Message, error) {
	type form struct {
		Letter
		Lang, Open, Automatic string
	}
	l.Subject = oneLine(l.Subject)
	filled := form{l, in.Tag, in.Say("letter.open"), in.Say("letter.automatic")}
	var html, text strings.Builder
	if err := w.html.Execute(&html, filled); err != nil {
		return Message{}, fmt.Errorf("write a letter: %w", err)
	}
	if err := w.text.Execute(&text, filled); err != nil {
		return Message{}, fmt.Errorf("write a letter: %w", err)
	}
	return Message{Subject: in.Say("letter.mark") + " " + l.Subject, Text: text.String(), HTML: html.String()}, nil
}
