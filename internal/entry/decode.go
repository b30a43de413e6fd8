package entry

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pocreg.example/internal/problem"
)

// Decode reads one JSON value into v strictly: a member that v lacks, a member
// twice, trailing data and invalid UTF-8 are Malformed problems that name their
// place.
func Decode(text []byte, v any) error {
	err := json.Unmarshal(text, v, json.RejectUnknownMembers(true))
	if err == nil && jsontext.Value(text).Kind() == 'n' {
		// It would read as an input in which all is left out.
		err = &json.SemanticError{}
	}
	if err == nil {
		return nil
	}
	return &problem.Error{
		Kind: problem.Malformed, Detail: "the body is not what this route takes: mend what errors lists, and send it again",
		Faults: []problem.Fault{describe(err)},
	}
}

// describe says in words what json found, without its Go types or the input.
func describe(err error) problem.Fault {
	f := problem.Fault{Detail: "is not well-formed JSON: send one JSON value in UTF-8, with no member twice and nothing after it"}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		f.Pointer = string(semantic.JSONPointer)
		f.Detail = "is of the wrong type: see /docs for what goes here"
		if errors.Is(err, json.ErrUnknownName) {
			f.Detail = "is no member of this: see /docs for the ones there are"
		}
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		f.Pointer = string(syntactic.JSONPointer)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			f.Detail = "is there twice: keep one"
		}
	}
	return f
}
