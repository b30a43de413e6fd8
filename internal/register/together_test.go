package register_test

import (
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// What a check has read before the lock holds under it, unless somebody may have
// changed it meanwhile.
func TestWhatWasReadBeforeTheLockIsReadAgainIfItMayHaveChanged(t *testing.T) {
	t.Parallel()
	cert, secretariat := delegate("EE"), delegate("EE")
	cert.Role = access.Cert
	secretariat.Role, secretariat.State, secretariat.CoChair = access.Secretariat, "", "KR"
	for name, tt := range map[string]struct {
		by        access.Actor
		meanwhile string // whose delegate writes while the act waits; "" for nobody's
		reads     int
	}{
		"nobody wrote":                           {delegate("EE"), "", 1},
		"another state wrote":                    {delegate("EE"), "FI", 1},
		"the state itself wrote":                 {delegate("EE"), "EE", 2},
		"nobody wrote, to who reads no trail":    {cert, "", 1},
		"another state wrote, to who reads none": {cert, "FI", 2},
		"a state wrote, to who is of none":       {secretariat, "FI", 2},
		"nobody wrote, to who is of no state":    {secretariat, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.written(t, "EE", "before") // what lies behind is no change
			checks, reads := 0, 0
			check := func(tx *register.Tx) error {
				checks++
				_, err := register.Recall(tx, "something", func() (int, error) {
					reads++
					return reads, nil
				})
				if checks == 1 && tt.meanwhile != "" {
					w.written(t, tt.meanwhile, "meanwhile")
				}
				if tx.Undisturbed() != (checks == 2 && tt.reads == 1) {
					t.Errorf("in check %d Undisturbed() = %t", checks, tx.Undisturbed())
				}
				return err
			}
			act := register.Act{By: tt.by, DryRun: true}
			err := w.Write(t.Context(), act, check, func(tx *register.Tx) error { return tx.Changed(said("", "z", "text")) })
			if checks != 2 || reads != tt.reads {
				t.Errorf("%d checks read %d times (%v), want two and %d", checks, reads, err, tt.reads)
			}
		})
	}
}
