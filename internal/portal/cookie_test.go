package portal_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestEveryCookieIsThisHostsAlone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	m.post("/signout")
	got := []answer{
		m.get("/?lang=pl"), m.post("/signin/password", "email", ada.email, "password", password, "code", m.code(0)), m.get("/account?lang=en"), m.post("/signout"),
	}
	names := map[string]bool{}
	for _, a := range got {
		for _, c := range (&http.Response{Header: a.header}).Cookies() {
			names[c.Name] = true
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("there is a cookie %+v", c)
			}
		}
	}
	if len(names) != 3 {
		t.Errorf("the pages set %v, want those of session, browser and language", names)
	}
}
