package portal

import (
	"net/url"
	"strings"
	"unicode"
)

// next is the page of ours that a visitor wanted before they had to sign in: "/"
// unless what they bring along is an address on this server. A link that leads
// through our sign-in to a false copy of it is how passwords are stolen.
func (v *visit) next() string {
	wanted := v.Request().Form.Get("next")
	u, err := url.Parse(wanted)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(wanted, "/") ||
		strings.HasPrefix(wanted, "//") || strings.ContainsFunc(wanted, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return "/"
	}
	return u.RequestURI()
}
