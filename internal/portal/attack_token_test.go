package portal_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// bearer sends an Authorization header as it stands, to what wants one.
func bearer(header func(secret string) string) func(*testing.T, *siege) func() []answer {
	return func(t *testing.T, s *siege) func() []answer {
		secret := s.world.Secret(t, "head_of_delegation EE")
		return func() []answer {
			v := s.visitor(t)
			return []answer{
				v.raw(http.MethodGet, "/v1/tokens", "", "Authorization", header(secret)),
				v.raw(http.MethodPost, "/v1/tokens", issues("cert", "read"), "Authorization", header(secret), "Content-Type", "application/json"),
			}
		}
	}
}

// issues is the body that issues a token.
func issues(role, access string) string {
	audiences := `["public","participants","selected"]`
	return `{"owner":"Eve","owner_kind":"system","label":"x","role":"` + role + `","access":"` + access + `","audiences":` + audiences +
		`,"expires_at":"` + time.Now().Add(24*time.Hour).UTC().Format(time.RFC3339) + `"}`
}

// issued is a token that a head of Estonia has issued.
func (s *siege) issued(t *testing.T, role, access string) (id, secret string) {
	t.Helper()
	got := s.api(t, http.MethodPost, "/v1/tokens", s.world.Secret(t, "head_of_delegation EE"), issues(role, access))
	var token struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(got.body), &token); err != nil || token.Secret == "" {
		t.Fatalf("issuing answers %d %s", got.status, got.body)
	}
	return token.ID, token.Secret
}

// uses is all that a token is good for, asked of one that is good for none.
func (s *siege) uses(t *testing.T, secret string) func() []answer {
	return func() []answer {
		return []answer{
			s.api(t, http.MethodGet, "/v1/me", secret, ""), s.api(t, http.MethodGet, "/v1/contacts", secret, ""), s.api(t, http.MethodGet, "/v1/states/EE/card", secret, ""),
			s.api(t, http.MethodPost, "/v1/contacts", secret, `{"state":"EE","kind":"policy","office_title":"Eve's","channels":[]}`),
		}
	}
}

