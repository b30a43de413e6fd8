package httpapi

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
)

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// identified gives the request an id, the caller's own if it is usable, and
// every answer the headers that all have.
func (s *Server) identified(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get("Request-Id")
		if !requestIDForm.MatchString(id) {
			id = fmt.Sprintf("%016x%08x", rand.Uint64(), rand.Uint32()) // to tell apart, not to keep secret
		}
		h := c.Response().Header()
		maps.Copy(h, commonHeader)
		own := [2]string{id, itoa(s.Register.Latest())}
		h["Request-Id"], h["Register-Version"] = own[:1:1], own[1:]
		return next(c)
	}
}

// commonHeader is what every answer says. Nobody appends to its values.
var commonHeader = http.Header{
	"X-Content-Type-Options":       {"nosniff"},
	"Referrer-Policy":              {"no-referrer"},
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
}

func requestID(c echo.Context) string { return c.Response().Header().Get("Request-Id") }

// recovered turns a panic into an answer, and the log entry that it deserves.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch r := recover(); r {
			case nil:
			case http.ErrAbortHandler:
				panic(r)
			default:
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// legible refuses a path or a query that no text of ours could be in: what is
// no UTF-8, or holds a NUL, which PostgreSQL does not take either.
func legible(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		said := u.Path
		var err error
		if u.RawQuery != "" {
			_, err = url.ParseQuery(u.RawQuery) // refuses also what would be dropped, such as a filter after a semicolon
			query, _ := url.QueryUnescape(u.RawQuery)
			said += query
		}
		if err != nil || !utf8.ValidString(said) || strings.ContainsRune(said, 0) {
			return problem.Errorf(problem.Malformed, "the path and the query are UTF-8, percent-encoded, without NUL: mend the address")
		}
		return next(c)
	}
}

// bounded ends a request that takes too long.
func (s *Server) bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		timeout := s.Timeout
		if long[c.Path()] {
			timeout = longest
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), timeout)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// authenticated finds out who is asking. Without a token that is anybody; a
// token that does not stand is refused even where anybody may read, because its
// holder would take the answer for all that they may see.
//
// A token is all that it looks at, never a cookie: a browser sends cookies
// whoever made it send the request, so a page of somebody else's could write in
// the name of who visits it. People's sessions are the pages' alone, which refuse
// what comes from another origin.
func (s *Server) authenticated(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		values := c.Request().Header.Values("Authorization")
		if len(values) == 0 || !strings.HasPrefix(c.Path(), "/v1/") {
			c.Set(actorKey, access.Anyone())
			return next(c)
		}
		scheme, secret, _ := strings.Cut(values[0], " ")
		if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") {
			return problem.Errorf(problem.Unauthenticated, "send the token as Authorization: Bearer, once")
		}
		// Whoever guesses is slowed down like whoever asks without a token, and
		// before the database is asked: anybody can make up what looks like a token.
		// One that was good a moment ago is no guess: who shares an address with a
		// stranger is not locked out by them.
		address, secret := network(c.RealIP()), strings.TrimSpace(secret)
		if s.guesses.spent(address) && !s.Accounts.SeenLately(secret) {
			return s.guesses.slowDown()
		}
		by, err := s.Accounts.Authenticate(c.Request().Context(), secret)
		if problem.Is(err, problem.Unauthenticated) {
			if slow := s.guesses.take(address); slow != nil {
				return slow
			}
		}
		if err != nil {
			return err
		}
		c.Set(actorKey, by)
		return next(c)
	}
}

// addressOf says which address a request came from: the peer's own, or what a
// trusted proxy says of it.
func addressOf(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		ip := net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
		options = append(options, echo.TrustIPRange(&ip))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
