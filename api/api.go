// Package api is the API's contract: the OpenAPI document that people and
// programs read, and that the tests hold the server to. It is written by hand,
// before the code that serves it.
package api

import _ "embed"

// Spec is the contract: OpenAPI 3.1, in YAML. It is served at /openapi.yaml and
// must not be changed.
//
//go:embed openapi.yaml
var Spec []byte
