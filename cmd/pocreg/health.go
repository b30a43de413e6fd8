package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

type healthCommand struct{}

// healthWait is longer than /readyz lets its asker wait.
const healthWait = 5 * time.Second

// Run asks the server on this machine whether it can answer reads. It is for
// containers whose image holds nothing else that could ask.
func (healthCommand) Run(p *program) (err error) {
	cfg, err := readConfig(p.getenv)
	if err != nil {
		return err
	}
	// Without the environment's proxies: it is this machine that is asked.
	client := &http.Client{Timeout: healthWait, Transport: &http.Transport{}}
	request, err := http.NewRequestWithContext(p.ctx, http.MethodGet, readyURL(cfg.Listen), nil)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s: %s", answer.Status, text)
	}
	_, err = fmt.Fprintln(p.stdout, "ready")
	return err
}

// readyURL is where a server that listens on address answers on this machine:
// one that listens everywhere does so on the loopback.
func readyURL(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, "80" // readConfig has refused it before
	}
	if ip, err := netip.ParseAddr(cmp.Or(host, "0.0.0.0")); err == nil && ip.IsUnspecified() {
		host = map[bool]string{true: "127.0.0.1", false: "::1"}[ip.Is4()]
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/readyz"}
	return u.String()
}
