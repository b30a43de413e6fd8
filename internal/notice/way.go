package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// part is a channel or a key of a contact as the trail has it, before an act or
// after it.
type part struct {
	Contact string
	Now     bool
	Name    string
	Content []byte
}

// said is what of a channel makes it another.
type said struct {
	Type     string `json:"type"`
	Usage    string `json:"usage"`
	Protocol string `json:"protocol"`
	Value    string `json:"value"`
}

// wayMatters tell a state's people that a way to reach one of their contacts, or its
// key, is another than before, and a mailbox that was replaced or left out, itself.
// Whoever took over somebody's sign-in could otherwise lead calls astray unseen.
func wayMatters(ctx context.Context, q *register.Snapshot, version int64, changes []change) ([]matter, error) {
	parts, err := postgres.All[part](ctx, q, `
		with acted as (
			select c.key, c.version, c.ordinal, (
				select max(b.version) from trail_change b where b.noun = 'contact' and b.key = c.key and b.version < c.version) as before
			from trail_change c
			where c.version = @version and c.noun = 'contact'
		)
		select a.key as contact, c.version = a.version as now, p.name, t.content
		from acted a
		join trail_change c on c.noun = 'contact' and c.key = a.key and c.version in (a.version, a.before)
		join trail_part p on p.version = c.version and p.ordinal = c.ordinal and (p.name like 'channel:%' or p.name like 'key:%')
		join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part
		where a.before is not null`, pgx.StrictNamedArgs{"version": version})
	if err != nil {
		return nil, fmt.Errorf("read what a contact was reached by: %w", err)
	}
	before, now := map[string]map[string]said{}, map[string]map[string]said{}
	for _, p := range parts {
		var s said
		if err := json.Unmarshal(p.Content, &s); err != nil {
			return nil, fmt.Errorf("read %s of contact %s: %w", p.Name, p.Contact, err)
		}
		of := before
		if p.Now {
			of = now
		}
		if of[p.Contact] == nil {
			of[p.Contact] = map[string]said{}
		}
		of[p.Contact][p.Name] = s
	}
	state := text(changes[0].State)
	to := func(r reader) bool { return r.of(state, officers...) }
	channels := matter{topic: "channel_changed", at: changes[0].At, to: to, pairs: withState(state)}
	keys := matter{topic: "key_changed", at: changes[0].At, to: to, pairs: withState(state)}
	replaced := matter{topic: "mailbox_replaced", at: changes[0].At, path: "/states/" + state, pairs: withState(state)}
	for _, c := range changes {
		was, is := before[c.Key], now[c.Key]
		if was == nil && is == nil || c.Act == "created" {
			continue
		}
		channel, key := differ(was, is)
		if channel {
			channels.entries = append(channels.entries, c.touched(c.Noun))
		}
		if key {
			keys.entries = append(keys.entries, c.touched(c.Noun))
		}
		replaced.direct = append(replaced.direct, lost(was, is, state)...)
	}
	return slices.DeleteFunc([]matter{channels, keys, replaced}, func(m matter) bool {
		return len(m.entries) == 0 && len(m.direct) == 0
	}), nil
}

// differ reports whether a channel or a key is new, another or gone.
func differ(was, is map[string]said) (channel, key bool) {
	look := func(a, b map[string]said) {
		for name, one := range a {
			if other, ok := b[name]; ok && other == one {
				continue
			}
			if strings.HasPrefix(name, "key:") {
				key = true
			} else {
				channel = true
			}
		}
	}
	look(was, is)
	look(is, was)
	return channel, key
}

// lost are the mailboxes that are named no longer.
func lost(was, is map[string]said, state string) (all []direct) {
	for name, one := range was {
		still := slices.ContainsFunc(slices.Collect(maps.Values(is)), func(s said) bool { return s.Type == "email" && s.Value == one.Value })
		if id, ok := strings.CutPrefix(name, "channel:"); ok && one.Type == "email" && !still {
			all = append(all, direct{recipient: "channel:" + state + ":" + id, email: one.Value, language: languageOf(state)})
		}
	}
	return all
}

// languageOf is in which language an office is written to of which nobody has said
// any: its state's, if letters are written in it.
func languageOf(state string) string {
	if state == "PL" {
		return "pl"
	}
	return "en"
}
