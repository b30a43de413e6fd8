package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pocreg.example/api/client"
)

// together has one of the secretariat ask, and one of another co-chair approve.
func together(t *testing.T, ask func(context.Context, *client.Client) error) (link string, approved client.Proposal) {
	t.Helper()
	err := ask(t.Context(), as("secretariat KR").Because("As decided."))
	var proposed *client.Proposed
	if !errors.As(err, &proposed) || proposed.Proposal.CoChair != "KR" || proposed.Proposal.Reason != "As decided." {
		t.Fatalf("asking = %v, want a proposal of KR's with its reason", err)
	}
	approved, err = as("secretariat US").Approve(t.Context(), proposed.Proposal.ID)
	if err != nil {
		t.Fatalf("Approve() = %v", err)
	}
	if proposed.Proposal.Invitation != nil {
		link = proposed.Proposal.Invitation.Link
	}
	return link, approved
}

func TestAMandateIsGivenPickedUpExtendedAndEnded(t *testing.T) {
	t.Parallel()
	until := time.Now().Add(30 * 24 * time.Hour).UTC().Truncate(time.Second)
	link, admitted := together(t, func(ctx context.Context, c *client.Client) error {
		return c.Admit(ctx, client.Admission{Role: "partner", Name: "A mirror", Basis: "Exchange of letters", Until: until, Audiences: []string{"public"}})
	})
	token, err := as("").PickUp(t.Context(), link, admitted.Invitation.Code)
	if err != nil || token.Owner != "A mirror" || token.Role != "partner" || token.Secret == "" {
		t.Fatalf("PickUp() = %+v, %v, want the mirror's token", token, err)
	}
	later := until.Add(24 * time.Hour)
	together(t, func(ctx context.Context, c *client.Client) error { return c.ExtendMandate(ctx, admitted.Made, later) })
	together(t, func(ctx context.Context, c *client.Client) error { return c.EndMandate(ctx, admitted.Made) })
	found := false
	for m, err := range as("cert IT").Mandates(t.Context(), "partner") {
		if err != nil {
			t.Fatal(err)
		}
		if m.ID == admitted.Made {
			found = true
			if !m.Until.Equal(later) || m.EndedAt == nil || len(m.AdmittedBy) != 2 || m.AdmittedBy[0] != (client.Overseer{Name: "secretariat KR", CoChair: "KR"}) {
				t.Errorf("the mandate is %+v, want its later end, that it was ended, and who gave it", m)
			}
		}
	}
	if !found {
		t.Error("the mandate that was ended is not listed")
	}
	acts := map[string]int{}
	for o, err := range as("cert IT").Oversight(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if o.About == admitted.Made {
			acts[o.Act]++
		}
	}
	if acts["granted"] != 1 || acts["extended"] != 1 || acts["withdrawn"] != 1 {
		t.Errorf("Oversight() has %v of the mandate, want that it was granted, extended and withdrawn", acts)
	}
}

func TestADelegationIsSettledAndOpenedWithItsHead(t *testing.T) {
	t.Parallel()
	old := registry.world.Actor(t, "cert TN").Delegation
	together(t, func(ctx context.Context, c *client.Client) error { return c.Settle(ctx, old, "close") })
	head := client.Head{Name: "Maria Borg", Email: "maria@tn.example", Language: "en"}
	first, opened := together(t, func(ctx context.Context, c *client.Client) error {
		return c.OpenDelegation(ctx, client.Opening{State: "TN", Authority: "A note", Head: head})
	})
	second, appointed := together(t, func(ctx context.Context, c *client.Client) error { return c.AppointHead(ctx, opened.Made, head) })
	if first == second || opened.Invitation.Email != "maria@tn.example" || appointed.Invitation.Code == opened.Invitation.Code || appointed.Invitation.ExpiresAt == nil {
		t.Errorf("the letters are %q with %+v, and %q with %+v, want two", first, opened.Invitation, second, appointed.Invitation)
	}
}
