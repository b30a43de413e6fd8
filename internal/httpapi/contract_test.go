package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"pocreg.example/api"
	"pocreg.example/internal/fixture"
)

// contract is the API's document with its schemas closed: an answer may hold
// nothing that it does not name.
type contract struct {
	doc   *openapi3.T
	paths []string // a fixed one before one with parameters

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by their place in the document
}

// loaded reads the contract, once in a test binary.
var loaded = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec)
	if err != nil {
		return nil, err
	}
	for _, ref := range doc.Components.Schemas {
		closed(ref)
	}
	text, err := doc.MarshalJSON()
	if err != nil {
		return nil, err
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(contractURL, whole); err != nil {
		return nil, err
	}
	return &contract{doc: doc, paths: doc.Paths.InMatchingOrder(), compiler: compiler, schemas: map[string]*jsonschema.Schema{}}, nil
})

const contractURL = "https://pocreg.example/openapi.json"

// schema returns the schema at a place in the document, a JSON pointer. Each is
// compiled once: kin-openapi would do so for each answer.
func (c *contract) schema(place string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.schemas[place]; s != nil {
		return s, nil
	}
	s, err := c.compiler.Compile(contractURL + place)
	if err == nil {
		c.schemas[place] = s
	}
	return s, err
}

// fits returns how a body is not what the schema at place says.
func (c *contract) fits(place string, body []byte) error {
	s, err := c.schema(place)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// closed lets an object of the schema have the members that it names only.
func closed(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil {
		return
	}
	s := ref.Value
	if len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		no := false
		s.AdditionalProperties.Has = &no
	}
	for _, member := range s.Properties {
		if member.Ref == "" {
			closed(member)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		closed(s.Items)
	}
}

// held passes requests on, and fails the test for each answer that the contract
// does not allow.
func held(t *testing.T, h http.Handler) http.Handler {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatalf("load the contract: %v", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if err := c.check(r, rec); err != nil {
			t.Errorf("%s %s answered %d off the contract: %.800s", r.Method, r.URL, rec.Code, err)
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()) // to a client that is gone, there is nothing to say
	})
}

// check returns what is wrong with an answer.
func (c *contract) check(r *http.Request, rec *httptest.ResponseRecorder) error {
	for _, name := range []string{"Request-Id", "Register-Version"} {
		if rec.Header().Get(name) == "" {
			return fmt.Errorf("it has no %s", name)
		}
	}
	route := c.route(r.Method, r.URL.EscapedPath())
	if route == nil {
		return c.off(rec)
	}
	if rec.Code == http.StatusNotModified {
		if route.Operation.Responses.Status(rec.Code) == nil || rec.Header().Get("ETag") == "" || rec.Body.Len() > 0 {
			return fmt.Errorf("a 304 is not in the contract here, has no ETag, or has a body")
		}
		return nil
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route},
		Status:                 rec.Code,
		Header:                 rec.Header(),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: true},
	}
	if err := openapi3filter.ValidateResponse(r.Context(), answer); err != nil {
		return err
	}
	ref := route.Operation.Responses.Status(rec.Code)
	if len(ref.Value.Content) == 0 {
		if rec.Body.Len() > 0 {
			return fmt.Errorf("it has a body")
		}
		return nil
	}
	kind, _, _ := strings.Cut(rec.Header().Get("Content-Type"), ";")
	if ref.Value.Content[kind] == nil {
		return fmt.Errorf("it is of type %q", kind)
	}
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	text, err := unzipped(rec)
	if err != nil {
		return err
	}
	return c.fits(ref.Ref+"/content/"+strings.ReplaceAll(kind, "/", "~1")+"/schema", text)
}

// unzipped returns an answer's body, decoded.
func unzipped(rec *httptest.ResponseRecorder) ([]byte, error) {
	if rec.Header().Get("Content-Encoding") == "" {
		return rec.Body.Bytes(), nil
	}
	r, err := gzip.NewReader(bytes.NewReader(rec.Body.Bytes()))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// route returns the operation that a request is for, nil if there is none. HEAD
// is answered as GET is.
func (c *contract) route(method, at string) *routers.Route {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	asked := strings.Split(at, "/")
	for _, path := range c.paths {
		named := strings.Split(path, "/")
		same := len(named) == len(asked)
		for i := range named {
			parameter := strings.HasPrefix(named[i], "{") && same && asked[i] != ""
			same = same && (parameter || named[i] == asked[i])
		}
		if item := c.doc.Paths.Value(path); same && item.GetOperation(method) != nil {
			return &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)}
		}
	}
	return nil
}

