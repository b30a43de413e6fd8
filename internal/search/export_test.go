package search

// Tokens are the words of a text, folded.
func Tokens(text string) []string {
	out := []string{}
	for _, t := range tokens(text) {
		out = append(out, t.word)
	}
	return out
}

// Read takes a text for what it looks like.
func Read(text, state string) {
	read(text, state, []participant{{"PL", "POL", "Poland", "Polska"}, {"GB", "GBR", "United Kingdom", "Wielka Brytania"}})
}
