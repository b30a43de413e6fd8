package portal_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/postgres"
)

// The attacks on how people and programs come in, as one list: on signing in, on
// sessions, on tokens and on invitations. Each is tried over HTTP against a whole
// server, by somebody who has what the attack's name says and no more. Each must be
// refused, give the attacker no session, and leave people, roles, ways to sign in,
// sessions, tokens, invitations and the register as they were.
var attacks = map[string][]attack{
	"sign-in": onSignIn, "passkeys": onPasskeys, "sessions": onSessions, "forms": onForms, "tokens": onTokens, "opened tokens": onOpenings, "invitations": onInvitations,
}

// attack is one of them. What try does first is what came before, such as a victim's
// own sign-in; the function that it returns is the attack, and returns all that
// the attacker was answered.
type attack struct {
	name string
	try  func(*testing.T, *siege) func() []answer
}

// siege is a server under attack, with its people.
type siege struct {
	*site
	head, ada, guard *member // Estonia's
	foe              *member // Poland's head, who is the attacker where one has an account
}

// besieged are the people of every siege: they set up their password and app once,
// which takes long, and each siege has a copy of them.
var besieged struct {
	sync.Mutex
	at      time.Time
	members map[string]*member
}

func besiege(t *testing.T) *siege {
	t.Helper()
	besieged.Lock()
	w := fixture.NewFrom(t, "siege", func(w *fixture.World) {
		besieged.at, besieged.members = time.Now(), map[string]*member{}
		s := &site{world: w, clock: &clock{start: besieged.at}}
		s.signIn = w.SignInAt(s.clock.now)
		for _, n := range []newcomer{head, ada, guard, jan} {
			besieged.members[n.email] = s.member(t, n)
		}
	})
	at, members := besieged.at, besieged.members
	besieged.Unlock()
	s := serveWorld(t, w, at)
	of := func(n newcomer) *member {
		m := *members[n.email]
		m.visitor = s.visitor(t)
		m.cookies["__Host-pocreg"] = &http.Cookie{Name: "__Host-pocreg", Value: members[n.email].held()}
		return &m
	}
	return &siege{site: s, head: of(head), ada: of(ada), guard: of(guard), foe: of(jan)}
}

var jan = newcomer{"Jan Nowak", "jan@msz.example", "PL", access.Head}

func TestAttacksAreRefused(t *testing.T) {
	t.Parallel()
	count := 0
	for _, some := range attacks {
		count += len(some)
	}
	if count < 60 {
		t.Fatalf("there are %d attacks, want at least 60", count)
	}
	for subject, some := range attacks {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			for _, a := range some {
				t.Run(a.name, func(t *testing.T) {
					t.Parallel()
					s := besiege(t)
					try := a.try(t, s)
					before := s.standing(t)
					for n, got := range try() {
						s.refused(t, n, got)
					}
					if after := s.standing(t); after != before {
						t.Errorf("what stood before\n%s\nis now\n%s", before, after)
					}
				})
			}
		})
	}
	t.Logf("%d attacks", count)
}

// refused fails the test unless an answer lets nobody in and shows nothing.
func (s *siege) refused(t *testing.T, n int, got answer) {
	t.Helper()
	led := got.header.Get("Location")
	turnedAway := got.status == http.StatusSeeOther && (strings.HasPrefix(led, "/signin") || led == "/enrol")
	busy := got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") != "" // many sign in at once
	if got.status < 400 && !turnedAway || got.status >= 500 && !busy {
		t.Errorf("answer %d is %d, leads to %q: %s", n, got.status, led, got.body)
	}
	for _, c := range got.header.Values("Set-Cookie") {
		if strings.HasPrefix(c, "__Host-pocreg=") && !strings.HasPrefix(c, "__Host-pocreg=;") {
			t.Errorf("answer %d gives a session: %s", n, c)
		}
	}
	for _, no := range []string{"goroutine", ".go:", "pgx", "SQLSTATE", "argon2", "pocreg_ee_"} {
		if strings.Contains(got.body, no) {
			t.Errorf("answer %d has %q in it: %s", n, no, got.body)
		}
	}
}

