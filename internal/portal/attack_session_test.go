package portal_test

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/signin"
)

// doors are pages behind a sign-in, of all kinds.
var doors = []string{"/account", "/people", "/people/invite", "/proposals", "/trail", "/tokens", "/contacts/new", "/delegations", "/suggestions", "/enrol"}

// knocks opens every door with a cookie.
func (v *visitor) knocks() []answer {
	v.Helper()
	var got []answer
	for _, door := range doors {
		got = append(got, v.get(door))
	}
	return got
}

// knocking is an attack by somebody who has a cookie that is worth nothing.
func knocking(cookie func(*testing.T, *siege) string) func(*testing.T, *siege) func() []answer {
	return func(t *testing.T, s *siege) func() []answer {
		v := s.as(t, cookie(t, s))
		return v.knocks
	}
}

// acts are what only a head does, each by a form of Estonia's.
func (s *siege) acts(v *visitor) []answer {
	return []answer{
		v.post("/people/invite", "name", "Eve", "email", "eve@mfa.example", "role", "delegate", "language", "en"),
		v.post("/people/" + s.guard.account + "/disable"), v.post("/people/"+s.guard.account+"/grant", "role", "delegate"),
		v.post("/people/" + s.guard.account + "/reenrol"), v.post("/people/device", "office", "Eve's"),
		v.post("/tokens/issue", "owner", "Eve", "owner_kind", "system", "role", "cert", "label", "x", "access", "read", "scope", "selected", "days", "30"),
	}
}

