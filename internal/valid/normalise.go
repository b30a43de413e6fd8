package valid

import (
	"reflect"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Normalise brings every string in the struct that in points to, however deep,
// into the form in which the register holds text: Unicode NFC, without white
// space around it, lines ended by \n (browsers send \r\n). A field tagged
// norm:"-" is left as it came; so are map keys, which are identifiers.
func Normalise(in any) {
	normalise(reflect.ValueOf(in).Elem())
}

func normalise(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(normal(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			normalise(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			// An embedded struct's exported fields are ours even if its type's name is not.
			promoted := f.Anonymous && f.Type.Kind() == reflect.Struct
			if (f.IsExported() || promoted) && f.Tag.Get("norm") != "-" {
				normalise(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			normalise(v.Index(i))
		}
	case reflect.Map:
		// A map's values cannot be changed in place: each is copied, changed and put back.
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			normalise(value)
			v.SetMapIndex(key, value)
		}
	}
}

func normal(s string) string {
	s = lineEnds.Replace(s)
	return strings.TrimSpace(norm.NFC.String(s))
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")
