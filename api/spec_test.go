package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"pocreg.example/api"
)

// contract is the document, loaded and with its references followed.
func contract(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec)
	if err != nil {
		t.Fatalf("load the contract: %v", err)
	}
	return doc
}

// operation is one method of one path, with the parameters of both.
type operation struct {
	*openapi3.Operation
	name   string // "GET /v1/states"
	method string
	path   string
	params openapi3.Parameters
}

func (o operation) writes() bool { return o.method != http.MethodGet }

// versioned reports whether o is of the API proper. The others serve the
// contract and operators' tools, take no input and know no caller.
func (o operation) versioned() bool { return strings.HasPrefix(o.path, "/v1/") }

func (o operation) has(in, name string) bool { return o.params.GetByInAndName(in, name) != nil }

func (o operation) answers(status int) bool { return o.Responses.Status(status) != nil }

func operations(t *testing.T) []operation {
	t.Helper()
	var all []operation
	doc := contract(t)
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		for method, op := range item.Operations() {
			all = append(all, operation{
				Operation: op, name: method + " " + path, method: method, path: path,
				params: slices.Concat(item.Parameters, op.Parameters),
			})
		}
	}
	if len(all) == 0 {
		t.Fatal("the contract has no operation")
	}
	return all
}

func TestContractIsValidWithAllItsExamples(t *testing.T) {
	t.Parallel()
	doc := contract(t)
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("the contract is OpenAPI %s, want 3.1: its schemas are checked as JSON Schema 2020-12", doc.OpenAPI)
	}
	err := doc.Validate(t.Context(),
		openapi3.EnableExamplesValidation(), openapi3.EnableSchemaPatternValidation(), openapi3.EnableMultiError())
	if err != nil {
		t.Errorf("Validate() = %v, want no error", err)
	}
}

func TestEveryOperationSaysWhatItIs(t *testing.T) {
	t.Parallel()
	doc := contract(t)
	seen := map[string]string{}
	for _, o := range operations(t) {
		if other, taken := seen[o.OperationID]; taken || o.OperationID == "" {
			t.Errorf("%s has the operationId %q, want one of its own (%s has it)", o.name, o.OperationID, other)
		}
		seen[o.OperationID] = o.name
		if o.Summary == "" {
			t.Errorf("%s has no summary", o.name)
		}
		if len(o.Tags) != 1 || doc.Tags.Get(o.Tags[0]) == nil {
			t.Errorf("%s has the tags %v, want one that the contract describes", o.name, o.Tags)
		}
	}
}

func TestEveryOperationNamesItsRefusals(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		if o.Responses.Default() != nil {
			t.Errorf("%s has a default response: name each status", o.name)
		}
		if !o.versioned() {
			continue
		}
		want := []int{401, 429, 503}
		if strings.Contains(o.path, "{") {
			want = append(want, 404)
		}
		if o.writes() {
			want = append(want, 400, 409, 413, 422)
		}
		if o.writes() && needsToken(o) {
			want = append(want, 403)
		}
		if o.has("header", "If-Match") {
			want = append(want, 412)
		}
		if p := o.params.GetByInAndName("header", "If-Match"); p != nil && p.Required {
			want = append(want, 428)
		}
		if o.RequestBody != nil {
			want = append(want, 415)
		}
		for _, status := range want {
			if !o.answers(status) {
				t.Errorf("%s does not name the status %d", o.name, status)
			}
		}
	}
}

func TestEveryRefusalIsAProblemWithItsOwnStatus(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		for code, ref := range o.Responses.Map() {
			if code < "400" {
				continue
			}
			media := ref.Value.Content["application/problem+json"]
			if media == nil || len(ref.Value.Content) != 1 {
				t.Errorf("%s answers %s with other than application/problem+json alone", o.name, code)
				continue
			}
			example, _ := media.Example.(map[string]any)
			if got := fmt.Sprint(example["status"]); got != code {
				t.Errorf("%s answers %s with an example of the status %s", o.name, code, got)
			}
		}
	}
}

func TestEveryWriteCanBeRehearsedAndIsMadeInAName(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		if !o.writes() {
			if o.has("query", "dry_run") || o.has("header", "Idempotency-Key") {
				t.Errorf("%s takes dry_run or Idempotency-Key, and changes nothing", o.name)
			}
			continue
		}
		// Whoever picks a token up has none yet, and what opens it is used up.
		if o.path == "/v1/tokens/pick-up" && o.Security == nil {
			continue
		}
		if !o.has("query", "dry_run") || !o.answers(200) {
			t.Errorf("%s cannot be rehearsed: it wants dry_run, and a 200", o.name)
		}
		if post := o.method == http.MethodPost; post != o.has("header", "Idempotency-Key") {
			t.Errorf("%s takes Idempotency-Key: %t, want %t", o.name, !post, post)
		}
		if put := o.method == http.MethodPut || o.method == http.MethodPatch; put && !o.has("header", "If-Match") {
			t.Errorf("%s does not take If-Match", o.name)
		}
		if !needsToken(o) {
			t.Errorf("%s can be called without a token", o.name)
		}
	}
}

// needsToken reports whether o has security of its own that does not let
// anybody in. The contract's own lets anybody read.
func needsToken(o operation) bool {
	if o.Security == nil || len(*o.Security) == 0 {
		return false
	}
	return !slices.ContainsFunc(*o.Security, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
}

func TestEveryListIsATableToo(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		ok := o.Responses.Status(200)
		if ok == nil || !strings.HasPrefix(o.OperationID, "list") && o.OperationID != "getTrail" {
			continue
		}
		if ok.Value.Content["application/json"] == nil || ok.Value.Content["text/csv"] == nil {
			t.Errorf("%s is a list, and does not answer in both JSON and CSV", o.name)
		}
		if !o.answers(406) {
			t.Errorf("%s answers in two types, and does not name 406", o.name)
		}
	}
}

func TestWhatCanBeProposedTakesAReason(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		if proposes := o.answers(202); proposes != o.has("query", "reason") {
			t.Errorf("%s answers 202: %t, and takes a reason: %t", o.name, proposes, !proposes)
		}
	}
}

// The contract tells clients to ignore members that they don't know, so its
// schemas stay open; the server's tests close them.
func TestSchemasAreOpen(t *testing.T) {
	t.Parallel()
	for name, ref := range contract(t).Components.Schemas {
		if has := ref.Value.AdditionalProperties.Has; has != nil && !*has {
			t.Errorf("the schema %s refuses members that it does not name", name)
		}
		for _, member := range ref.Value.Required {
			if ref.Value.Properties[member] == nil {
				t.Errorf("the schema %s requires %s, which it does not describe", name, member)
			}
		}
	}
}
