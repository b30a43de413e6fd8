package outward_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"pocreg.example/internal/outward"
)

var loopback = outward.Reach{Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

func TestNothingInsideIsAsked(t *testing.T) {
	t.Parallel()
	for _, ip := range []string{
		"127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3",
		"224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
		"ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fec0::1",
	} {
		if (outward.Reach{}).Allows(netip.MustParseAddr(ip)) {
			t.Errorf("Allows(%s) = true, want false", ip)
		}
	}
	for _, ip := range []string{"193.40.0.1", "2a00:1450:4001::1", "8.8.8.8", "::ffff:8.8.8.8"} {
		if !(outward.Reach{}).Allows(netip.MustParseAddr(ip)) {
			t.Errorf("Allows(%s) = false, want true", ip)
		}
	}
	if !loopback.Allows(netip.MustParseAddr("::ffff:127.0.0.1")) || loopback.Allows(netip.MustParseAddr("10.0.0.1")) {
		t.Error("Allows() is not what the operator said")
	}
}

func TestOnlyHTTPSIsAsked(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://login.example": true, "https://login.example:8443/realm": true, "http://login.example": false, "http://127.0.0.1:3000": true,
		"http://localhost:3000": true, "http://10.0.0.1": false, "ftp://login.example": false, "https://": false, "https://ada:pw@login.example": false,
		"https://login.example/#x": false, "file:///etc/passwd": false, "javascript:alert(1)": false, "https:login.example": false, "http://127.0.0.1.evil.example": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := loopback.AllowsURL(u); got != want {
			t.Errorf("AllowsURL(%s) = %t, want %t", address, got, want)
		}
	}
	if u, _ := url.Parse("http://127.0.0.1:3000"); (outward.Reach{}).AllowsURL(u) {
		t.Error("AllowsURL() takes http although the operator did not say so")
	}
}

// ask gets an address and reads the answer whole.
func ask(t *testing.T, c *http.Client, address string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, errors.Join(err, res.Body.Close())
}

func TestANameThatLeadsInsideIsRefusedWhenItIsDialled(t *testing.T) {
	t.Parallel()
	asked := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(server.Close)
	for _, address := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)} {
		if _, err := ask(t, outward.Reach{}.Client(), address); !errors.Is(err, outward.ErrInside) {
			t.Errorf("GET %s = %v, want ErrInside", address, err)
		}
	}
	if asked {
		t.Error("the server inside was asked")
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	t.Parallel()
	var elsewhere int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, other.URL, http.StatusFound)
			return
		}
		for chunk := make([]byte, 64<<10); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	if _, err := ask(t, loopback.Client(), server.URL+"/endless"); !errors.Is(err, outward.ErrLong) {
		t.Errorf("an answer without end = %v, want ErrLong", err)
	}
	if status, err := ask(t, loopback.Client(), server.URL+"/moved"); err != nil || status != http.StatusFound || elsewhere != 0 {
		t.Errorf("a redirect = %d, %v, and leads %d times elsewhere, want that it is not followed", status, err, elsewhere)
	}
}