var onTokens = []attack{
	{"a token cut short", bearer(func(secret string) string { return "Bearer " + secret[:len(secret)-1] })},
	{"a token with one letter more", bearer(func(secret string) string { return "Bearer " + secret + "a" })},
	{"a token in capitals", bearer(func(secret string) string { return "Bearer " + strings.ToUpper(secret) })},
	{"a token without its beginning", bearer(func(secret string) string { return "Bearer " + strings.TrimPrefix(secret, "pocreg_") })},
	{"a token under another scheme", bearer(func(secret string) string { return "Basic " + secret })},
	{"a token without a scheme", bearer(func(secret string) string { return secret })},
	{"two tokens in one header", bearer(func(secret string) string { return "Bearer " + strings.Repeat("x", 40) + ", Bearer " + secret })},
	{"an empty token", bearer(func(string) string { return "Bearer " })},
	{"a token of a megabyte, as far as headers go", bearer(func(string) string { return "Bearer pocreg_" + strings.Repeat("a", 30<<10) })},
	{"a query in place of a token", bearer(func(string) string { return "Bearer ' or '1'='1" })},
	{"a token in the address", func(t *testing.T, s *siege) func() []answer {
		secret := s.world.Secret(t, "head_of_delegation EE")
		return func() []answer {
			v := s.visitor(t)
			return []answer{v.raw(http.MethodGet, "/v1/tokens?access_token="+secret, ""), v.raw(http.MethodGet, "/v1/tokens?token="+secret, "")}
		}
	}},
	{"a token in a cookie", func(t *testing.T, s *siege) func() []answer {
		secret := s.world.Secret(t, "head_of_delegation EE")
		return func() []answer {
			v := s.visitor(t)
			return []answer{
				v.raw(http.MethodGet, "/v1/tokens", "", "Cookie", "__Host-pocreg="+secret), v.raw(http.MethodGet, "/people", "", "Cookie", "__Host-pocreg="+secret),
			}
		}
	}},
	{"what the database keeps of a token", func(t *testing.T, s *siege) func() []answer {
		hash, err := postgres.Scalar[[]byte](t.Context(), s.world.DB.Owner, `select hash from token where role = 'head_of_delegation' limit 1`, pgx.StrictNamedArgs{})
		if err != nil {
			t.Fatal(err)
		}
		return s.uses(t, "pocreg_"+hex.EncodeToString(hash))
	}},
	{"the number by which a list names a token", func(t *testing.T, s *siege) func() []answer {
		return s.uses(t, s.world.By(t, "head_of_delegation EE").By.Credential)
	}},
	{"a token that was revoked", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.issued(t, "delegate", "write")
		if got := s.api(t, http.MethodDelete, "/v1/tokens/"+id, s.world.Secret(t, "head_of_delegation EE"), ""); got.status >= 300 {
			t.Fatalf("revoking answers %d %s", got.status, got.body)
		}
		return s.uses(t, secret)
	}},
	{"a token that is frozen", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.issued(t, "delegate", "write")
		_, err := s.world.Accounts.Freeze(t.Context(), s.world.By(t, "secretariat KR"), id, register.Sent[account.FreezeInput]{
			If: register.Precondition{None: true}, Body: account.FreezeInput{Reason: "seen on a paste site"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return s.uses(t, secret)
	}},
	{"a token of who is frozen", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.issued(t, "delegate", "write")
		if got := s.api(t, http.MethodPost, "/v1/people/"+id+"/freeze", s.world.Secret(t, "secretariat KR"), `{"reason":"seen on a paste site"}`); got.status >= 300 {
			t.Fatalf("freezing answers %d %s", got.status, got.body)
		}
		return s.uses(t, secret)
	}},
	{"a token that has expired", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.issued(t, "delegate", "write")
		if _, err := s.world.DB.Owner.Exec(t.Context(), `update token set created_at = now() - interval '2 days', expires_at = now() - interval '1 second' where id = $1`, id); err != nil {
			t.Fatal(err)
		}
		return s.uses(t, secret)
	}},
	{"a token of a delegation that is closed", func(t *testing.T, s *siege) func() []answer {
		if _, err := s.world.Delegations.Close(t.Context(), s.world.Pair(t), s.world.By(t, "head_of_delegation EE").By.Delegation); err != nil {
			t.Fatal(err)
		}
		return s.uses(t, s.world.Secret(t, "delegate EE"))
	}},
	{"a token that reads, to write", func(t *testing.T, s *siege) func() []answer {
		id, secret := s.issued(t, "delegate", "read")
		return func() []answer {
			return []answer{
				s.api(t, http.MethodPost, "/v1/contacts", secret, `{"state":"EE","kind":"policy","office_title":"Eve's","channels":[]}`),
				s.api(t, http.MethodPost, "/v1/tokens", secret, issues("cert", "read")), s.api(t, http.MethodDelete, "/v1/tokens/"+id, secret, ""),
			}
		}
	}},
	{"a token of a CERT that would issue another", func(t *testing.T, s *siege) func() []answer {
		_, secret := s.issued(t, "cert", "write")
		return func() []answer {
			return []answer{s.api(t, http.MethodPost, "/v1/tokens", secret, issues("delegate", "write")), s.api(t, http.MethodPost, "/v1/tokens", secret, issues("cert", "read"))}
		}
	}},
	{"a head's token that would make another head, or one of the secretariat", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			var got []answer
			for _, role := range []string{"head_of_delegation", "secretariat", "auditor", "system", "public"} {
				got = append(got, s.api(t, http.MethodPost, "/v1/tokens", s.world.Secret(t, "head_of_delegation EE"), issues(role, "write")))
			}
			return got
		}
	}},
	{"a partner's token that would write", func(t *testing.T, s *siege) func() []answer {
		return func() []answer {
			return []answer{
				s.api(t, http.MethodPost, "/v1/tokens", s.world.Secret(t, "head_of_delegation EE"), issues("partner", "write")),
				s.api(t, http.MethodPost, "/v1/contacts", s.world.Secret(t, "partner EE"), `{"state":"EE","kind":"policy","office_title":"Eve's","channels":[]}`),
			}
		}
	}},
	{"another state's head that would revoke, freeze and issue", func(t *testing.T, s *siege) func() []answer {
		id, _ := s.issued(t, "delegate", "write")
		foes := s.world.Secret(t, "head_of_delegation PL")
		return func() []answer {
			return []answer{
				s.api(t, http.MethodDelete, "/v1/tokens/"+id, foes, ""), s.api(t, http.MethodPost, "/v1/tokens/"+id+"/freeze", foes, `{"reason":"x"}`),
				s.api(t, http.MethodPost, "/v1/tokens", foes, strings.Replace(issues("delegate", "write"), "{", `{"state":"EE",`, 1)),
				s.foe.post("/tokens/revoke", "token", id),
			}
		}
	}},
	{"another state's entry, by its number", func(t *testing.T, s *siege) func() []answer {
		made, err := s.world.Contacts.Add(t.Context(), s.world.By(t, "delegate EE"), register.Sent[contact.Input]{Body: contact.Input{
			Common: common("EE", "technical", "selected", "FI"), Details: contact.Details{OfficeTitle: "pocreg_ee_night watch"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return func() []answer {
			var got []answer
			for _, who := range []string{"delegate PL", "cert PL", "head_of_delegation PL", "secretariat PL", "partner", "narrow partner"} {
				got = append(got, s.api(t, http.MethodGet, "/v1/contacts/"+made.ID, s.world.Secret(t, who), ""),
					s.api(t, http.MethodPatch, "/v1/contacts/"+made.ID, s.world.Secret(t, who), `{"note":"Eve was here"}`))
			}
			return append(got, s.foe.get("/contacts/"+made.ID), s.foe.post("/contacts/"+made.ID+"/change", desk...))
		}
	}},
}
