package search

import (
	"slices"
	"strings"
)

// marks finds in an entry's texts what was looked up whole.
func (r reading) marks() marker {
	return func(f field) []span {
		channel := strings.HasPrefix(f.path, "/channels/") && strings.HasSuffix(f.path, "/value")
		text := strings.ToLower(f.text)
		switch r.as {
		case AsPhone, AsEmail:
			if channel && slices.Contains(r.values, text) {
				return []span{{0, len(f.text)}}
			}
		case AsFingerprint:
			if i := strings.Index(text, r.values[0]); strings.HasPrefix(f.path, "/keys/") && i >= 0 {
				return []span{{i, i + len(r.values[0])}}
			}
		case AsDomain:
			if !channel && f.path != "/website" && !strings.HasSuffix(f.path, "_url") || len(text) != len(f.text) {
				return nil
			}
			for _, host := range r.values {
				if i := hostIn(text, host); i >= 0 {
					return []span{{i, i + len(host)}}
				}
			}
		}
		return nil
	}
}

// hostIn returns where a host, or a part of one that is a domain above it, stands
// in an address; -1 if it does not.
func hostIn(address, host string) int {
	from := 0
	if i := strings.Index(address, "://"); i >= 0 {
		from = i + len("://")
	} else if i := strings.LastIndexByte(address, '@'); i >= 0 {
		from = i + 1
	}
	to := len(address)
	if i := strings.IndexAny(address[from:], "/?#:"); i >= 0 {
		to = from + i
	}
	if whole := address[from:to]; whole == host || strings.HasSuffix(whole, "."+host) {
		return to - len(host)
	}
	return -1
}
