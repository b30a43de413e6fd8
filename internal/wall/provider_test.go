package wall_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestAProviderIsNotExchangedUnderItsPeople tries, past the application, what would
// make another provider of the one that people are bound to.
func TestAProviderIsNotExchangedUnderItsPeople(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	kadri := actor{name: "head EE", role: head, state: "EE", account: accounts(t, w)["head_of_delegation EE"], audiences: all, writes: true}
	for name, sql := range map[string]string{
		"another issuer":          `update identity_provider set issuer = 'https://evil.example' where state = 'EE'`,
		"another client":          `update identity_provider set client_id = 'evil' where state = 'EE'`,
		"another delegation":      `update identity_provider set delegation = gen_random_uuid() where state = 'EE'`,
		"somebody else's doing":   `update identity_provider set set_by = gen_random_uuid() where state = 'EE'`,
		"a secret without a turn": `insert into identity_provider_secret (provider, version, sealed) select id, version, 'x' from identity_provider where state = 'EE'`,
		"a second one":            `insert into provider_subject (provider, subject, account, bound_at) select id, 'x', actor_account(), now() from identity_provider where state = 'EE'`,
	} {
		inTransaction(t, w, func(tx pgx.Tx) {
			kadri.as(t.Context(), t, tx)
			if _, err := tx.Exec(t.Context(), sql); !refused(err) {
				t.Errorf("%s, by the head = %v, want that it is refused", name, err)
			}
		})
	}
	inTransaction(t, w, func(tx pgx.Tx) {
		kadri.as(t.Context(), t, tx)
		if _, err := tx.Exec(t.Context(), `update identity_provider set ended_at = now() where state = 'EE'`); err != nil {
			t.Fatalf("ending it, by the head = %v", err)
		}
		if _, err := tx.Exec(t.Context(), `update identity_provider set ended_at = null where state = 'EE'`); !refused(err) {
			t.Errorf("beginning it again = %v, want that it is refused", err)
		}
	})
}

// TestNoSessionBeginsByAProviderThatDoesNotStand opens one in the registry's name.
func TestNoSessionBeginsByAProviderThatDoesNotStand(t *testing.T) {
	t.Parallel()
	registry := actor{name: "the registry", role: system, audiences: all}
	const open = `insert into session (id, hash, kind, account, state, role_grant, method, provider, browser, created_at, seen_at, idle_until, expires_at)
		select gen_random_uuid(), 'new', 'person', g.account, g.state, g.id, 'provider', i.id, '', now(), now(), now() + interval '30 minutes', now() + interval '12 hours'
		from role_grant g
		join identity_provider i on i.set_by = g.account
		where i.state = 'EE'`
	for name, end := range map[string]string{
		"open": `select`, "ended": `update identity_provider set ended_at = now() where state = 'EE'`,
		"contested": `alter table delegation disable trigger user; update delegation set status = 'contested' where state = 'EE'`,
		"closed":    `alter table delegation disable trigger user; update delegation set status = 'closed', until = now() where state = 'EE'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := seeded(t)
			if _, err := w.DB.Owner.Exec(t.Context(), end); err != nil {
				t.Fatal(err)
			}
			inTransaction(t, w, func(tx pgx.Tx) {
				registry.as(t.Context(), t, tx)
				if _, err := tx.Exec(t.Context(), open); refused(err) != (name != "open") {
					t.Errorf("a session by a provider that is %s = %v", name, err)
				}
			})
		})
	}
}
