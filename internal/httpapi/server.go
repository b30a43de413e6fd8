// Package httpapi serves the JSON API that api/openapi.yaml describes, the page
// that shows it, and what an operator watches.
package httpapi

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/account"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/search"
	"pocreg.example/internal/state"
	"pocreg.example/internal/strategy"
	"pocreg.example/internal/subscription"
	"pocreg.example/internal/suggestion"
)

// Limits is how much one caller may ask for. A zero rate means no limit.
type Limits struct {
	PerToken   float64 // requests a second, of one token
	PerAddress float64 // requests a second without a token, and failed sign-ins, of one address
	Burst      int     // how many may come at once
}

// Server holds what the handlers need. Set every field but those that say
// otherwise, then call Handler.
type Server struct {
	Register      *register.Register
	Accounts      *account.Store
	States        *state.Store
	Delegations   *delegation.Store
	Organisations *organisation.Store
	Contacts      *contact.Store
	Strategies    *strategy.Store
	AccessLog     *accesslog.Log
	Suggestions   *suggestion.Store
	Subscriptions *subscription.Store
	Admission     *admission.Store
	Log           *slog.Logger
	Metrics       *prometheus.Registry
	Now           func() time.Time
	Limits        Limits

	// CacheBytes bounds the answers that are kept to be sent again; 0 keeps none.
	CacheBytes int64

	// Timeout bounds a request.
	Timeout time.Duration

	// Beat writes to the database for /readyz?write.
	Beat func(context.Context) error

	// TrustedProxies may say in X-Forwarded-For who asks; none may if it is empty.
	TrustedProxies []netip.Prefix

	// MetricsToken opens /metrics to who sends it; while it is "", only this
	// machine may read them.
	MetricsToken string

	shelf                      *shelf
	tokens, addresses, guesses *buckets
	imports, exports, strange  *turns // of files; the last of those who send no token
	draining                   atomic.Bool
	pulse, beat                beat
}

// Longest is how long a request may take where Timeout is shorter: an import or an
// export takes longer than others.
const Longest = longest

// Drain makes /readyz refuse from now on, so that no new requests are sent here.
func (s *Server) Drain() { s.draining.Store(true) }

// Handler returns the API. This table is the whole of it; the pages are mounted
// on it by cmd, and pass the same middlewares.
func (s *Server) Handler() *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = s.handleError
	e.IPExtractor = addressOf(s.TrustedProxies)
	s.shelf = newShelf(s.CacheBytes, s.Metrics)
	s.imports, s.exports, s.strange = newTurns(1, 60), newTurns(2, 60), newTurns(1, 4)
	s.tokens = newBuckets(s.Limits.PerToken, s.Limits.Burst, s.Now)
	s.addresses = newBuckets(s.Limits.PerAddress, s.Limits.Burst, s.Now)
	s.guesses = newBuckets(s.Limits.PerAddress, s.Limits.Burst, s.Now)
	e.Use(s.identified, s.observed(), s.recovered, legible, s.bounded, s.authenticated, s.limited)

	e.GET("/openapi.yaml", showContract)
	e.GET("/docs", func(c echo.Context) error { return c.Redirect(http.StatusPermanentRedirect, "/docs/") })
	e.GET("/docs/", showDocs)
	e.GET("/docs/:file", showDocs)
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, statusView{"ok"}) })
	e.GET("/readyz", s.showReady)
	e.GET("/metrics", s.showMetrics())

	e.GET("/v1/me", s.showMe)
	e.GET("/v1/states", s.listStates)
	e.GET("/v1/states/:code", s.showState)
	e.GET("/v1/states/:code/card", s.showCard)
	e.PUT("/v1/states/:code/instruments", s.setInstruments)
	e.GET("/v1/delegations", s.listDelegations)
	e.POST("/v1/delegations", s.openDelegation)
	e.GET("/v1/delegations/:id", s.showDelegation)
	e.POST("/v1/delegations/:id/heads", s.appointHead)
	e.PUT("/v1/delegations/:id/channels", s.setDelegationChannels)
	e.PUT("/v1/delegations/:id/mode", s.chooseMode)
	e.POST("/v1/delegations/:id/contest", s.settleDelegation(proposal.Contest, delegation.Contested))
	e.POST("/v1/delegations/:id/reopen", s.settleDelegation(proposal.Reopen, delegation.Open))
	e.POST("/v1/delegations/:id/close", s.settleDelegation(proposal.Close, delegation.Closed))
	s.organisations().routes(e)
	s.strategies().routes(e)
	s.contacts().routes(e)
	e.POST("/v1/contacts/:id/withdraw", s.contacts().act(proposal.Withdraw, s.Contacts.Withdraw))
	e.POST("/v1/contacts/:id/channels/:channel/dead", s.mark(s.Contacts.MarkDead))
	e.POST("/v1/contacts/:id/channels/:channel/alive", s.mark(s.Contacts.MarkAlive))
	e.GET("/v1/proposals", s.listProposals)
	e.GET("/v1/proposals/:id", s.showProposal)
	e.POST("/v1/proposals/:id/approve", s.approveProposal)
	e.POST("/v1/proposals/:id/decline", s.declineProposal)
	e.POST("/v1/proposals/:id/withdraw", s.withdrawProposal)
	e.GET("/v1/reach", s.showReach)
	e.POST("/v1/imports", s.importFile)
	e.GET("/v1/exports/contacts", s.exportContacts)
	e.GET("/v1/withheld", s.listWithheld)
	e.GET("/v1/search", s.search)
	e.GET("/v1/tokens", s.listTokens)
	e.POST("/v1/tokens", s.issueToken)
	e.GET("/v1/tokens/:id", s.showToken)
	e.DELETE("/v1/tokens/:id", s.revokeToken)
	e.POST("/v1/tokens/:id/freeze", s.freeze(s.Accounts.Freeze))
	e.POST("/v1/tokens/:id/thaw", s.thaw(s.Accounts.Thaw))
	e.POST("/v1/tokens/pick-up", s.pickUpToken)
	e.POST("/v1/people/:id/freeze", s.freeze(s.Accounts.FreezePerson))
	e.POST("/v1/people/:id/thaw", s.thaw(s.Accounts.ThawPerson))
	e.GET("/v1/oversight", s.listOversight)
	e.GET("/v1/mandates", s.listMandates)
	e.POST("/v1/mandates", s.admit)
	e.GET("/v1/mandates/:id", s.showMandate)
	e.POST("/v1/mandates/:id/extend", s.extendMandate)
	e.POST("/v1/mandates/:id/end", s.endMandate)
	e.GET("/v1/suggestions", s.listSuggestions)
	e.GET("/v1/suggestions/:id", s.showSuggestion)
	e.POST("/v1/suggestions/:id/take", s.answerSuggestion(s.Suggestions.Take, decodeNoWord))
	e.POST("/v1/suggestions/:id/decline", s.answerSuggestion(s.Suggestions.Decline, decodeJSON[suggestion.Word]))
	e.POST("/v1/suggestions/:id/withdraw", s.withdrawSuggestion)
	e.GET("/v1/subscriptions", s.listSubscriptions)
	e.POST("/v1/subscriptions", s.addSubscription)
	e.GET("/v1/subscriptions/:id", s.showSubscription)
	e.DELETE("/v1/subscriptions/:id", s.removeSubscription)
	e.GET("/v1/trail", s.listTrail)
	e.GET("/v1/access-log", s.listReadingDays)
	e.GET("/v1/access-log/people", s.listReadingPeople)
	s.referenceRoutes(e)
	return e
}

