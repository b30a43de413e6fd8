package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"pocreg.example/internal/outward"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// hostile is a provider that says whatever a test has it say.
type hostile struct {
	*httptest.Server
	key       *ecdsa.PrivateKey
	discovery map[string]any
	claims    map[string]any
	sign      func(claims map[string]any) string // how, if not as it should
	answer    http.HandlerFunc                   // of the token endpoint, if not as it should
	asked     http.Header
	sent      url.Values
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { h.write(t, w, h.discovery) })
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		h.write(t, w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: h.key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		h.asked, h.sent = r.Header, r.PostForm
		if h.answer != nil {
			h.answer(w, r)
			return
		}
		h.write(t, w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": h.sign(h.claims)})
	})
	h.Server = httptest.NewServer(mux)
	t.Cleanup(h.Close)
	h.discovery = map[string]any{
		"issuer": h.URL, "authorization_endpoint": h.URL + "/auth", "token_endpoint": h.URL + "/token", "jwks_uri": h.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
	}
	h.sign = func(claims map[string]any) string { return signed(t, jose.ES256, h.key, claims) }
	return h
}

func (h *hostile) write(t *testing.T, w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(what); err != nil {
		t.Log(err) // who asked is gone
	}
}

func signed(t *testing.T, by jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: by, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// enthralled is a world whose Estonia has a hostile provider.
type enthralled struct {
	world
	hostile *hostile
	head    person
}

func withHostile(t *testing.T) enthralled {
	t.Helper()
	w := enthralled{world: newWorld(t), hostile: newHostile(t)}
	w.head = w.world.head(t)
	in := signin.ProviderInput{Issuer: w.hostile.URL, ClientID: "registry", Secret: clientSecret}
	if _, err := w.SetProvider(t.Context(), register.Act{By: w.head.Session.Actor()}, in); err != nil {
		t.Fatalf("SetProvider() = %v", err)
	}
	return w
}

// leave begins a sign-in, and has the provider ready to say that all is well.
func (w enthralled) leave(t *testing.T, session *signin.Session) signin.Back {
	t.Helper()
	var to signin.Away
	var err error
	switch {
	case session == nil:
		to, err = w.LeaveToSignIn(t.Context(), browser, "EE", "/")
	case session.Kind == signin.Enrolling:
		to, err = w.LeaveToBind(t.Context(), *session)
	default:
		to, err = w.LeaveToStepUp(t.Context(), *session, "/")
	}
	if err != nil {
		t.Fatalf("lead away: %v", err)
	}
	u, err := url.Parse(to.URL)
	if err != nil {
		t.Fatal(err)
	}
	q, now := u.Query(), w.clock.now()
	w.hostile.claims = map[string]any{
		"iss": w.hostile.URL, "sub": "ada", "aud": "registry", "nonce": q.Get("nonce"),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "auth_time": now.Unix(),
	}
	return signin.Back{Of: "EE", Cookie: to.Cookie, State: q.Get("state"), Code: "good"}
}

func (w enthralled) ada(t *testing.T) signin.SignedIn {
	t.Helper()
	in := w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
	out, _, err := w.Return(t.Context(), browser, &in.Session, w.leave(t, &in.Session))
	if err != nil {
		t.Fatalf("Return() = %v", err)
	}
	return out
}

func TestOnlyAWholeIDTokenSignsIn(t *testing.T) {
	t.Parallel()
	w := withHostile(t)
	w.ada(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) { c[name] = value }
	}
	without := func(name string) func(map[string]any) { return func(c map[string]any) { delete(c, name) } }
	now := w.clock.now()
	claims := map[string]func(map[string]any){
		"of another issuer":            put("iss", "https://evil.example"),
		"of no issuer":                 without("iss"),
		"for another client":           put("aud", "somebody"),
		"for nobody":                   without("aud"),
		"for several":                  put("aud", []string{"registry", "somebody"}),
		"for several, of another's":    func(c map[string]any) { c["aud"], c["azp"] = []string{"registry", "somebody"}, "somebody" },
		"of another's doing":           put("azp", "somebody"),
		"that has lapsed":              put("exp", now.Add(-time.Second).Unix()),
		"that never lapses":            without("exp"),
		"of the future":                put("iat", now.Add(time.Hour).Unix()),
		"that is not good yet":         put("nbf", now.Add(time.Hour).Unix()),
		"with another nonce":           put("nonce", "x"),
		"without a nonce":              without("nonce"),
		"without a subject":            without("sub"),
		"with an empty subject":        put("sub", ""),
		"with a subject without end":   put("sub", strings.Repeat("a", 256)),
		"of another subject":           put("sub", "Ada"),
		"of the subject with space":    put("sub", "ada "),
		"that does not say since when": without("auth_time"),
		"since longer than a session":  put("auth_time", now.Add(-signin.LongestSession-time.Minute).Unix()),
		"since a time to come":         put("auth_time", now.Add(time.Hour).Unix()),
		"since before time":            put("auth_time", -1),
		"since no number":              put("auth_time", "yesterday"),
	}
	signatures := map[string]func(map[string]any) string{
		"by nobody": func(c map[string]any) string {
			token := strings.Split(signed(t, jose.ES256, w.hostile.key, c), ".")
			return "eyJhbGciOiJub25lIn0." + token[1] + "."
		},
		"by another key":         func(c map[string]any) string { return signed(t, jose.ES256, other, c) },
		"by the client's secret": func(c map[string]any) string { return signed(t, jose.HS256, []byte(clientSecret), c) },
		"by the public key":      func(c map[string]any) string { return signed(t, jose.HS256, w.hostile.key.X.Bytes(), c) },
		"cut off": func(c map[string]any) string {
			return strings.TrimRight(signed(t, jose.ES256, w.hostile.key, c), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
		},
		"not at all":  func(map[string]any) string { return "" },
		"as no token": func(map[string]any) string { return "a.b.c" },
	}
	sessions, whole := w.count(t, `select count(*) from session`), w.hostile.sign
	try := func(name string) {
		t.Helper()
		b := w.leave(t, nil)
		if change := claims[name]; change != nil {
			change(w.hostile.claims)
		}
		w.hostile.sign = whole
		if sign := signatures[name]; sign != nil {
			w.hostile.sign = sign
		}
		from := browser
		from.Address = fmt.Sprintf("2001:db8:%x::1", len(name)) // a network's tries are counted
		if _, _, err := w.Return(t.Context(), from, nil, b); err != signin.ErrProvider {
			t.Errorf("Return() with an id_token %s = %v, want ErrProvider", name, err)
		}
	}
	for name := range maps.Keys(claims) {
		try(name)
	}
	for name := range maps.Keys(signatures) {
		try(name)
	}
	if n := w.count(t, `select count(*) from session`); n != sessions {
		t.Errorf("there are %d sessions, want %d", n, sessions)
	}
	b := w.leave(t, nil)
	w.hostile.sign = whole
	if _, _, err := w.Return(t.Context(), browser, nil, b); err != nil {
		t.Errorf("Return() with a whole id_token = %v", err)
	}
	if id, secret, ok := (&http.Request{Header: w.hostile.asked}).BasicAuth(); !ok || id != "registry" || secret != url.QueryEscape(clientSecret) || len(w.hostile.sent.Get("code_verifier")) < 43 || w.hostile.sent.Get("redirect_uri") != of("EE") {
		t.Errorf("the provider was asked with %s, %t, and %v", id, ok, w.hostile.sent)
	}
}

func TestWhoSignedInLongAgoIsAskedAnewForWhatMatters(t *testing.T) {
	t.Parallel()
	w := withHostile(t)
	w.ada(t)
	b := w.leave(t, nil)
	w.hostile.claims["auth_time"] = w.clock.now().Add(-signin.StrongFor - time.Minute).Unix()
	in, _, err := w.Return(t.Context(), browser, nil, b)
	if err != nil || in.Session.Strong(w.clock.now()) {
		t.Fatalf("Return() of who signed in six minutes ago = strong %t, %v, want a session that is not strong", in.Session.Strong(w.clock.now()), err)
	}
	b = w.leave(t, &in.Session)
	w.hostile.claims["auth_time"] = w.clock.now().Add(-signin.StrongFor - time.Minute).Unix()
	if _, _, err := w.Return(t.Context(), browser, &in.Session, b); err != signin.ErrProvider {
		t.Errorf("Return() of a sign-in anew that was none = %v, want ErrProvider", err)
	}
	if _, err := w.Find(t.Context(), in.Reference); err != nil {
		t.Errorf("Find() of the session there was = %v", err)
	}
}

func TestAProviderThatAnswersAtLengthOrElsewhereIsAway(t *testing.T) {
	t.Parallel()
	w := withHostile(t)
	w.ada(t)
	inside := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside++ }))
	t.Cleanup(other.Close)
	for name, answer := range map[string]http.HandlerFunc{
		"leads elsewhere": func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, other.URL, http.StatusTemporaryRedirect)
		},
		"does not end": func(rw http.ResponseWriter, _ *http.Request) {
			for chunk := []byte(strings.Repeat(" ", 64<<10)); ; {
				if _, err := rw.Write(chunk); err != nil {
					return
				}
			}
		},
		"is no JSON":   func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<html>")) },
		"refuses":      func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadRequest) },
		"says nothing": func(http.ResponseWriter, *http.Request) {},
	} {
		b := w.leave(t, nil)
		w.hostile.answer = answer
		if _, _, err := w.Return(t.Context(), browser, nil, b); err != signin.ErrProvider {
			t.Errorf("Return() from a provider that %s = %v, want ErrProvider", name, err)
		}
	}
	if inside != 0 {
		t.Errorf("the server was led elsewhere %d times", inside)
	}
}