// off judges an answer to a request that the contract knows nothing of: it is a
// refusal, and looks like one.
func (c *contract) off(rec *httptest.ResponseRecorder) error {
	switch rec.Code {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest:
	default:
		return fmt.Errorf("the contract has no such operation")
	}
	if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
		return fmt.Errorf("it is of type %q", got)
	}
	return c.fits("#/components/schemas/Problem", rec.Body.Bytes())
}

func TestRoutesAreTheContracts(t *testing.T) {
	t.Parallel()
	c, err := loaded()
	if err != nil {
		t.Fatalf("load the contract: %v", err)
	}
	var served, described []string
	for _, r := range newServer(fixture.New(t)).Handler().Routes() {
		parts := strings.Split(r.Path, "/")
		for i, p := range parts {
			if name, ok := strings.CutPrefix(p, ":"); ok {
				parts[i] = "{" + name + "}"
			}
		}
		served = append(served, r.Method+" "+strings.Join(parts, "/"))
	}
	for path, item := range c.doc.Paths.Map() {
		if _, reserved := item.Extensions["x-pocreg-reserved"]; reserved {
			continue
		}
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	if diff := cmp.Diff(described, served); diff != "" {
		t.Errorf("the routes are not the contract's (-described +served):\n%s", diff)
	}
}

func TestAnAnswerOffTheContractIsFound(t *testing.T) {
	t.Parallel()
	c, err := loaded()
	if err != nil {
		t.Fatalf("load the contract: %v", err)
	}
	answer := func(status int, body string, headers ...string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		h := rec.Header()
		h.Set("Request-Id", "1")
		h.Set("Register-Version", "1")
		h.Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		rec.WriteHeader(status)
		_, _ = rec.WriteString(body) // a recorder takes all
		return rec
	}
	const good = `{"role":"public","audiences":["public"],"writes":false,"may":[],"takes_two":false}`
	const refused = `{"type":"https://pocreg.example/problems/not-found","title":"","status":404,"detail":"","errors":[],"request_id":"1"}`
	for name, x := range map[string]struct {
		method, path string
		rec          *httptest.ResponseRecorder
		ok           bool
	}{
		"a good one":               {"GET", "/v1/me", answer(200, good), true},
		"a good refusal":           {"GET", "/v1/nothing", answer(404, refused, "Content-Type", "application/problem+json"), true},
		"a member too many":        {"GET", "/v1/me", answer(200, good[:len(good)-1]+`,"secret":1}`), false},
		"a member too few":         {"GET", "/v1/me", answer(200, `{"role":"public"}`), false},
		"an unknown word":          {"GET", "/v1/me", answer(200, strings.Replace(good, `"role":"public"`, `"role":"root"`, 1)), false},
		"a status of no kind":      {"GET", "/v1/me", answer(418, good), false},
		"our own fault":            {"GET", "/v1/me", answer(500, refused, "Content-Type", "application/problem+json"), false},
		"another type":             {"GET", "/v1/me", answer(200, good, "Content-Type", "text/html"), false},
		"no Request-Id":            {"GET", "/v1/me", answer(200, good, "Request-Id", ""), false},
		"no ETag":                  {"GET", "/v1/contacts", answer(200, `{"items":[],"next":null,"register_version":1}`), false},
		"an ETag of another form":  {"GET", "/v1/contacts", answer(200, `{"items":[],"next":null,"register_version":1}`, "ETag", `"1"`), false},
		"a member of a member":     {"GET", "/v1/reference/norms", answer(200, `{"items":[{"code":"13a","titles":{"en":"x"},"x":1}],"register_version":1}`, "ETag", `"1-000000000000000000000000"`), false},
		"no route, but an answer":  {"GET", "/v1/nothing", answer(200, good), false},
		"no method, but an answer": {"DELETE", "/v1/me", answer(200, good), false},
		"304 without an ETag":      {"GET", "/v1/contacts", answer(304, ""), false},
	} {
		err := c.check(httptest.NewRequestWithContext(t.Context(), x.method, x.path, nil), x.rec)
		if (err == nil) != x.ok {
			t.Errorf("check() of %s = %v, want ok: %t", name, err, x.ok)
		}
	}
}
