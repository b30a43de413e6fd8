package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"
)

// server is a `pocreg serve` of its own, and a client of it.
type server struct {
	*process
	url  string
	http *http.Client
}

// serve starts `pocreg serve` on a database, with the settings that it has by
// itself. The limits on how often one token may ask are raised and not taken
// away, so that what they cost is measured too. It logs to a file, as nginx does.
func (b *bench) serve(ctx context.Context, database string, n int) (*server, error) {
	address, err := b.at(n)
	if err != nil {
		return nil, err
	}
	env := []string{
		"POCREG_DATABASE_URL=" + b.postgres.URL(serverRole, database), "POCREG_LISTEN=" + address,
		"POCREG_RATE_PER_TOKEN=1000000", "POCREG_RATE_BURST=1000000",
	}
	p, err := start(filepath.Join(b.dir, database+".log"), env, b.pocreg, "serve")
	if err != nil {
		return nil, err
	}
	s := &server{process: p, url: "http://" + address, http: newClient()}
	return s, s.await(ctx, "/readyz")
}

// stop ends the server, if there is one.
func (s *server) stop() error {
	if s == nil {
		return nil
	}
	s.http.CloseIdleConnections()
	return s.process.stop()
}

// newClient returns a client that asks for what it is told to ask for: it adds
// no compression of its own, and keeps its connections.
func newClient() *http.Client {
	return &http.Client{
		Timeout:   2 * time.Minute, // an import takes its time
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
	}
}

// await returns once the server answers a path with success.
func (s *server) await(ctx context.Context, path string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	for {
		got, err := s.ask(ctx, request{path: path})
		if err == nil && got.status < 400 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-late.C:
			return fmt.Errorf("%s does not answer; it says:\n%s", s.name, s.complaint())
		case <-tick.C:
		}
	}
}

// request is what to ask.
type request struct {
	method string // GET if empty
	path   string
	token  string
	header map[string]string
	body   io.Reader
}

// response is what came back, whole, and how long that took.
type response struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// ask sends one request and reads the answer to its end.
func (s *server) ask(ctx context.Context, r request) (response, error) {
	return ask(ctx, s.http, s.url, r)
}

func ask(ctx context.Context, client *http.Client, url string, r request) (response, error) {
	sent, err := http.NewRequestWithContext(ctx, r.method, url+r.path, r.body)
	if err != nil {
		return response{}, err
	}
	if r.token != "" {
		sent.Header.Set("Authorization", "Bearer "+r.token)
	}
	for name, value := range r.header {
		sent.Header.Set(name, value)
	}
	start := time.Now()
	got, err := client.Do(sent)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = got.Body.Close() }() // it was read, or that failed
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return response{}, fmt.Errorf("read the answer to %s: %w", r.path, err)
	}
	return response{got.StatusCode, got.Header, body, time.Since(start)}, nil
}

// must is ask for what has to succeed: with the status wanted and no other.
func (s *server) must(ctx context.Context, status int, r request) (response, error) {
	got, err := s.ask(ctx, r)
	if err == nil && got.status != status {
		err = fmt.Errorf("%s %s answers %d, not %d: %s", r.method, r.path, got.status, status, got.body[:min(len(got.body), 300)])
	}
	return got, err
}
