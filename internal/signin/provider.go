package signin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// Provider is where the people of a delegation may sign in: an OpenID provider of
// their state's own.
type Provider struct {
	ID         string
	Delegation string
	State      string
	Issuer     string // https, exactly as the provider says it
	ClientID   string // as whom the provider knows the registry
	SetBy      string // an account
	Since      time.Time
	EndedAt    *time.Time
	Version    int64
}

// ProviderInput is what a head says of the own state's provider.
type ProviderInput struct {
	Issuer   string `json:"issuer" validate:"required,max=500,line"`
	ClientID string `json:"client_id" validate:"required,max=200,line"`
	Secret   string `json:"client_secret" validate:"required,max=500,line"`
}

const providerColumns = `i.id, i.delegation, i.state, i.issuer, i.client_id, i.set_by, i.since, i.ended_at, i.version`

// perTrial bounds how often one head has the server ask an address.
const perTrial = 10

// SetProvider says where the own state's people may sign in: its head alone, who has
// just signed in, as for all that is of people. The provider is asked first, before
// anything is changed. The same issuer and client with another secret go on; with
// another, who signed in by the one before no longer does, and is signed out.
func (s *Store) SetProvider(ctx context.Context, act register.Act, in ProviderInput) (Provider, error) {
	if err := act.By.Require(access.ManagePeople, access.Subject{State: act.By.State}); err != nil {
		return Provider{}, err
	}
	valid.Normalise(&in)
	if err := valid.Struct(&in); err != nil {
		return Provider{}, err
	}
	if err := s.mayManage(ctx, act); err != nil { // before the server asks an address for somebody
		return Provider{}, err
	}
	if !s.keys.Any() {
		return Provider{}, errNoKey
	}
	if err := s.take(ctx, budget{"provider trial " + act.By.Account, perTrial}); err != nil {
		return Provider{}, err
	}
	if err := s.try(ctx, in.Issuer); err != nil {
		return Provider{}, err
	}
	var before, after Provider
	check := func(tx *register.Tx) (err error) {
		if err := act.By.Require(access.ManagePeople, access.Subject{State: act.By.State}); err != nil {
			return err
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		if act.By.Delegation == "" {
			return problem.Errorf(problem.Conflict, "the state has no delegation that is open: open one first")
		}
		before, err = providerIn(ctx, tx, act.By.Delegation)
		if err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
		return nil
	}
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		if before.ID != "" && before.Issuer == in.Issuer && before.ClientID == in.ClientID {
			after = before
			after.Version = tx.Version
			if err := saveProvider(ctx, tx, after); err != nil {
				return err
			}
			if err := s.keepSecret(ctx, tx, after, in.Secret); err != nil {
				return err
			}
			return tx.Changed(providerChange("secret_replaced", &before, after))
		}
		if before.ID != "" {
			if err := endProvider(ctx, tx, before); err != nil {
				return err
			}
		}
		after = Provider{
			ID: uuid.NewString(), Delegation: act.By.Delegation, State: act.By.State, Issuer: in.Issuer, ClientID: in.ClientID,
			SetBy: act.By.Account, Since: tx.At, Version: tx.Version,
		}
		if err := insertProvider(ctx, tx, after); err != nil {
			return err
		}
		if err := s.keepSecret(ctx, tx, after, in.Secret); err != nil {
			return err
		}
		return tx.Changed(providerChange("set", nil, after))
	})
	return after, err
}