// TestAProviderIsTriedBeforeItIsSet tries what a head could enter to have the server
// ask what is inside, or to set what nobody could sign in at.
func TestAProviderIsTriedBeforeItIsSet(t *testing.T) {
	t.Parallel()
	w := enthralled{world: newWorld(t), hostile: newHostile(t)}
	kadri := w.world.head(t)
	act := register.Act{By: kadri.Session.Actor()}
	before := w.Register.Latest()
	set := func(issuer string) error {
		if _, err := w.DB.Owner.Exec(t.Context(), `delete from signin_attempt`); err != nil {
			t.Fatal(err)
		}
		_, err := w.SetProvider(t.Context(), act, signin.ProviderInput{Issuer: issuer, ClientID: "registry", Secret: clientSecret})
		return err
	}
	var said string
	for _, issuer := range []string{
		"https://127.0.0.1:1", "http://10.0.0.1", "https://169.254.169.254", "https://[::1]", "http://login.example", "https://login.invalid", "ftp://x.example",
		"https://ada:pw@login.example", w.hostile.URL + "?x=1", w.hostile.URL + "#x", w.hostile.URL + "/", strings.ToUpper(w.hostile.URL), "x",
	} {
		err := set(issuer)
		if !problem.Is(err, problem.Invalid) {
			t.Errorf("SetProvider(%s) = %v, want invalid", issuer, err)
			continue
		}
		if said == "" {
			said = err.Error()
		}
		if err.Error() != said {
			t.Errorf("SetProvider(%s) = %v, want that it says no more than %s", issuer, err, said)
		}
	}
	good := maps.Clone(w.hostile.discovery)
	for name, change := range map[string]func(map[string]any){
		"of another issuer":          func(d map[string]any) { d["issuer"] = "https://evil.example" },
		"whose pages are no address": func(d map[string]any) { d["authorization_endpoint"] = "javascript:alert(1)" },
		"whose tokens are inside":    func(d map[string]any) { d["token_endpoint"] = "http://10.0.0.1/token" },
		"whose keys are a file":      func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" },
		"that signs by a secret":     func(d map[string]any) { d["id_token_signing_alg_values_supported"] = []string{"HS256", "none"} },
		"that takes no secret":       func(d map[string]any) { d["token_endpoint_auth_methods_supported"] = []string{"none"} },
	} {
		w.hostile.discovery = maps.Clone(good)
		change(w.hostile.discovery)
		if err := set(w.hostile.URL); !problem.Is(err, problem.Invalid) {
			t.Errorf("SetProvider() of one %s = %v, want invalid", name, err)
		}
	}
	w.hostile.discovery = good
	for who, act := range map[string]register.Act{
		"a delegate": w.By(t, "delegate EE"), "the secretariat": w.By(t, "secretariat KR"), "two of it": w.Pair(t), "the auditor": w.By(t, "auditor"),
	} {
		_, err := w.SetProvider(t.Context(), act, signin.ProviderInput{Issuer: w.hostile.URL, ClientID: "registry", Secret: clientSecret})
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("SetProvider() by %s = %v, want forbidden", who, err)
		}
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update session set strong_until = now() - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	if err := set(w.hostile.URL); err != signin.ErrStepUp {
		t.Errorf("SetProvider() of who signed in too long ago = %v, want ErrStepUp", err)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update session set strong_until = now() + interval '5 minutes'`); err != nil {
		t.Fatal(err)
	}
	w.Reaching(outward.Reach{Inside: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if err := set(w.hostile.URL); !problem.Is(err, problem.Invalid) {
		t.Errorf("SetProvider() of one on this machine, which the operator does not allow = %v, want invalid", err)
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
	if n := w.count(t, `select count(*) from identity_provider`); n != 0 {
		t.Errorf("there are %d providers, want none", n)
	}
}