var onSessions = []attack{
	{"no cookie", func(t *testing.T, s *siege) func() []answer { return s.visitor(t).knocks }},
	{"a made-up cookie", knocking(func(*testing.T, *siege) string { return strings.Repeat("A", 43) })},
	{"a cookie of no length", knocking(func(*testing.T, *siege) string { return "" })},
	{"a cookie of four kilobytes", knocking(func(*testing.T, *siege) string { return strings.Repeat("x", 4000) })},
	{"the cookie with its last letter changed", knocking(func(_ *testing.T, s *siege) string {
		cookie := s.head.held()
		if strings.HasSuffix(cookie, "A") {
			return cookie[:len(cookie)-1] + "Q"
		}
		return cookie[:len(cookie)-1] + "A"
	})},
	{"the cookie in small letters", knocking(func(_ *testing.T, s *siege) string { return strings.ToLower(s.head.held()) })},
	{"what the database keeps of the cookie", knocking(func(t *testing.T, s *siege) string {
		hash, err := postgres.Scalar[[]byte](t.Context(), s.world.DB.Owner, `select hash from session order by created_at limit 1`, pgx.StrictNamedArgs{})
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(hash)
	})},
	{"the number by which a page names the session", knocking(func(t *testing.T, s *siege) string {
		id, err := postgres.Scalar[string](t.Context(), s.world.DB.Owner, `select id::text from session order by created_at limit 1`, pgx.StrictNamedArgs{})
		if err != nil {
			t.Fatal(err)
		}
		return id
	})},
	{"the cookie under a name that a neighbour could plant", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			v := s.visitor(t)
			return []answer{
				v.raw(http.MethodGet, "/people", "", "Cookie", "pocreg="+s.head.held()), v.raw(http.MethodGet, "/people", "", "Cookie", "__Secure-pocreg="+s.head.held()),
				v.raw(http.MethodGet, "/people", "", "Cookie", "__host-pocreg="+s.head.held()),
			}
		}
	}},
	{"a cookie that was planted before the victim signed in", func(t *testing.T, s *siege) func() []answer {
		planted := strings.Repeat("B", 43)
		victim := s.as(t, planted)
		victim.leads(victim.post("/signin/password", s.ada.enters(0)...), "/")
		return s.as(t, planted).knocks
	}},
	{"the attacker's own session, in which the victim signs in", func(t *testing.T, s *siege) func() []answer {
		planted := s.foe.held()
		victim := s.as(t, planted)
		victim.leads(victim.post("/signin/password", s.ada.enters(0)...), "/")
		return func() []answer {
			got := s.as(t, planted).get("/account")
			if strings.Contains(got.body, s.ada.email) {
				t.Errorf("the attacker reads the victim's account: %s", got.body)
			}
			return nil
		}
	}},
	{"a session after signing out", func(t *testing.T, s *siege) func() []answer {
		held := s.head.held()
		s.head.leads(s.head.post("/signout"), "/")
		return s.as(t, held).knocks
	}},
	{"a session that its person ended from another browser", func(t *testing.T, s *siege) func() []answer {
		held := s.ada.held()
		other := s.visitor(t)
		other.leads(other.post("/signin/password", s.ada.enters(0)...), "/")
		other.leads(other.post("/account/sessions/end-all"), "/signin")
		return s.as(t, held).knocks
	}},
	{"a session of who is frozen, who would thaw themselves", func(t *testing.T, s *siege) func() []answer {
		s.head.leads(s.head.post("/people/"+s.ada.account+"/freeze", "reason", "A stolen laptop"), "/people/"+s.ada.account)
		return func() []answer { return append(s.ada.knocks(), s.ada.post("/people/"+s.ada.account+"/thaw")) }
	}},
	{"freezing whom one may not", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			freezes := func(by *visitor, whom string) answer { return by.post("/people/"+whom+"/freeze", "reason", "x") }
			return []answer{
				freezes(s.ada.visitor, s.guard.account), freezes(s.ada.visitor, s.ada.account), freezes(s.foe.visitor, s.ada.account),
				freezes(s.head.visitor, s.head.account), freezes(s.visitor(t), s.ada.account),
			}
		}
	}},
	{"a session of who was disabled", func(t *testing.T, s *siege) func() []answer {
		s.head.leads(s.head.post("/people/"+s.ada.account+"/disable"), "/people/"+s.ada.account)
		return s.ada.knocks
	}},
	{"a session in a role that was withdrawn", func(t *testing.T, s *siege) func() []answer {
		role := find(t, s.head.get("/people/"+s.ada.account), `name="role" value="([0-9a-f-]{36})"`)
		s.head.leads(s.head.post("/people/"+s.ada.account+"/withdraw", "role", role), "/people/"+s.ada.account)
		return s.ada.knocks
	}},
	{"a session of a delegation that is closed", func(t *testing.T, s *siege) func() []answer {
		if _, err := s.world.Delegations.Close(t.Context(), s.world.Pair(t), s.world.By(t, "head_of_delegation EE").By.Delegation); err != nil {
			t.Fatal(err)
		}
		return s.head.knocks
	}},
	{"a session that was left alone for half an hour", func(_ *testing.T, s *siege) func() []answer {
		s.clock.pass(signin.IdleAfter)
		return s.head.knocks
	}},
	{"a session of more than twelve hours, never left alone", func(_ *testing.T, s *siege) func() []answer {
		for range 25 {
			s.clock.pass(29 * time.Minute)
			s.head.get("/account")
		}
		return s.head.knocks
	}},
	{"what matters, six minutes after signing in", func(_ *testing.T, s *siege) func() []answer {
		s.clock.pass(6 * time.Minute)
		return func() []answer { return s.acts(s.head.visitor) }
	}},
	{"a session of before a step-up", func(t *testing.T, s *siege) func() []answer {
		held := s.head.held()
		s.head.leads(s.head.post("/signin/again/password", "password", password, "code", s.head.code(0)), "/")
		return s.as(t, held).knocks
	}},
	{"a delegate in a head's place", func(_ *testing.T, s *siege) func() []answer {
		return func() []answer { return s.acts(s.ada.visitor) }
	}},
	{"another state's head in the head's place", func(_ *testing.T, s *siege) func() []answer {
		return func() []answer {
			return []answer{
				s.foe.post("/people/" + s.guard.account + "/disable"), s.foe.post("/people/"+s.guard.account+"/grant", "role", "delegate"),
				s.foe.post("/people/" + s.guard.account + "/reenrol"), s.foe.get("/people/" + s.guard.account),
			}
		}
	}},
	{"ending somebody else's session", func(t *testing.T, s *siege) func() []answer {
		id := find(t, s.head.get("/people/"+s.ada.account), `name="session" value="([^"]+)"`)
		return func() []answer {
			return []answer{
				s.foe.post("/account/sessions/end", "session", id), s.guard.post("/account/sessions/end", "session", id),
				s.foe.post("/people/"+s.ada.account+"/sessions/end", "session", id), s.foe.post("/people/device/end", "session", id),
			}
		}
	}},
	{"acting in somebody else's role", func(t *testing.T, s *siege) func() []answer {
		grant, err := postgres.Scalar[string](t.Context(), s.world.DB.Owner, `
			select role_grant::text from session where account = @account and role_grant is not null`, pgx.StrictNamedArgs{"account": s.head.account})
		if err != nil {
			t.Fatal(err)
		}
		return func() []answer {
			return []answer{s.ada.post("/account/role", "role", grant), s.foe.post("/account/role", "role", grant)}
		}
	}},
	{"a duty device that would change something", func(t *testing.T, s *siege) func() []answer {
		page := s.head.must(200, s.head.post("/people/device", "office", "CERT-EE duty desk"))
		d := s.visitor(t)
		d.leads(d.post(strings.TrimPrefix(find(t, page, `id="link">([^<]+)<`), origin), "code", find(t, page, `id="code">([^<]+)<`)), "/account")
		return func() []answer {
			return append(s.acts(d), d.post("/contacts/new", desk...), d.get("/enrol"), d.post("/enrol/printed", "password", password),
				d.post("/signin/again/password", "password", password, "code", s.guard.code(0)))
		}
	}},
	{"a session that only enrols, on other pages", func(t *testing.T, s *siege) func() []answer {
		link, code := s.offered(t)
		v := s.visitor(t)
		v.leads(v.post(link, "code", code), "/enrol")
		return func() []answer {
			return append(s.acts(v), v.get("/people"), v.get("/account"), v.get("/trail"), v.post("/contacts/new", desk...))
		}
	}},
	{"a session's cookie at the API", func(_ *testing.T, s *siege) func() []answer {
		return func() []answer {
			v := s.head.visitor
			v.headers.Set("Accept", "application/json")
			return []answer{v.get("/v1/tokens"), v.get("/v1/trail"), v.post("/v1/tokens"), v.get("/v1/proposals")}
		}
	}},
	{"a session's cookie as a token", func(t *testing.T, s *siege) func() []answer {
		return func() []answer { return []answer{s.api(t, http.MethodGet, "/v1/me", s.head.held(), "")} }
	}},
	{"the last head signs the role away", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			return []answer{s.ada.post("/people/" + s.head.account + "/disable"), s.head.post("/people/" + s.head.account + "/disable")}
		}
	}},
}

