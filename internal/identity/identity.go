// Package identity runs a real OpenID provider, npm's oidc-provider, for tests that
// sign in at one, and a person at it who needs no browser.
package identity

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Mail is the address that the provider vouches for, whoever it is asked about.
const Mail = "ada@mfa.example"

// Client is a relying party, as the provider knows it.
type Client struct {
	ID           string   `json:"client_id"`
	Secret       string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
}

// Provider is one that runs until the test ends.
type Provider struct {
	Issuer string
	stop   func()
}

// Lasts is for how long its id_tokens are good.
const Lasts = 2 * time.Minute

// Start starts a provider that knows the clients.
func Start(t testing.TB, clients ...Client) *Provider {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	folder := filepath.Join(filepath.Dir(here), "testdata")
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		t.Fatalf("the OpenID provider is not installed: run make provider (%v)", err)
	}
	args, err := json.Marshal(map[string]any{"clients": clients, "seconds": int(Lasts.Seconds()), "mail": Mail})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "provider.mjs", string(args))
	cmd.Dir = folder
	var said strings.Builder
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the OpenID provider: %v", err)
	}
	p := &Provider{}
	stopped := false
	p.stop = func() {
		if !stopped {
			stopped = true
			_ = in.Close() // which ends it
			_ = cmd.Wait() // how it ended is of no interest
		}
	}
	t.Cleanup(p.stop)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		p.stop()
		t.Fatalf("the OpenID provider does not start: %v: %s", err, said.String())
	}
	if err := json.Unmarshal(line, p); err != nil || p.Issuer == "" {
		t.Fatalf("the OpenID provider says %s, %v", line, err)
	}
	return p
}

// Stop takes the provider away.
func (p *Provider) Stop() { p.stop() }

// Person is somebody at a provider, with cookies of their own.
type Person struct {
	t    testing.TB
	name string
	http *http.Client
}

// Person returns somebody whom the provider knows by a name.
func (p *Provider) Person(t testing.TB, name string) *Person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Person{t, name, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

var (
	form   = regexp.MustCompile(`action="([^"]+)"`)
	prompt = regexp.MustCompile(`name="prompt" value="([^"]+)"`)
)

// steps is how many pages it takes at the most.
const steps = 20

// Visit opens the address that the registry leads to, signs in there, agrees, and
// returns the address that the provider leads back to.
func (p *Person) Visit(address string) string {
	p.t.Helper()
	host := ""
	if u, err := url.Parse(address); err == nil {
		host = u.Host
	}
	send := url.Values(nil)
	for range steps {
		method, body := http.MethodGet, ""
		if send != nil {
			method, body = http.MethodPost, send.Encode()
		}
		r, err := http.NewRequestWithContext(p.t.Context(), method, address, strings.NewReader(body))
		if err != nil {
			p.t.Fatal(err)
		}
		if send != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		res, err := p.http.Do(r)
		if err != nil {
			p.t.Fatalf("at the provider: %v", err)
		}
		page, err := io.ReadAll(res.Body)
		if err := res.Body.Close(); err != nil {
			p.t.Fatal(err)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		if to := res.Header.Get("Location"); to != "" {
			next, err := res.Request.URL.Parse(to)
			if err != nil {
				p.t.Fatal(err)
			}
			if next.Host != host {
				return next.String()
			}
			address, send = next.String(), nil
			continue
		}
		action := form.FindSubmatch(page)
		if action == nil {
			p.t.Fatalf("the provider answers %d: %s", res.StatusCode, page)
		}
		next, err := res.Request.URL.Parse(html.UnescapeString(string(action[1])))
		if err != nil {
			p.t.Fatal(err)
		}
		address, send = next.String(), url.Values{"login": {p.name}, "password": {"any"}}
		if asked := prompt.FindSubmatch(page); asked != nil {
			send.Set("prompt", string(asked[1]))
		}
	}
	p.t.Fatal(fmt.Errorf("the provider asks on and on"))
	return ""
}
