package main_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	main "pocreg.example/cmd/pocreg"
	"pocreg.example/internal/httpapi"
)

// An import that was taken is finished: neither the server nor what stops it cuts
// it off.
func TestWhoeverStopsAServerWaitsForItsLongestRequest(t *testing.T) {
	t.Parallel()
	cfg, err := main.ReadConfig(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if got := main.Finishing(cfg); got <= httpapi.Longest {
		t.Errorf("a server waits %v for what it has taken, want over %v", got, httpapi.Longest)
	}
	for file, form := range map[string]string{
		"../../deploy/pocreg.service": `(?m)^TimeoutStopSec=(\w+)$`,
		"../../docker-compose.yml":    `(?ms)^  serve:$.*?^    stop_grace_period: (\w+)$`,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said := regexp.MustCompile(form).FindStringSubmatch(string(text))
		if said == nil {
			t.Errorf("%s does not say how long a server may take to stop", strings.TrimPrefix(file, "../../"))
			continue
		}
		if got, err := time.ParseDuration(said[1]); err != nil || got < main.Finishing(cfg)+10*time.Second {
			t.Errorf("%s gives a server %s to stop, %v; want %v, and ten seconds for POCREG_DRAIN_DELAY", strings.TrimPrefix(file, "../../"), said[1], err, main.Finishing(cfg))
		}
	}
}

// What pocreg would take and answer, the proxy before it lets pass.
func TestTheProxyWaitsForTheLongestRequest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?s)location ~ \^/v1/\(imports\|exports/contacts\|proposals/\[\^/\]\+/approve\)\$ \{[^}]*client_max_body_size +(\w+);[^}]*proxy_read_timeout +(\w+);`).
		FindStringSubmatch(string(text))
	if said == nil {
		t.Fatal("deploy/nginx.conf says nothing of whole files")
	}
	if got, err := time.ParseDuration(said[2]); err != nil || got <= httpapi.Longest || said[1] != "17m" {
		t.Errorf("deploy/nginx.conf lets files of %s pass and waits %s, %v; want over 16 MiB and over %v", said[1], said[2], err, httpapi.Longest)
	}
}
