package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/register"
)

func day(ahead int) string {
	return time.Now().UTC().Add(time.Duration(ahead) * 24 * time.Hour).Format(time.DateOnly)
}

// approve has another of the secretariat approve what a page's form became.
func approve(t *testing.T, by *member, at string) answer {
	t.Helper()
	return by.post(at+"/approve", "version", find(t, by.get(at), `name="version" value="([^"]+)"`))
}

func TestTwoOfTheSecretariatAdmitAnAuditorOnPages(t *testing.T) {
	t.Parallel()
	s := serve(t)
	korea, poland, reader := s.secretary(t, "Kim", "KR"), s.secretary(t, "Nowak", "PL"), s.member(t, guard)
	form := []string{
		"role", "auditor", "name", "Amara Diallo", "basis", "Decision 7", "until", day(90), "email", "amara@audit.example", "language", "en", "scope", "public",
	}
	before := s.version(t)
	page := korea.must(http.StatusUnprocessableEntity, korea.post("/mandates/admit", with(form, "name", "", "basis", "", "until", "soon", "email", "none")...))
	for _, want := range []string{`id="name-error"`, `id="basis-error"`, `id="until-error"`, `id="email-error"`, `value="soon"`, `value="none"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the form has no %s: %s", want, page.body)
		}
	}
	korea.must(http.StatusUnprocessableEntity, korea.post("/mandates/admit", with(form, "until", day(400))...))
	korea.must(http.StatusUnprocessableEntity, korea.post("/mandates/admit", with(form, "role", "partner")...))
	reader.must(http.StatusForbidden, reader.post("/mandates/admit", form...))
	reader.must(http.StatusForbidden, reader.get("/mandates/admit"))
	if got := s.version(t); got != before {
		t.Errorf("refusals moved the register from %d to %d", before, got)
	}

	asked := korea.must(http.StatusOK, korea.post("/mandates/admit", form...))
	link := strings.TrimPrefix(find(t, asked, `id="link">([^<]+)<`), origin)
	at := find(t, asked, `href="(/proposals/[^"]+)"`)
	korea.must(http.StatusForbidden, korea.post(at+"/approve", "version", find(t, korea.get(at), `name="version" value="([^"]+)"`)))
	code := find(t, approve(t, poland, at), `id="code">([^<]+)<`)

	list := reader.must(http.StatusOK, reader.get("/mandates"))
	mandate := find(t, list, `href="(/mandates/[^"]+)">Amara Diallo<`)
	for _, want := range []string{"Decision 7", "Kim (Republic of Korea)", "Nowak (Poland)", day(90)} {
		if !strings.Contains(list.body, want) {
			t.Errorf("the list does not say %q: %s", want, list.body)
		}
	}
	if strings.Contains(list.body, "/mandates/admit") || strings.Contains(reader.must(http.StatusOK, reader.get(mandate)).body, "/extend") {
		t.Error("who admits nobody is offered to")
	}
	amara := s.visitor(t)
	amara.must(http.StatusOK, amara.get(link))
	amara.leads(amara.post(link, "code", code), "/enrol")

	// Its end is moved, and it is ended: by two.
	version := func() string { return find(t, korea.get(mandate), `name="version" value="([^"]+)"`) }
	before = s.version(t)
	reader.must(http.StatusForbidden, reader.post(mandate+"/end", "version", version()))
	korea.must(http.StatusPreconditionFailed, korea.post(mandate+"/end", "version", "1-"+strings.Repeat("0", register.EpochLength)))
	korea.must(http.StatusUnprocessableEntity, korea.post(mandate+"/extend", "version", version(), "until", "never"))
	if got := s.version(t); got != before {
		t.Errorf("refusals moved the register from %d to %d", before, got)
	}
	at = korea.led(korea.post(mandate+"/extend", "version", version(), "until", day(30)))
	poland.leads(approve(t, poland, at), at)
	if page := reader.get(mandate); !strings.Contains(page.body, day(30)) {
		t.Errorf("the mandate is until another day: %s", page.body)
	}
	at = korea.led(korea.post(mandate+"/end", "version", version(), "reason", "the work is done"))
	poland.leads(approve(t, poland, at), at)
	if page := korea.get(mandate); !strings.Contains(page.body, "ended "+day(0)) || strings.Contains(page.body, "/extend") {
		t.Errorf("the mandate does not say that it was ended: %s", page.body)
	}
	v := s.visitor(t)
	v.leads(v.get("/mandates"), "/signin?next=%2Fmandates")
	korea.must(http.StatusNotFound, korea.get("/mandates/nobody"))
}
