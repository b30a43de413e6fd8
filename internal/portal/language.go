package portal

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	xlanguage "golang.org/x/text/language"
)

//go:embed messages/*.json messages/said/*.json
var messageFiles embed.FS

// language is one of the languages that the pages speak, with its words by key.
type language struct {
	Tag   string // BCP 47
	Name  string // what its speakers call it
	words map[string]string
	said  said // and what the registry says of failures
}

// text returns the message under key, with each {name} in it replaced by the
// value that follows the name in pairs.
func (l *language) text(key string, pairs ...any) string {
	words, ok := l.words[key]
	if !ok {
		return key // tests find it
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if p, ok := pairs[i+1].(*string); ok && p != nil { // what a template hands on of what may be missing
			pairs[i+1] = *p
		}
		words = strings.ReplaceAll(words, fmt.Sprintf("{%s}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return words
}

// languages are all languages; the first is for who wants none of them.
type languages struct {
	all     []*language
	matcher xlanguage.Matcher
}

// readLanguages reads messages/: a file a language, the first by its name first,
// which is English.
func readLanguages() (*languages, error) {
	files, err := fs.Glob(messageFiles, "messages/*.json")
	if err != nil {
		return nil, fmt.Errorf("list the languages: %w", err)
	}
	var out languages
	var tags []xlanguage.Tag
	for _, file := range files {
		text, err := messageFiles.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read a language: %w", err)
		}
		l := &language{Tag: strings.TrimSuffix(path.Base(file), ".json")}
		if err := json.Unmarshal(text, &l.words); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		if l.said, err = readSaid(l.Tag); err != nil {
			return nil, err
		}
		tag, err := xlanguage.Parse(l.Tag)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		l.Name = l.words["language.name"]
		out.all, tags = append(out.all, l), append(tags, tag)
	}
	out.matcher = xlanguage.NewMatcher(tags)
	return &out, nil
}

func (l *languages) named(tag string) *language {
	for _, one := range l.all {
		if one.Tag == tag {
			return one
		}
	}
	return nil
}

// languageCookie keeps the language that was chosen, and nothing else. As the others',
// its name has browsers take it from this host alone.
const languageCookie = "__Host-pocreg-language"

// chooseLanguage returns the language that the visitor asks for now, asked for
// before, or that the browser asks for.
func (s *Site) chooseLanguage(c echo.Context) *language {
	if chosen := s.languages.named(c.QueryParam("lang")); chosen != nil {
		c.SetCookie(&http.Cookie{
			Name: languageCookie, Value: chosen.Tag, Path: "/", MaxAge: int((366 * 24 * time.Hour).Seconds()),
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: true,
		})
		return chosen
	}
	if kept, err := c.Cookie(languageCookie); err == nil {
		if chosen := s.languages.named(kept.Value); chosen != nil {
			return chosen
		}
	}
	wanted, _, err := xlanguage.ParseAcceptLanguage(c.Request().Header.Get("Accept-Language"))
	if err != nil {
		return s.languages.all[0]
	}
	_, i, _ := s.languages.matcher.Match(wanted...)
	return s.languages.all[i]
}
