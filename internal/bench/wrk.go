package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// summary tells wrk to end with a line of JSON.
//
//go:embed summary.lua
var summary []byte

// connections are as many as the aims were set for; threads as many as keep wrk
// from being what is measured, on nginx as on ours.
const (
	connections = 64
	threads     = 2
)

// load is what wrk measured.
type load struct {
	Requests     float64 `json:"requests"`
	Microseconds float64 `json:"microseconds"`
	P50          float64 `json:"p50"` // microseconds
	P99          float64 `json:"p99"`
	Refused      int     `json:"refused"` // answers of 400 and above
	Failed       int     `json:"failed"`  // no answer
}

func (l load) perSecond() float64 { return l.Requests / (l.Microseconds / 1e6) }

// wrk asks for one address again and again, over all connections, for some
// seconds. An answer that is no success is an error: it would be counted as
// fast.
func (b *bench) wrk(ctx context.Context, seconds int, url string, r request) (load, error) {
	wrk, err := program("wrk")
	if err != nil {
		return load{}, err
	}
	script := filepath.Join(b.dir, "summary.lua")
	if err := os.WriteFile(script, summary, 0o600); err != nil {
		return load{}, err
	}
	args := []string{"-t", strconv.Itoa(threads), "-c", strconv.Itoa(connections), "-d", strconv.Itoa(seconds), "-s", script}
	args = append(args, "-H", "Authorization: Bearer "+r.token)
	for name, value := range r.header {
		args = append(args, "-H", name+": "+value)
	}
	out, err := exec.CommandContext(ctx, wrk, append(args, url+r.path)...).CombinedOutput()
	if err != nil {
		return load{}, fmt.Errorf("wrk %s%s: %w\n%s", url, r.path, err, out)
	}
	l, err := readSummary(out)
	if err == nil && (l.Refused > 0 || l.Failed > 0) {
		err = fmt.Errorf("of %.0f requests for %s%s, %d were refused and %d failed", l.Requests, url, r.path, l.Refused, l.Failed)
	}
	return l, err
}

// readSummary reads the last line of what wrk printed.
func readSummary(out []byte) (load, error) {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var l load
	if err := json.Unmarshal(lines[len(lines)-1], &l); err != nil || l.Requests == 0 || l.Microseconds == 0 {
		return l, fmt.Errorf("wrk prints no summary, or of nothing: %s", strings.TrimSpace(string(out)))
	}
	return l, nil
}
