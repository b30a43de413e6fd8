package valid

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the same time zones everywhere, also in an image without files
	"unicode"
	"unicode/utf8"
)

// forms are our own tags (and e164, in which the validator lets the + be left
// out): what a string must look like, and the sentence for
// one that does not. They say nothing about the empty string; required does,
// and omitempty lets it pass.
var forms = map[string]struct {
	ok     func(string) bool
	detail string
}{
	"line":        {Line, "must be one line of visible text, without control or formatting characters: type it anew instead of pasting it"},
	"text":        {Text, "must be visible text, without control or formatting characters: type it anew instead of pasting it"},
	"lang":        {func(s string) bool { _, err := Language(s); return err == nil }, languageDetail},
	"tz":          {timeZone, "must be an IANA time zone such as Europe/Warsaw, or UTC"},
	"https":       {webAddress, httpsDetail},
	"mailbox":     {mailbox, mailboxDetail},
	"alpha2":      {regexp.MustCompile(`^[A-Z]{2}$`).MatchString, "must be an ISO 3166-1 code of two capital letters such as PL"},
	"sha256":      {regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString, "must be a SHA-256 sum: 64 hexadecimal digits in lower case"},
	"partialdate": {partialDate, "must be a date from 1900 on, as precise as it is known: 2021, 2021-03 or 2021-03-28"},
	"e164":        {regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`).MatchString, "must be an E.164 phone number such as +48221234567"},
	"slug":        {regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`).MatchString, "must be a name of small letters, digits and _, such as malware_analysis"},
	"extsystem":   {regexp.MustCompile(`^[a-z][a-z0-9._-]{0,63}$`).MatchString, "must be the name of a system in small letters, such as misp or pl-register"},
	"uuid":        {regexp.MustCompile(`^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`).MatchString, uuidDetail},
	"extid":       {regexp.MustCompile(`^[A-Za-z0-9._:@-]{1,128}$`).MatchString, "must be an identifier of 1 to 128 letters (a to z), digits and . _ : @ -"},
}

const (
	httpsDetail   = "must be a web address such as https://www.example.org/page, with at most 2000 characters and no password in it"
	mailboxDetail = "must be an e-mail address such as duty@cert.example.org, without a name around it"
)

var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z]*(/[A-Z][A-Za-z0-9_+-]*){1,2}$`)

// timeZone takes only the names' published spelling, so that neither a folder
// of the machine (posix/, right/) nor a file system that ignores case decides.
func timeZone(s string) bool {
	if s == "UTC" {
		return true
	}
	if len(s) > 64 || !zoneName.MatchString(s) {
		return false
	}
	_, err := time.LoadLocation(s)
	return err == nil
}

func webAddress(s string) bool {
	if utf8.RuneCountInString(s) > 2000 || strings.ContainsAny(s, `"<>\`) || strings.ContainsFunc(s, hidden) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Opaque != "" {
		return false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	} else if strings.HasSuffix(u.Host, ":") {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Zone() == "" || domain(u.Hostname())
}

// mailbox takes ASCII addresses and internationalised ones (SMTPUTF8); not
// quoted local parts, comments or address literals, which are valid in mail and
// a trap everywhere else.
func mailbox(s string) bool {
	if len(s) > 254 || strings.ContainsFunc(s, hidden) {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s {
		return false
	}
	at := strings.LastIndexByte(s, '@')
	return at <= 64 && domain(s[at+1:])
}

// domain reports whether s is a host name with a dot in it, in ASCII or not.
func domain(s string) bool {
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 || !strings.ContainsFunc(labels[len(labels)-1], unicode.IsLetter) {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && !unicode.In(r, unicode.L, unicode.M, unicode.Nd) || !allowed(r) {
				return false
			}
		}
	}
	return true
}

// hidden reports whether r has no place in an address: what cannot be seen
// there, or ends it.
func hidden(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || !allowed(r)
}

func partialDate(s string) bool {
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		if len(s) == len(layout) {
			t, err := time.Parse(layout, s)
			return err == nil && t.Year() >= 1900
		}
	}
	return false
}
