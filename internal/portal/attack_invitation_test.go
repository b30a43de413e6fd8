package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// takes is an attack by somebody who has what was offered, in some other way than it
// was meant.
func takes(try func(s *siege, v *visitor, link, code string) []answer) func(*testing.T, *siege) func() []answer {
	return func(t *testing.T, s *siege) func() []answer {
		link, code := s.offered(t)
		return func() []answer { return try(s, s.visitor(t), link, code) }
	}
}

// takesAfter is takes once something has happened to the invitation.
func takesAfter(happens func(t *testing.T, s *siege, link, code string)) func(*testing.T, *siege) func() []answer {
	return func(t *testing.T, s *siege) func() []answer {
		link, code := s.offered(t)
		happens(t, s, link, code)
		return func() []answer {
			return s.atOnce(t, func(v *visitor) answer { return v.post(link, "code", code) })
		}
	}
}

var onInvitations = []attack{
	{"the link without the code", takes(func(_ *siege, v *visitor, link, _ string) []answer {
		return []answer{v.post(link), v.post(link, "code", ""), v.get("/enrol"), v.get("/account")}
	})},
	{"the link with a guessed code", takes(func(_ *siege, v *visitor, link, _ string) []answer {
		return []answer{v.post(link, "code", "AAAA-AAAA"), v.post(link, "code", strings.Repeat("A", 1000)), v.post(link, "code", "' or '1'='1")}
	})},
	{"the code with another link", takes(func(_ *siege, v *visitor, link, code string) []answer {
		return []answer{
			v.post("/invitation/"+strings.Repeat("A", 43), "code", code), v.post(strings.ToLower(link), "code", code), v.post(link+"A", "code", code),
			v.post(link[:len(link)-1], "code", code),
		}
	})},
	{"the code of another invitation", func(t *testing.T, s *siege) func() []answer {
		link, _ := s.offered(t)
		_, code := s.offered(t, "email", "eve@mfa.example")
		return func() []answer { return []answer{s.visitor(t).post(link, "code", code)} }
	}},
	{"a person's link as a duty device's", takes(func(_ *siege, v *visitor, link, code string) []answer {
		return []answer{v.post(strings.Replace(link, "/invitation/", "/device/", 1), "code", code[:3])}
	})},
	{"the right code after five wrong ones", takesAfter(func(t *testing.T, s *siege, link, _ string) {
		t.Helper()
		for range 5 {
			s.visitor(t).post(link, "code", "AAAA-AAAA")
		}
	})},
	{"an invitation that was used, eight times at once", takesAfter(func(t *testing.T, s *siege, link, code string) {
		t.Helper()
		v := s.visitor(t)
		v.leads(v.post(link, "code", code), "/enrol")
	})},
	{"an invitation that was withdrawn", takesAfter(func(t *testing.T, s *siege, _, _ string) {
		t.Helper()
		id := find(t, s.head.get("/people"), `action="/people/withdraw"><input type="hidden" name="invitation" value="([^"]+)"`)
		s.head.leads(s.head.post("/people/withdraw", "invitation", id), "/people")
	})},
	{"an invitation of four days ago", takesAfter(func(_ *testing.T, s *siege, _, _ string) { s.clock.pass(96 * time.Hour) })},
	{"an invitation of a delegation that is closed", takesAfter(func(t *testing.T, s *siege, _, _ string) {
		t.Helper()
		if _, err := s.world.Delegations.Close(t.Context(), s.world.Pair(t), s.world.By(t, "head_of_delegation EE").By.Delegation); err != nil {
			t.Fatal(err)
		}
	})},
	{"an invitation to a fresh start, before a second person agrees", func(t *testing.T, s *siege) func() []answer {
		page := s.head.must(200, s.head.post("/people/"+s.guard.account+"/reenrol"))
		link, code := strings.TrimPrefix(find(t, page, `id="link">([^<]+)<`), origin), find(t, page, `id="code">([^<]+)<`)
		return func() []answer { return []answer{s.visitor(t).post(link, "code", code)} }
	}},
	{"agreeing to one's own fresh start for somebody, or from another state", func(t *testing.T, s *siege) func() []answer {
		s.head.must(200, s.head.post("/people/"+s.guard.account+"/reenrol"))
		id := find(t, s.head.get("/people"), `name="invitation" value="([^"]+)"`)
		return func() []answer {
			return []answer{s.head.post("/people/confirm", "invitation", id), s.foe.post("/people/confirm", "invitation", id), s.guard.post("/people/confirm", "invitation", id)}
		}
	}},
	{"a delegate and a duty officer who invite", func(_ *testing.T, s *siege) func() []answer {
		form := []string{"name", "Eve", "email", "eve@mfa.example", "role", "delegate", "language", "en"}
		return func() []answer {
			return []answer{s.ada.post("/people/invite", form...), s.guard.post("/people/invite", form...), s.ada.post("/people/device", "office", "Eve's")}
		}
	}},
	{"a head who invites a head, or one of the secretariat", func(_ *testing.T, s *siege) func() []answer {
		return func() []answer {
			var got []answer
			for _, role := range []string{"head_of_delegation", "secretariat", "auditor", "system", "public", ""} {
				got = append(got, s.head.post("/people/invite", "name", "Eve", "email", "eve@mfa.example", "role", role, "language", "en"))
			}
			return got
		}
	}},
	{"inviting somebody who is another state's already", func(_ *testing.T, s *siege) func() []answer {
		return func() []answer {
			return []answer{s.foe.post("/people/invite", "name", "Ada Tamm", "email", s.ada.email, "role", "delegate", "language", "en")}
		}
	}},
	{"withdrawing another state's invitation", func(t *testing.T, s *siege) func() []answer {
		s.offered(t)
		id := find(t, s.head.get("/people"), `action="/people/withdraw"><input type="hidden" name="invitation" value="([^"]+)"`)
		return func() []answer {
			return []answer{s.foe.post("/people/withdraw", "invitation", id), s.ada.post("/people/withdraw", "invitation", id)}
		}
	}},
	{"a mail scanner that opens the link, and then the sender of a wrong code", func(t *testing.T, s *siege) func() []answer {
		link, _ := s.offered(t)
		return func() []answer {
			v := s.visitor(t)
			for range 20 {
				v.must(200, v.get(link))
				v.must(200, v.send(http.MethodHead, link, nil))
			}
			return []answer{v.post(link, "code", "AAAA-AAAA")}
		}
	}},
	{"more invitations than anybody needs", func(_ *testing.T, s *siege) func() []answer {
		for n := range 60 {
			got := s.head.post("/people/invite", "name", "Eve", "email", "eve"+strings.Repeat("e", n)+"@mfa.example", "role", "cert", "language", "en")
			if got.status == http.StatusTooManyRequests {
				break
			}
		}
		return func() []answer {
			return []answer{s.head.post("/people/invite", "name", "Eve", "email", "last@mfa.example", "role", "cert", "language", "en")}
		}
	}},
}
