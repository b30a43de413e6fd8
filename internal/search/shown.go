package search

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/strategy"
)

// shown is an entry as its reader sees it: its titles, and the texts in which
// what was looked for can be marked.
type shown struct {
	hit    Hit
	fields []field
}

// field is one text of an entry, and where it stands: a JSON pointer.
type field struct {
	path string
	text string
}

// readers read entries of each noun by their ids.
var readers = map[string]func(context.Context, postgres.Queryer, []string) ([]shown, error){
	"contact": func(ctx context.Context, q postgres.Queryer, ids []string) ([]shown, error) {
		var f contact.Filter
		f.IDs, f.Standing = ids, "any"
		return each(contact.List(ctx, q, f, contact.After{}, len(ids)))(showContact)
	},
	"organisation": func(ctx context.Context, q postgres.Queryer, ids []string) ([]shown, error) {
		f := organisation.Filter{Filter: entry.Filter{IDs: ids, Standing: "any"}}
		return each(organisation.List(ctx, q, f, organisation.After{}, len(ids)))(showOrganisation)
	},
	"strategy": func(ctx context.Context, q postgres.Queryer, ids []string) ([]shown, error) {
		var f strategy.Filter
		f.IDs, f.Standing = ids, "any"
		return each(strategy.List(ctx, q, f, strategy.After{}, len(ids)))(showStrategy)
	},
}

func each[T any](list []T, err error) func(func(T) shown) ([]shown, error) {
	return func(show func(T) shown) ([]shown, error) {
		var out []shown
		for _, one := range list {
			out = append(out, show(one))
		}
		return out, err
	}
}

func showContact(c contact.Contact) shown {
	s := shown{
		hit:    Hit{Entry: c.Entry, Title: c.OfficeTitle, TitleEN: c.OfficeTitleEN, forAll: c.ForAll()},
		fields: []field{{"/office_title", c.OfficeTitle}, {"/office_title_en", c.OfficeTitleEN}},
	}
	if c.Person != nil {
		s.fields = append(s.fields, field{"/person/name", c.Person.Name}, field{"/person/name_latin", c.Person.NameLatin},
			field{"/person/position", c.Person.Position})
	}
	for i, ch := range c.Channels {
		if ch.DeadAt == nil {
			s.fields = append(s.fields, field{fmt.Sprintf("/channels/%d/value", i), ch.Value}, field{fmt.Sprintf("/channels/%d/note", i), ch.Note})
		}
	}
	for i, k := range c.Keys {
		s.fields = append(s.fields, field{fmt.Sprintf("/keys/%d/fingerprint", i), k.Fingerprint})
	}
	s.fields = append(s.fields, field{"/note", c.Note})
	s.fields = append(s.fields, listed("/capabilities", c.Capabilities)...)
	s.fields = append(s.fields, listed("/sectors", c.Sectors)...)
	s.fields = append(s.fields, listed("/networks", c.Networks)...)
	return s
}

func showOrganisation(o organisation.Organisation) shown {
	return shown{
		hit: Hit{Entry: o.Entry, Title: o.Name, TitleEN: o.NameEN, forAll: o.ForAll()},
		fields: []field{
			{"/name", o.Name}, {"/name_latin", o.NameLatin}, {"/name_en", o.NameEN}, {"/address", o.Address}, {"/note", o.Note},
			{"/website", o.Website}, {"/rfc2350_url", o.RFC2350URL}, {"/security_txt_url", o.SecurityTXTURL},
		},
	}
}

func showStrategy(s strategy.Strategy) shown {
	out := shown{
		hit:    Hit{Entry: s.Entry, Title: s.OriginalTitle, TitleEN: s.Titles["en"], forAll: s.ForAll()},
		fields: []field{{"/original_title", s.OriginalTitle}},
	}
	out.fields = append(out.fields, translated("/titles", s.Titles)...)
	out.fields = append(out.fields, field{"/issuing_body", s.IssuingBody})
	out.fields = append(out.fields, translated("/summaries", s.Summaries)...)
	for _, language := range slices.Sorted(maps.Keys(s.Objectives)) {
		out.fields = append(out.fields, listed("/objectives/"+language, s.Objectives[language])...)
	}
	return out
}

func translated(path string, texts map[string]string) []field {
	var out []field
	for _, language := range slices.Sorted(maps.Keys(texts)) {
		out = append(out, field{path + "/" + language, texts[language]})
	}
	return out
}

func listed(path string, texts []string) []field {
	var out []field
	for i, text := range texts {
		out = append(out, field{fmt.Sprintf("%s/%d", path, i), text})
	}
	return out
}
