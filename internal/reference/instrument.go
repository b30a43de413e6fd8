package reference

import "slices"

// Instrument is a treaty on cybercrime whose status each state reports for
// itself: nothing here says who signed it.
type Instrument struct {
	Code      string
	Name      string // the title in English
	NamePL    string
	Reference string // the number in its treaty series, or the resolution that adopted it
	OpenedOn  string // when it was opened for signature, as YYYY-MM-DD
}

// The titles, numbers and dates are those of the Council of Europe's treaty
// office and of the UN treaty collection; the Polish titles those of Dziennik
// Ustaw 2015, item 728, and for the protocols of the EU's Official Journal
// (OJ L 63 of 28 February 2023, p. 28). For the UN's convention, which has no
// official Polish text, the title is a translation.
var instruments = [...]Instrument{
	{
		Code:      "budapest_convention",
		Name:      "Convention on Cybercrime",
		NamePL:    "Konwencja o cyberprzestępczości",
		Reference: "ETS No. 185",
		OpenedOn:  "2001-11-23",
	},
	{
		Code: "budapest_first_protocol",
		Name: "Additional Protocol to the Convention on Cybercrime, concerning the criminalisation " +
			"of acts of a racist and xenophobic nature committed through computer systems",
		NamePL: "Protokół dodatkowy do Konwencji o cyberprzestępczości dotyczący penalizacji czynów " +
			"o charakterze rasistowskim lub ksenofobicznym popełnionych przy użyciu systemów komputerowych",
		Reference: "ETS No. 189",
		OpenedOn:  "2003-01-28",
	},
	{
		Code: "budapest_second_protocol",
		Name: "Second Additional Protocol to the Convention on Cybercrime on enhanced co-operation " +
			"and disclosure of electronic evidence",
		NamePL: "Drugi protokół dodatkowy do Konwencji o cyberprzestępczości dotyczący wzmocnionej " +
			"współpracy i ujawniania elektronicznego materiału dowodowego",
		Reference: "CETS No. 224",
		OpenedOn:  "2022-05-12",
	},
	{
		Code:      "un_cybercrime_convention",
		Name:      "United Nations Convention against Cybercrime",
		NamePL:    "Konwencja Narodów Zjednoczonych przeciwko cyberprzestępczości",
		Reference: "A/RES/79/243",
		OpenedOn:  "2025-10-25",
	},
}

// Instruments lists the treaties, oldest first.
func Instruments() []Instrument {
	return slices.Clone(instruments[:])
}

// HasInstrument says whether there is a treaty with this code.
func HasInstrument(code string) bool {
	return slices.ContainsFunc(instruments[:], func(i Instrument) bool { return i.Code == code })
}
