package state_test

import (
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
)

func list(t *testing.T, w *fixture.World, framework string) (states []state.State) {
	t.Helper()
	err := w.Register.Read(t.Context(), access.Anyone(), func(snap *register.Snapshot) (err error) {
		states, err = state.List(t.Context(), snap, framework)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return states
}

func TestLoadKeepsTheStatementsOrderAndHappensOnce(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	w.Actor(t, "auditor")
	before := w.Register.Latest()
	if err := w.States.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("Load() again went to version %d, want nothing written", got)
	}
	states := list(t, w, "")
	for i, want := range reference.States() {
		if states[i].Alpha2 != want.Alpha2 || states[i].StatementNumber != i+1 || states[i].CoChair != want.CoChair {
			t.Errorf("state %d = %+v, want %+v", i+1, states[i], want)
		}
	}
	if got := len(list(t, w, "GCC")); got != 6 {
		t.Errorf("List(GCC) has %d states, want 6", got)
	}
}

func TestSetInstruments(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	sent := func(instruments ...state.Instrument) register.Sent[state.InstrumentsInput] {
		return register.Sent[state.InstrumentsInput]{If: register.Precondition{None: true}, Body: state.InstrumentsInput{Instruments: instruments}}
	}
	budapest := state.Instrument{Instrument: "budapest_convention", Status: "party", Date: "2003-05-12"}
	got, err := w.States.SetInstruments(t.Context(), w.By(t, "delegate EE"), "est", sent(budapest))
	if err != nil || len(got.Instruments) != 1 || got.Version != w.Register.Latest() {
		t.Fatalf("SetInstruments() = %+v, %v, want one, at the newest version", got, err)
	}
	for _, tt := range []struct {
		name, who, code string
		in              state.Instrument
		want            problem.Kind
	}{
		{"another state's", "delegate EE", "LV", budapest, problem.Forbidden},
		{"the secretariat", "secretariat PL", "EE", budapest, problem.Forbidden},
		{"its CERT", "cert EE", "EE", budapest, problem.Forbidden},
		{"of no state", "delegate EE", "XX", budapest, problem.NotFound},
		{"an unknown instrument", "delegate EE", "EE", state.Instrument{Instrument: "tallinn_manual", Status: "party"}, problem.Invalid},
		{"an unknown status", "delegate EE", "EE", state.Instrument{Instrument: "budapest_convention", Status: "yes"}, problem.Invalid},
	} {
		if _, err := w.States.SetInstruments(t.Context(), w.By(t, tt.who), tt.code, sent(tt.in)); !problem.Is(err, tt.want) {
			t.Errorf("SetInstruments() by or with %s = %v, want %s", tt.name, err, tt.want)
		}
	}
	for _, s := range list(t, w, "") {
		if want := map[string]int{"EE": 1}[s.Alpha2]; len(s.Instruments) != want {
			t.Errorf("%s says %d instruments, want %d", s.Alpha2, len(s.Instruments), want)
		}
	}
}
