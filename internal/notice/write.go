package notice

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"pocreg.example/internal/access"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
)

// letter is one that is to go now, to somebody who may have it.
type letter struct {
	matter
	email    string
	language string
	entries  []touched // that they may read
	link     func(context.Context) (string, error)
}

// mostItems is how many entries a letter lists: an import may change thousands.
const mostItems = 20

// write returns the letter of a delivery, or nil if whom it is for is not, or no
// longer, to know; and the register's epoch.
func (n *Notices) write(ctx context.Context, d Delivery) (out *letter, epoch string, err error) {
	var found *matter
	var people []reader
	account, isAccount := strings.CutPrefix(d.Recipient, "account:")
	err = n.Register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		epoch = snap.Epoch
		if d.Event.Day != "" {
			if found, err = digestMatter(ctx, snap, account, d.Event); err != nil || found == nil {
				return err
			}
			people, err = readers(ctx, snap, account)
			return err
		}
		all, err := n.matters(ctx, snap, d.Event)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m matter) bool { return m.topic == d.Topic })
		if i < 0 {
			return nil
		}
		found = &all[i]
		if isAccount {
			people, err = readers(ctx, snap, account)
		}
		return err
	})
	if err != nil || found == nil {
		return nil, epoch, err
	}
	if !isAccount {
		for _, to := range found.direct {
			if to.recipient == d.Recipient {
				return &letter{matter: *found, email: to.email, language: to.language, link: to.link}, epoch, nil
			}
		}
		return nil, epoch, nil
	}
	for _, r := range people {
		if found.to != nil && !found.to(r) {
			continue
		}
		seen, err := n.theirs(ctx, r, *found)
		if err != nil {
			return nil, epoch, err
		}
		if len(seen) > 0 || len(found.entries) == 0 && !found.wanted {
			return &letter{matter: *found, email: r.Email, language: r.Language, entries: seen}, epoch, nil
		}
	}
	return nil, epoch, nil
}

// theirs returns what of a matter a reader may know and, where they are told because
// they asked for it, what they asked for.
func (n *Notices) theirs(ctx context.Context, r reader, m matter) ([]touched, error) {
	entries := m.entries
	if len(entries) == 0 {
		return nil, nil
	}
	if m.wanted {
		delivery, err := "at_once", error(nil)
		if m.topic == digestTopic {
			delivery = "daily"
		}
		if entries, err = n.asked(ctx, r, entries, delivery); err != nil || len(entries) == 0 {
			return nil, err
		}
	}
	return n.sees(ctx, r, entries)
}

// compose puts a letter into words.
func (n *Notices) compose(ctx context.Context, d Delivery, l *letter) (mail.Message, error) {
	in := n.Words.In(l.language)
	var pairs []string
	if l.pairs != nil {
		pairs = l.pairs(in)
	}
	out := mail.Letter{
		Subject:    in.Say(l.topic+".subject", pairs...),
		Paragraphs: []string{in.Say(l.topic+".text", pairs...)},
		Link:       n.Origin + l.page(),
		Why:        in.Say(why(l.topic)),
	}
	for i, e := range l.entries {
		if i == mostItems {
			out.Items = append(out.Items, in.Say("letter.more", "number", strconv.Itoa(len(l.entries)-i)))
			break
		}
		out.Items = append(out.Items, in.Say("letter.item", "state", stateName(in, e.State), "kind", in.Say("kind."+e.what()), "act", in.Say("act."+e.Act)))
	}
	if l.link != nil {
		link, err := l.link(ctx)
		if err != nil {
			return mail.Message{}, err
		}
		out.Link = link
	}
	message, err := n.Words.Compose(in, out)
	message.To = l.email
	if l.wanted {
		message.Settle = n.Origin + settlePath
	}
	return message, err
}

// page is where its reader reads on: the one entry, or the one state, that it is
// about.
func (l letter) page() string {
	switch {
	case l.path != "":
		return l.path
	case len(l.entries) == 1 && l.entries[0].Noun == "contact":
		return "/contacts/" + l.entries[0].ID
	case !slices.ContainsFunc(l.entries, func(e touched) bool { return e.State != l.entries[0].State }):
		return "/states/" + l.entries[0].State
	default:
		return "/states"
	}
}

// why is why somebody is told, by the topic.
func why(topic string) string {
	switch topic {
	case "invitation", "reenrolment":
		return "why.invited"
	case "mailbox_replaced":
		return "why.address"
	case "changed", digestTopic:
		return "why.asked"
	case "method_added", "method_removed", "passkey_flagged", "password_guessed", "password_shut", "new_browser", "token_issued", "token_frozen", "person_frozen":
		return "why.person"
	default:
		return "why.acts"
	}
}

// settlePath is where a person says what they want to be told of.
const settlePath = "/account/notices"

// stateName is what a state is called, or its code.
func stateName(in mail.Language, code string) string {
	if name := state.Names(code)[in.Tag]; name != "" {
		return name
	}
	return code
}
