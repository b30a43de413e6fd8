package portal

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// mandatesShown is how many mandates a page shows.
const mandatesShown = 100

// mandatesData is who acts without belonging to a state, or did, the latest first.
type mandatesData struct {
	Mandates []account.Admitted
	Next     string // the place to go on after, "" at the end
}

// takesPart refuses who is not one of those whom the secretariat answers to by name.
func (v *visit) takesPart() error {
	if !v.Acts() || !v.by().Reads(access.ForParticipants) {
		return problem.Errorf(problem.Forbidden, "what the secretariat did is for those who take part")
	}
	return nil
}

// mandates shows all participants who acts without belonging to a state.
func (v *visit) mandates() error {
	if err := v.takesPart(); err != nil {
		return err
	}
	after := placeAfter(v.QueryParam("after"))
	var data mandatesData
	err := v.read(func(snap *register.Snapshot) (err error) {
		data.Mandates, err = account.ListAdmitted(v.Request().Context(), snap, "", after, mandatesShown)
		return err
	})
	if err != nil {
		return err
	}
	if n := len(data.Mandates); n == mandatesShown {
		last := data.Mandates[n-1]
		data.Next = strconv.FormatInt(last.AdmittedAt.UnixMicro(), 10) + "." + last.ID
	}
	return v.show(http.StatusOK, "mandates", data)
}

// placeAfter reads a place in the list; what is none is its beginning.
func placeAfter(text string) (after account.AdmittedAfter) {
	micros, id, _ := strings.Cut(text, ".")
	at, err := strconv.ParseInt(micros, 10, 64)
	if err != nil || uuid.Validate(id) != nil {
		return after
	}
	return account.AdmittedAfter{AdmittedAt: time.UnixMicro(at), ID: id}
}

// mandateData is one mandate, and what was said of it by who would change it.
type mandateData struct {
	account.Admitted
	Tag, To, Reason string
	Over            bool
}

func (v *visit) readMandate() (data mandateData, err error) {
	if err := v.takesPart(); err != nil {
		return data, err
	}
	id, err := v.id()
	if err != nil {
		return data, err
	}
	err = v.read(func(snap *register.Snapshot) (err error) {
		data.Admitted, err = account.GetAdmitted(v.Request().Context(), snap, id)
		data.Tag = tag(data.Version, snap)
		return err
	})
	data.Over = data.EndedAt != nil || data.Until != nil && !v.site.Now().Before(*data.Until)
	data.To, data.Reason = v.value("until"), v.value("reason")
	return data, err
}

func (v *visit) mandate() error {
	data, err := v.readMandate()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "mandate", data)
}

// extendMandate asks to move the end of a mandate.
func (v *visit) extendMandate() error {
	return v.amendMandate(func(act register.Act, data mandateData) error {
		return v.site.Admission.Extend(v.Request().Context(), act, data.ID, register.Sent[admission.ExtendInput]{
			If: v.asRead(), Body: admission.ExtendInput{Until: onDay(data.To)},
		})
	})
}

// endMandate asks to end a mandate.
func (v *visit) endMandate() error {
	return v.amendMandate(func(act register.Act, data mandateData) error {
		return v.site.Admission.End(v.Request().Context(), act, data.ID, register.Sent[entry.Nothing]{If: v.asRead()})
	})
}

func (v *visit) amendMandate(ask func(register.Act, mandateData) error) error {
	data, err := v.readMandate()
	if err != nil {
		return err
	}
	act := v.act()
	act.Asked = &register.Asked{Reason: data.Reason}
	err = ask(act, data)
	if waits := waiting(err); waits != "" {
		return v.Redirect(http.StatusSeeOther, waits)
	}
	return v.again(err, "mandate", data)
}

// onDay is the beginning of a day, in UTC, as a form sends it; zero for what is none.
func onDay(text string) time.Time {
	day, _ := time.Parse(time.DateOnly, text) // zero is refused with the rest
	return day
}

// admitData is what was said of who is to act without belonging to a state.
type admitData struct {
	admission.AdmitInput
	To, Reason string
	Scope      access.Audience // up to which a partner reads
	Languages  []*language
}

// Roles and Scopes are what there is to choose from.
func (admitData) Roles() []access.Role      { return []access.Role{access.Auditor, access.Partner} }
func (admitData) Scopes() []access.Audience { return scopes }

func (v *visit) showAdmit() error {
	if err := v.mustSettle(); err != nil {
		return err
	}
	start := admission.AdmitInput{Role: access.Auditor, Language: v.Lang()}
	return v.show(http.StatusOK, "admit", admitData{AdmitInput: start, Scope: access.ForSelected, Languages: v.site.languages.all})
}

// admit asks for a mandate, and shows the link by which whoever is admitted comes in.
func (v *visit) admit() error {
	if err := v.mustSettle(); err != nil {
		return err
	}
	data := admitData{Languages: v.site.languages.all, To: v.value("until"), Reason: v.value("reason"), Scope: access.Audience(v.value("scope"))}
	data.AdmitInput = admission.AdmitInput{
		Role: access.Role(v.value("role")), Name: v.value("name"), Email: v.value("email"), Basis: v.value("basis"), Until: onDay(data.To),
		Language: v.value("language"),
	}
	if data.Role == access.Partner {
		data.Audiences = upTo(data.Scope)
	}
	act := v.act()
	act.Asked = &register.Asked{Reason: data.Reason}
	link, err := v.site.Admission.Admit(v.Request().Context(), act, register.Sent[admission.AdmitInput]{Body: data.AdmitInput})
	if waits := waiting(err); waits != "" {
		return v.show(http.StatusOK, "asked", askedData{data.Name, link, waits, data.Email != ""})
	}
	return v.again(err, "admit", data)
}
