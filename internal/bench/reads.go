package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
)

// subject is one kind of reading, of ours and of nginx.
type subject struct {
	name    string
	request         // what both are asked
	status  int     // what both answer
	aim     float64 // of ours against nginx, which logs its requests as ours does
	unread  bool    // both are sent the ETag that each gave, and answer that nothing has changed
	theirs  request // the request as nginx is sent it
}

// measureReads compares ours with nginx on the same bytes.
func (b *bench) measureReads(ctx context.Context) error {
	token := b.people.heads["EE"]
	zipped := map[string]string{"Accept-Encoding": "gzip"}
	card := request{path: "/v1/states/PL/card", token: token}
	list := request{path: "/v1/contacts?limit=500", token: token, header: zipped}
	subjects := []*subject{
		{name: "a state's card", request: card, status: http.StatusOK, aim: 0.45},
		{name: "230 contacts", request: list, status: http.StatusOK, aim: 0.45},
		{name: "304 to 230 contacts", request: list, status: http.StatusNotModified, aim: 0.45, unread: true},
	}
	var pages []page
	for i, s := range subjects[:2] {
		got, err := b.server.must(ctx, http.StatusOK, s.request)
		if err != nil {
			return err
		}
		p, err := b.keep(fmt.Sprintf("page-%d", i), s.request, got)
		if err != nil {
			return err
		}
		pages = append(pages, p)
		s.name += fmt.Sprintf(", %.1f KB", float64(len(got.body))/1000)
		if p.Gzip {
			s.name += " of gzip"
		}
	}
	nginx, err := b.startNginx(ctx, pages)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		if err := b.race(ctx, s, nginx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	err = nginx.stop()
	b.nginx = nil
	return err
}

// same fails unless both answer the request with the same status and bytes.
func (s *subject) same(ctx context.Context, ours, theirs *server) error {
	a, err := ours.must(ctx, s.status, s.request)
	if err != nil {
		return err
	}
	b, err := theirs.must(ctx, s.status, s.theirs)
	if err != nil {
		return fmt.Errorf("nginx: %w", err)
	}
	if sha256.Sum256(a.body) != sha256.Sum256(b.body) || a.header.Get("Content-Encoding") != b.header.Get("Content-Encoding") {
		return fmt.Errorf("nginx serves %d bytes (%s), ours are %d (%s): they are not the same, so nothing can be compared",
			len(b.body), b.header.Get("Content-Encoding"), len(a.body), a.header.Get("Content-Encoding"))
	}
	return nil
}

// expectUnread adds to each request the ETag that its server gave.
func (s *subject) expectUnread(ctx context.Context, ours, theirs *server) error {
	for _, one := range []struct {
		server  *server
		request *request
	}{{ours, &s.request}, {theirs, &s.theirs}} {
		got, err := one.server.must(ctx, http.StatusOK, *one.request)
		if err != nil {
			return err
		}
		tag := got.header.Get("ETag")
		if tag == "" {
			return fmt.Errorf("%s gives no ETag", one.server.name)
		}
		header := map[string]string{"If-None-Match": tag}
		for name, value := range one.request.header {
			header[name] = value
		}
		one.request.header = header
	}
	return nil
}

// race lets ours and nginx, with its access log and without, take turns.
func (b *bench) race(ctx context.Context, s *subject, nginx baseline) error {
	s.theirs = s.request
	if s.unread {
		if err := s.expectUnread(ctx, b.server, nginx.server); err != nil {
			return err
		}
	}
	if err := s.same(ctx, b.server, nginx.server); err != nil {
		return err
	}
	lanes := []struct {
		url     string
		request request
	}{{nginx.url, s.theirs}, {b.server.url, s.request}, {nginx.silent, s.theirs}}
	rounds, seconds := b.rounds()
	rates, tails := make([][]float64, len(lanes)), make([][]float64, len(lanes))
	for round := range rounds + 1 {
		for i, lane := range lanes {
			l, err := b.wrk(ctx, seconds, lane.url, lane.request)
			if err != nil {
				return err
			}
			if round == 0 {
				continue // to warm up
			}
			rates[i], tails[i] = append(rates[i], l.perSecond()), append(tails[i], l.P99/1000)
		}
	}
	if err := s.same(ctx, b.server, nginx.server); err != nil {
		return err
	}
	b.compare(s, rates, tails)
	return nil
}

func (b *bench) compare(s *subject, rates, tails [][]float64) {
	logged, silent := ratio(s.name+", against nginx", rates[1], rates[0]), ratio(s.name+", against nginx without its log", rates[1], rates[2])
	logged.Aim = atLeast(s.aim)
	logged.Detail = fmt.Sprintf("%.0f/s against %.0f/s", median(rates[1]), median(rates[0]))
	silent.Detail = fmt.Sprintf("%.0f/s against %.0f/s", median(rates[1]), median(rates[2]))
	slow := ratio(s.name+", p99 against nginx's", tails[1], tails[0])
	slow.Aim = atMost(5)
	slow.Detail = fmt.Sprintf("%.2f ms against %.2f ms", median(tails[1]), median(tails[0]))
	for _, f := range []finding{logged, silent, slow} {
		b.found(f)
	}
}