// standing is all that an attack must leave as it is, past row-level security. How
// often something was tried, and that it was, is beside the point.
func (s *siege) standing(t *testing.T) string {
	t.Helper()
	got, err := postgres.Scalar[string](t.Context(), s.world.DB.Owner, `
		select string_agg(what || ' ' || n || ' ' || sum, e'\n' order by what)
		from (
			select 'register' as what, 1 as n, version::text as sum from register_head
			union all select 'people', count(*), md5(string_agg(p::text, '|' order by account)) from person p
			union all select 'roles', count(*), md5(string_agg(g::text, '|' order by id)) from role_grant g
			union all select 'tokens', count(*), md5(string_agg(t::text, '|' order by id)) from token t
			union all select 'open tokens', count(*), md5(string_agg(o::text, '|' order by token)) from token_opening o
			union all select 'invitations', count(*), md5(string_agg(i::text, '|' order by id)) from invitation i
			union all select 'passwords', count(*), md5(string_agg(concat_ws('|', account, hash, set_at), '|' order by account)) from password p
			union all select 'apps', count(*), md5(string_agg(concat_ws('|', account, created_at), '|' order by account)) from totp
			union all select 'codes', count(*), md5(string_agg(c::text, '|' order by account, number)) from printed_code c
			union all select 'passkeys', count(*), md5(string_agg(concat_ws('|', id, account, credential, label), '|' order by id)) from passkey
			union all select 'sessions', count(*), md5(string_agg(concat_ws('|', id, kind, account, role_grant, expires_at, strong_until, ended_at), '|' order by id)) from session
		) all_of_it`, pgx.StrictNamedArgs{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// raw sends a request as nobody's browser does: with the headers given, and a body of
// any kind.
func (v *visitor) raw(method, path, body string, headers ...string) answer {
	v.Helper()
	r, err := http.NewRequestWithContext(v.Context(), method, v.site.server.URL+path, strings.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	r.Host = strings.TrimPrefix(origin, "https://")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.Fatalf("%s %s: %v", method, path, err)
	}
	text, err := io.ReadAll(res.Body)
	if err := res.Body.Close(); err != nil {
		v.Fatal(err)
	}
	if err != nil {
		v.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

// atOnce asks the same many times at the same moment, from as many browsers.
func (s *siege) atOnce(t *testing.T, ask func(*visitor) answer) []answer {
	t.Helper()
	const many = 8
	got := make([]answer, many)
	var all sync.WaitGroup
	for i := range got {
		v := s.visitor(t)
		all.Go(func() { got[i] = ask(v) })
	}
	all.Wait()
	return got
}

// api asks the API with a token.
func (s *siege) api(t *testing.T, method, path, token, body string) answer {
	t.Helper()
	return s.visitor(t).raw(method, path, body, "Authorization", "Bearer "+token, "Content-Type", "application/json")
}

// as is a browser of the attacker's own that has a session's cookie.
func (s *siege) as(t *testing.T, cookie string) *visitor {
	t.Helper()
	v := s.visitor(t)
	v.cookies["__Host-pocreg"] = &http.Cookie{Name: "__Host-pocreg", Value: cookie}
	return v
}

// held is the session's cookie that a member's browser has.
func (m *member) held() string { return m.cookies["__Host-pocreg"].Value }

// enters is what a member types to sign in, with the code of so many half minutes from
// now.
func (m *member) enters(steps int, pairs ...string) []string {
	return with([]string{"email", m.email, "password", password, "code", m.code(steps)}, pairs...)
}

// passkey is one on an authenticator that a member has set up.
type passkey struct {
	virtualwebauthn.Authenticator
	virtualwebauthn.Credential
}

var here = virtualwebauthn.RelyingParty{Name: "pocreg", ID: "pocreg.example", Origin: origin}

// withPasskey sets one up for a member.
func (s *siege) withPasskey(t *testing.T, m *member) *passkey {
	t.Helper()
	handle := uuid.MustParse(m.account)
	k := &passkey{
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: handle[:]}),
		fixture.PasskeyCredential(),
	}
	ref, options := m.challenge("/enrol/passkey/options")
	asked, err := virtualwebauthn.ParseAttestationOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	m.leads(m.post("/enrol/passkey", "ceremony", ref, "label", "Key",
		"answer", virtualwebauthn.CreateAttestationResponse(here, k.Authenticator, k.Credential, *asked)), "/account")
	return k
}

var challenged = regexp.MustCompile(`(?s)^\{"ceremony":"([^"]*)","options":(.*)\}\s*$`)

// challenge asks what a browser asks before it asks an authenticator.
func (v *visitor) challenge(path string) (ref, options string) {
	v.Helper()
	got := challenged.FindStringSubmatch(v.must(200, v.post(path)).body)
	if got == nil {
		v.Fatalf("%s sends no challenge", path)
	}
	return got[1], got[2]
}

// answers is what an authenticator says to a challenge, at a place.
func (k *passkey) answers(t *testing.T, at virtualwebauthn.RelyingParty, options string) string {
	t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	k.Counter++
	return virtualwebauthn.CreateAssertionResponse(at, k.Authenticator, k.Credential, *asked)
}

// offered is an invitation of Estonia's head, as the page showed it.
func (s *siege) offered(t *testing.T, pairs ...string) (link, code string) {
	t.Helper()
	page := s.head.must(200, s.head.post("/people/invite",
		with([]string{"name", "Bo Saar", "email", "bo@mfa.example", "role", "delegate", "language", "en"}, pairs...)...))
	return strings.TrimPrefix(find(t, page, `id="link">([^<]+)<`), origin), find(t, page, `id="code">([^<]+)<`)
}
