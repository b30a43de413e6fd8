package portal_test

import (
	"strings"
	"testing"
)

func TestAHeadIsToldWhereAnInvitationsLinkGoesByMail(t *testing.T) {
	t.Parallel()
	for _, mails := range []bool{true, false} {
		s := serve(t)
		s.pages.Mails = mails
		m := s.member(t, head)
		page := m.must(200, m.post("/people/invite", "name", ada.name, "email", ada.email, "role", "delegate", "language", "en"))
		if strings.Contains(page.body, "A link goes to ada@mfa.example by mail.") != mails {
			t.Errorf("with mail: %t, the page says: %s", mails, page.body)
		}
		// Mail does not always arrive: the link is there either way, and the code for them alone to send.
		link, code := find(t, page, `id="link">([^<]*)<`), find(t, page, `id="code">([^<]*)<`)
		if !strings.HasPrefix(link, origin+"/invitation/") || code == "" {
			t.Errorf("the page shows the link %q and the code %q", link, code)
		}
		device := m.must(200, m.post("/people/device", "name", "", "office", "Duty desk"))
		if strings.Contains(device.body, "by mail.") {
			t.Errorf("an office's device is mailed to nobody: %s", device.body)
		}
	}
}
