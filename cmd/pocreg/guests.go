package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// demoPerson is one of the demo's actors as somebody who signs in on the pages:
// what opens their invitation, until it is accepted.
type demoPerson struct {
	Email string `json:"email"`
	Link  string `json:"link,omitempty"`
	Code  string `json:"code,omitempty"`
}

// guest is whom the demo shows the way in.
const guest = "head_ee"

// invite makes sure that each of the demo's people has come in, or can: an
// invitation that an earlier start left is kept as long as it stands.
func invite(ctx context.Context, s *stores, origin string, actors map[string]access.Actor, kept map[string]demoPerson) (map[string]demoPerson, error) {
	signIn, err := signin.NewStore(s.register, origin, time.Now)
	if err != nil {
		return nil, err
	}
	people := map[string]demoPerson{}
	for _, r := range demoRoles {
		if r.OwnerKind == "system" {
			continue
		}
		who := kept[r.key]
		secret := who.Link[strings.LastIndex(who.Link, "/")+1:]
		waits, err := waiting(ctx, signIn, secret)
		switch {
		case err != nil:
			return nil, err
		case waits: // under this start's address
			who.Link = origin + "/invitation/" + secret
		default:
			if who, err = inviteGuest(ctx, signIn, origin, r, actors); err != nil {
				return nil, fmt.Errorf("invite demo actor %s: %w", r.key, err)
			}
		}
		people[r.key] = who
	}
	return people, nil
}

// waiting reports whether there is such an invitation that can be accepted.
func waiting(ctx context.Context, signIn *signin.Store, secret string) (bool, error) {
	if secret == "" {
		return false, nil
	}
	opened, err := signIn.Opened(ctx, signin.Browser{}, secret)
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return opened.Status == signin.Waiting, err
}

func inviteGuest(ctx context.Context, signIn *signin.Store, origin string, r role, actors map[string]access.Actor) (demoPerson, error) {
	who := demoPerson{Email: strings.ReplaceAll(r.key, "_", "-") + "@demo.example"}
	offer, err := signIn.Appoint(ctx, r.act(actors), signin.Appointment{
		Name: r.Owner, Email: who.Email, Language: "en", Role: r.Role, State: r.State, CoChair: r.CoChair, Delegation: actors[r.key].Delegation,
	})
	if problem.Is(err, problem.Conflict) {
		return who, nil // they have come in
	}
	who.Link, who.Code = origin+"/invitation/"+offer.Link, offer.Code
	return who, err
}

// welcome says how to come in; file has the others' ways.
func (p demoPerson) welcome(file string) string {
	if p.Link == "" {
		return "Estonia's head of delegation has come in, and signs in as " + p.Email + ".\n"
	}
	return fmt.Sprintf(`To come in as Estonia's head of delegation, and set up a passkey or a password, open

  %s

and type the code %s. The others' invitations are under "people" in %s.
`, p.Link, p.Code, file)
}

// mailPage says where the letters are.
func mailPage(origin, data string) string {
	if showsMail {
		return "The mails are at " + origin + "/dev/mail, in place of being sent.\n"
	}
	return "The mails are in " + filepath.Join(data, mailFolder) + ", in place of being sent.\n"
}
