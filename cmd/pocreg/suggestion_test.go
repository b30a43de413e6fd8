package main_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestASuggestionIsMadeAndAnsweredOnTheCommandLine(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	about := a.made(t, "Valvelaud")
	id := func(out string) string {
		t.Helper()
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(out), &made); err != nil || made.ID == "" {
			t.Fatalf("suggestion make --json prints %q, %v", out, err)
		}
		return made.ID
	}
	suggest := func(who string) string {
		return id(a.must(t, who, "suggestion", "make", "contact", about, "--text", "This number rings out.", "--pointer", "/channels/0/value", "--json"))
	}
	first, second, third := suggest("cert LV"), suggest("cert LV"), suggest("secretariat KR")
	if got := a.must(t, "delegate EE", "suggestion", "list", "--state", "ee", "--status", "open", "--entry", about); strings.Count(got, "This number rings out.") != 3 ||
		!strings.Contains(got, "cert LV") || !strings.Contains(got, "secretariat") || !strings.Contains(got, "EE contact") || !strings.Contains(got, first) {
		t.Errorf("suggestion list prints\n%s\nwant the three, of whom, and about what", got)
	}
	if got := a.must(t, "cert LV", "suggestion", "list", "--csv"); strings.Count(got, ",open,") != 2 {
		t.Errorf("suggestion list --csv prints\n%s\nwant Latvia's two", got)
	}
	for _, tt := range []struct {
		who  string
		args []string
		code int
	}{
		{"delegate PL", []string{"show", first}, 4},
		{"cert EE", []string{"take", first}, 3},
		{"delegate EE", []string{"decline", first}, 2},
		{"delegate EE", []string{"list", "--status", "lost"}, 2},
		{"cert LV", []string{"make", "contact", about, "--text", "x", "--pointer", "/x"}, 6},
		{"cert LV", []string{"make", "person", about, "--text", "x"}, 2},
		{"cert LV", []string{"make", "strategy", about, "--text", "x"}, 4},
	} {
		if out, code, said := a.run(t, tt.who, append([]string{"suggestion"}, tt.args...)...); code != tt.code {
			t.Errorf("suggestion %s as %s = %d: %s %s, want %d", strings.Join(tt.args, " "), tt.who, code, out, said, tt.code)
		}
	}
	if got := a.must(t, "delegate EE", "suggestion", "take", first, "--word", "Thank you."); !strings.Contains(got, "status: taken") || !strings.Contains(got, "word: Thank you.") {
		t.Errorf("suggestion take prints\n%s\nwant it taken, with the word", got)
	}
	if got := a.must(t, "delegate EE", "suggestion", "decline", third, "--word", "It is answered."); !strings.Contains(got, "status: declined") {
		t.Errorf("suggestion decline prints\n%s\nwant it declined", got)
	}
	if got := a.must(t, "delegate LV", "suggestion", "withdraw", second); !strings.Contains(got, "status: withdrawn") {
		t.Errorf("suggestion withdraw prints\n%s\nwant it withdrawn", got)
	}
	if _, code, _ := a.run(t, "delegate EE", "suggestion", "take", second); code != 5 {
		t.Errorf("suggestion take of what was withdrawn exits with %d, want 5", code)
	}
	if got := a.must(t, "cert LV", "suggestion", "show", first); !strings.Contains(got, "name: cert LV") || strings.Contains(got, "name: delegate EE") {
		t.Errorf("suggestion show prints\n%s\nwant the own person by name, not the other", got)
	}
	if got := a.must(t, "delegate LV", "trail"); !strings.Contains(got, "suggestion taken  "+first) {
		t.Errorf("trail prints\n%s\nwant that the suggestion was taken", got)
	}
	if got := mustPocreg(t, a.world.DB, "verify"); !strings.Contains(got, "freezes and suggestions are as it last recorded them") {
		t.Errorf("verify prints %q", got)
	}
	execute(t, a.world.DB, `update suggestion set word = 'Never.' where status = 'taken'`)
	refuses(t, a.world.DB, "text is not what the trail recorded", "verify")
}
