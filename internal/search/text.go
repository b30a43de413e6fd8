package search

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"pocreg.example/internal/valid"
)

// The bounds of a question.
const (
	mostCharacters = 200
	mostWords      = 16
)

// Check returns what is wrong with a text that somebody looks for, as a sentence
// without its subject, or nil.
func Check(text string) error {
	words := map[string]bool{}
	for _, t := range tokens(text) {
		words[t.word] = true
	}
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("is missing: say what to look for, such as q=cert-pl")
	case utf8.RuneCountInString(text) > mostCharacters:
		return errors.New("is at most 200 characters")
	case len(words) == 0:
		return errors.New("holds no letter and no digit: say what to look for")
	case len(words) > mostWords:
		return errors.New("is at most 16 words: leave some out")
	default:
		return nil
	}
}

// reading is what a text is taken for.
type reading struct {
	text   string
	as     Form
	values []string // what it may be in the index, if it is looked up whole
	states []State
}

var (
	digitForm       = regexp.MustCompile(`^[0-9 ()./\-\x{2010}-\x{2015}\x{00a0}]+$`)
	fingerprintForm = regexp.MustCompile(`^(?:[0-9a-f]{16}|[0-9a-f]{40}|[0-9a-f]{64})$`)
	domainForm      = regexp.MustCompile(`^\.?[\p{L}\p{M}\p{Nd}-]+(\.[\p{L}\p{M}\p{Nd}-]+)*$`)
)

// read tells what a text looks like. state is where a phone number without a
// country's code is dialled; without one it is tried everywhere.
func read(text, state string, known []participant) reading {
	r := reading{text: strings.TrimSpace(text), as: AsWords}
	steps := []func(*reading, string, []participant) bool{readNumber, readFingerprint, readEmail, readDomain}
	for _, step := range steps {
		if step(&r, state, known) {
			return r
		}
	}
	folded := joined(r.text)
	for _, p := range known {
		because := Form("")
		switch {
		case slices.Contains(p.names(), folded):
			because = Named
		case folded == p.domain():
			because = AsDomain
		default:
			continue
		}
		r.states = append(r.states, State{p.Alpha2, p.NameEN, because})
	}
	return r
}

// joined is a text's words, folded, with one space between them.
func joined(text string) string {
	var words []string
	for _, t := range tokens(text) {
		words = append(words, t.word)
	}
	return strings.Join(words, " ")
}

// readNumber takes a phone number in any usual spelling, or a dialling prefix.
func readNumber(r *reading, state string, known []participant) bool {
	number := strings.TrimSpace(strings.TrimPrefix(strings.ToLower(r.text), "tel:"))
	international := strings.HasPrefix(number, "+") || strings.HasPrefix(number, "00")
	digits := strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, number)
	if !digitForm.MatchString(strings.TrimPrefix(number, "+")) || digits == "" || !international && len(digits) < 5 {
		return false
	}
	regions := []string{state}
	if !international && state == "" {
		regions = nil
		for _, p := range known {
			regions = append(regions, p.Alpha2)
		}
	}
	for _, region := range regions {
		if e164, err := valid.Phone(number, region); err == nil && !slices.Contains(r.values, e164) {
			r.values = append(r.values, e164)
		}
	}
	switch {
	case len(r.values) == 0 && !international:
		return false
	case len(r.values) > 0:
		r.as = AsPhone
		if international {
			r.belongs(known, AsPrefix, valid.PhoneRegion(r.values[0]))
		}
	default:
		r.as = AsPrefix
		r.belongs(known, AsPrefix, valid.DiallingRegions(strings.TrimPrefix(digits, "00"))...)
	}
	return true
}

// readFingerprint takes a key's fingerprint or long key id, however it is parted.
func readFingerprint(r *reading, _ string, _ []participant) bool {
	hex := strings.NewReplacer(" ", "", ":", "", "\u00a0", "").Replace(strings.ToLower(r.text))
	hex = strings.TrimPrefix(hex, "0x")
	if !fingerprintForm.MatchString(hex) {
		return false
	}
	r.as, r.values = AsFingerprint, []string{hex}
	return true
}

func readEmail(r *reading, _ string, known []participant) bool {
	address := strings.TrimPrefix(strings.ToLower(r.text), "mailto:")
	local, host, ok := strings.Cut(address, "@")
	if !ok || local == "" || valid.Form("mailbox", address) != nil {
		return false
	}
	r.as = AsEmail
	for _, host := range spellings(host) {
		r.values = append(r.values, local+"@"+host)
	}
	r.underDomain(host, known)
	return true
}

// readDomain takes a host, a web address, or a country's domain with the dot
// before it.
func readDomain(r *reading, _ string, known []participant) bool {
	host := strings.ToLower(r.text)
	_, rest, address := strings.Cut(host, "://")
	if address {
		host = rest
	}
	host = strings.TrimPrefix(host, "@")
	if i := strings.IndexAny(host, "/?#:"); i >= 0 && (address || strings.Contains(host[:i], ".")) {
		host = host[:i]
	}
	if !strings.Contains(host, ".") || !domainForm.MatchString(host) {
		return false
	}
	if top, ok := strings.CutPrefix(host, "."); !ok {
		r.values = spellings(host)
	} else if strings.Contains(top, ".") {
		r.values = spellings(top)
	}
	r.as = AsDomain
	r.underDomain(host, known)
	return true
}

// spellings are a host's in ASCII and in its own script.
func spellings(host string) []string {
	out := []string{host}
	for _, spell := range []func(string) (string, error){idna.Lookup.ToASCII, idna.Lookup.ToUnicode} {
		if s, err := spell(host); err == nil && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (r *reading) underDomain(host string, known []participant) {
	top := host[strings.LastIndexByte(host, '.')+1:]
	for _, p := range known {
		if top == p.domain() || top == strings.ToLower(p.Alpha2) {
			r.states = append(r.states, State{p.Alpha2, p.NameEN, AsDomain})
		}
	}
}

func (r *reading) belongs(known []participant, because Form, regions ...string) {
	for _, p := range known {
		if slices.Contains(regions, p.Alpha2) {
			r.states = append(r.states, State{p.Alpha2, p.NameEN, because})
		}
	}
}

// participant is a state as it can be named.
type participant struct {
	Alpha2 string
	Alpha3 string
	NameEN string
	NamePL string
}

func (p participant) names() []string {
	return []string{joined(p.NameEN), joined(p.NamePL), strings.ToLower(p.Alpha2), strings.ToLower(p.Alpha3)}
}

// domain is the state's country-code domain: its alpha-2 code, but for one.
func (p participant) domain() string {
	if p.Alpha2 == "GB" {
		return "uk"
	}
	return strings.ToLower(p.Alpha2)
}
