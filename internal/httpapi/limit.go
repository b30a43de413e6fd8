package httpapi

import (
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"pocreg.example/internal/problem"
)

// buckets limits how often each of many callers may ask. It forgets a caller
// whose bucket is full again, so it is as large as the callers of the moment.
type buckets struct {
	rate  rate.Limit
	burst int
	now   func() time.Time

	mu    sync.Mutex
	of    map[string]*rate.Limiter
	swept time.Time
}

// manyCallers is how many buckets are kept before the full ones are swept out.
const manyCallers = 10_000

func newBuckets(perSecond float64, burst int, now func() time.Time) *buckets {
	return &buckets{rate: rate.Limit(perSecond), burst: burst, now: now, of: map[string]*rate.Limiter{}}
}

// take returns nil, or a TooManyRequests problem that says when to ask again.
func (b *buckets) take(caller string) error {
	if b.rate == 0 {
		return nil
	}
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	limiter := b.of[caller]
	if limiter == nil {
		b.sweep(now)
		limiter = rate.NewLimiter(b.rate, b.burst)
		b.of[caller] = limiter
	}
	if limiter.AllowN(now, 1) {
		return nil
	}
	return b.slowDown()
}

// spent reports whether take would refuse the caller, and takes nothing.
func (b *buckets) spent(caller string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	limiter := b.of[caller]
	return limiter != nil && limiter.TokensAt(b.now()) < 1
}

// slowDown is what a caller is told who asks too often.
func (b *buckets) slowDown() error {
	wait := time.Duration(float64(time.Second) / float64(b.rate))
	return &problem.Error{
		Kind: problem.TooManyRequests, RetryAfter: max(wait, time.Second),
		Detail: "too many requests: wait as long as Retry-After says, then go on more slowly",
	}
}

// sweep drops what has nothing to remember. If that is not enough, it forgets
// all: a flood of addresses must cost it, not the server's memory.
func (b *buckets) sweep(now time.Time) {
	if len(b.of) < manyCallers {
		return
	}
	if now.Sub(b.swept) < time.Second {
		b.of = map[string]*rate.Limiter{}
		return
	}
	b.swept = now
	for caller, limiter := range b.of {
		if limiter.TokensAt(now) >= float64(b.burst) {
			delete(b.of, caller)
		}
	}
}

// free are the routes that cost nothing: files from the binary, and what a
// machine's own watchers ask.
var free = map[string]bool{
	"/healthz": true, "/readyz": true, "/metrics": true, "/openapi.yaml": true,
	"/docs": true, "/docs/": true, "/docs/:file": true, "/assets/:file": true,
}

// limited holds each token, and each address without one, to its rate: on the
// pages too, which take no token.
func (s *Server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if free[c.Path()] {
			return next(c)
		}
		callers, caller := s.tokens, actor(c).Credential
		if caller == "" {
			callers, caller = s.addresses, network(c.RealIP())
		}
		if err := callers.take(caller); err != nil {
			return err
		}
		return next(c)
	}
}

// network is what an address is counted under: an IPv6 customer has a /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
