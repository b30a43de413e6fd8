// Package valid is the one place where input is checked against the tags of
// its type, and where text is brought into one form. It knows what strings look
// like (a language, a time zone, a phone number), not what they are for.
package valid

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"pocreg.example/internal/problem"
)

var check = newValidator()

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(jsonName)
	for tag, form := range forms {
		err := v.RegisterValidation(tag, func(fl validator.FieldLevel) bool {
			return fl.Field().Kind() == reflect.String && form.ok(fl.Field().String())
		})
		if err != nil {
			panic(fmt.Sprintf("valid: register tag %s: %v", tag, err))
		}
	}
	return v
}

// jsonName is the name under which the caller knows a field, "" if it has none
// of its own.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// Struct checks in, a struct or a pointer to one, against its validate tags. It
// returns nil or an Invalid problem with one fault a field, in the order of the
// fields. A fault says what to do; it never repeats the value.
func Struct(in any) error {
	err := check.Struct(in)
	if err == nil {
		return nil
	}
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) {
		return fmt.Errorf("check %T: %w", in, err)
	}
	type located struct {
		place
		detail string
	}
	all := make([]located, 0, len(broken))
	for _, fe := range broken {
		all = append(all, located{locate(in, fe.Namespace()), detail(fe)})
	}
	slices.SortStableFunc(all, func(a, b located) int {
		return cmp.Or(slices.Compare(a.order, b.order), strings.Compare(a.pointer, b.pointer))
	})
	// The same place twice is a map entry whose key and value are both wrong:
	// one fault is enough to send the caller there.
	all = slices.CompactFunc(all, func(a, b located) bool { return a.pointer == b.pointer })
	faults := make([]problem.Fault, 0, len(all))
	for _, f := range all {
		faults = append(faults, problem.Fault{Pointer: f.pointer, Detail: f.detail})
	}
	return problem.WithFaults(faults)
}
