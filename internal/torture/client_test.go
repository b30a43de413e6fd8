package torture_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pocreg.example/internal/problem"
)

// timeout is the server's, for a request; slack is what a busy machine may add.
// A commit runs on past a request's end, for ten seconds at the most.
const (
	timeout = 2 * time.Second
	commit  = 10 * time.Second
	slack   = 3 * time.Second
)

// busy reports whether err asks to try again later.
func busy(err error) bool { return problem.Is(err, problem.Unavailable) }

// client sends requests to wherever the server listens now.
type client struct {
	t       *testing.T
	http    *http.Client
	address atomic.Value // string
	away    atomic.Int64 // how many answers were 503
}

func newClient(t *testing.T) *client {
	c := &client{t: t, http: &http.Client{
		Timeout:   timeout + commit + slack,
		Transport: &http.Transport{MaxIdleConnsPerHost: writers},
	}}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// request is one to the API.
type request struct {
	method, path string
	token        string
	ifMatch      string
	key          string // Idempotency-Key
	body         []byte
}

// response is an answer that came whole.
type response struct {
	status int
	header http.Header
	body   []byte
}

func (r response) version(t *testing.T) int64 {
	t.Helper()
	number, _, _ := strings.Cut(strings.Trim(r.header.Get("ETag"), `"`), "-")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Errorf("the ETag is %s, want a version in it", r.header.Get("ETag"))
	}
	return version
}

// send returns an error if no whole answer came: nobody knows then what became
// of the request. An answer is held to what the server promises: no failure
// but 503 with Retry-After, and in time.
func (c *client) send(ctx context.Context, r request) (response, error) {
	address, _ := c.address.Load().(string)
	if address == "" {
		return response{}, errors.New("no server runs")
	}
	req, err := http.NewRequestWithContext(ctx, r.method, "http://"+address+r.path, bytes.NewReader(r.body))
	if err != nil {
		return response{}, err
	}
	for name, value := range map[string]string{"If-Match": r.ifMatch, "Idempotency-Key": r.key} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if len(r.body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	start := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		if took := time.Since(start); ctx.Err() == nil && took > timeout+commit+slack/2 {
			c.t.Errorf("%s %s was not answered in %s", r.method, r.path, took)
		}
		return response{}, err
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return response{}, err
	}
	switch {
	case res.StatusCode == http.StatusServiceUnavailable:
		c.away.Add(1)
		if res.Header.Get("Retry-After") == "" {
			c.t.Errorf("%s %s = 503 without Retry-After: %s", r.method, r.path, body)
		}
	case res.StatusCode >= 500:
		c.t.Errorf("%s %s = %d, want 503 if the database is away: %s", r.method, r.path, res.StatusCode, body)
	}
	return response{res.StatusCode, res.Header, body}, nil
}
