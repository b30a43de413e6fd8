package notice_test

import (
	"fmt"
	"strings"
	"testing"

	"pocreg.example/internal/notice"
)

// TestNobodysMailboxIsFilledByDoingAndUndoing has a state replace a mailbox again and
// again, each time another stranger's.
func TestNobodysMailboxIsFilledByDoingAndUndoing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, "delegate EE")
	c := d.add(t, "delegate EE", dutyDesk())
	strangers, own := 0, 0
	var last int64
	for i := range 35 {
		d.patch(t, "delegate EE", c.ID, fmt.Sprintf(`{"channels": [{"type": "email", "value": "cert@ringi-%d.example"}]}`, i))
		last = d.Register.Latest()
		for key := range d.latest(t) {
			if strings.HasPrefix(key, "cert@") {
				strangers++
			} else {
				own++
			}
		}
	}
	if strangers != 30 || own != 30 {
		t.Errorf("%d letters went to mailboxes that were replaced, and %d to the delegate, want 30 of each in an hour", strangers, own)
	}
	wants(t, d.told(t, notice.Event{Version: last})) // nor is it caught up with later
	// A flood of one sort hides none of another.
	d.subscribed(t, "delegate EE", "LV", "", "", "at_once")
	in := dutyDesk()
	in.State = "LV"
	in.Channels[0].Value = "+371 6708 5888"
	d.add(t, "delegate LV", in)
	wants(t, d.latest(t), "delegate.ee@people.example"+changed)
}
