package portal

import (
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/register"
)

// modeData is whether one of the visitor's delegation decides or two, with the
// delegation's version as it was read.
type modeData struct {
	Mode delegation.Mode
	Tag  string
}

// Modes are what there is to choose from.
func (modeData) Modes() []delegation.Mode {
	return []delegation.Mode{delegation.ByDefault, delegation.TwoPerson, delegation.Single}
}

func (v *visit) readMode() (data modeData, err error) {
	err = v.read(func(snap *register.Snapshot) error {
		d, _, err := delegation.Current(v.Request().Context(), snap, v.by().State)
		data = modeData{Mode: d.Mode, Tag: tag(d.Version, snap)}
		return err
	})
	return data, err
}

// chooseMode says whether one of the visitor's delegation decides or two.
func (v *visit) chooseMode() error {
	_, err := v.site.Delegations.ChooseMode(v.Request().Context(), v.act(), v.by().Delegation, register.Sent[delegation.ModeInput]{
		If: v.asRead(), Body: delegation.ModeInput{Mode: delegation.Mode(v.value("mode"))},
	})
	return v.done(err, "/people")
}
