package importer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
	"pocreg.example/internal/valid"
)

// strategiesFile is a list of strategies that were read and summarised.
type strategiesFile struct{ items []item }

// item is one strategy of the file.
type item struct {
	State            string `json:"state"`
	Kind             string `json:"kind"`
	OriginalTitle    string `json:"original_title"`
	OriginalLanguage string `json:"original_language"`
	TitleEN          string `json:"title_en"`
	IssuingBody      string `json:"issuing_body"`
	AdoptedOn        string `json:"adopted_on"`
	// AdoptedPrecision repeats what the form of the date says.
	AdoptedPrecision string   `json:"adopted_precision"`
	ValidUntil       string   `json:"valid_until"`
	Status           string   `json:"status"`
	StatusEvidence   string   `json:"status_evidence"`
	FocusAreas       []string `json:"focus_areas"`
	Objectives       []string `json:"objectives"`
	SummaryEN        string   `json:"summary_en"`
	SummaryPL        string   `json:"summary_pl"`
	PointsOfContact  mention  `json:"mentions_points_of_contact"`
	ConfidenceBuild  mention  `json:"mentions_confidence_building"`
	NormsTouched     []string `json:"norms_touched"`
	Source           text     `json:"source"`
	URLInText        string   `json:"url_in_text"`
	CatalogueURL     string   `json:"catalogue_url"`
	DateBasis        string   `json:"date_basis"`
	Confidence       string   `json:"confidence"`

	line, place int // in the file
}

// mention is what a reader of the text noticed in it: no word of the state's.
type mention struct {
	Value bool   `json:"value"`
	Note  string `json:"note"`
}

// text is what was read, and how much of it.
type text struct {
	Repo            string `json:"repo"`
	Path            string `json:"path"`
	Commit          string `json:"commit"`
	CharactersRead  int    `json:"characters_read"`
	CharactersTotal int    `json:"characters_total"`
	SHA256          string `json:"sha256_of_text"`
	SHA256Note      string `json:"sha256_note"`
	Note            string `json:"note"`
	LanguageNote    string `json:"language_note"`
}

// readStrategies reads the list item by item, so that a fault has its line.
func readStrategies(whole []byte) (file, error) {
	whole = bytes.TrimPrefix(whole, []byte("\ufeff"))
	dec := jsontext.NewDecoder(bytes.NewReader(whole))
	line, counted := 1, int64(0)
	lineAt := func(offset int64) int { // which is never before the last
		line += bytes.Count(whole[counted:offset], []byte("\n"))
		counted = offset
		return line
	}
	broken := func() error {
		return malformed(lineAt(dec.InputOffset()), "is not well-formed JSON: send a list of strategies in UTF-8, with no member twice")
	}
	if open, err := dec.ReadToken(); err != nil || open.Kind() != '[' {
		return nil, broken()
	}
	f := &strategiesFile{}
	var faults []problem.Fault
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, broken()
		}
		it := item{line: lineAt(dec.InputOffset() - int64(len(value))), place: len(f.items)}
		if it.place == mostRows {
			return nil, overfull(it.line)
		}
		var p *problem.Error
		if err := entry.Decode(value, &it); errors.As(err, &p) {
			for _, fault := range p.Faults {
				fault.Line, fault.Pointer = it.line, fmt.Sprintf("/%d%s", it.place, fault.Pointer)
				faults = append(faults, fault)
			}
		}
		f.items = append(f.items, it)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, broken()
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, broken()
	}
	if len(faults) > 0 {
		refused, _ := refusal(faults).(*problem.Error)
		refused.Kind, refused.Detail = problem.Malformed, "the file is not what this route takes: mend what errors lists, and send it again"
		return nil, refused
	}
	return f, nil
}

func (f *strategiesFile) rows() int { return len(f.items) }

