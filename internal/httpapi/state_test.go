package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/reference"
)

func TestStates(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))

	t.Run("are all listed, in the order of the statement, with their Polish and English names", func(t *testing.T) {
		t.Parallel()
		items := c.get(t, "", "/v1/states").items(t)
		if len(items) != 46 {
			t.Fatalf("GET /v1/states has %d states, want 46", len(items))
		}
		for i, want := range reference.States() {
			names, _ := items[i]["names"].(object)
			got := []any{items[i]["code"], items[i]["alpha3"], items[i]["statement_number"], names["en"], names["pl"]}
			if diff := cmp.Diff([]any{want.Alpha2, want.Alpha3, float64(i + 1), want.NameEN, want.NamePL}, got); diff != "" {
				t.Errorf("state %d mismatch (-want +got):\n%s", i+1, diff)
			}
		}
	})

	t.Run("name themselves in the language that the caller prefers", func(t *testing.T) {
		t.Parallel()
		for header, want := range map[string][2]string{
			"":                   {"Poland", "en"},
			"ko":                 {"폴란드", "ko"},
			"de-AT, en;q=0.5":    {"Polen", "de"},
			"pl":                 {"Polska", "pl"},
			"en;q=0.4, pl;q=0.9": {"Polska", "pl"},
			"not a language !!":  {"Poland", "en"},
		} {
			view := c.get(t, "", "/v1/states/PL", "Accept-Language", header).object(t)
			if got := [2]string{text(view, "name"), text(view, "name_language")}; got != want {
				t.Errorf("GET /v1/states/PL with Accept-Language %q is named %q, want %q", header, got, want)
			}
		}
	})

	t.Run("are found by both codes, in capitals or not", func(t *testing.T) {
		t.Parallel()
		want := c.get(t, "", "/v1/states/PL")
		for _, code := range []string{"pl", "POL", "pol", "Pl"} {
			if got := c.get(t, "", "/v1/states/"+code); string(got.body) != string(want.body) {
				t.Errorf("GET /v1/states/%s = %s, want what PL is", code, got.body)
			}
		}
		for _, code := range []string{"ZZ", "XYZ", "POLAND", "1", "'"} {
			if got := c.do(t, "", "GET", "/v1/states/"+code, nil); got.status != http.StatusNotFound || got.kind() != "not-found" {
				t.Errorf("GET /v1/states/%s = %d %s, want 404 not-found", code, got.status, got.kind())
			}
		}
	})

	t.Run("are narrowed down to a framework's members", func(t *testing.T) {
		t.Parallel()
		items := c.get(t, "", "/v1/states?framework=EU").items(t)
		if len(items) < 10 || len(items) > 27 {
			t.Errorf("GET /v1/states?framework=EU has %d states, want the Union's among the 46", len(items))
		}
		for _, s := range items {
			if list, _ := s["frameworks"].([]any); !slices.Contains(list, any("EU")) {
				t.Errorf("GET /v1/states?framework=EU holds %s of %v", s["code"], list)
			}
		}
	})

	t.Run("answer 304 to who has them already, in that language", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/v1/states", "/v1/states/PL", "/v1/states/PL/card", "/v1/reference/norms"} {
			tag := c.get(t, "", path).etag()
			c.must(t, http.StatusNotModified, "", "GET", path, nil, "If-None-Match", tag)
			c.must(t, http.StatusNotModified, "", "GET", path, nil, "If-None-Match", `"1-000000000000000000000000", W/`+tag)
		}
		tag := c.get(t, "", "/v1/states/PL").etag()
		c.must(t, http.StatusOK, "", "GET", "/v1/states/PL", nil, "If-None-Match", tag, "Accept-Language", "ko")
	})
}

func TestReferenceListsAreServed(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for path, want := range map[string]int{"norms": 11, "cbms": 24, "frameworks": 1, "instruments": 1} {
		items := c.get(t, "", "/v1/reference/"+path).items(t)
		if len(items) < want {
			t.Errorf("GET /v1/reference/%s has %d items, want at least %d", path, len(items), want)
		}
	}
}

func TestCard(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	deputy := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "rank", 2, "audience", "public"))
	first := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	embassy := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "kind", "diplomatic", "audience", "public"))
	c.add(t, "delegate PL", "/v1/contacts", with(technical("PL"), "audience", "public"))
	retired := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.must(t, http.StatusOK, "delegate EE", "POST", retired.path+"/retire", nil)

	ids := func(who string) []string {
		var card struct {
			Contacts   []struct{ ID string }
			Delegation *struct{ State, Status string }
		}
		c.get(t, who, "/v1/states/est/card").json(t, &card)
		if signedIn := who != ""; signedIn != (card.Delegation != nil) {
			t.Errorf("the card for %q shows a delegation: %t, want %t", who, card.Delegation != nil, signedIn)
		}
		var out []string
		for _, k := range card.Contacts {
			out = append(out, k.ID)
		}
		return out
	}
	if diff := cmp.Diff([]string{embassy.id, first.id, deputy.id}, ids("cert PL")); diff != "" {
		t.Errorf("the card of EE for a participant mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{embassy.id, deputy.id}, ids("")); diff != "" {
		t.Errorf("the card of EE for anybody mismatch (-want +got):\n%s", diff)
	}
}

