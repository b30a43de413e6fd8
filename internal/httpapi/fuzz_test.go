package httpapi_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/fixture"
)

// answerer returns what sends one request after another to a server of one
// world, in a name, and fails the test for a fault of the server's own.
func answerer(f *testing.F, who string) func(t *testing.T, method, target string, body string) int {
	w := fixture.New(f)
	handler := newServer(w).Handler()
	secret := w.Secret(f, who)
	return func(t *testing.T, method, target, body string) int {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, r)
		if rec.Code >= http.StatusInternalServerError || !json.Valid(rec.Body.Bytes()) {
			t.Errorf("%s %s %q = %d %s, want an answer in JSON that blames nobody here", method, target, body, rec.Code, rec.Body)
		}
		return rec.Code
	}
}

func FuzzBody(f *testing.F) {
	for _, body := range []object{technical("EE"), found("EE"), with(technical("EE"), "rank", 0.5), with(technical("EE"), "note", nul)} {
		text, err := json.Marshal(body)
		if err != nil {
			f.Fatalf("encode a seed: %v", err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{
		"", "{}", "null", "[]", `{"state":"EE","state":"EE"}`, `{"state":"EE"} x`, `{"state":"EE","kind":"technical","channels":[null]}`,
		`{"state":"EE","kind":"technical","person":null,"availability":{"holidays":{"":null}}}`, `{"rank":1e999}`, strings.Repeat("[", 11_000),
		`{"state":"EE","kind":"technical","office_title":"'; drop table entry; --"}`,
	} {
		f.Add(text)
	}
	send := answerer(f, "delegate EE")
	allowed := []int{
		http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusConflict, http.StatusRequestEntityTooLarge,
		http.StatusUnprocessableEntity,
	}
	f.Fuzz(func(t *testing.T, body string) {
		if got := send(t, "POST", "/v1/contacts?dry_run=true", body); !slices.Contains(allowed, got) {
			t.Errorf("POST of %q = %d, want one of %v", body, got, allowed)
		}
	})
}

func FuzzCursor(f *testing.F) {
	for _, text := range []string{
		"", "{}", "null", `{"e":"00000000","l":"","a":{}}`, `{"e":"x","l":"x","a":{"State":"EE","Kind":"technical","Rank":1,"ID":"1"}}`,
		`{"e":1}`, `{"a":"0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"}`, "\x00", "\xff\xfe",
	} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(text)))
		f.Add(text)
	}
	send := answerer(f, "cert EE")
	allowed := []int{http.StatusOK, http.StatusBadRequest, http.StatusGone}
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, list := range []string{"/v1/contacts", "/v1/organisations", "/v1/strategies", "/v1/delegations", "/v1/tokens"} {
			if got := send(t, "GET", list+"?cursor="+url.QueryEscape(cursor), ""); !slices.Contains(allowed, got) {
				t.Errorf("GET %s from %q = %d, want one of %v", list, cursor, got, allowed)
			}
		}
	})
}
