package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
	"pocreg.example/internal/reference"
)

// interleaved is how many requests of all states the test sends.
const interleaved = 10_000

// TestNoStateIsAnsweredWithAnothers sends the requests of all states' people, one
// among the other, through four connections to the database, and nothing is kept:
// what one request set there must be gone before the next.
func TestNoStateIsAnsweredWithAnothers(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w, func(s *httpapi.Server) { s.CacheBytes = 0 }, on(pool(t, w.DB.ServerURL, 4)))
	states := reference.States()
	mine := map[string]string{} // the id of each state's entry that is for itself and the next state
	for i, s := range states {
		next := states[(i+1)%len(states)].Alpha2
		body := with(agency(s.Alpha2), "audience", "selected", "selected", object{"states": []string{next}})
		mine[s.Alpha2] = c.add(t, "delegate "+s.Alpha2, "/v1/organisations", body).id
	}
	var sent atomic.Int64
	var all sync.WaitGroup
	for lane := range 8 {
		all.Go(func() {
			for i := lane; i < interleaved && !t.Failed(); i += 8 {
				at := i * 29 % len(states) // who is next to whom changes all the time
				own, before := states[at].Alpha2, states[(at+len(states)-1)%len(states)].Alpha2
				who := []string{"cert ", "delegate ", "head_of_delegation "}[i/8%3] + own
				other := states[(at+1+i/8%(len(states)-3))%len(states)].Alpha2 // neither the own nor the one before
				sent.Add(1)
				if i%2 == 0 {
					if res := c.do(t, who, "GET", "/v1/organisations/"+mine[other], nil); res.status != http.StatusNotFound {
						t.Errorf("GET of an entry of %s as %s = %d %s, want 404", other, who, res.status, res.body)
					}
					continue
				}
				var got []string
				for _, item := range c.get(t, who, "/v1/organisations?basis=nominated").items(t) {
					got = append(got, text(item, "id"))
				}
				want := []string{mine[own], mine[before]}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("GET /v1/organisations as %s shows %v, want those of %s and %s alone, %v", who, got, own, before, want)
				}
			}
		})
	}
	all.Wait()
	t.Log(fmt.Sprint(sent.Load(), " requests"))
	if sent.Load() != interleaved {
		t.Errorf("%d requests were sent, want %d", sent.Load(), interleaved)
	}
}
