package valid_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/valid"
)

// tagged has a field for each of our tags, so that they are tried as the stores
// use them.
type tagged struct {
	Line        string `json:"line" validate:"omitempty,line"`
	Text        string `json:"text" validate:"omitempty,text"`
	Lang        string `json:"lang" validate:"omitempty,lang"`
	TZ          string `json:"tz" validate:"omitempty,tz"`
	HTTPS       string `json:"https" validate:"omitempty,https"`
	Mailbox     string `json:"mailbox" validate:"omitempty,mailbox"`
	Alpha2      string `json:"alpha2" validate:"omitempty,alpha2"`
	SHA256      string `json:"sha256" validate:"omitempty,sha256"`
	PartialDate string `json:"partialdate" validate:"omitempty,partialdate"`
	ExtID       string `json:"extid" validate:"omitempty,extid"`
	E164        string `json:"e164" validate:"omitempty,e164"`
}

func TestTags(t *testing.T) {
	t.Parallel()
	label63 := strings.Repeat("a", 63)
	for tag, tt := range map[string]struct {
		set      func(*tagged, string)
		good     []string
		bad      []string
		sentence string // part of what the refused caller reads
	}{
		"line": {func(in *tagged, s string) { in.Line = s },
			[]string{
				"CERT Polska", "Ł", "국가정보원", "المركز\u200f الوطني", "\u061cب", "می\u200cخواهم", "क्\u200dष", "👩\u200d💻", "O’Brien & Søn – “x”",
				"הַמְּ\u034fדִינָה", "\u0604 12", "a\u00a0b", "e\u0301", "🇵🇱", "=cmd", "<b>", "🪿",
			},
			[]string{
				"a\nb", "a\tb", "a\rb", "a\x00b", "\x1b[31mred", "a\x7f", "a\u0085b", "a\u2028b", "a\u2029b",
				"\u202eevil", "\u202aa", "\u2066a\u2069", "a\u200bb", "a\ufeffb", "a\u00adb", "a\u2060b", "a\ufffdb", "a\xffb", "a\xed\xa0\x80b",
				"\ue000", "\U000f0000", "\U000e0041", "a\ufffe", "a\U0010ffff", "\u3164", "\u115f\u1160", "\uffa0",
				" ", "\u00a0", "\u200d", "\u200f", "\u0301", "\u180ea",
			},
			"visible text"},
		"text": {func(in *tagged, s string) { in.Text = s },
			[]string{"a\nb", "a\tb", "one\n\ntwo"},
			[]string{"\n", "\t\n ", "a\r\nb", "a\x0bb", "a\u2028b", "a\x00", "a\u202eb"},
			"visible text"},
		"lang": {func(in *tagged, s string) { in.Lang = s },
			[]string{"pl", "EN_gb", "sr-Latn", "zh-Hant-TW", "cnr", "ckb", "rom", "ca-valencia", "iw", "sh", "fil", "eng"},
			[]string{
				"und", "und-PL", "root", "mul", "mis", "zxx", "x-foo", "en-x-secret", "en-u-co-phonebk", "english", "zz", "e", "-", "en-",
				"en-GB; rm", "qaa", "en-Qaaa", "en-ZZ", "en-QQ", "*", "pl,en", "рl", "en-" + strings.Repeat("a-", 50), "en\x00",
			},
			"BCP 47"},
		"tz": {func(in *tagged, s string) { in.TZ = s },
			[]string{"Europe/Warsaw", "UTC", "Asia/Seoul", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5", "Antarctica/DumontDUrville", "Europe/Kyiv"},
			[]string{
				"Local", "local", "CET", "Zulu", "utc", "europe/warsaw", "Europe", "Europe/", "/Europe/Warsaw", "Europe//Warsaw", "Europe/Warschau",
				"../../etc/passwd", "Europe/../../../etc/passwd", "Europe/../Europe/Warsaw", "posix/Europe/Warsaw", "right/Europe/Warsaw",
				`Europe\Warsaw`, "Europe/Warsaw\x00", "Europe/Warsaw ", "+01:00", "America/Argentina", "A/" + strings.Repeat("a", 80),
			},
			"IANA"},
		"https": {func(in *tagged, s string) { in.HTTPS = s },
			[]string{
				"https://www.gov.pl", "http://example.org/a?b=c#d", "HTTPS://EXAMPLE.ORG/", "https://example.org:8443/x", "https://пример.рф/путь",
				"https://xn--e1afmkfd.xn--p1ai/", "https://192.0.2.1/", "https://[2001:db8::1]:8/", "https://a.org/@x", "https://" + label63 + ".org",
			},
			[]string{
				"www.gov.pl", "//example.org", "/path", "ftp://example.org", "javascript:alert(1)", "https:example.org", "https:///x", "https://",
				"https://user@example.org", "https://user:pw@example.org", "https://@example.org", "https://localhost", "https://exa mple.org",
				"https://example.org/a b", "https://example.org/\n", "https://example.org/\u202e", "https://example.org\\@evil.org", `https://example.org/"><script>`,
				"https://example.org:", "https://example.org:0/", "https://example.org:99999/", "https://example.org:x/", "https://.org", "https://-a.org",
				"https://a..org", "https://a.123", "https://[fe80::1%25eth0]/", "https://[::1", "https://%00.org", "data:text/html,x",
				"https://a" + label63 + ".org", "https://example.org/" + strings.Repeat("ł", 2000), "file:///etc/passwd",
			},
			"web address"},
		"mailbox": {func(in *tagged, s string) { in.Mailbox = s },
			[]string{"duty@cert.pl", "a.b+c@x-y.example.org", "żółw@przykład.pl", "o'neil@example.org", "=cmd@example.org", "x@xn--e1afmkfd.xn--p1ai"},
			[]string{
				"duty", "duty@", "@cert.pl", "duty@localhost", "Duty <duty@cert.pl>", "<duty@cert.pl>", `"a b"@cert.pl`, `"a"@cert.pl`, "a b@cert.pl",
				"a@b@cert.pl", "a@[192.0.2.1]", "a@192.0.2.1", "a@cert.pl, b@cert.pl", "a@cert.pl\r\nBcc: x@evil.org", "a@cert.pl (note)", "(note)a@cert.pl",
				".a@cert.pl", "a..b@cert.pl", "a@-cert.pl", "a@cert-.pl", "a@cert..pl", "a@cert.pl.", "a@ce_rt.pl", "a@cert.pl\u202e", "a\u200d@cert.pl",
				strings.Repeat("a", 65) + "@cert.pl", "a@" + strings.Repeat("abcdefghi.", 26) + "pl", "mailto:a@cert.pl", "a@cert.pl ", "=?utf-8?q?a?=@cert.pl>",
			},
			"e-mail address"},
		"alpha2": {func(in *tagged, s string) { in.Alpha2 = s },
			[]string{"PL", "XK"}, []string{"pl", "POL", "P", "P1", "PL\n", "ＰＬ"}, "ISO 3166-1"},
		"sha256": {func(in *tagged, s string) { in.SHA256 = s },
			[]string{strings.Repeat("0a", 32)},
			[]string{strings.Repeat("0A", 32), strings.Repeat("0a", 31), strings.Repeat("0g", 32), strings.Repeat("0a", 32) + "\n"}, "SHA-256"},
		"partialdate": {func(in *tagged, s string) { in.PartialDate = s },
			[]string{"2021", "2021-03", "2021-03-28", "2024-02-29", "1900"},
			[]string{"21", "2021-3", "2021-13", "2021-00", "2023-02-29", "2021-03-28T00:00:00Z", "0202", "1899-12-31", "2021-", "28.03.2021", "２０２１", "-021", "2021-03-2 "},
			"2021-03-28"},
		"extid": {func(in *tagged, s string) { in.ExtID = s },
			[]string{"FIRST:cert-pl", "a", "urn:x:1.2_3@y", strings.Repeat("x", 128)},
			[]string{"a b", "a/b", "ł", "a\n", strings.Repeat("x", 129), "'; drop table contact; --"}, "identifier"},
		"e164": {func(in *tagged, s string) { in.E164 = s },
			[]string{"+48221234567"}, []string{"48221234567", "+48 22", "+0123456789", "+48221234567\n"}, "E.164"},
	} {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			for _, s := range tt.good {
				var in tagged
				tt.set(&in, s)
				if err := valid.Struct(in); err != nil {
					t.Errorf("Struct(%s %q) = %v, want nil", tag, s, err)
				}
			}
			for _, s := range tt.bad {
				var in tagged
				tt.set(&in, s)
				got, _ := problem.Faults(valid.Struct(in))
				if len(got) != 1 || got[0].Pointer != "/"+tag || !strings.Contains(got[0].Detail, tt.sentence) {
					t.Errorf("Struct(%s %q) = %v, want one fault about %s", tag, s, got, tt.sentence)
				}
			}
		})
	}
}

