package portal

import (
	"errors"
	"net/http"
	"strings"

	"pocreg.example/internal/problem"
)

// longestForm bounds what a form may send, in bytes.
const longestForm = 64 << 10

// readForm reads the form that was sent, and refuses what no form of ours is.
func (v *visit) readForm() error {
	r := v.Request()
	r.Body = http.MaxBytesReader(v.Response(), r.Body, longestForm)
	if err := r.ParseForm(); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return problem.Errorf(problem.TooLarge, "the form is longer than the registry takes")
		}
		return problem.Errorf(problem.Malformed, "the form cannot be read: go back, and send it again")
	}
	return nil
}

// value returns what was typed into a field of the form that was sent.
func (v *visit) value(field string) string { return v.Request().PostForm.Get(field) }

// values are all that was chosen of a form's field of which several may be.
func (v *visit) values(field string) []string { return v.Request().PostForm[field] }

// wrong tells a form's sender what to mend: the fields that the rules name, which
// are the form's own, or the whole. ok is false for what is no fault of the form.
func (v *visit) wrong(err error) (faults []fault, status int, ok bool) {
	var p *problem.Error
	if !errors.As(err, &p) {
		return nil, 0, false
	}
	switch p.Kind {
	case problem.Invalid:
		for _, f := range p.Faults {
			field, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
			faults = append(faults, v.fault(field, f.Detail))
		}
		if len(faults) == 0 {
			faults = []fault{v.fault("", p.Detail)}
		}
		return faults, http.StatusUnprocessableEntity, true
	case problem.Unauthenticated:
		return []fault{v.fault("", p.Detail)}, http.StatusUnauthorized, true
	case problem.Conflict:
		return []fault{v.fault("", p.Detail)}, http.StatusConflict, true
	case problem.Stale:
		return []fault{v.fault("", p.Detail)}, http.StatusPreconditionFailed, true
	default:
		return nil, 0, false
	}
}

func (v *visit) fault(field, english string) fault {
	text, in := v.say(english)
	return fault{field, text, in}
}

// again shows a form once more with what is wrong with it, or passes on what is no
// fault of it.
func (v *visit) again(err error, name string, data any) error {
	faults, status, ok := v.wrong(err)
	if !ok {
		return err
	}
	return v.show(status, name, data, faults...)
}
