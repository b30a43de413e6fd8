package valid

import "errors"

// Form checks one string against a form that depends on what stands beside it,
// named by its tag ("mailbox", "https", "line", …). The error says what to do.
func Form(tag, s string) error {
	form, known := forms[tag]
	switch {
	case !known:
		panic("valid: no form " + tag)
	case form.ok(s):
		return nil
	default:
		return errors.New(form.detail)
	}
}