// forged is an attack by a page of another site that the victim has open: it sends
// the victim's cookie, with what a browser says of where the form came from.
func forged(headers ...string) func(*testing.T, *siege) func() []answer {
	return func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			var got []answer
			headers := append([]string{"Cookie", "__Host-pocreg=" + s.head.held(), "Content-Type", "application/x-www-form-urlencoded"}, headers...)
			for path, form := range map[string]string{
				"/people/invite": "name=Eve&email=eve%40mfa.example&role=delegate&language=en", "/people/" + s.guard.account + "/disable": "",
				"/people/" + s.guard.account + "/grant": "role=delegate", "/account/sessions/end-all": "", "/signout": "",
				"/signin/password": "email=jan%40msz.example", "/account/password/remove": "", "/letter": "link=x",
			} {
				got = append(got, s.visitor(t).raw(http.MethodPost, path, form, headers...))
			}
			return got
		}
	}
}

var onForms = []attack{
	{"a form on another site", forged("Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")},
	{"a form on a neighbour of the same domain", forged("Origin", "https://wiki.pocreg.example", "Sec-Fetch-Site", "same-site")},
	{"a form on another site, by a browser that says little", forged("Origin", "https://evil.example")},
	{"a form on a page without an address", forged("Origin", "null")},
	{"a form on the same name without TLS", forged("Origin", "http://pocreg.example")},
	{"a form on the same name at another port", forged("Origin", "https://pocreg.example:8443")},
	{"a form on another site that names itself as the host", forged("Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Host", "evil.example")},
	{"a link in place of a form", func(_ *testing.T, s *siege) func() []answer {
		return func() []answer {
			var got []answer
			for _, path := range []string{"/people/" + s.guard.account + "/disable", "/account/sessions/end-all", "/signout", "/tokens/revoke"} {
				got = append(got, s.head.get(path))
			}
			return got
		}
	}},
	{"a link that says that it is a form", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			return []answer{s.visitor(t).raw(http.MethodGet, "/people/"+s.guard.account+"/disable?_method=POST", "",
				"Cookie", "__Host-pocreg="+s.head.held(), "X-HTTP-Method-Override", "POST", "X-Method-Override", "POST")}
		}
	}},
	{"an address with a line break for a header", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			got := s.head.post("/people/invite", "name", "Eve\r\nSet-Cookie: x=y", "email", "eve@mfa.example\r\nBcc: all@mfa.example", "role", "delegate", "language", "en")
			if got.header.Get("Bcc") != "" {
				t.Error("and it became one")
			}
			return []answer{got}
		}
	}},
}
