package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/register"
	"pocreg.example/internal/subscription"
)

// subscriptionView is what a person wants to be told of. What is left out is any.
type subscriptionView struct {
	ID        string                `json:"id"`
	State     string                `json:"state,omitempty"`
	Kind      string                `json:"kind,omitempty"`
	Framework string                `json:"framework,omitempty"`
	Delivery  subscription.Delivery `json:"delivery"`
	CreatedAt time.Time             `json:"created_at"`
}

func viewSubscription(s subscription.Subscription) subscriptionView {
	return subscriptionView{
		ID: s.ID, State: text(s.State), Kind: text(s.Kind), Framework: text(s.Framework), Delivery: s.Delivery, CreatedAt: s.CreatedAt.UTC(),
	}
}

func madeSubscription(s subscription.Subscription) answer {
	return answer{
		status: http.StatusCreated, view: viewSubscription(s), uncached: true,
		header: map[string]string{"Location": "/v1/subscriptions/" + s.ID},
	}
}

func (s *Server) listSubscriptions(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	if err := newQuery(c).err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		all, err := subscription.List(ctx, snap)
		a := whole(snap, all, func(s subscription.Subscription) any { return viewSubscription(s) })
		a.table = func() table { return subscriptionTable(all) }
		a.uncached = true // it changes without the register
		return a, err
	})
}

func subscriptionTable(all []subscription.Subscription) table {
	t := table{head: []string{"id", "state", "kind", "framework", "delivery", "created_at"}}
	for _, s := range all {
		v := viewSubscription(s)
		t.rows = append(t.rows, []string{v.ID, v.State, v.Kind, v.Framework, string(v.Delivery), cellTime(&v.CreatedAt)})
	}
	return t
}

func (s *Server) showSubscription(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := subscription.Get(ctx, snap, id)
		return answer{view: viewSubscription(got), uncached: true}, err
	})
}

func (s *Server) addSubscription(c echo.Context) error {
	sent, text := read(c, smallBody, unconditional, jsonTypes, decodeJSON[subscription.Input])
	return s.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
		got, err := s.Subscriptions.Add(ctx, act, sent)
		return madeSubscription(got), err
	})
}

func (s *Server) removeSubscription(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return s.write(c, nil, func(ctx context.Context, act register.Act) (answer, error) {
		return answer{status: http.StatusNoContent}, s.Subscriptions.Remove(ctx, act, id)
	})
}
