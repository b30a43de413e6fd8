// Package devmail shows the letters that a registry which somebody tries out has put
// into a folder. They hold secrets, so it is for the machine that it runs on, and a
// release build does not contain it: see cmd/pocreg/devmail.go.
package devmail

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"pocreg.example/internal/mail"
)

//go:embed page.html
var page embed.FS

// The policies: of the pages, and of a letter's HTML, which stands in a frame of its
// own that may do nothing.
const (
	policy       = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	letterPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

// Letter is a message out of the folder.
type Letter struct {
	ID       string // of its file
	To, From string
	Subject  string
	At       time.Time
	Text     string
	HTML     string
	Links    []string // in the text: the frame's own lead nowhere
}

// New returns the pages at /dev/mail of the letters in dir.
func New(dir string) (http.Handler, error) {
	shown, err := template.ParseFS(page, "page.html")
	if err != nil {
		return nil, fmt.Errorf("read the page of letters: %w", err)
	}
	mux := http.NewServeMux()
	show := func(w http.ResponseWriter, name string, data any) {
		secure(w, policy)
		if err := shown.ExecuteTemplate(w, name, data); err != nil {
			http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		}
	}
	mux.HandleFunc("GET /dev/mail", func(w http.ResponseWriter, _ *http.Request) {
		all, err := list(dir)
		if err != nil {
			http.Error(w, "the letters' folder cannot be read", http.StatusInternalServerError)
			return
		}
		show(w, "list", all)
	})
	mux.HandleFunc("GET /dev/mail/{id}", func(w http.ResponseWriter, r *http.Request) {
		letter, err := read(dir, r.PathValue("id"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		show(w, "letter", letter)
	})
	mux.HandleFunc("GET /dev/mail/{id}/html", func(w http.ResponseWriter, r *http.Request) {
		letter, err := read(dir, r.PathValue("id"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		secure(w, letterPolicy)
		_, _ = io.WriteString(w, letter.HTML) // to who is gone, nothing need be said
	})
	return local(mux), nil
}

// local lets in who asks from this machine, by one of its names alone: a page of
// elsewhere that has its own name point here gets nothing.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, err := net.SplitHostPort(r.RemoteAddr)
		host, _, missing := net.SplitHostPort(r.Host)
		if missing != nil {
			host = r.Host
		}
		if err != nil || !mail.Loopback(from) || !mail.Loopback(strings.Trim(host, "[]")) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func secure(w http.ResponseWriter, policy string) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

// list returns the letters, the latest first.
func list(dir string) ([]Letter, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	var all []Letter
	for _, file := range files {
		if id, ok := strings.CutSuffix(file.Name(), ".eml"); ok {
			if letter, err := read(dir, id); err == nil { // what is no letter is not listed
				all = append(all, letter)
			}
		}
	}
	slices.SortFunc(all, func(a, b Letter) int { return b.At.Compare(a.At) })
	return all, nil
}

var (
	idForm   = regexp.MustCompile(`^[0-9a-f]{32}$`)
	linkForm = regexp.MustCompile(`(?m)^https?://\S+$`)
)

// read reads one letter. Its id is a file's name and no path.
func read(dir, id string) (Letter, error) {
	if !idForm.MatchString(id) {
		return Letter{}, os.ErrNotExist
	}
	file, err := os.Open(filepath.Join(dir, id+".eml"))
	if err != nil {
		return Letter{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	msg, err := netmail.ReadMessage(file)
	if err != nil {
		return Letter{}, fmt.Errorf("read a letter: %w", err)
	}
	l := Letter{ID: id, To: msg.Header.Get("To"), From: msg.Header.Get("From")}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		return Letter{}, fmt.Errorf("read a letter's subject: %w", err)
	}
	if l.At, err = msg.Header.Date(); err != nil {
		return Letter{}, fmt.Errorf("read a letter's date: %w", err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		return Letter{}, fmt.Errorf("read a letter's type: %w", err)
	}
	for parts := multipart.NewReader(msg.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Letter{}, fmt.Errorf("read a letter's parts: %w", err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return Letter{}, fmt.Errorf("read a part of a letter: %w", err)
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.HTML = string(text)
		} else {
			l.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
		}
	}
	l.Links = linkForm.FindAllString(l.Text, -1)
	return l, nil
}
