package notice

import (
	"context"

	"pocreg.example/internal/mail"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// invitationMatters send an invitation's link to whom it is for, as soon as it can be
// accepted and as long as it can. The link is made while it is sent: a secret waits
// nowhere. The code goes another way, by whoever invited.
func (n *Notices) invitationMatters(ctx context.Context, q postgres.Queryer, c change) ([]matter, error) {
	if c.Act != "invited" && c.Act != "confirmed" {
		return nil, nil
	}
	i, to, err := n.SignIn.Mailable(ctx, q, c.Key)
	if problem.Is(err, problem.NotFound) || err == nil && to == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := matter{topic: "invitation", at: c.At, path: "/"}
	if i.Purpose == signin.ToReenrol {
		m.topic = "reenrolment"
	}
	m.direct = []direct{{
		recipient: "invitation:" + i.ID, email: to, language: i.Language,
		link: func(ctx context.Context) (string, error) {
			secret, err := n.SignIn.MakeLink(ctx, i.ID)
			return n.Origin + "/invitation/" + secret, err
		},
	}}
	m.pairs = func(in mail.Language) []string {
		pairs := []string{"until", i.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC")}
		if i.State == nil {
			return append(pairs, "state", in.Say("letter.no_state"))
		}
		return append(pairs, "state", stateName(in, *i.State))
	}
	return []matter{m}, nil
}
