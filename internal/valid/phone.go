package valid

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// Phone returns the E.164 form of a phone number in any usual spelling: with +
// or 00 and the country's code, or as it is dialled within region (ISO 3166-1
// alpha-2, "" if unknown). Satellite and other international networks (+870,
// +881 and so on) are taken too. The error says what to do.
func Phone(s, region string) (e164 string, err error) {
	// Numbers copied from address books carry invisible marks of direction.
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s))
	if utf8.RuneCountInString(s) > 60 {
		return "", errPhone
	}
	s = strings.TrimPrefix(s, "tel:")
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	n, err := phonenumbers.Parse(s, region)
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "", errPhoneCountry
	case err != nil:
		return "", errPhone
	case n.GetExtension() != "":
		return "", errPhoneExtension
	// The library reads letters as keys of the dial, also those of a typing error.
	case strings.ContainsFunc(s, unicode.IsLetter):
		return "", errPhone
	case !dialable(n):
		return "", errPhone
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

var (
	errPhone          = errors.New("must be a whole phone number with the country's code, such as +48221234567")
	errPhoneCountry   = errors.New("must begin with + and the country's code, such as +48221234567")
	errPhoneExtension = errors.New("must be a number without an extension: give the direct line, and tell the extension in a note")
)

// dialable asks of the international networks only that the length is right:
// the library's list of their number ranges lags behind.
func dialable(n *phonenumbers.PhoneNumber) bool {
	if phonenumbers.IsValidNumber(n) {
		return true
	}
	return phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())) == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY &&
		phonenumbers.IsPossibleNumber(n)
}

// PhoneRegion returns where an E.164 number belongs, ISO 3166-1 alpha-2; "" for
// an international network, or if it cannot be told.
func PhoneRegion(e164 string) string {
	n, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return ""
	}
	return region(phonenumbers.GetRegionCodeForNumber(n))
}

// DiallingRegions returns the regions, ISO 3166-1 alpha-2, that share the
// country's code with which digits begin: 1 is that of many. None if there is no
// such code.
func DiallingRegions(digits string) []string {
	for length := min(3, len(digits)); length > 0; length-- {
		code, err := strconv.Atoi(digits[:length])
		if err != nil || strconv.Itoa(code) != digits[:length] {
			continue // it begins with 0, as no code does
		}
		var out []string
		for _, r := range phonenumbers.GetRegionCodesForCountryCode(code) {
			if r = region(r); r != "" {
				out = append(out, r)
			}
		}
		if out != nil {
			return out
		}
	}
	return nil
}

// region leaves out what the library calls a region and is none.
func region(code string) string {
	if len(code) != 2 || code == phonenumbers.UNKNOWN_REGION {
		return ""
	}
	return code
}
