package portal

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/signin"
)

//go:embed templates/*.html
var templateFiles embed.FS

// readTemplates returns each page's template by its name: the layout, the parts
// that pages share, and the page's own "title" and "main".
func readTemplates() (map[string]*template.Template, error) {
	shared, err := template.ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages' layout: %w", err)
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	pages := map[string]*template.Template{}
	for _, file := range files {
		one, err := shared.Clone()
		if err == nil {
			one, err = one.ParseFS(templateFiles, file)
		}
		if err != nil {
			return nil, fmt.Errorf("read a page: %w", err)
		}
		pages[strings.TrimSuffix(path.Base(file), ".html")] = one
	}
	return pages, nil
}

// policy is the Content-Security-Policy of every page: all comes from this
// server, nothing is inline, and nobody frames it. Images may be in the page
// itself: a QR code holds a secret and has no address of its own.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// visit is one request for a page, by whoever makes it.
type visit struct {
	echo.Context
	site     *Site
	language *language
	Session  *signin.Session // nil for who is not signed in
	frozen   error           // what is told in place of a page for people, while the session is frozen
}

// visit returns the request's visit: the same one, whoever asks first.
func (s *Site) visit(c echo.Context) *visit {
	if v, ok := c.Get(visitKey).(*visit); ok {
		return v
	}
	v := &visit{Context: c, site: s}
	v.language = s.chooseLanguage(c)
	c.Set(visitKey, v)
	return v
}

const visitKey = "visit"

// view is what a template sees.
type view struct {
	*visit
	Faults []fault // what is wrong with what was sent
	Data   any
	labels map[string]string // of the fields that the page has, by their ids
}

// fault is one thing wrong with a form.
type fault struct {
	Field string // the id of the field, "" for the whole
	Text  string // in small letters: it may follow the field's label
	Lang  string // "" for the page's own
}

// show answers with a page.
func (v *visit) show(status int, name string, data any, faults ...fault) error {
	var out bytes.Buffer
	page, shown := v.site.templates[name], view{v, faults, data, map[string]string{}}
	var err error
	if len(faults) > 0 { // what the summary above the form calls the fields is known below it
		err = page.ExecuteTemplate(io.Discard, "main", shown)
	}
	if err = errors.Join(err, page.ExecuteTemplate(&out, "layout", shown)); err != nil {
		return fmt.Errorf("make the page %s: %w", name, err)
	}
	v.secure()
	return v.HTMLBlob(status, out.Bytes())
}

// secure sets the headers that every page has. Nobody keeps a page: the next one
// at the same machine may be somebody else.
func (v *visit) secure() {
	h := v.Response().Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer, our own forms would come from nowhere
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self)")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", v.language.Tag)
	h.Set("Vary", "Cookie, Accept-Language")
	if strings.HasPrefix(v.site.Origin, "https://") {
		h.Set("Strict-Transport-Security", "max-age=63072000") // two years, as browsers' lists ask
	}
}

// T returns a message in the visitor's language: see language.text.
func (v *visit) T(key string, pairs ...any) string { return v.language.text(key, pairs...) }

// Lang is the language's tag, for <html lang>.
func (v *visit) Lang() string { return v.language.Tag }

// Languages are those to choose from.
func (v *visit) Languages() []*language { return v.site.languages.all }

// Stays reports whether this page can be asked for again: what a form came to, such
// as a code that is shown once, cannot.
func (v *visit) Stays() bool { return v.Request().Method == http.MethodGet }

// InLanguage is the address of this page in another language.
func (v *visit) InLanguage(tag string) string {
	query := v.Request().URL.Query()
	query.Set("lang", tag)
	return "?" + query.Encode()
}

// Asset is where one of the files in assets/ is, in the version that this
// program has.
func (v *visit) Asset(name string) string {
	return "/assets/" + name + "?v=" + v.site.assets[name].version
}

// RequestID is what an operator finds the request under.
func (v *visit) RequestID() string { return v.Response().Header().Get("Request-Id") }

// Time writes a moment so that it reads the same in every language.
func (v *visit) Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// field is one input of a form with all that belongs to it.
type field struct {
	ID, Label, Hint, Error, Value string
	Type, Autocomplete, InputMode string
	ErrorLang                     string // "" for the page's own
	Required                      bool
}

// Label is what a field is called, by the key of its words. A summary of faults
// calls it the same.
func (v view) Label(id, key string) string {
	v.labels[id] = v.T(key)
	return v.labels[id]
}

// Summary is a fault as the summary above the form has it.
func (v view) Summary(f fault) string {
	if label, ok := v.labels[f.Field]; ok {
		return label + ": " + f.Text
	}
	return capital(f.Text)
}

// Leads reports whether there is a field that a fault leads to.
func (v view) Leads(f fault) bool { return v.labels[f.Field] != "" }

// Field describes an input: its id and name, its label's key, and then pairs of
// what differs from a text that must be filled in.
func (v view) Field(id, label string, pairs ...string) field {
	f := field{ID: id, Label: v.Label(id, label), Type: "text", Required: true}
	for i := 0; i+1 < len(pairs); i += 2 {
		switch value := pairs[i+1]; pairs[i] {
		case "hint":
			f.Hint = value
		case "value":
			f.Value = value
		case "type":
			f.Type = value
		case "autocomplete":
			f.Autocomplete = value
		case "inputmode":
			f.InputMode = value
		case "optional":
			f.Required = false
		}
	}
	for _, wrong := range v.Faults {
		if wrong.Field == id {
			f.Error, f.ErrorLang = capital(wrong.Text), wrong.Lang
		}
	}
	return f
}

// With is the same page about something else: what a part of it shows.
func (v view) With(data any) view {
	v.Data = data
	return v
}

// FaultsOf are those of one field, for inputs of which several are one field.
func (v view) FaultsOf(field string) []fault {
	var out []fault
	for _, f := range v.Faults {
		if f.Field == field {
			f.Text = capital(f.Text)
			out = append(out, f)
		}
	}
	return out
}

// Count counts from one.
func (view) Count(n int) int { return n + 1 }

// Audiences are all audiences, widest first.
func (view) Audiences() []access.Audience { return access.Audiences }

// Here is the address of the page, as it was asked for.
func (v *visit) Here() string { return v.Request().URL.EscapedPath() }
