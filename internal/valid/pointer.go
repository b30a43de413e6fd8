package valid

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Pointer joins tokens into a JSON pointer (RFC 6901).
func Pointer(tokens ...string) string {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteByte('/')
		b.WriteString(pointerEscapes.Replace(token))
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// place is where in an input a fault is, and a key that sorts faults as the
// fields stand in the type.
type place struct {
	pointer string
	order   []string
}

// locate translates the validator's namespace ("Input.channels[0].value") into
// a place. The namespace alone is ambiguous, because a map's keys are the
// caller's and may hold any character; so it is read along the value itself.
func locate(in any, namespace string) place {
	w := walk{at: reflect.Indirect(reflect.ValueOf(in))}
	w.rest = "." + strings.TrimPrefix(namespace, w.at.Type().Name()+".")
	for w.rest != "" && w.step() {
	}
	return place{Pointer(w.tokens...), w.order}
}

// walk is a walk down a value: where it is, what of the namespace is left, and
// what it passed.
type walk struct {
	at     reflect.Value
	rest   string
	tokens []string
	order  []string
}

// step goes one level down; false if the namespace does not lead there.
func (w *walk) step() bool {
	for w.at.Kind() == reflect.Pointer || w.at.Kind() == reflect.Interface {
		w.at = w.at.Elem()
	}
	switch w.at.Kind() {
	case reflect.Struct:
		return w.field()
	case reflect.Slice, reflect.Array:
		return w.index()
	case reflect.Map:
		return w.key()
	default:
		return false
	}
}

func (w *walk) field() bool {
	found, length := -1, 0
	for i := range w.at.NumField() {
		f := w.at.Type().Field(i)
		name := jsonName(f)
		if name == "" {
			name = f.Name
		}
		if n := w.match("." + name); n > length {
			found, length = i, n
		}
	}
	if found < 0 {
		return false
	}
	f := w.at.Type().Field(found)
	if token := jsonName(f); token != "" {
		w.tokens = append(w.tokens, token)
	} else if !f.Anonymous {
		w.tokens = append(w.tokens, f.Name)
	}
	w.order = append(w.order, fmt.Sprintf("%06d", found))
	w.at, w.rest = w.at.Field(found), w.rest[length:]
	return true
}

func (w *walk) index() bool {
	digits, _, ok := strings.Cut(strings.TrimPrefix(w.rest, "["), "]")
	i, err := strconv.Atoi(digits)
	if !ok || err != nil || i < 0 || i >= w.at.Len() {
		return false
	}
	w.tokens = append(w.tokens, digits)
	w.order = append(w.order, fmt.Sprintf("%06d", i))
	w.at, w.rest = w.at.Index(i), w.rest[len("[")+len(digits)+len("]"):]
	return true
}

func (w *walk) key() bool {
	var found reflect.Value
	length := 0
	for _, k := range w.at.MapKeys() {
		if n := w.match(fmt.Sprintf("[%v]", k.Interface())); n > length {
			found, length = k, n
		}
	}
	if length == 0 {
		return false
	}
	token := fmt.Sprint(found.Interface())
	w.tokens = append(w.tokens, token)
	w.order = append(w.order, token)
	w.at, w.rest = w.at.MapIndex(found), w.rest[length:]
	return true
}

// match returns the length of prefix if the rest begins with it and goes on as
// a namespace can, else 0.
func (w *walk) match(prefix string) int {
	after, ok := strings.CutPrefix(w.rest, prefix)
	if !ok || after != "" && after[0] != '.' && after[0] != '[' {
		return 0
	}
	return len(prefix)
}
