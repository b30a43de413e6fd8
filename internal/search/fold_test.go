package search_test

import (
	"slices"
	"testing"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/postgres/pgtest"
	"pocreg.example/internal/search"
)

// Words are folded in the database, and again where they are marked: both the same.
func TestBothFoldAlike(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, text := range []string{
		"CERT Polska", "Łódź", "Straße", "ÆØÅ œuvre Þór Ŋ", "İstanbul ısı", "Ελλάς ΣΟΦΟΣ", "Державна служба спеціального зв’язку", "Йод",
		"مجلس الأمن السيبراني", "مُحَمَّد ـــ", "한국인터넷진흥원", "国家互联网应急中心", "ﬁre Ⅷ ½ x²", "a\u0301e\u0308", "cert-pl@gov.pl, tel:+48 22", "a_b c'd \"e\" (f) [g]",
		"\u202eabc\u200bdef\ufeff", "¿Qué? ¡No!", "日本語テキスト", "हिन्दी भाषा", "ไทย", "   ", "!!!", "$1 €2 §3 @4 #5 =6 &7 |8 !9 <10> :*",
	} {
		var folded []string
		if err := db.Owner.QueryRow(t.Context(), `select search_words($1)`, text).Scan(&folded); err != nil {
			t.Fatal(err)
		}
		if got := search.Tokens(text); !slices.Equal(got, folded) {
			t.Errorf("the words of %q are %q, and in the database %q", text, got, folded)
		}
	}
}

// What is typed is never more than words: no query is broken by it, none widened.
func TestAQuestionIsNoQuery(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	for _, text := range []string{
		"' | 'a", `\' | a`, "a & !b", "a | b", "!a", "a:*", "a <-> b", "@1", "#zeppelin", "=state:PL", "'@'", "a\\", "%_%", "a'; drop table entry; --",
		"(((a", "\u202e a", "a\tb", "'''", "a''b",
	} {
		if search.Check(text) != nil {
			continue
		}
		expect(t, w, anybody, text)
	}
}

func FuzzCheckAndRead(f *testing.F) {
	for _, s := range []string{"cert-pl", "+48 22", "a@b.pl", ".pl", "0x0123456789abcdef", "Łódź", "' | !a:*", "https://[::1]", "xn--", "@", "00"} {
		f.Add(s, "PL")
	}
	f.Fuzz(func(t *testing.T, text, state string) {
		if search.Check(text) != nil {
			return
		}
		search.Read(text, state)
		for _, word := range search.Tokens(text) {
			if word == "" {
				t.Errorf("%q has an empty word", text)
			}
		}
	})
}