// The card is what is opened at night: it stops at no number.
func TestTheCardHasAllThatTheStateHas(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	rows := []cells{desk("EE")} // technical comes last
	for i := range 501 {
		rows = append(rows, desk("EE").but("kind", "law_enforcement", "office_title", fmt.Sprint("Prefektuur ", i)))
	}
	c.take(t, "delegate EE", importContacts, sheet(rows...))
	item := func(kind, title, adopted, status string) object {
		return object{
			"state": "EE", "kind": kind, "original_title": title, "original_language": "et", "adopted_on": adopted, "status": status,
			"source": object{"repo": "example/texts", "path": title, "commit": "0"},
		}
	}
	items := []object{item("strategy", "Strateegia", "2025", "in_force")} // the last kind
	for i := range 101 {
		items = append(items, item("legislation", fmt.Sprint("Seadus ", i), "2010", "superseded"))
	}
	list, err := json.Marshal(items)
	if err != nil {
		t.Fatal(err)
	}
	c.take(t, "secretariat KR", importStrategies, string(list))

	var card struct {
		Contacts        []struct{ Kind string }
		Strategies      []struct{ Kind string }
		CurrentStrategy string `json:"current_strategy"`
	}
	c.get(t, "cert LV", "/v1/states/EE/card").json(t, &card)
	if n := len(card.Contacts); n != len(rows) || card.Contacts[n-1].Kind != "technical" {
		t.Errorf("the card of a state with %d contacts has %d, want all, the technical one among them", len(rows), n)
	}
	if n := len(card.Strategies); n != len(items) || card.Strategies[0].Kind != "strategy" || card.CurrentStrategy != "recorded" {
		t.Errorf("the card of a state with %d texts has %d, current_strategy %q; want all, and the one in force first", len(items), n, card.CurrentStrategy)
	}
}

func TestInstruments(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	said := object{"instruments": []object{{"instrument": "budapest_convention", "status": "party", "date": "2003-05", "source": "https://treaties.example/185"}}}
	before := c.get(t, "", "/v1/states/EE")

	res := c.must(t, http.StatusOK, "delegate EE", "PUT", "/v1/states/EST/instruments", said, "If-Match", before.etag())
	list, _ := res.object(t)["instruments"].([]any)
	if len(list) != 1 || text(list[0].(object), "date") != "2003-05" {
		t.Errorf("PUT instruments shows %v, want what was said", list)
	}
	if now := c.get(t, "", "/v1/states/EE"); now.etag() != res.etag() {
		t.Errorf("PUT instruments has the ETag %s, want that of the state now, %s", res.etag(), now.etag())
	}
	c.must(t, http.StatusPreconditionFailed, "delegate EE", "PUT", "/v1/states/EE/instruments", said, "If-Match", before.etag())
	c.must(t, http.StatusPreconditionRequired, "delegate EE", "PUT", "/v1/states/EE/instruments", said)
	c.must(t, http.StatusForbidden, "delegate PL", "PUT", "/v1/states/EE/instruments", said, "If-Match", res.etag())
	c.must(t, http.StatusForbidden, "secretariat KR", "PUT", "/v1/states/EE/instruments", said, "If-Match", res.etag())
}

func TestDelegationChannels(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	id := text(c.get(t, "delegate EE", "/v1/delegations?state=EE").items(t)[0], "id")
	path := "/v1/delegations/" + id
	tag := c.get(t, "cert PL", path).etag()
	said := object{"channels": []object{with(email("mission@mfa.example"), "of", "mission"), with(phone("office", "+3726377000"), "of", "ministry")}}

	res := c.must(t, http.StatusOK, "head_of_delegation EE", "PUT", path+"/channels", said, "If-Match", tag)
	if list, _ := res.object(t)["channels"].([]any); len(list) != 2 {
		t.Errorf("PUT channels shows %v, want both", list)
	}
	c.must(t, http.StatusPreconditionFailed, "delegate EE", "PUT", path+"/channels", said, "If-Match", tag)
	c.must(t, http.StatusForbidden, "delegate PL", "PUT", path+"/channels", said, "If-Match", res.etag())
	c.must(t, http.StatusNotFound, "", "GET", path, nil)
	c.must(t, http.StatusNotModified, "delegate EE", "GET", path, nil, "If-None-Match", res.etag())
}
