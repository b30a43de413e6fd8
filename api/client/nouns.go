package client

import (
	"context"
	"net/http"
	"time"
)

// Contact is a point of contact, as its reader may see it.
type Contact struct {
	Entry
	Rank          int           `json:"rank"` // 1 is called first
	Covers        []string      `json:"covers"`
	Sectors       []string      `json:"sectors"`
	Networks      []string      `json:"networks"`
	OfficeTitle   string        `json:"office_title"`
	OfficeTitleEN string        `json:"office_title_en,omitempty"`
	Organisation  string        `json:"organisation,omitempty"` // its id
	Person        *Person       `json:"person,omitempty"`
	Languages     []string      `json:"languages"`           // BCP 47
	TimeZone      string        `json:"time_zone,omitempty"` // IANA
	Availability  *Availability `json:"availability,omitempty"`
	Capabilities  []string      `json:"capabilities"`
	Note          string        `json:"note,omitempty"`
	Channels      []Channel     `json:"channels"` // in the order to try
	Keys          []Key         `json:"keys"`
	Incomplete    bool          `json:"incomplete"`
	Missing       []string      `json:"missing"` // of what its kind requires
}

// Person is who holds the office now.
type Person struct {
	Name      string `json:"name"`
	NameLatin string `json:"name_latin,omitempty"`
	Position  string `json:"position,omitempty"`
}

// Availability says when a contact is on duty, in its own time zone.
type Availability struct {
	Always   bool                `json:"always,omitempty"`
	Weekly   []Hours             `json:"weekly,omitempty"`
	Holidays map[string][]string `json:"holidays,omitempty"` // dates off duty, by year
}

// Hours are the hours of duty of some days; To not after From is the next day.
type Hours struct {
	Days []string `json:"days"` // mon to sun
	From string   `json:"from"` // HH:MM
	To   string   `json:"to"`   // HH:MM or 24:00
}

// Channel is one way to reach a contact.
type Channel struct {
	ID          string     `json:"id"`
	Type        string     `json:"type"`               // email, phone, messaging or web_form
	Usage       string     `json:"usage,omitempty"`    // of a phone: duty, office, mobile, satellite or fax
	Protocol    string     `json:"protocol,omitempty"` // of messaging
	Value       string     `json:"value"`              // a phone number is E.164
	Note        string     `json:"note,omitempty"`
	Audience    string     `json:"audience"`
	Selected    *Selection `json:"selected,omitempty"`
	NamedStates []string   `json:"named_states,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"`
	ChangedAt   time.Time  `json:"changed_at"`
	DeadAt      *time.Time `json:"dead_at,omitempty"`
}

// Key is an OpenPGP key or an S/MIME certificate.
type Key struct {
	Type        string     `json:"type"`
	Fingerprint string     `json:"fingerprint"`
	UserIDs     []string   `json:"user_ids"`
	Algorithm   string     `json:"algorithm"`
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	Material    string     `json:"material,omitempty"` // not in lists
	AddedAt     time.Time  `json:"added_at"`
}

// Organisation is a national body.
type Organisation struct {
	Entry
	Name           string `json:"name"` // in its own script
	NameLanguage   string `json:"name_language,omitempty"`
	NameLatin      string `json:"name_latin,omitempty"`
	NameEN         string `json:"name_en,omitempty"`
	Website        string `json:"website,omitempty"`
	RFC2350URL     string `json:"rfc2350_url,omitempty"`
	SecurityTXTURL string `json:"security_txt_url,omitempty"`
	Address        string `json:"address,omitempty"`
	Note           string `json:"note,omitempty"`
}

// Strategy is a national strategy or programme. The keys of its maps are
// languages (BCP 47); its dates are as precise as they are known.
type Strategy struct {
	Entry
	OriginalTitle       string              `json:"original_title"`
	OriginalLanguage    string              `json:"original_language,omitempty"`
	Titles              map[string]string   `json:"titles"`
	Summaries           map[string]string   `json:"summaries"`
	Objectives          map[string][]string `json:"objectives"`
	IssuingOrganisation string              `json:"issuing_organisation,omitempty"`
	IssuingBody         string              `json:"issuing_body,omitempty"`
	Status              string              `json:"status"`
	StatusEvidence      string              `json:"status_evidence,omitempty"`
	AdoptedOn           string              `json:"adopted_on,omitempty"`
	ValidFrom           string              `json:"valid_from,omitempty"`
	ValidUntil          string              `json:"valid_until,omitempty"`
	ReviewDue           string              `json:"review_due,omitempty"`
	Supersedes          string              `json:"supersedes,omitempty"`
	SupersededBy        []string            `json:"superseded_by"`
	Documents           []Document          `json:"documents"`
	FocusAreas          []string            `json:"focus_areas"`
	Norms               []Reading           `json:"norms"`
	CBMs                []Reading           `json:"cbms"`
}

// Document is a published text; the registry never fetches it.
type Document struct {
	URL      string `json:"url"`
	Language string `json:"language,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
	Title    string `json:"title,omitempty"`
}

// Reading is a norm or a confidence-building measure that a strategy touches.
type Reading struct {
	Framework string `json:"framework,omitempty"` // of a measure
	Code      string `json:"code"`
	Reading   string `json:"reading"` // whose: state, or registry
	Note      string `json:"note,omitempty"`
}

// Contacts are the points of contact.
func (c *Client) Contacts() Entries[Contact] { return Entries[Contact]{c, "/v1/contacts"} }

// Organisations are the national bodies.
func (c *Client) Organisations() Entries[Organisation] {
	return Entries[Organisation]{c, "/v1/organisations"}
}

// Strategies are the national strategies and programmes.
func (c *Client) Strategies() Entries[Strategy] { return Entries[Strategy]{c, "/v1/strategies"} }

// MarkChannel says what was found when a contact's channel was tried: alive, or
// that nobody is reached by it.
func (c *Client) MarkChannel(ctx context.Context, contact, channel string, alive bool) (got Contact, meta Meta, err error) {
	act := map[bool]string{true: "/alive", false: "/dead"}[alive]
	path := "/v1/contacts" + segment(contact) + "/channels" + segment(channel) + act
	meta, err = c.write(ctx, request{method: http.MethodPost, path: path}, nil, &got)
	return got, meta, err
}
