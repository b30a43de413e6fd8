package reference

import _ "embed"

// PublicFacts is the file of what public lists say of national teams, as
// POST /v1/imports?kind=public_facts takes it: with the columns alpha2, fact,
// value, source, source_date.
//
//go:embed public-facts.csv
var PublicFacts []byte

// Strategies is the file of strategies that were read and summarised, as
// POST /v1/imports?kind=strategies takes it.
//
//go:embed strategies.json
var Strategies []byte
