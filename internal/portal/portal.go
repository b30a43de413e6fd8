// Package portal serves the web pages: plain HTML that works without
// JavaScript, on the same server as the API and over the same stores. It keeps
// no rule of its own; what a page may do is what the person behind it may.
//
// To change a word, see messages/; a colour, the top of assets/portal.css; the
// order of what is on a page, templates/.
package portal

import (
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/problem"
)

// Host is the server that the pages stand on. It gives each request its id, its
// deadline and its limits, and judges what went wrong with it.
type Host interface {
	// Failure says what of an error a caller learns, and with which HTTP status.
	Failure(err error, c echo.Context) (p *problem.Error, status int)
}

// Site is the pages. Set every field, then Mount it.
type Site struct {
	Host Host
	Log  *slog.Logger

	// Origin is where people find the pages, as a browser says it: scheme, host,
	// and port unless it is the scheme's own. Passkeys are bound to it, and links
	// that are given out begin with it.
	Origin string

	languages *languages
	templates map[string]*template.Template
	assets    map[string]asset
	crossing  *http.CrossOriginProtection
	routes    map[string]bool // the pages' own, as echo names them
}

// Mount adds the pages to a server. This table is the whole of them.
func (s *Site) Mount(e *echo.Echo) error {
	var err error
	if s.languages, err = readLanguages(); err != nil {
		return err
	}
	if s.templates, err = readTemplates(); err != nil {
		return err
	}
	if s.assets, err = readAssets(); err != nil {
		return err
	}
	s.crossing = http.NewCrossOriginProtection()
	s.routes = map[string]bool{}

	get := func(path string, h handler) { s.routes[e.GET(path, s.page(h)).Path] = true }
	get("/", (*visit).home)
	e.GET("/assets/:file", s.showAsset)

	refuse := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if c.Response().Committed || !s.wantsPage(c) {
			refuse(err, c)
			return
		}
		s.fail(err, c)
	}
	return nil
}

// handler answers one visit to a page.
type handler func(*visit) error

// page stands before each handler: it keeps other origins' forms out.
func (s *Site) page(h handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.crossing.Check(c.Request()); err != nil {
			return problem.Errorf(problem.Forbidden, "this came from a page of another site: open the registry itself, and try again there")
		}
		if to := s.localhost(c.Request()); to != "" {
			return c.Redirect(http.StatusTemporaryRedirect, to)
		}
		return h(s.visit(c))
	}
}

// localhost leads who opened the registry of this machine by its number to its
// name: browsers bind passkeys to names.
func (s *Site) localhost(r *http.Request) string {
	name, found := strings.CutPrefix(s.Origin, "http://localhost")
	if !found || r.Method != http.MethodGet || r.Host != "127.0.0.1"+name && r.Host != "[::1]"+name {
		return ""
	}
	return fmt.Sprintf("%s%s", s.Origin, r.URL.RequestURI())
}

// others are the paths, and what is below them, that are not for people.
var others = []string{"/v1", "/docs", "/assets", "/openapi.yaml", "/healthz", "/readyz", "/metrics"}

// wantsPage reports whether a refusal is to be a page: on a page, and where a
// browser asks for what is not there.
func (s *Site) wantsPage(c echo.Context) bool {
	if s.routes[c.Path()] {
		return true
	}
	for _, other := range others {
		if rest, ok := strings.CutPrefix(c.Request().URL.Path, other); ok && (rest == "" || rest[0] == '/') {
			return false
		}
	}
	return strings.Contains(c.Request().Header.Get("Accept"), "text/html")
}