// EndProvider has nobody of the own state sign in at its provider any longer: its
// head.
func (s *Store) EndProvider(ctx context.Context, act register.Act) error {
	var before Provider
	check := func(tx *register.Tx) (err error) {
		if err := act.By.Require(access.ManagePeople, access.Subject{State: act.By.State}); err != nil {
			return err
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		before, err = providerIn(ctx, tx, act.By.Delegation)
		return err
	}
	return s.register.Write(ctx, act, check, func(tx *register.Tx) error { return endProvider(ctx, tx, before) })
}

// mayManage refuses who does not stand, or has not just signed in, before a write.
func (s *Store) mayManage(ctx context.Context, act register.Act) error {
	return s.register.Read(ctx, act.By, func(snap *register.Snapshot) error { return strong(ctx, snap, act) })
}

// ProviderOf returns the provider of the actor's own delegation, for its head, or a
// NotFound problem.
func (s *Store) ProviderOf(ctx context.Context, by access.Actor) (got Provider, err error) {
	if err := by.Require(access.ManagePeople, access.Subject{State: by.State}); err != nil {
		return Provider{}, err
	}
	err = s.register.Read(ctx, by, func(snap *register.Snapshot) (err error) {
		got, err = providerIn(ctx, snap, by.Delegation)
		return err
	})
	return got, err
}

// Providing returns the states whose people may sign in at a provider of their own,
// by their codes. Anybody may know: who presses the button sees the address in any
// case, it says nothing of any person, and asking for an address first would tell
// whether somebody has it.
func (s *Store) Providing(ctx context.Context) (states []string, err error) {
	err = s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		all, err := postgres.All[struct{ State string }](ctx, snap, `
			select distinct i.state from identity_provider i where i.ended_at is null and provider_stands(i.id) order by i.state`, pgx.StrictNamedArgs{})
		for _, one := range all {
			states = append(states, one.State)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list providers: %w", err)
	}
	return states, nil
}

// Returning is where a state's provider leads its people back to: an address for each
// state, so that an answer of one is never taken for another's (RFC 9700, 4.4.2.2).
func (s *Store) Returning(state string) string {
	return s.origin.String() + "/signin/provider/" + url.PathEscape(state)
}

func providerIn(ctx context.Context, q postgres.Queryer, delegation string) (Provider, error) {
	return oneProvider(ctx, q, `i.delegation::text = @delegation and i.ended_at is null`, pgx.StrictNamedArgs{"delegation": delegation})
}

// errNoProvider is that a state has no provider, or none that stands.
var errNoProvider = problem.Errorf(problem.NotFound, "this state has no identity provider here, or no longer: sign in another way")

func oneProvider(ctx context.Context, q postgres.Queryer, where string, args pgx.StrictNamedArgs) (Provider, error) {
	got, err := postgres.One[Provider](ctx, q, `
		select `+providerColumns+`
		from identity_provider i
		where `+where, args)
	if errors.Is(err, pgx.ErrNoRows) {
		return Provider{}, errNoProvider
	}
	if err != nil {
		return Provider{}, fmt.Errorf("get identity provider: %w", err)
	}
	return got, nil
}

func insertProvider(ctx context.Context, tx *register.Tx, p Provider) error {
	err := tx.Exec(ctx, `
		insert into identity_provider (id, delegation, state, issuer, client_id, set_by, since, version)
		values (@id, @delegation, @state, @issuer, @client, @by, @since, @version)`,
		pgx.StrictNamedArgs{
			"id": p.ID, "delegation": p.Delegation, "state": p.State, "issuer": p.Issuer, "client": p.ClientID, "by": p.SetBy,
			"since": p.Since, "version": p.Version,
		})
	if err != nil {
		return fmt.Errorf("insert identity provider: %w", err)
	}
	return nil
}

func saveProvider(ctx context.Context, tx *register.Tx, p Provider) error {
	err := tx.ExecOne(ctx, `
		update identity_provider
		set ended_at = @ended, version = @version
		where id = @id`, pgx.StrictNamedArgs{"id": p.ID, "ended": p.EndedAt, "version": p.Version})
	if err != nil {
		return fmt.Errorf("update identity provider: %w", err)
	}
	return nil
}

func endProvider(ctx context.Context, tx *register.Tx, before Provider) error {
	after := before
	after.EndedAt, after.Version = &tx.At, tx.Version
	if err := saveProvider(ctx, tx, after); err != nil {
		return err
	}
	return tx.Changed(providerChange("ended", &before, after))
}

func (s *Store) keepSecret(ctx context.Context, tx *register.Tx, p Provider, secret string) error {
	sealed, err := s.keys.Seal(secret, providerOf(p.ID))
	if err != nil {
		return err
	}
	err = tx.Exec(ctx, `insert into identity_provider_secret (provider, version, sealed) values (@id, @version, @sealed)`,
		pgx.StrictNamedArgs{"id": p.ID, "version": p.Version, "sealed": sealed})
	if err != nil {
		return fmt.Errorf("keep client secret: %w", err)
	}
	return nil
}

// secretOf opens the newest secret of a provider.
func (s *Store) secretOf(ctx context.Context, q postgres.Queryer, id string) (string, error) {
	sealed, err := postgres.Scalar[string](ctx, q, `
		select sealed from identity_provider_secret where provider = @id order by version desc limit 1`, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return "", fmt.Errorf("look up client secret: %w", err)
	}
	secret, err := s.keys.Open(sealed, providerOf(id))
	if err != nil {
		return "", fmt.Errorf("open client secret: %w", err)
	}
	return secret, nil
}

// providerChange tells the trail of a provider. Its secret is not there.
func providerChange(act string, before *Provider, after Provider) register.Change {
	c := register.Change{
		Act: act, Noun: "identity_provider", Key: after.ID, State: after.State, For: access.ForSelected, AtOnce: true, After: after.parts(),
	}
	if before != nil {
		c.Before = before.parts()
	}
	return c
}

func (p Provider) parts() []register.Part {
	return []register.Part{{Name: "entry", For: access.ForSelected, Content: struct {
		ID         string     `json:"id"`
		Delegation string     `json:"delegation"`
		State      string     `json:"state"`
		Issuer     string     `json:"issuer"`
		ClientID   string     `json:"client_id"`
		SetBy      string     `json:"set_by"`
		Since      time.Time  `json:"since"`
		EndedAt    *time.Time `json:"ended_at"`
	}{p.ID, p.Delegation, p.State, p.Issuer, p.ClientID, p.SetBy, p.Since.UTC(), utc(p.EndedAt)}}}
}

// VerifyProviders checks that every identity provider is what the trail last recorded
// of it, and returns how many there are. The snapshot must be one that sees all.
func VerifyProviders(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[Provider](ctx, snap, `
		select `+providerColumns+` from identity_provider i order by i.id`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list identity providers: %w", err)
	}
	for _, p := range all {
		if err := register.Holds(ctx, snap, "identity_provider", p.ID, p.parts()); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// issuer reads the address of an issuer: a URL that may be asked, without a query,
// as OpenID Connect Discovery (3) has it.
func (s *Store) issuer(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.RawQuery != "" || u.ForceQuery || strings.ContainsAny(text, "#\\ ") || !s.reach.AllowsURL(u) {
		return nil, false
	}
	return u, true
}
