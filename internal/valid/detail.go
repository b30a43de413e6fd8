package valid

import (
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// detail says in plain English what to do about a field, from the tag that it
// broke and the field's type; never from its value.
func detail(fe validator.FieldError) string {
	tag, param := fe.Tag(), fe.Param()
	if form, ok := forms[tag]; ok {
		return form.detail
	}
	if form, ok := builtin[tag]; ok {
		return form
	}
	switch tag {
	case "required":
		if fe.Kind() == reflect.String {
			return "must not be empty"
		}
		return "must be given"
	case "oneof":
		return "must be one of: " + strings.Join(strings.Fields(param), ", ")
	case "min", "gte":
		if _, many := units(fe); param == "1" && many != "" {
			return "must not be empty"
		}
		return limit(fe, "at least")
	case "max", "lte":
		return limit(fe, "at most")
	case "gt":
		return limit(fe, "more than")
	case "lt":
		return limit(fe, "less than")
	case "len":
		return limit(fe, "exactly")
	}
	switch {
	case strings.HasPrefix(tag, "required_"):
		return "must be given together with what else the input says"
	case strings.HasPrefix(tag, "excluded_"):
		return "must be left out, given what else the input says"
	}
	return "must be as the API's description says"
}

// builtin are the validator's own tags whose sentence needs no parameter.
var builtin = map[string]string{
	"unique":       "must not hold the same entry twice",
	"uuid":         uuidDetail,
	"uuid4":        uuidDetail,
	"uuid_rfc4122": uuidDetail,
	"email":        mailboxDetail,
	"url":          httpsDetail,
	"http_url":     httpsDetail,
	"https_url":    "must be a web address that begins with https://",
	"ascii":        "must hold ASCII characters only",
	"printascii":   "must hold printable ASCII characters only",
}

const uuidDetail = "must be a UUID such as 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"

// limit words a bound on a number, or on the count of characters or entries.
func limit(fe validator.FieldError, bound string) string {
	one, many := units(fe)
	switch {
	case many == "":
		return "must be " + bound + " " + fe.Param()
	case fe.Param() == "1":
		return "must have " + bound + " 1 " + one
	default:
		return "must have " + bound + " " + fe.Param() + " " + many
	}
}

// units names what a field's size counts, one and several; nothing for a number.
func units(fe validator.FieldError) (one, many string) {
	switch fe.Kind() {
	case reflect.String:
		return "character", "characters"
	case reflect.Slice, reflect.Array, reflect.Map:
		return "entry", "entries"
	default:
		return "", ""
	}
}