func TestTagsRefuseWhatIsNoString(t *testing.T) {
	t.Parallel()
	in := struct {
		N int `json:"n" validate:"line"`
	}{7}
	if err := valid.Struct(in); !problem.Is(err, problem.Invalid) {
		t.Errorf("Struct(number as line) = %v, want %s", err, problem.Invalid)
	}
}

func TestLanguageIsCanonical(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"EN_gb": "en-GB", "iw": "he", "pol": "pl", "SR-latn": "sr-Latn", "zh-cmn": "cmn", "cnr": "cnr"} {
		got, err := valid.Language(in)
		if got != want || err != nil {
			t.Errorf("Language(%q) = %q, %v, want %q", in, got, err, want)
		}
		if again, err := valid.Language(got); again != got || err != nil {
			t.Errorf("Language(%q) = %q, %v, want it unchanged", got, again, err)
		}
	}
}

func TestCleanLeavesALine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Duty <a@b.pl>":          "Duty <a@b.pl>",
		"a\x1b[2J\x00\r\nb":      "a[2Jb",
		"\u202egro.\u202c\xffx ": "gro.x",
		"\u3164":                 "",
		"e\u0301":                "\u00e9",
	} {
		if got := valid.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "a", "a\nb", "\u202ex", "\u3164", "\xff", "👩\u200d💻", "e\u0301\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if valid.Line(s) && strings.ContainsAny(s, "\x00\x1b\r\n\t\u2028\u202e\u2066\ufeff\ufffd") {
			t.Errorf("Line(%q) = true", s)
		}
		if valid.Line(s) && !valid.Text(s) {
			t.Errorf("Line(%q) but not Text", s)
		}
		got := valid.Clean(s)
		if !utf8.ValidString(got) || valid.Clean(got) != got {
			t.Errorf("Clean(%q) = %q, and cleaned again %q", s, got, valid.Clean(got))
		}
		// What Clean leaves is a line, unless nothing in it shows.
		if !valid.Line(got) && valid.Line("a"+got) == valid.Line(got) {
			t.Errorf("Clean(%q) = %q, which is no line", s, got)
		}
	})
}
