// Package portal serves the web pages: plain HTML that works without
// JavaScript, on the same server as the API and over the same stores. It keeps
// no rule of its own; what a page may do is what the person behind it may.
//
// To change a word, see messages/; a colour, the top of assets/portal.css; the
// order of what is on a page, templates/.
package portal

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/account"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/subscription"
	"pocreg.example/internal/suggestion"
)

// Host is the server that the pages stand on. It gives each request its id, its
// deadline and its limits, and judges what went wrong with it.
type Host interface {
	// Failure says what of an error a caller learns, and with which HTTP status.
	Failure(err error, c echo.Context) (p *problem.Error, status int)

	// ActAs says who is behind a request, for the log.
	ActAs(c echo.Context, by access.Actor)
}

// Site is the pages. Set every field, then Mount it.
type Site struct {
	Host        Host
	Register    *register.Register
	Accounts    *account.Store
	SignIn      *signin.Store
	Delegations *delegation.Store
	Admission   *admission.Store
	Contacts    *contact.Store
	Proposals   *proposal.Store
	Suggestions *suggestion.Store
	AccessLog   *accesslog.Log // that notes who read what is not public
	Log         *slog.Logger
	Now         func() time.Time

	// Origin is where people find the pages, as a browser says it: scheme, host,
	// and port unless it is the scheme's own. Passkeys are bound to it, and links
	// that are given out begin with it.
	Origin string

	// Subscriptions are what people are told of by mail.
	Subscriptions *subscription.Store

	// Mails is whether the links of invitations are mailed.
	Mails bool

	languages *languages
	templates map[string]*template.Template
	assets    map[string]asset
	crossing  *http.CrossOriginProtection
	forms     map[string]string // by the route that takes it, the page that a form is on
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
	s.forms = map[string]string{}

	get := func(path string, h handler) { s.forms[e.GET(path, s.page(h)).Path] = path }
	post := func(path, of string, h handler) { s.forms[e.POST(path, s.page(h)).Path] = of }
	e.GET("/assets/:file", s.showAsset)
	get("/", (*visit).home)

	get("/states", (*visit).states)
	get("/states/:code", (*visit).state)
	get("/contacts/new", signedIn((*visit).showNewContact))
	post("/contacts/new", "/contacts/new", signedIn((*visit).addContact))
	get("/contacts/:id", (*visit).contact)
	get("/contacts/:id/history", (*visit).contactHistory)
	get("/contacts/:id/change", signedIn((*visit).showContactForm))
	post("/contacts/:id/change", "/states", signedIn((*visit).changeContact))
	post("/contacts/:id/confirm", "/states", signedIn((*visit).confirmContact))
	get("/proposals", signedIn((*visit).proposals))
	get("/proposals/:id", signedIn((*visit).proposal))
	post("/proposals/:id/approve", "/proposals", strong((*visit).approve))
	post("/proposals/:id/decline", "/proposals", signedIn((*visit).decline))
	post("/proposals/:id/withdraw", "/proposals", signedIn((*visit).withdrawProposal))
	get("/trail", signedIn((*visit).trail))
	get("/readings", signedIn((*visit).readings))
	get("/readings/people", signedIn((*visit).readers))
	post("/contacts/:id/suggest", "/states", signedIn((*visit).suggest))
	get("/suggestions", signedIn((*visit).suggestions))
	post("/suggestions/:id/take", "/suggestions", signedIn((*visit).takeSuggestion))
	post("/suggestions/:id/decline", "/suggestions", signedIn((*visit).declineSuggestion))
	post("/suggestions/:id/withdraw", "/suggestions", signedIn((*visit).withdrawSuggestion))

	get("/oversight", signedIn((*visit).oversight))
	get("/mandates", signedIn((*visit).mandates))
	get("/mandates/admit", strong((*visit).showAdmit))
	post("/mandates/admit", "/mandates/admit", strong((*visit).admit))
	get("/mandates/:id", signedIn((*visit).mandate))
	post("/mandates/:id/extend", "/mandates", strong((*visit).extendMandate))
	post("/mandates/:id/end", "/mandates", strong((*visit).endMandate))
	get("/delegations", signedIn((*visit).delegations))
	get("/delegations/open", strong((*visit).showOpen))
	post("/delegations/open", "/delegations/open", strong((*visit).open))
	get("/delegations/:id", signedIn((*visit).delegation))
	get("/delegations/:id/appoint", strong((*visit).showAppoint))
	post("/delegations/:id/appoint", "/delegations", strong((*visit).appoint))
	for _, does := range []string{proposal.Contest, proposal.Reopen, proposal.Close} {
		post("/delegations/:id/"+does, "/delegations", strong(settle(does)))
	}

	get("/signin", (*visit).showSignIn)
	get("/signin/password", (*visit).showPassword)
	post("/signin/password", "/signin/password", (*visit).password)
	post("/signin/passkey/options", "/signin", (*visit).passkeyOptions)
	post("/signin/passkey", "/signin", (*visit).passkey)
	get("/signin/again", signedIn((*visit).showAgain))
	get("/signin/again/password", signedIn((*visit).showPasswordAgain))
	post("/signin/again/password", "/signin/again/password", signedIn((*visit).passwordAgain))
	post("/signin/again/passkey/options", "/signin/again", signedIn((*visit).againOptions))
	post("/signin/again/passkey", "/signin/again", signedIn((*visit).passkeyAgain))
	get("/signin/provider", (*visit).showProviders)
	post("/signin/provider", "/signin/provider", (*visit).leaveToSignIn)
	get("/signin/provider/:state", (*visit).comeBack)
	post("/signin/again/provider", "/signin/again", signedIn((*visit).leaveToStepUp))
	post("/signout", "/", (*visit).signOut)

	get("/enrol", enrolling((*visit).showEnrol))
	post("/enrol/passkey/options", "/enrol", enrolling((*visit).enrolOptions))
	post("/enrol/passkey", "/enrol", enrolling((*visit).enrolPasskey))
	get("/enrol/app", enrolling((*visit).showApp))
	post("/enrol/app", "/enrol/app", enrolling((*visit).enrolApp))
	get("/enrol/printed", enrolling((*visit).showPrinted))
	post("/enrol/printed", "/enrol/printed", enrolling((*visit).enrolPrinted))
	post("/enrol/provider", "/enrol", enrolling((*visit).leaveToBind))

	for _, path := range []string{"/invitation/:secret", "/device/:secret"} {
		get(path, (*visit).showInvitation)
		post(path, "/", (*visit).accept)
	}
	get("/letter", signedIn((*visit).showLetterForm))
	post("/letter", "/letter", signedIn((*visit).letter))

	get("/people", signedIn((*visit).people))
	get("/people/invite", strong((*visit).showInvite))
	post("/people/invite", "/people/invite", strong((*visit).invite))
	get("/people/device", strong((*visit).showDevice))
	post("/people/device", "/people/device", strong((*visit).device))
	post("/people/device/end", "/people", strong((*visit).endDevice))
	post("/people/mode", "/people", strong((*visit).chooseMode))
	post("/people/withdraw", "/people", strong((*visit).withdrawInvitation))
	post("/people/confirm", "/people", strong((*visit).confirmInvitation))
	get("/people/provider", strong((*visit).showProvider))
	post("/people/provider", "/people/provider", strong((*visit).setProvider))
	post("/people/provider/end", "/people/provider", strong((*visit).endProvider))
	get("/people/:account", signedIn((*visit).person))
	post("/people/:account/grant", "/people", strong(onPerson((*visit).grantRole)))
	post("/people/:account/withdraw", "/people", strong(onPerson((*visit).withdrawRole)))
	post("/people/:account/sessions/end", "/people", signedIn(onPerson((*visit).endTheirs)))
	post("/people/:account/freeze", "/people", strong(onPerson((*visit).freeze)))
	post("/people/:account/thaw", "/people", strong(onPerson((*visit).thaw)))
	post("/people/:account/disable", "/people", strong(onPerson((*visit).disable)))
	post("/people/:account/reenrol", "/people", strong((*visit).reenrol))
	get("/tokens", signedIn((*visit).tokens))
	get("/tokens/issue", strong((*visit).showIssue))
	post("/tokens/issue", "/tokens/issue", strong((*visit).issue))
	post("/tokens/revoke", "/tokens", strong((*visit).revokeToken))

	get("/account", signedIn((*visit).account))
	get("/account/notices", signedIn((*visit).notices))
	post("/account/notices", "/account/notices", signedIn((*visit).follow))
	post("/account/notices/end", "/account/notices", signedIn((*visit).unfollow))
	post("/account/role", "/account", signedIn((*visit).switchRole))
	post("/account/passkeys/remove", "/account", strong((*visit).removePasskey))
	post("/account/password/remove", "/account", strong((*visit).removePassword))
	post("/account/provider/remove", "/account", strong((*visit).removeProvider))
	post("/account/codes", "/account", strong((*visit).printCodes))
	post("/account/tokens/open", "/account", strong((*visit).openToken))
	post("/account/tokens/shut", "/account", signedIn((*visit).shutToken))
	post("/account/sessions/end", "/account", signedIn((*visit).endSession))
	post("/account/sessions/end-all", "/account", signedIn((*visit).endSessions))

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
		if err := s.crossing.Check(c.Request()); err != nil || s.elsewhere(c.Request()) {
			return problem.Errorf(problem.Forbidden, "this came from a page of another site: open the registry itself, and try again there")
		}
		if to := s.localhost(c.Request()); to != "" {
			return c.Redirect(http.StatusTemporaryRedirect, to)
		}
		v := s.visit(c)
		if err := errors.Join(v.readForm(), v.find()); err != nil {
			return err
		}
		return h(v)
	}
}

// elsewhere reports whether a form was sent from another place than where the pages
// are: CrossOriginProtection compares the host alone, and a page of the same name
// without TLS may be anybody's on the way.
func (s *Site) elsewhere(r *http.Request) bool {
	from := r.Header.Get("Origin")
	return from != "" && from != s.Origin && r.Method != http.MethodGet && r.Method != http.MethodHead
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
	if _, ok := s.forms[c.Path()]; ok {
		return true
	}
	for _, other := range others {
		if rest, ok := strings.CutPrefix(c.Request().URL.Path, other); ok && (rest == "" || rest[0] == '/') {
			return false
		}
	}
	return strings.Contains(c.Request().Header.Get("Accept"), "text/html")
}
