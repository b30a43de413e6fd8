package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
)

// searchable is how many of the million contacts are in the search's index: to
// make that of them all takes longer than the whole run may.
const searchable = 200_000

// index makes the search's index of the first contacts, by their ids, as the
// register does when they are written.
func (b *bench) index(ctx context.Context, conn *pgx.Conn) error {
	const batch = 1000
	after := "00000000-0000-0000-0000-000000000000"
	for done := 0; done < searchable; done += batch {
		err := conn.QueryRow(ctx, `
			with due as materialized (
				select id
				from entry
				where id > $1::uuid and noun = 'contact' and standing = 'active'
				order by id
				limit $2
			), indexed as materialized (
				select search_index(array_agg(id)) from due
			)
			select coalesce(max(id::text), '') from due, indexed`, after, batch).Scan(&after)
		if err != nil || after == "" {
			return err
		}
	}
	return nil
}

// measureSearch times searches for surnames, each asked for once, as they are
// written and with two letters swapped.
func (b *bench) measureSearch(ctx context.Context) error {
	var surnames []string
	err := b.connected(ctx, superuser, measured, func(conn *pgx.Conn) error {
		b.say("    making the search's words")
		if err := b.index(ctx, conn); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, `vacuum (analyze)`); err != nil {
			return err
		}
		got, err := postgres.All[struct{ Surname string }](ctx, conn, `
			select surname
			from (
				select distinct split_part(c.person ->> 'name', ' ', 2) as surname
				from contact c tablesample system (5) repeatable (42)
				join entry e on e.id = c.id and e.audience = 'public'
				join search_text t on t.entry = c.id
			) s
			where length(surname) > 5
			order by md5(surname)
			limit @limit`, pgx.StrictNamedArgs{"limit": b.samples(1000)})
		for _, s := range got {
			surnames = append(surnames, s.Surname)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, one := range []struct {
		what  string
		aim   float64
		write func(string) string
	}{
		{"search for a word, p99", 25, func(s string) string { return s }},
		{"search for a word with a typo, p99", 60, typo},
	} {
		var took []float64
		for _, surname := range surnames {
			got, err := b.server.must(ctx, http.StatusOK, request{
				path: "/v1/search?q=" + url.QueryEscape(one.write(surname)), token: b.people.heads["EE"],
			})
			if err != nil {
				return err
			}
			took = append(took, milliseconds(got.took))
		}
		b.found(finding{
			What: one.what, Got: percentile(took, 0.99), Unit: "ms", Aim: atMost(one.aim),
			Detail: fmt.Sprintf("p50 %.1f ms, of %d searches; %d of %d contacts are in the index", median(took), len(took), min(searchable, b.contacts), b.contacts),
		})
	}
	return nil
}

// typo swaps two letters in the middle of a word.
func typo(word string) string {
	letters := []rune(word)
	i := len(letters) / 2
	letters[i-1], letters[i] = letters[i], letters[i-1]
	return string(letters)
}