// plan links what the file says of one state's strategies, older ones first: a
// new one may supersede only what is there before it.
func (f *strategiesFile) plan(ctx context.Context, im *Importer, tx *register.Tx, p *plan) (err error) {
	items := slices.Clone(f.items)
	slices.SortStableFunc(items, func(a, b item) int {
		return cmp.Or(strings.Compare(a.State, b.State), strings.Compare(a.AdoptedOn, b.AdoptedOn))
	})
	ended := endedIn(items)
	seen := map[string]int{}
	var all []found[strategy.Input]
	for _, it := range items {
		place := fmt.Sprintf("/%d", it.place)
		if !isState(it.State) {
			p.faults = append(p.faults, problem.Fault{Line: it.line, Pointer: place + "/state", Detail: "is no participating state: see /v1/states"})
			continue
		}
		if other := seen[it.id()]; other > 0 {
			p.faults = append(p.faults, problem.Fault{
				Line: it.line, Pointer: place + "/original_title", Detail: fmt.Sprintf("is that of the strategy on line %d too: keep one", other),
			})
			continue
		}
		seen[it.id()] = it.line
		all = append(all, found[strategy.Input]{
			line: it.line, id: it.id(), in: it.input(ended),
			where: func(pointer string) problem.Fault {
				return problem.Fault{Line: it.line, Pointer: place + member(pointer)}
			},
		})
	}
	_, hidden, err := present(ctx, tx, im.Strategies.Store, all)
	if err != nil {
		return err
	}
	for i, one := range all {
		if one.in.Supersedes != nil && hidden[*one.in.Supersedes] {
			all[i].in.Supersedes = nil // nobody but its state says what became of it
		}
	}
	p.strategies, err = foundIn(ctx, tx, p, im.Strategies.Store, all)
	return err
}

func (it item) id() string { return foundID("strategies", it.State, it.OriginalTitle) }

// member is where in the file a member of an entry comes from.
func member(pointer string) string {
	for of, in := range map[string]string{
		"/titles": "/title_en", "/summaries/en": "/summary_en", "/summaries/pl": "/summary_pl", "/objectives/en": "/objectives",
		"/norms": "/norms_touched", "/documents": "/catalogue_url", "/sources": "/source",
	} {
		if rest, ok := strings.CutPrefix(pointer, of); ok {
			if of == "/norms" || of == "/objectives/en" {
				return in + rest
			}
			return in
		}
	}
	return pointer
}

// input is what the entry says: the file's own words, each with where they come
// from.
func (it item) input(ended map[end]item) strategy.Input {
	in := strategy.Input{Details: strategy.Details{
		OriginalTitle: it.OriginalTitle, OriginalLanguage: it.OriginalLanguage, IssuingBody: it.IssuingBody,
		Titles: said("en", it.TitleEN), Summaries: said("en", it.SummaryEN, "pl", it.SummaryPL),
		Status: it.Status, StatusEvidence: it.evidence(), AdoptedOn: it.AdoptedOn, ValidUntil: it.ValidUntil,
		FocusAreas: it.FocusAreas, Supersedes: it.supersedes(ended),
	}}
	if len(it.Objectives) > 0 {
		in.Objectives = map[string][]string{"en": it.Objectives}
	}
	for _, code := range it.NormsTouched {
		in.Norms = append(in.Norms, strategy.Norm{
			Code: code, Reading: strategy.ByRegistry, Note: "Read into the text by who summarised it, not said by the state.",
		})
	}
	if it.CatalogueURL != "" {
		in.Documents = append(in.Documents, strategy.Document{URL: it.CatalogueURL, Title: "In a public catalogue; not the copy that was read"})
	}
	if url := it.URLInText; url != "" {
		if valid.Form("https", url) != nil {
			url = "https://" + url
		}
		in.Documents = append(in.Documents, strategy.Document{URL: url, Title: "Named in the text"})
	}
	in.State, in.Kind, in.Basis, in.Sources = it.State, it.Kind, entry.PublicSource, it.sources(in.Details)
	return in
}

// said is a text in some languages, without those that it is not in.
func said(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out[pairs[i]] = pairs[i+1]
		}
	}
	return out
}

