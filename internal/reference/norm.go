package reference

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Norm is one of the eleven voluntary norms of responsible state behaviour in
// A/70/174, paragraph 13.
type Norm struct {
	Code   string            // the paragraph: 13a to 13k
	Titles map[string]string // by language; paraphrases in our words, never quotations
}

// CBM is a confidence-building measure that a framework has agreed on. Its
// framework may be UN, which is not among Frameworks.
type CBM struct {
	Framework string // UN or OSCE
	Code      string // CBM1 to CBM16; unique within the framework only
	Year      int    // when it was agreed
	Titles    map[string]string
}

//go:embed norms-and-cbms.json
var normsJSON []byte

// titled is what norms and measures have in common in the file.
type titled struct {
	Framework string `json:"framework"`
	Code      string `json:"code"`
	Year      int    `json:"year"`
	TitleEN   string `json:"title_en"`
	TitlePL   string `json:"title_pl"`
}

// titles leaves out languages without a title, so that a reader falls back to
// English instead of showing nothing.
func (t titled) titles() map[string]string {
	all := map[string]string{"en": t.TitleEN}
	if t.TitlePL != "" {
		all["pl"] = t.TitlePL
	}
	return all
}

var normsAndCBMs = sync.OnceValues(func() ([]Norm, []CBM) {
	var file struct {
		Norms []titled `json:"norms"`
		CBMs  []titled `json:"cbms"`
	}
	if err := json.Unmarshal(normsJSON, &file); err != nil {
		panic(fmt.Errorf("reference data norms-and-cbms.json: %w", err))
	}
	var norms []Norm
	for _, n := range file.Norms {
		norms = append(norms, Norm{Code: n.Code, Titles: n.titles()})
	}
	var cbms []CBM
	for _, c := range file.CBMs {
		cbms = append(cbms, CBM{Framework: c.Framework, Code: c.Code, Year: c.Year, Titles: c.titles()})
	}
	return norms, cbms
})

// Norms lists the eleven norms in the order of the paragraph.
func Norms() []Norm {
	norms, _ := normsAndCBMs()
	return slices.Clone(norms)
}

// HasNorm says whether there is a norm with this code.
func HasNorm(code string) bool {
	norms, _ := normsAndCBMs()
	return slices.ContainsFunc(norms, func(n Norm) bool { return n.Code == code })
}

// CBMs lists the measures, those of the UN first, each framework's by number.
func CBMs() []CBM {
	_, cbms := normsAndCBMs()
	return slices.Clone(cbms)
}

// HasCBM says whether the framework has a measure with this code.
func HasCBM(framework, code string) bool {
	_, cbms := normsAndCBMs()
	return slices.ContainsFunc(cbms, func(c CBM) bool { return c.Framework == framework && c.Code == code })
}
