package portal_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestAHeadFreezesSomebodyOnTheirPage freezes Ada and thaws her: her browser is told until
// when, and goes on afterwards.
func TestAHeadFreezesSomebodyOnTheirPage(t *testing.T) {
	t.Parallel()
	s := besiege(t)
	page := "/people/" + s.ada.account
	if got := s.head.must(http.StatusUnprocessableEntity, s.head.post(page+"/freeze", "reason", " ")); !strings.Contains(got.body, `id="reason-error"`) {
		t.Errorf("a freeze without a reason is refused without a word at its field: %s", got.body)
	}
	s.head.leads(s.head.post(page+"/freeze", "reason", "The laptop was stolen."), page)
	got := s.head.must(http.StatusOK, s.head.get(page))
	if !strings.Contains(got.body, "Frozen by your delegation until") || !strings.Contains(got.body, "The laptop was stolen.") || strings.Contains(got.body, page+"/freeze") {
		t.Errorf("the page of who is frozen says %s", got.body)
	}
	told := s.ada.must(http.StatusUnauthorized, s.ada.get("/account"))
	if !strings.Contains(told.body, "is frozen until 20") || s.ada.held() == "" {
		t.Errorf("who is frozen is told %s, and keeps the cookie %q", told.body, s.ada.held())
	}
	s.ada.must(http.StatusOK, s.ada.get("/states")) // which is for anybody
	s.ada.must(http.StatusOK, s.ada.get("/signin"))
	s.head.leads(s.head.post(page+"/thaw"), page)
	s.ada.must(http.StatusOK, s.ada.get("/account"))
	s.head.must(http.StatusConflict, s.head.post(page+"/thaw"))
	s.head.must(http.StatusForbidden, s.head.post("/people/"+s.head.account+"/freeze", "reason", "x"))
	s.head.must(http.StatusNotFound, s.head.post("/people/none/freeze", "reason", "x"))
}
