package signin

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"pocreg.example/internal/problem"
)

// How long what a provider says of itself counts, and that it does not answer. What
// strangers press does not make the server ask more often.
const (
	discoveredFor = time.Hour
	awayFor       = 20 * time.Second
)

// algorithms are those that an id_token may be signed by. The message does not choose.
var algorithms = []string{oidc.RS256, oidc.ES256, oidc.PS256}

// discovery is what a provider said of itself.
type discovery struct {
	mu       sync.Mutex
	issuer   string
	until    time.Time
	err      error
	provider *oidc.Provider
	endpoint oauth2.Endpoint
	names    bool // whether it says in each answer who it is (RFC 9207)
}

// discoveries are the providers that were asked, by state.
type discoveries struct {
	mu sync.Mutex
	of map[string]*discovery
}

// errAway is that a provider does not answer, or not as one does. It is the same for
// each fault: the server does not look around for anybody.
var errAway = problem.Errorf(problem.Unavailable, "the state's identity provider does not answer as one should: try again in a moment, or sign in another way")

// errUnusable is the same, to a head who says where it is.
var errUnusable = problem.Faultf("/issuer", "is where no OpenID provider answers that can be used: it is an https address out in the world, exactly as the provider writes it, "+
	"and the provider signs with RS256, ES256 or PS256 and takes the client's secret")

// discovered returns what a state's provider says of itself, asking it where that is
// not known. Many who ask at once ask once.
func (s *Store) discovered(ctx context.Context, state, issuer string) (*oidc.Provider, oauth2.Endpoint, bool, error) {
	s.known.mu.Lock()
	d := s.known.of[state]
	if d == nil {
		d = &discovery{}
		s.known.of[state] = d
	}
	s.known.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.issuer != issuer || !s.now().Before(d.until) {
		d.issuer, d.until = issuer, s.now().Add(discoveredFor)
		// The first of many may go away: the others want the answer too.
		if d.provider, d.endpoint, d.names, d.err = s.discover(context.WithoutCancel(ctx), issuer); d.err != nil {
			d.until = s.now().Add(awayFor)
		}
	}
	return d.provider, d.endpoint, d.names, d.err
}

// try asks an address whether an OpenID provider is there, for a head who says so.
func (s *Store) try(ctx context.Context, issuer string) error {
	if _, ok := s.issuer(issuer); !ok {
		return errUnusable
	}
	if _, _, _, err := s.discover(ctx, issuer); err != nil {
		return errUnusable
	}
	return nil
}

// discover asks a provider what it is.
func (s *Store) discover(ctx context.Context, issuer string) (*oidc.Provider, oauth2.Endpoint, bool, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, s.outside), issuer)
	if err != nil {
		return nil, oauth2.Endpoint{}, false, errAway
	}
	var says struct {
		Keys    string   `json:"jwks_uri"`
		Signs   []string `json:"id_token_signing_alg_values_supported"`
		Clients []string `json:"token_endpoint_auth_methods_supported"`
		Names   bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := p.Claims(&says); err != nil {
		return nil, oauth2.Endpoint{}, false, errAway
	}
	at := p.Endpoint()
	for _, address := range []string{at.AuthURL, at.TokenURL, says.Keys} {
		if u, err := url.Parse(address); err != nil || !s.reach.AllowsURL(u) {
			return nil, oauth2.Endpoint{}, false, errAway
		}
	}
	style, err := styleOf(says.Clients)
	if err != nil || !slices.ContainsFunc(algorithms, func(one string) bool { return slices.Contains(says.Signs, one) }) {
		return nil, oauth2.Endpoint{}, false, errAway
	}
	at.AuthStyle = style
	return p, at, says.Names, nil
}

// styleOf is how the client's secret is sent. It is not found out by trying: a code
// is good once.
func styleOf(methods []string) (oauth2.AuthStyle, error) {
	switch {
	case len(methods) == 0 || slices.Contains(methods, "client_secret_basic"):
		return oauth2.AuthStyleInHeader, nil
	case slices.Contains(methods, "client_secret_post"):
		return oauth2.AuthStyleInParams, nil
	default:
		return 0, errors.New("the provider takes no client's secret")
	}
}
