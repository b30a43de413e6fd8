package signin

import (
	"context"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// DeviceInput is what a head says of an office's duty device.
type DeviceInput struct {
	Office   string `json:"office" validate:"required,max=200,line"`
	Language string `json:"language" validate:"oneof=en pl"`
}

// EnrolDevice offers an office of the head's own state a duty device: a browser that
// opens the link with the code reads, as a CERT officer, for 30 days.
func (s *Store) EnrolDevice(ctx context.Context, act register.Act, sent register.Sent[DeviceInput]) (Offer, error) {
	in := sent.Body
	check := func(tx *register.Tx) error {
		if err := act.By.Require(access.ManagePeople, access.Subject{State: act.By.State}); err != nil {
			return err
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		if sent.Err != nil {
			return sent.Err
		}
		valid.Normalise(&in)
		return valid.Struct(&in)
	}
	return s.offer(ctx, act, check, InvitationLasts, func(tx *register.Tx, i *Invitation) (err error) {
		cert := access.Cert
		i.Purpose, i.Name, i.State, i.Role = ToDevice, in.Office, &act.By.State, &cert
		i.Delegation, i.Language = orNull(act.By.Delegation), in.Language
		if i.Account, err = account.OwnerIn(ctx, tx, act.By.State, "system", in.Office); err != nil {
			return err
		}
		return account.EndStaleIn(ctx, tx, i.grant())
	})
}
