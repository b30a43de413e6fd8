package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	yaml "github.com/oasdiff/yaml3"
)

// service is what the tests ask of a service in docker-compose.yml.
type service struct {
	Image       string
	Build       struct{ Context, Dockerfile string }
	Entrypoint  []string
	Environment map[string]string
	Volumes     []string
	Networks    []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	ReadOnly    bool                                  `yaml:"read_only"`
}

type composition struct {
	Services map[string]service
	Networks map[string]struct{ Internal bool }
	Volumes  map[string]struct{}
}

func compose(t *testing.T) composition {
	t.Helper()
	var c composition
	if err := yaml.Unmarshal([]byte(read(t, "../docker-compose.yml")), &c); err != nil {
		t.Fatalf("docker-compose.yml is no YAML that we know: %v", err)
	}
	return c
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestComposeStartsEachServiceAfterWhatItNeeds(t *testing.T) {
	t.Parallel()
	got := map[string]map[string]string{}
	for name, s := range compose(t).Services {
		got[name] = map[string]string{}
		for needed, how := range s.DependsOn {
			got[name][needed] = how.Condition
		}
	}
	want := map[string]map[string]string{
		"secrets": {},
		"db":      {"secrets": "service_completed_successfully"},
		"roles":   {"db": "service_healthy"},
		"migrate": {"roles": "service_completed_successfully"},
		"serve":   {"migrate": "service_completed_successfully"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docker-compose.yml, depends_on mismatch (-want +got):\n%s", diff)
	}
}

func TestComposeHoldsNoPassword(t *testing.T) {
	t.Parallel()
	for name, s := range compose(t).Services {
		for setting, value := range s.Environment {
			secret := regexp.MustCompile(`PASSWORD|TOKEN|DATABASE_URL|SECRET_KEY`).MatchString(setting)
			if secret != strings.HasSuffix(setting, "_FILE") || secret != strings.HasPrefix(value, "/run/secrets/") {
				t.Errorf("%s: %s is %q; want secrets, and nothing else, in files under /run/secrets", name, setting, value)
			}
		}
	}
}

func TestComposeShowsEachServiceItsOwnSecretsAlone(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	for name, s := range compose(t).Services {
		for _, v := range s.Volumes {
			if volume, _, _ := strings.Cut(v, ":"); strings.HasSuffix(volume, "-secret") {
				got[name] = append(got[name], strings.TrimSuffix(volume, "-secret"))
			}
		}
	}
	want := map[string][]string{
		"secrets": {"admin", "owner", "server"}, "roles": {"admin", "owner", "server"},
		"db": {"admin"}, "migrate": {"owner"}, "serve": {"server"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docker-compose.yml, secrets of each service, mismatch (-want +got):\n%s", diff)
	}
}

func TestComposeNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	c := compose(t)
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, declared := c.Volumes[from]; declared {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", from)); !strings.HasPrefix(from, "./") || err != nil {
				t.Errorf("%s mounts %s, which is neither a volume nor in the tree", name, from)
			}
		}
		for _, n := range s.Networks {
			if _, declared := c.Networks[n]; !declared {
				t.Errorf("%s is in the network %s, which is not declared", name, n)
			}
		}
		if s.Image == "pocreg" {
			if _, err := os.Stat(filepath.Join("..", s.Build.Context, s.Build.Dockerfile)); err != nil || !s.ReadOnly {
				t.Errorf("%s is built from %q, read-only %v; want a Dockerfile that is there, and its files read-only", name, s.Build.Dockerfile, s.ReadOnly)
			}
		} else if s.Image != "postgres:15" {
			t.Errorf("%s runs %q, want pocreg, or PostgreSQL of the major version that the tests run on", name, s.Image)
		}
	}
	if !c.Networks["database"].Internal {
		t.Error("the network of the database is not internal: want it out of reach")
	}
}

func TestTheImageIsBuiltWithTheGoOfTheModule(t *testing.T) {
	t.Parallel()
	module := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	image := regexp.MustCompile(`(?m)^FROM golang:(\S+) `).FindStringSubmatch(read(t, "Dockerfile"))
	if module == nil || image == nil || module[1] != image[1] {
		t.Errorf("go.mod wants Go %v, the Dockerfile builds with %v; want the same", module, image)
	}
}

// Whoever can write as the servers' account must not be able to read what only
// the owner may: no unit holds both credentials.
func TestNoUnitHoldsBothDatabaseCredentials(t *testing.T) {
	t.Parallel()
	for unit, setting := range map[string]string{
		"pocreg.service": "POCREG_DATABASE_URL_FILE", "pocreg-migrate.service": "POCREG_OWNER_DATABASE_URL_FILE",
	} {
		got := regexp.MustCompile(`POCREG_\w*DATABASE_URL\w*`).FindAllString(read(t, unit), -1)
		if diff := cmp.Diff([]string{setting}, got); diff != "" {
			t.Errorf("%s, database credentials mismatch (-want +got):\n%s", unit, diff)
		}
	}
}
