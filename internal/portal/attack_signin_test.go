package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"pocreg.example/internal/fixture"
)

// one is what the attacker does once, with nothing before.
func one(try func(*testing.T, *siege) answer) func(*testing.T, *siege) func() []answer {
	return func(t *testing.T, s *siege) func() []answer {
		return func() []answer { return []answer{try(t, s)} }
	}
}

// enters tries to sign in on a browser of the attacker's own.
func enters(pairs func(*siege) []string) func(*testing.T, *siege) func() []answer {
	return one(func(t *testing.T, s *siege) answer { return s.visitor(t).post("/signin/password", pairs(s)...) })
}

var onSignIn = []attack{
	{"a wrong password with a right code", enters(func(s *siege) []string { return s.ada.enters(0, "password", "four walnuts under a red roof") })},
	{"a right password without a code", enters(func(s *siege) []string { return s.ada.enters(0, "code", "") })},
	{"a right password with a guessed code", enters(func(s *siege) []string { return s.ada.enters(0, "code", "000000") })},
	{"somebody else's code", enters(func(s *siege) []string { return s.ada.enters(0, "code", s.guard.code(0)) })},
	{"somebody else's printed code", func(t *testing.T, s *siege) func() []answer {
		code := printed(t, s.guard)[0]
		return func() []answer {
			return []answer{s.visitor(t).post("/signin/password", s.ada.enters(0, "code", code)...)}
		}
	}},
	{"a code of ten minutes ago", enters(func(s *siege) []string { return s.ada.enters(-20) })},
	{"a code of ten minutes ahead", enters(func(s *siege) []string { return s.ada.enters(20) })},
	{"a code that was used, eight times at once", func(t *testing.T, s *siege) func() []answer {
		form := s.ada.enters(0)
		v := s.visitor(t)
		v.leads(v.post("/signin/password", form...), "/")
		return func() []answer {
			return s.atOnce(t, func(v *visitor) answer { return v.post("/signin/password", form...) })
		}
	}},
	{"an earlier code than one that was used", func(t *testing.T, s *siege) func() []answer {
		v := s.visitor(t)
		v.leads(v.post("/signin/password", s.ada.enters(1)...), "/")
		return func() []answer { return []answer{s.visitor(t).post("/signin/password", s.ada.enters(0)...)} }
	}},
	{"a printed code that was used, eight times at once", func(t *testing.T, s *siege) func() []answer {
		form := s.ada.enters(0, "code", printed(t, s.ada)[3])
		v := s.visitor(t)
		v.leads(v.post("/signin/password", form...), "/")
		return func() []answer {
			return s.atOnce(t, func(v *visitor) answer { return v.post("/signin/password", form...) })
		}
	}},
	{"printed codes that newer ones took the place of", func(t *testing.T, s *siege) func() []answer {
		old := printed(t, s.ada)
		printed(t, s.ada)
		return func() []answer {
			return []answer{s.visitor(t).post("/signin/password", s.ada.enters(0, "code", old[0])...)}
		}
	}},
	{"the beginning of the password", enters(func(s *siege) []string { return s.ada.enters(0, "password", password[:16]) })},
	{"the password and more", enters(func(s *siege) []string { return s.ada.enters(0, "password", password+"x") })},
	{"the password in capitals", enters(func(s *siege) []string { return s.ada.enters(0, "password", strings.ToUpper(password)) })},
	{"the password in letters that look the same", enters(func(s *siege) []string {
		return s.ada.enters(0, "password", strings.ReplaceAll(password, "a", "\u0430"))
	})},
	{"the password with a NUL behind", enters(func(s *siege) []string { return s.ada.enters(0, "password", password+"\x00") })},
	{"a password of a megabyte", enters(func(s *siege) []string { return s.ada.enters(0, "password", strings.Repeat("a", 1<<20)) })},
	{"a query in place of an address", enters(func(s *siege) []string { return s.ada.enters(0, "email", "' or '1'='1") })},
	{"two addresses, with the password of the second", one(func(t *testing.T, s *siege) answer {
		form := url.Values{"email": {"head@nowhere.example", s.ada.email}, "password": {password}, "code": {s.ada.code(0)}}
		return s.visitor(t).send(http.MethodPost, "/signin/password", form)
	})},
	{"a body of JSON", one(func(t *testing.T, s *siege) answer {
		return s.visitor(t).raw(http.MethodPost, "/signin/password", `{"email":"`+s.ada.email+`","password":"`+password+`","code":"`+s.ada.code(0)+`"}`,
			"Content-Type", "application/json", "Origin", origin, "Sec-Fetch-Site", "same-origin")
	})},
	{"what to sign in with in the address", one(func(t *testing.T, s *siege) answer {
		form := url.Values{"email": {s.ada.email}, "password": {password}, "code": {s.ada.code(0)}}
		return s.visitor(t).send(http.MethodPost, "/signin/password?"+form.Encode(), url.Values{})
	})},
	{"asking which addresses there are", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			known := s.visitor(t).post("/signin/password", s.ada.enters(0, "password", "four walnuts under a red roof")...)
			unknown := s.visitor(t).post("/signin/password", s.ada.enters(0, "email", "nobody@mfa.example", "password", "four walnuts under a red roof")...)
			if s.same(known) != s.same(unknown) {
				t.Errorf("an address that is known is answered\n%s\nand one that is not\n%s", s.same(known), s.same(unknown))
			}
			return []answer{known, unknown}
		}
	}},
	{"guessing from ever new addresses that a header makes up", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			var got []answer
			for n := range 30 {
				v := s.visitor(t)
				v.headers.Set("X-Forwarded-For", "203.0.113."+strconv.Itoa(n))
				v.headers.Set("Forwarded", "for=203.0.113."+strconv.Itoa(n))
				got = append(got, v.post("/signin/password", s.ada.enters(0, "code", strconv.Itoa(100000+n))...))
			}
			if last := got[len(got)-1]; last.status != http.StatusTooManyRequests {
				t.Errorf("the thirtieth guess is answered %d, want that it is one too many", last.status)
			}
			return got
		}
	}},
	{"the password and the code of who is frozen", func(t *testing.T, s *siege) func() []answer {
		paper := s.ada.enters(0, "code", printed(t, s.ada)[0])
		s.head.leads(s.head.post("/people/"+s.ada.account+"/freeze", "reason", "A stolen laptop"), "/people/"+s.ada.account)
		return func() []answer {
			wrong := s.visitor(t).post("/signin/password", s.ada.enters(0, "code", "000000")...)
			right := s.visitor(t).post("/signin/password", s.ada.enters(0)...)
			if s.same(wrong) != s.same(right) {
				t.Errorf("a wrong code of who is frozen is answered\n%s\nand the right one\n%s", s.same(wrong), s.same(right))
			}
			return []answer{wrong, right, s.visitor(t).post("/signin/password", paper...)}
		}
	}},
	{"the password of who was disabled", func(t *testing.T, s *siege) func() []answer {
		s.head.leads(s.head.post("/people/"+s.ada.account+"/disable"), "/people/"+s.ada.account)
		return func() []answer { return []answer{s.visitor(t).post("/signin/password", s.ada.enters(0)...)} }
	}},
	{"the password of who holds no role any more", func(t *testing.T, s *siege) func() []answer {
		role := find(t, s.head.get("/people/"+s.ada.account), `name="role" value="([0-9a-f-]{36})"`)
		s.head.leads(s.head.post("/people/"+s.ada.account+"/withdraw", "role", role), "/people/"+s.ada.account)
		return func() []answer { return []answer{s.visitor(t).post("/signin/password", s.ada.enters(0)...)} }
	}},
	{"the password of a delegation that is closed", func(t *testing.T, s *siege) func() []answer {
		if _, err := s.world.Delegations.Close(t.Context(), s.world.Pair(t), s.world.By(t, "head_of_delegation EE").By.Delegation); err != nil {
			t.Fatal(err)
		}
		return func() []answer { return []answer{s.visitor(t).post("/signin/password", s.ada.enters(0)...)} }
	}},
	{"the right code after a hundred wrong ones", func(t *testing.T, s *siege) func() []answer {
		paper := s.ada.enters(0, "code", printed(t, s.ada)[0])
		s.wrong(t, 99)
		return func() []answer {
			last := s.visitor(t).post("/signin/password", s.ada.enters(0, "code", "000000")...)
			right := s.visitor(t).post("/signin/password", s.ada.enters(0)...)
			if s.same(last) != s.same(right) {
				t.Errorf("the hundredth wrong code is answered\n%s\nand the right one after it\n%s", s.same(last), s.same(right))
			}
			return []answer{last, right, s.visitor(t).post("/signin/password", paper...)}
		}
	}},
	{"stepping up with the right code after a hundred wrong ones", func(t *testing.T, s *siege) func() []answer {
		s.clock.pass(6 * time.Minute)
		s.wrong(t, 100)
		return func() []answer {
			return []answer{s.ada.post("/signin/again/password", "password", password, "code", s.ada.code(0)), s.ada.get("/enrol/app")}
		}
	}},
	{"printing new codes for a password that is shut", func(t *testing.T, s *siege) func() []answer {
		s.wrong(t, 100)
		return func() []answer { return []answer{s.ada.post("/account/codes")} }
	}},
	{"a password and no code, to be stepped up later", func(t *testing.T, s *siege) func() []answer {
		s.clock.pass(6 * time.Minute)
		return func() []answer {
			return []answer{s.ada.post("/signin/again/password", "password", password, "code", ""), s.ada.get("/enrol/app")}
		}
	}},
	{"stepping up with somebody else's password and code", func(t *testing.T, s *siege) func() []answer {
		s.clock.pass(6 * time.Minute)
		return func() []answer {
			return []answer{s.ada.post("/signin/again/password", "email", s.foe.email, "password", password, "code", s.foe.code(0)), s.ada.get("/enrol/app")}
		}
	}},
}

