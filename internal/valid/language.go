package valid

import (
	"errors"

	"golang.org/x/text/language"
)

const languageDetail = "must be a BCP 47 language tag such as pl, en-GB or sr-Latn"

var errLanguage = errors.New(languageDetail)

// Language returns the canonical form of a BCP 47 language tag ("EN_gb" is
// "en-GB", "iw" is "he"). It takes only tags that name one language that people
// speak or write: not und, mul, zxx or private codes, and no extensions, which
// are about software.
func Language(s string) (string, error) {
	// Longer tags are extensions; the parser need not see them.
	if len(s) > 35 {
		return "", errLanguage
	}
	tag, err := language.Parse(s)
	if err != nil || len(tag.Extensions()) > 0 {
		return "", errLanguage
	}
	base, script, region := tag.Raw()
	switch base.String() {
	case "und", "mul", "mis", "zxx":
		return "", errLanguage
	}
	if base.IsPrivateUse() || script.IsPrivateUse() || region.IsPrivateUse() {
		return "", errLanguage
	}
	return tag.String(), nil
}