// replay answers a request that was carried out before, with the thing as it
// now is.
func (s *Server) replay(c echo.Context, done *register.Replay) error {
	c.Response().Header().Set("Idempotent-Replay", "true")
	noun := done.Noun
	if strings.HasPrefix(c.Path(), "/v1/proposals/") { // deciding changes what was proposed, too, and that first
		return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
			return s.oneProposal(ctx, snap, snap.By, strings.ToLower(c.Param("id")))
		})
	}
	if noun == "proposal" {
		return s.proposed(c, done.Key, nil)
	}
	for _, of := range search.Nouns { // a suspension is of the entry that the path names
		if noun == "suspension" && strings.HasPrefix(c.Path(), "/v1/"+plural(of)+"/") {
			noun = of
		}
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (a answer, err error) {
		switch noun {
		case "contact":
			a, err = again(ctx, snap, s.contacts(), done.Key)
		case "organisation":
			a, err = again(ctx, snap, s.organisations(), done.Key)
		case "strategy":
			a, err = again(ctx, snap, s.strategies(), done.Key)
		case "token":
			token, failed := account.Get(ctx, snap, done.Key)
			a, err = answer{version: token.Version, view: viewToken(token), uncached: true}, failed
			a.header = map[string]string{"Location": "/v1/tokens/" + done.Key}
		case "suggestion":
			got, failed := suggestion.Get(ctx, snap, done.Key)
			a, err = createdSuggestion(got), failed
		case "subscription":
			got, failed := subscription.Get(ctx, snap, done.Key)
			a, err = madeSubscription(got), failed
		case "freeze":
			frozen, failed := account.Imposed(ctx, snap, snap.By, done.Key)
			a, err = answer{view: viewFreeze(frozen), uncached: true}, failed
		default:
			return a, problem.Errorf(problem.Conflict, "this was done before, as version %d of the register", done.Version)
		}
		a.status = http.StatusOK
		if strings.HasSuffix(c.Path(), "/"+plural(noun)) {
			a.status = http.StatusCreated
		} else {
			delete(a.header, "Location")
		}
		return a, err
	})
}

func again[T shown, I any](ctx context.Context, snap *register.Snapshot, h entries[T, I], id string) (answer, error) {
	got, err := h.get(ctx, snap, id)
	return h.created(snap.By, got), err
}

func plural(noun string) string {
	return cmp.Or(map[string]string{"strategy": "strategies"}[noun], noun+"s")
}

// actor returns who is asking. It is the zero Actor, who may do nothing, on a
// request that has not come through authenticated.
func actor(c echo.Context) access.Actor {
	a, _ := c.Get(actorKey).(access.Actor)
	return a
}

// ActAs says that a request that came with no token is somebody's all the same:
// a page's, whose visitor has a session. The log then has the role.
func (s *Server) ActAs(c echo.Context, by access.Actor) { c.Set(actorKey, by) }

const actorKey = "actor"

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
