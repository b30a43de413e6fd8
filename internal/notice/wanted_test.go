package notice_test

import (
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/notice"
)

// to narrows an entry to some states.
func to(in contact.Input, states ...string) contact.Input {
	in.Audience = access.ForSelected
	in.Selected = &entry.Selection{States: states}
	return in
}

const changed = ": Entries that you follow have changed"

func TestSubscribersAreToldOfWhatTheyAskedForAndMayRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, append(everybody, "delegate FI")...)
	d.subscribed(t, "delegate LV", "EE", "", "", "at_once")
	d.subscribed(t, "cert LV", "", "technical", "", "at_once")
	d.subscribed(t, "delegate FI", "", "", "EU", "at_once")
	d.subscribed(t, "delegate EE", "", "", "", "at_once") // of other states': not the own
	d.subscribed(t, "secretariat KR", "", "", "", "at_once")
	d.subscribed(t, "auditor", "PL", "", "", "at_once") // another state
	d.subscribed(t, "secretariat PL", "EE", "policy", "", "at_once")
	d.subscribed(t, "secretariat US", "EE", "", "GCC", "at_once") // to which Estonia does not belong
	shown := d.add(t, "delegate EE", dutyDesk())
	got := d.latest(t)
	wants(t, got, "delegate.lv@people.example"+changed, "cert.lv@people.example"+changed, "delegate.fi@people.example"+changed, "secretariat.kr@people.example"+changed)
	for _, p := range got {
		if !strings.Contains(p.text, "- Estonia: technical contact, new") || !strings.Contains(p.all, "List-Unsubscribe:[<https://pocreg.example/account/notices>]") {
			t.Errorf("the letter is %s\n%s", p.all, p.text)
		}
	}
	d.add(t, "delegate EE", to(dutyDesk(), "LV"))
	wants(t, d.latest(t), "delegate.lv@people.example"+changed, "cert.lv@people.example"+changed)
	// What is narrowed is told to none but who still may read it; what is confirmed, to nobody.
	d.patch(t, "delegate EE", shown.ID, `{"audience": "selected", "selected": {"states": ["FI"]}}`)
	wants(t, d.latest(t), "delegate.fi@people.example"+changed)
	if _, err := d.Contacts.Confirm(t.Context(), d.By(t, "delegate EE"), shown.ID, none(entry.Nothing{})); err != nil {
		t.Fatal(err)
	}
	wants(t, d.latest(t))
	// Nor is what was hidden then told once it is shown: that it was there is not for them.
	hidden := d.add(t, "delegate EE", to(dutyDesk(), "FI"))
	before := notice.Event{Version: d.Register.Latest()}
	d.patch(t, "delegate EE", hidden.ID, `{"audience": "participants", "selected": null}`)
	wants(t, d.told(t, before), "delegate.fi@people.example"+changed, "secretariat.kr@people.example"+changed) // who reads the trail
}

func TestWhoMayNoLongerKnowIsNotToldThoughTheLetterWaits(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(*desk, *testing.T, string){
		"narrowed": func(d *desk, t *testing.T, id string) {
			d.patch(t, "delegate EE", id, `{"audience": "selected", "selected": {"states": ["FI"]}}`)
		},
		"disabled": func(d *desk, t *testing.T, _ string) { d.do(t, `update person set disabled_at = now()`) },
		"role withdrawn": func(d *desk, t *testing.T, _ string) {
			d.do(t, `update role_grant set revoked_at = now() where role = 'delegate'`)
		},
		"delegation closed": func(d *desk, t *testing.T, _ string) {
			d.do(t, `alter table delegation disable trigger user`)
			d.do(t, `update delegation set status = 'closed', until = now()`)
		},
		"unsubscribed": func(d *desk, t *testing.T, _ string) { d.do(t, `delete from subscription`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.addressed(t, "delegate LV")
			d.subscribed(t, "delegate LV", "EE", "", "", "at_once")
			c := d.add(t, "delegate EE", dutyDesk())
			waiting, err := d.notices.Whom(t.Context(), notice.Event{Version: d.Register.Latest()})
			if err != nil || len(waiting) != 1 {
				t.Fatalf("Whom() = %v, %v, want one letter", waiting, err)
			}
			then(d, t, c.ID)
			outcome, err := d.notices.Deliver(t.Context(), waiting[0], false)
			if err != nil || outcome != notice.NotTheirs {
				t.Errorf("Deliver() = %s, %v, want that it is not theirs", outcome, err)
			}
			wants(t, d.deliver(t, waiting...))
		})
	}
}

func TestADigestTellsOnceOfADaysChanges(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	d.subscribed(t, "delegate LV", "EE", "", "", "daily")
	d.subscribed(t, "auditor", "PL", "", "", "daily")
	d.add(t, "delegate EE", dutyDesk())
	wants(t, d.latest(t)) // not at once
	d.add(t, "delegate EE", to(dutyDesk(), "FI"))
	for d.now().UTC().Hour() < 6 || d.now().UTC().Hour() > 21 {
		d.pass(time.Hour)
	}
	digests := func() map[string]post {
		t.Helper()
		all, err := d.notices.Digests(t.Context())
		if err != nil {
			t.Fatalf("Digests() = %v", err)
		}
		return d.deliver(t, all...)
	}
	subject := "delegate.lv@people.example: Changes up to "
	got := digests()
	wants(t, got, subject+d.now().UTC().Format(time.DateOnly))
	for _, p := range got {
		if strings.Count(p.text, "- Estonia: technical contact, new") != 1 {
			t.Errorf("the digest says\n%s", p.text)
		}
	}
	wants(t, digests()) // that was today's
	d.pass(24 * time.Hour)
	wants(t, digests()) // nothing has happened since
	d.pass(24 * time.Hour)
	d.add(t, "delegate EE", dutyDesk())
	wants(t, digests(), subject+d.now().UTC().Format(time.DateOnly))
}

func TestAnImportIsOneLetter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, "delegate LV")
	d.subscribed(t, "delegate LV", "EE", "", "", "at_once")
	d.add(t, "delegate EE", dutyDesk())
	version := d.Register.Latest()
	for range 30 {
		d.add(t, "delegate EE", dutyDesk())
	}
	// As if one act had made them all.
	d.do(t, `alter table trail_change disable trigger user`)
	d.do(t, `alter table trail_part drop constraint trail_part_version_ordinal_fkey`)
	d.do(t, `update trail_change set ordinal = version - $1, version = $1 where version > $1`, version)
	got := d.told(t, notice.Event{Version: version})
	wants(t, got, "delegate.lv@people.example"+changed)
	for _, p := range got {
		if n := strings.Count(p.text, "- Estonia: technical contact"); n != 20 || !strings.Contains(p.text, "- and 11 more") {
			t.Errorf("the letter lists %d entries:\n%s", n, p.text)
		}
	}
}