// same is what of an answer does not depend on which request it was, and on whose name
// was typed.
func (s *siege) same(a answer) string {
	body := strings.ReplaceAll(strings.ReplaceAll(a.body, s.ada.email, "x"), "nobody@mfa.example", "x")
	return strconv.Itoa(a.status) + strings.ReplaceAll(body, a.header.Get("Request-Id"), "")
}

// wrong has so many codes have been wrong in a row behind Ada's password.
func (s *siege) wrong(t *testing.T, codes int) {
	t.Helper()
	if _, err := s.world.DB.Owner.Exec(t.Context(), `update password set failures = $2 where account = $1`, s.ada.account, codes); err != nil {
		t.Fatal(err)
	}
}

// printed are new printed codes of a member, who has a password and an app.
func printed(t *testing.T, m *member) []string {
	t.Helper()
	page := m.must(200, m.post("/account/codes"))
	var codes []string
	for _, found := range regexp.MustCompile(`<li><code>([^<]+)</code></li>`).FindAllStringSubmatch(page.body, -1) {
		codes = append(codes, found[1])
	}
	if len(codes) != 10 {
		t.Fatalf("there are %d printed codes", len(codes))
	}
	return codes
}

// with is an attack by somebody who has what an authenticator of Ada's says.
func withKey(try func(*testing.T, *siege, *passkey, *visitor) func() []answer) func(*testing.T, *siege) func() []answer {
	return func(t *testing.T, s *siege) func() []answer {
		return try(t, s, s.withPasskey(t, s.ada), s.visitor(t))
	}
}

