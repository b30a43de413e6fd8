// Package outward is how the server asks addresses that somebody entered: bounded in
// time and in size, following nobody elsewhere, and never into the operator's own
// network. It trusts no answer.
package outward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// The bounds of one question.
const (
	longest    = 5 * time.Second
	dialWait   = 3 * time.Second
	mostBytes  = 1 << 20 // of an answer's body: the keys of a large provider take 20 KiB
	mostHeader = 64 << 10
	mostIdle   = 2 // connections that are kept for each host
)

// ErrInside is that a name leads to where nobody outside has business.
var ErrInside = errors.New("the address is not out in the world")

// ErrLong is that an answer is longer than anybody needs.
var ErrLong = errors.New("the answer is too long")

// special are the networks that lead to no place in the world (RFC 6890 and its
// registries), beside those that netip knows by name, and those that hold another
// address within, which could be any.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("5f00::/16"), netip.MustParsePrefix("fec0::/10"),
}

// Reach is where the server may ask.
type Reach struct {
	// Inside are networks that may be asked although they are not out in the world:
	// the operator says so.
	Inside []netip.Prefix
}

// Allows reports whether an address may be asked.
func (r Reach) Allows(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if slices.ContainsFunc(r.Inside, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return true
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// AllowsURL reports whether a URL may be asked, as far as can be told before its
// name is looked up: https, or http to a loopback address that the operator allows.
func (r Reach) AllowsURL(u *url.URL) bool {
	if u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() == "localhost" {
		ip, err = netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	return u.Scheme == "http" && err == nil && ip.IsLoopback() && r.Allows(ip)
}

// Client returns a client that asks where it may. What a name leads to is judged when
// it is dialled, so a name that leads elsewhere the second time helps nobody. It
// uses no proxy, follows no redirect and keeps no cookie.
func (r Reach) Client() *http.Client {
	dialer := &net.Dialer{Timeout: dialWait, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !r.Allows(at.Addr()) {
			return ErrInside
		}
		return nil
	}}
	return &http.Client{
		Timeout: longest,
		Transport: bounded{reach: r, next: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
			TLSHandshakeTimeout:    dialWait,
			ResponseHeaderTimeout:  longest,
			MaxResponseHeaderBytes: mostHeader,
			MaxIdleConnsPerHost:    mostIdle,
			MaxConnsPerHost:        8, // so that one that hangs takes no more
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded refuses URLs that may not be asked, and cuts answers that are too long.
type bounded struct {
	reach Reach
	next  http.RoundTripper
}

// RoundTrip asks.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !b.reach.AllowsURL(r.URL) {
		return nil, fmt.Errorf("ask %s: %w", r.URL.Host, ErrInside)
	}
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &short{ReadCloser: res.Body, left: mostBytes}
	return res, nil
}

// short is a body that ends with ErrLong if it goes on for too long.
type short struct {
	io.ReadCloser
	left int
}

// Read reads on.
func (s *short) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, ErrLong
	}
	n, err := s.ReadCloser.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}
