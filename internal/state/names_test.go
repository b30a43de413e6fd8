package state_test

import (
	"maps"
	"slices"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"pocreg.example/internal/reference"
	"pocreg.example/internal/state"
)

func TestName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ title, alpha2, accept, name, tag string }{
		{"is in the language asked for", "PL", "ko", "폴란드", "ko"},
		{"is in the first language asked for", "EE", "de", "Estland", "de"},
		{"follows the weights of Accept-Language", "PL", "pl,en;q=0.5", "Polska", "pl"},
		{"takes the next language if the first is not to be had", "EE", "sw, lv;q=0.5", "Igaunija", "lv"},
		{"is English in an unknown language", "PL", "sw", "Poland", "en"},
		{"is English without a language", "PL", "", "Poland", "en"},
		{"is English, not a guess, in a language that is merely near", "PL", "mk", "Poland", "en"},
		{"is the UN's in English, not CLDR's", "KR", "en-GB", "Republic of Korea", "en"},
		{"is the statement's in Polish, not CLDR's", "KR", "pl", "Republika Korei", "pl"},
		{"is Bokmål for Norwegian", "DE", "no", "Tyskland", "nb"},
		{"is Bokmål for Nynorsk", "DE", "nn", "Tyskland", "nb"},
		{"is European Portuguese in Portugal", "PL", "pt-PT", "Polónia", "pt-PT"},
		{"is Brazilian Portuguese in Brazil", "PL", "pt-BR", "Polônia", "pt"},
		{"is of the language, whatever the region", "PL", "de-CH, en;q=0.5", "Polen", "de"},
		{"is in Montenegrin by its own code", "PL", "cnr-ME, en;q=0.5", "Poljska", "sr-Latn-ME"},
		{"is in Montenegrin by CLDR's code", "PL", "sr-ME", "Poljska", "sr-Latn-ME"},
		{"is in Dari by its own code", "PL", "prs", "پولند", "fa-AF"},
		{"is in Hebrew by its old code", "PL", "iw", "פולין", "he"},
		{"is nothing for a state that does not take part", "XX", "en", "", "und"},
		{"is nothing for a code in lower case", "pl", "en", "", "und"},
	} {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			languages, _, err := language.ParseAcceptLanguage(c.accept)
			if err != nil {
				t.Fatal(err)
			}
			name, tag := state.Name(c.alpha2, languages)
			if name != c.name || tag.String() != c.tag {
				t.Errorf("Name(%q, %q) = %q, %s, want %q, %s", c.alpha2, c.accept, name, tag, c.name, c.tag)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()

	t.Run("has every language for every state, and English and Polish from the reference data", func(t *testing.T) {
		t.Parallel()
		want := slices.Sorted(maps.Keys(state.Names("PL")))
		if len(want) != 34 {
			t.Errorf("Names(%q) has %d languages, want 34: %v", "PL", len(want), want)
		}
		for _, s := range reference.States() {
			all := state.Names(s.Alpha2)
			if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, want) {
				t.Errorf("Names(%q) has the languages %v, want %v", s.Alpha2, got, want)
			}
			if all["en"] != s.NameEN || all["pl"] != s.NamePL {
				t.Errorf("Names(%q) has %q and %q, want %q and %q", s.Alpha2, all["en"], all["pl"], s.NameEN, s.NamePL)
			}
		}
	})

	t.Run("has tags in their canonical form and names in NFC", func(t *testing.T) {
		t.Parallel()
		for _, s := range reference.States() {
			for tag, name := range state.Names(s.Alpha2) {
				if parsed, err := language.Parse(tag); err != nil || parsed.String() != tag {
					t.Errorf("the tag %q parses to %q, %v, want itself", tag, parsed, err)
				}
				if name == "" || !norm.NFC.IsNormalString(name) {
					t.Errorf("Names(%q)[%q] = %+q, want a name in NFC", s.Alpha2, tag, name)
				}
			}
		}
	})

	t.Run("belongs to the caller, who may change it", func(t *testing.T) {
		t.Parallel()
		state.Names("PL")["en"] = "changed"
		if got := state.Names("PL")["en"]; got != "Poland" {
			t.Errorf("Names(%q)[%q] = %q after a caller changed its copy, want Poland", "PL", "en", got)
		}
	})

	t.Run("is nil for a state that does not take part", func(t *testing.T) {
		t.Parallel()
		if got := state.Names("XX"); got != nil {
			t.Errorf("Names(%q) = %v, want nil", "XX", got)
		}
	})
}