// signsAt tries what an authenticator says at another place than this.
func signsAt(at virtualwebauthn.RelyingParty) func(*testing.T, *siege) func() []answer {
	return withKey(func(t *testing.T, _ *siege, k *passkey, v *visitor) func() []answer {
		return func() []answer {
			ref, options := v.challenge("/signin/passkey/options")
			return []answer{v.post("/signin/passkey", "ceremony", ref, "answer", k.answers(t, at, options))}
		}
	})
}

var onPasskeys = []attack{
	{"a page that looks the same at another address", signsAt(virtualwebauthn.RelyingParty{Name: "pocreg", ID: "pocreg.example", Origin: "https://pocreg-example.evil.example"})},
	{"a page of another site, with its own passkey", signsAt(virtualwebauthn.RelyingParty{Name: "evil", ID: "evil.example", Origin: "https://evil.example"})},
	{"a page without TLS", signsAt(virtualwebauthn.RelyingParty{Name: "pocreg", ID: "pocreg.example", Origin: "http://pocreg.example"})},
	{"an authenticator that did not ask for a finger or a PIN", withKey(func(t *testing.T, _ *siege, k *passkey, v *visitor) func() []answer {
		k.Options.UserNotVerified = true
		return func() []answer {
			ref, options := v.challenge("/signin/passkey/options")
			return []answer{v.post("/signin/passkey", "ceremony", ref, "answer", k.answers(t, here, options))}
		}
	})},
	{"an answer that was used", withKey(func(t *testing.T, s *siege, k *passkey, v *visitor) func() []answer {
		ref, options := v.challenge("/signin/passkey/options")
		answered := k.answers(t, here, options)
		v.leads(v.post("/signin/passkey", "ceremony", ref, "answer", answered), "/")
		return func() []answer {
			return s.atOnce(t, func(v *visitor) answer { return v.post("/signin/passkey", "ceremony", ref, "answer", answered) })
		}
	})},
	{"an answer to another challenge", withKey(func(t *testing.T, _ *siege, k *passkey, v *visitor) func() []answer {
		return func() []answer {
			_, options := v.challenge("/signin/passkey/options")
			ref, _ := v.challenge("/signin/passkey/options")
			return []answer{v.post("/signin/passkey", "ceremony", ref, "answer", k.answers(t, here, options))}
		}
	})},
	{"an answer to no challenge", withKey(func(t *testing.T, _ *siege, k *passkey, v *visitor) func() []answer {
		return func() []answer {
			_, options := v.challenge("/signin/passkey/options")
			return []answer{v.post("/signin/passkey", "ceremony", "", "answer", k.answers(t, here, options))}
		}
	})},
	{"an answer that is ten minutes late", withKey(func(t *testing.T, s *siege, k *passkey, v *visitor) func() []answer {
		ref, options := v.challenge("/signin/passkey/options")
		answered := k.answers(t, here, options)
		s.clock.pass(10 * time.Minute)
		return func() []answer { return []answer{v.post("/signin/passkey", "ceremony", ref, "answer", answered)} }
	})},
	{"an answer of which a byte was changed", withKey(func(t *testing.T, _ *siege, k *passkey, v *visitor) func() []answer {
		return func() []answer {
			ref, options := v.challenge("/signin/passkey/options")
			answered := k.answers(t, here, options)
			at := strings.Index(answered, `"signature":"`) + len(`"signature":"`) + 20
			other := "A"
			if answered[at:at+1] == other {
				other = "B"
			}
			return []answer{v.post("/signin/passkey", "ceremony", ref, "answer", answered[:at]+other+answered[at+1:])}
		}
	})},
	{"a passkey that nobody set up", withKey(func(t *testing.T, _ *siege, k *passkey, v *visitor) func() []answer {
		stranger := &passkey{k.Authenticator, fixture.PasskeyCredential()}
		return func() []answer {
			ref, options := v.challenge("/signin/passkey/options")
			return []answer{v.post("/signin/passkey", "ceremony", ref, "answer", stranger.answers(t, here, options))}
		}
	})},
	{"a copy of a passkey, which counts behind", withKey(func(t *testing.T, _ *siege, k *passkey, v *visitor) func() []answer {
		copied := *k
		for range 3 {
			ref, options := v.challenge("/signin/passkey/options")
			v.leads(v.post("/signin/passkey", "ceremony", ref, "answer", k.answers(t, here, options)), "/")
		}
		return func() []answer {
			ref, options := v.challenge("/signin/passkey/options")
			return []answer{v.post("/signin/passkey", "ceremony", ref, "answer", copied.answers(t, here, options))}
		}
	})},
	{"stepping up with somebody else's passkey", func(t *testing.T, s *siege) func() []answer {
		s.withPasskey(t, s.ada)
		foes := s.withPasskey(t, s.foe)
		s.clock.pass(6 * time.Minute)
		return func() []answer {
			ref, options := s.ada.challenge("/signin/again/passkey/options")
			return []answer{s.ada.post("/signin/again/passkey", "ceremony", ref, "answer", foes.answers(t, here, options)), s.ada.get("/enrol/app")}
		}
	}},
	{"an answer to a step-up of another session", withKey(func(t *testing.T, s *siege, k *passkey, v *visitor) func() []answer {
		s.clock.pass(6 * time.Minute)
		return func() []answer {
			ref, options := s.ada.challenge("/signin/again/passkey/options")
			answered := k.answers(t, here, options)
			return []answer{
				s.foe.post("/signin/again/passkey", "ceremony", ref, "answer", answered), v.post("/signin/passkey", "ceremony", ref, "answer", answered),
			}
		}
	})},
	{"a passkey set up by a challenge of another person's", func(t *testing.T, s *siege) func() []answer {
		k := &passkey{virtualwebauthn.NewAuthenticator(), fixture.PasskeyCredential()}
		return func() []answer {
			ref, options := s.foe.challenge("/enrol/passkey/options")
			asked, err := virtualwebauthn.ParseAttestationOptions(options)
			if err != nil {
				t.Fatal(err)
			}
			return []answer{s.ada.post("/enrol/passkey", "ceremony", ref, "label", "mine",
				"answer", virtualwebauthn.CreateAttestationResponse(here, k.Authenticator, k.Credential, *asked))}
		}
	}},
	{"a passkey that is another person's already", func(t *testing.T, s *siege) func() []answer {
		k := s.withPasskey(t, s.ada)
		return func() []answer {
			ref, options := s.foe.challenge("/enrol/passkey/options")
			asked, err := virtualwebauthn.ParseAttestationOptions(options)
			if err != nil {
				t.Fatal(err)
			}
			return []answer{s.foe.post("/enrol/passkey", "ceremony", ref, "label", "mine",
				"answer", virtualwebauthn.CreateAttestationResponse(here, k.Authenticator, k.Credential, *asked))}
		}
	}},
	{"an answer that is no JSON, and one of a hundred kilobytes", one(func(t *testing.T, s *siege) answer {
		v := s.visitor(t)
		ref, _ := v.challenge("/signin/passkey/options")
		v.must(http.StatusRequestEntityTooLarge, v.post("/signin/passkey", "ceremony", ref, "answer", strings.Repeat("a", 100<<10)))
		return v.post("/signin/passkey", "ceremony", ref, "answer", "{")
	})},
}
