// Package client asks a registry of national points of contact, over its JSON
// API (api/openapi.yaml; a running registry shows it at /docs/).
//
//	c, err := client.New("https://registry.example", client.WithToken(secret))
//	card, err := c.Card(ctx, "PL")
//
// Reads return what the registry answers, with the version it answers from.
// Refusals are a *Problem. Requests that may safely be sent twice are sent
// again when the registry asks to come back later or cannot be reached.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client asks one registry, as one actor. Make it with New; it may be used by
// several goroutines at once.
type Client struct {
	base     *url.URL
	token    string
	agent    string
	http     *http.Client
	plain    bool
	attempts int
	least    int64
	reason   string // why, of writes that may become proposals
}

// Option changes how a Client asks.
type Option func(*Client)

// WithToken sends an API token with each request, as Authorization: Bearer
// (RFC 6750). Without one the registry shows what is public.
func WithToken(secret string) Option { return func(c *Client) { c.token = secret } }

// WithUserAgent names the program that asks. It is "pocreg-client" otherwise.
func WithUserAgent(name string) Option { return func(c *Client) { c.agent = name } }

// WithTransport sends requests through t in place of http.DefaultTransport.
func WithTransport(t http.RoundTripper) Option { return func(c *Client) { c.http.Transport = t } }

// WithAttempts bounds how often one request is sent, the first time included.
// It is 4 otherwise; 1 sends nothing twice.
func WithAttempts(n int) Option { return func(c *Client) { c.attempts = max(n, 1) } }

// WithPlainHTTP lets a token be sent over http to another machine. Whoever is on
// the way reads it: this is for networks that encrypt by themselves.
func WithPlainHTTP() Option { return func(c *Client) { c.plain = true } }

// largestAnswer bounds what is read of an answer, in bytes.
const largestAnswer = 64 << 20

// New returns a Client for the registry at server, such as
// "https://registry.example". It refuses to send a token over http to another
// machine, unless WithPlainHTTP allows it.
func New(server string, options ...Option) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(server, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.User != nil || base.RawQuery != "" {
		return nil, errors.New("the server's address is a URL such as https://registry.example")
	}
	c := &Client{base: base, agent: "pocreg-client", http: &http.Client{}, attempts: 4}
	for _, o := range options {
		o(c)
	}
	if base.Scheme == "http" && c.token != "" && !c.plain && !loopback(base.Hostname()) {
		return nil, errors.New("a token over http can be read on the way: use https")
	}
	// A redirect could lead the token elsewhere. The API answers none.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// AtLeast returns a Client whose reads know the register's version, or a later
// one: that of a write, Meta.RegisterVersion, made elsewhere or through another
// node. A node that does not know it within a second answers 503.
func (c *Client) AtLeast(version int64) *Client {
	at := *c
	at.least = version
	return &at
}

// Because returns a Client whose writes say why: for whoever decides on what
// becomes a proposal. One line of at most 500 characters.
func (c *Client) Because(reason string) *Client {
	why := *c
	why.reason = reason
	return &why
}

// Meta is what an answer says beside its body.
type Meta struct {
	ETag            string // of what it shows, for the next write's precondition; "" if it has none
	RegisterVersion int64  // the newest version of the register that it knows of
	Location        string // of what was made
	Replayed        bool   // whether the act was done before, with the same Idempotency-Key
	Next            string // of a list: the next page's cursor; "" on the last
}

// request is one that is to be sent.
type request struct {
	method string
	path   string
	query  url.Values
	body   []byte
	kind   string // media type of body
	accept string
	match  string // If-Match
	absent bool   // If-None-Match: *
	key    string // Idempotency-Key
	asks   bool   // whether it may become a proposal, and so takes a reason
}

// again reports whether the request may be sent twice: a read, or a write that the
// registry knows again by its key. Of another write, lost on its way, nobody could
// tell from the second answer whether the first time had an effect.
func (r request) again() bool { return r.method == http.MethodGet || r.key != "" }

// send sends r, again if that may help, and returns the answer's body.
func (c *Client) send(ctx context.Context, r request) ([]byte, Meta, error) {
	for attempt := 1; ; attempt++ {
		body, meta, err := c.once(ctx, r)
		var p *Problem
		wait := 100 * time.Millisecond << attempt
		switch refused := errors.As(err, &p); {
		case err == nil || attempt >= c.attempts || ctx.Err() != nil:
			return body, meta, err
		case refused && p.Status == http.StatusTooManyRequests, refused && p.Status == http.StatusServiceUnavailable && r.again(),
			refused && r.key != "" && p.underway():
			wait = max(p.RetryAfter, wait)
		case refused || !r.again() || !unreached(err):
			return body, meta, err
		}
		timer := time.NewTimer(min(wait, time.Minute))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, Meta{}, err
		case <-timer.C:
		}
	}
}

