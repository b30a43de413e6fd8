package signin_test

import (
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

func TestAPersonComesIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offer := w.invite(t, "head_of_delegation EE", ada())
	opened, err := w.Opened(t.Context(), browser, offer.Link)
	if err != nil || opened.Status != signin.Waiting || opened.Name != "Ada Tamm" {
		t.Fatalf("Opened() = %+v, %v, want Ada's invitation, waiting", opened, err)
	}
	in := w.accept(t, offer)
	if in.Session.Kind != signin.Enrolling || in.Session.Actor().Role != "" {
		t.Errorf("Accept() = %+v, want a session that only enrols", in.Session)
	}
	p := w.withApp(t, in)
	if _, err := w.Find(t.Context(), in.Reference); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Find() of the reference before enrolment = %v, want that it is over", err)
	}
	got, err := w.Find(t.Context(), p.Reference)
	if err != nil {
		t.Fatal(err)
	}
	by := got.Actor()
	if by.Role != access.Delegate || by.State != "EE" || !by.Writes || by.Credential != got.ID || by.Delegation == "" {
		t.Errorf("Actor() = %+v, want a delegate of Estonia's who writes", by)
	}
	w.clock.pass(time.Minute)
	again, err := w.Password(t.Context(), browser, signin.PasswordInput{Email: " ADA@mfa.example", Password: goodPassword, Code: p.code(t, w.clock.now())})
	if err != nil || again.Session.Account != got.Account || again.Reference == p.Reference {
		t.Errorf("Password() = %+v, %v, want a new session of Ada's", again, err)
	}
}