// sources says of every value where it comes from: the stored text, or who
// summarised it.
func (it item) sources(d strategy.Details) []entry.Source {
	stored := fmt.Sprintf("https://github.com/%s, %s, commit %s", it.Source.Repo, it.Source.Path, it.Source.Commit)
	var out []entry.Source
	add := func(pointer, value, source string) {
		if value != "" {
			out = append(out, entry.Source{Pointer: pointer, Value: value, Source: source})
		}
	}
	add("/original_title", it.OriginalTitle, stored)
	add("/original_language", it.OriginalLanguage, stored)
	add("/titles/en", it.TitleEN, stored)
	add("/issuing_body", it.IssuingBody, stored)
	add("/adopted_on", it.AdoptedOn, worded(it.DateBasis)+"; text: "+stored)
	add("/valid_until", it.ValidUntil, stored)
	add("/status", it.Status, "Our reading; what it rests on stands in status_evidence")
	add("/summaries", it.extent(), stored)
	add("/objectives", it.extent(), stored)
	add("/focus_areas", strings.Join(it.FocusAreas, ", "), "Our reading of "+stored)
	add("/norms", strings.Join(it.NormsTouched, ", "), "Our reading of "+stored)
	for i, doc := range d.Documents {
		add(fmt.Sprintf("/documents/%d/url", i), doc.URL, doc.Title)
	}
	return out
}

// extent is how much of the text was read, and which text it was.
func (it item) extent() string {
	s := it.Source
	percent := 100
	if s.CharactersTotal > 0 {
		percent = 100 * s.CharactersRead / s.CharactersTotal
	}
	return fmt.Sprintf("Our own words, from %d of the %d characters of the text (%d %%), SHA-256 %s (%s)",
		s.CharactersRead, s.CharactersTotal, percent, s.SHA256, s.SHA256Note)
}

// evidence is what the status rests on, and how far the rest can be relied on.
func (it item) evidence() string {
	lines := []string{sentence(cmp.Or(worded(it.StatusEvidence), "nothing says that it was replaced; nobody has looked for it beyond the sources named"))}
	lines = append(lines, it.extent()+".")
	for _, note := range []string{it.Source.Note, it.Source.LanguageNote} {
		if note != "" {
			lines = append(lines, sentence(note))
		}
	}
	lines = append(lines, sentence("date: "+worded(it.DateBasis)), "Confidence of the summary: "+it.Confidence+".")
	for _, m := range []struct {
		of string
		mention
	}{{"Points of contact", it.PointsOfContact}, {"Confidence-building measures", it.ConfidenceBuild}} {
		mentioned := "not noticed in the text"
		if m.Value {
			mentioned = "mentioned in the text"
		}
		lines = append(lines, fmt.Sprintf("%s: %s, as we read it, which is no statement of the state. %s", m.of, mentioned, sentence(m.Note)))
	}
	return strings.Join(lines, "\n")
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(s[size:], ".") + "."
}

// elsewhere is how the file names a list of texts that is not part of it.
var elsewhere = regexp.MustCompile(`[;,]? ?\(?see strategies_partial\.json\)?`)

// worded is a remark of the file's in words that make sense in an entry.
func worded(remark string) string {
	remark = elsewhere.ReplaceAllStringFunc(remark, func(found string) string {
		if strings.HasSuffix(found, ")") && !strings.Contains(found, "(") {
			return ")"
		}
		return ""
	})
	return strings.NewReplacer(
		"in this file)", "recorded here)", "dataset CSV", "the data set of Kostyuk",
	).Replace(remark)
}

// successor is how the file says that a strategy of its own follows.
var successor = regexp.MustCompile(`\b([12][0-9]{3}) strategy \(also in this file\)`)

// end is how the file says that a strategy was superseded: in a state, by one of a
// year.
type end struct{ state, year string }

// endedIn are the strategies of the file that say of themselves that another one
// follows; of several by the same, the oldest. items are in the order of their dates.
func endedIn(items []item) map[end]item {
	out := map[end]item{}
	for _, it := range items {
		match := successor.FindStringSubmatch(it.StatusEvidence)
		if match == nil || it.Status != "superseded" {
			continue
		}
		by := end{it.State, match[1]}
		if _, older := out[by]; !older {
			out[by] = it
		}
	}
	return out
}

// supersedes is the strategy of the file that says of itself that this one
// follows it.
func (it item) supersedes(ended map[end]item) *string {
	if len(it.AdoptedOn) < len("2006") {
		return nil
	}
	earlier, there := ended[end{it.State, it.AdoptedOn[:4]}]
	if !there || earlier.AdoptedOn >= it.AdoptedOn {
		return nil
	}
	id := earlier.id()
	return &id
}