// unreached reports whether the server could not be reached, or was lost.
func unreached(err error) bool {
	var network net.Error
	var u *url.Error
	return errors.As(err, &u) && (errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF))
}

func (c *Client) once(ctx context.Context, r request) ([]byte, Meta, error) {
	at := *c.base
	at.RawPath = at.EscapedPath() + r.path
	path, err := url.PathUnescape(at.RawPath)
	if err != nil {
		return nil, Meta{}, fmt.Errorf("make the request: %w", err)
	}
	at.Path, at.RawQuery = path, r.query.Encode()
	if c.reason != "" && r.asks {
		at.RawQuery = strings.TrimPrefix(at.RawQuery+"&reason="+url.QueryEscape(c.reason), "&")
	}
	if c.least > 0 && r.method == http.MethodGet {
		at.RawQuery = strings.TrimPrefix(at.RawQuery+"&min_version="+itoa(c.least), "&")
	}
	req, err := http.NewRequestWithContext(ctx, r.method, at.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, Meta{}, fmt.Errorf("make the request: %w", err)
	}
	for name, value := range map[string]string{
		"Content-Type": r.kind, "If-Match": r.match, "Idempotency-Key": r.key, "User-Agent": c.agent, "Accept": r.accept,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if r.absent {
		req.Header.Set("If-None-Match", "*")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, Meta{}, fmt.Errorf("ask the registry: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // it was read, or is of no more use
	body, err := io.ReadAll(io.LimitReader(res.Body, largestAnswer+1))
	switch {
	case err != nil:
		return nil, Meta{}, fmt.Errorf("read the answer: %w", &url.Error{Op: r.method, URL: r.path, Err: err})
	case len(body) > largestAnswer:
		return nil, Meta{}, fmt.Errorf("the answer is over %d MiB", largestAnswer>>20)
	case res.StatusCode < 200 || res.StatusCode > 299:
		return nil, Meta{}, readProblem(res, body)
	}
	version, _ := strconv.ParseInt(res.Header.Get("Register-Version"), 10, 64)
	meta := Meta{
		ETag: res.Header.Get("ETag"), RegisterVersion: version, Location: res.Header.Get("Location"),
		Replayed: res.Header.Get("Idempotent-Replay") == "true", Next: next(res.Header.Get("Link")),
	}
	if res.StatusCode == http.StatusAccepted {
		return nil, meta, readProposed(meta, body)
	}
	return body, meta, nil
}

// next is the cursor in a Link with rel="next" (RFC 8288), as the API writes it.
func next(link string) string {
	target, _, found := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	u, err := url.Parse(target)
	if !found || err != nil {
		return ""
	}
	return u.Query().Get("cursor")
}

// Get reads path, such as "/v1/states", into out. A *[]byte gets the body as it
// is. Each other method of Client is a Get or a write with its types.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) (Meta, error) {
	body, meta, err := c.send(ctx, request{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return meta, err
	}
	return meta, decode(body, out)
}

// Table reads a page of a list as CSV (RFC 4180), with the same filters as its
// JSON. Meta.Next is where to go on.
func (c *Client) Table(ctx context.Context, path string, query url.Values) ([]byte, Meta, error) {
	return c.send(ctx, request{method: http.MethodGet, path: path, query: query, accept: "text/csv"})
}

func decode(body []byte, out any) error {
	if raw, ok := out.(*[]byte); ok {
		*raw = body
		return nil
	}
	if out == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// write sends a change and reads what it came to into out.
func (c *Client) write(ctx context.Context, r request, in, out any) (Meta, error) {
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return Meta{}, fmt.Errorf("encode the request: %w", err)
		}
		r.body, r.kind = text, "application/json"
	}
	if r.method == http.MethodPost && r.key == "" {
		r.key = rand.Text()
	}
	body, meta, err := c.send(ctx, r)
	if err != nil {
		return meta, err
	}
	return meta, decode(body, out)
}

// segment is s as one segment of a path.
func segment(s string) string { return "/" + url.PathEscape(s) }
