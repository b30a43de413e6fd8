package main_test

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	main "pocreg.example/cmd/pocreg"
	"pocreg.example/internal/seal"
)

// environment is where a program finds its settings.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// file writes a secret as an operator would, with a line end, and returns where.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// sameKeys compares keys by what they seal as.
var sameKeys = cmp.Comparer(func(a, b seal.Keys) bool { return a.Mark() == b.Mark() })

func TestWithoutSettingsTheDefaultsHold(t *testing.T) {
	t.Parallel()
	got, err := main.ReadConfig(environment{}.get)
	if err != nil {
		t.Fatalf("readConfig() of nothing = %v", err)
	}
	want := got // the type has no name outside
	want.DatabaseURL, want.OwnerDatabaseURL, want.MetricsToken, want.Programs = "", "", "", ""
	want.Listen, want.Connections, want.Timeout, want.DrainDelay = "127.0.0.1:8080", 20, 15*time.Second, 0
	want.CacheMB, want.AccessLogDays, want.Origin = 64, 400, ""
	want.SMTPAddress, want.SMTPSecurity, want.SMTPUser, want.SMTPPassword, want.MailFrom, want.MailFolder = "", "starttls", "", "", "", ""
	want.RatePerToken, want.RatePerAddress, want.RateBurst = 100, 20, 200
	want.TrustedProxies, want.ProviderNetworks, want.LogLevel, want.SecretKey = nil, nil, slog.LevelInfo, seal.Keys{}
	folder, err := filepath.Abs(".pocreg")
	if err != nil {
		t.Fatal(err)
	}
	want.Data = folder
	if diff := cmp.Diff(want, got, sameKeys); diff != "" {
		t.Errorf("readConfig() of nothing, mismatch (-want +got):\n%s", diff)
	}
}

func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	got, err := main.ReadConfig(environment{
		"POCREG_DATABASE_URL": "postgres://server", "POCREG_OWNER_DATABASE_URL": "postgres://owner", "POCREG_METRICS_TOKEN": "opens metrics",
		"POCREG_LISTEN": ":9090", "POCREG_ORIGIN": "https://registry.example", "POCREG_DATA": "/var/lib/register", "PGBINDIR": "/usr/lib/postgresql/15/bin",
		"POCREG_CONNECTIONS": "7", "POCREG_CACHE_MB": "9", "POCREG_TIMEOUT": "3s", "POCREG_DRAIN_DELAY": "4s",
		"POCREG_RATE_PER_TOKEN": "0.5", "POCREG_RATE_PER_ADDRESS": "0", "POCREG_RATE_BURST": "9",
		"POCREG_TRUSTED_PROXIES": "10.0.0.0/8, fd00::/8", "POCREG_LOG_LEVEL": "debug", "POCREG_ACCESS_LOG_DAYS": "99",
		"POCREG_SECRET_KEY": strings.Repeat("5a", 32), "POCREG_PROVIDER_NETWORKS": "127.0.0.0/8",
		"POCREG_SMTP_ADDRESS": "mail.example:465", "POCREG_SMTP_SECURITY": "tls", "POCREG_SMTP_USER": "pocreg", "POCREG_SMTP_PASSWORD": "opens mail",
		"POCREG_MAIL_FROM": "registry@example.org",
	}.get)
	if err != nil {
		t.Fatalf("readConfig() = %v", err)
	}
	want := got
	want.DatabaseURL, want.OwnerDatabaseURL, want.MetricsToken = "postgres://server", "postgres://owner", "opens metrics"
	want.Listen, want.Data, want.Programs = ":9090", "/var/lib/register", "/usr/lib/postgresql/15/bin"
	want.Connections, want.Timeout, want.DrainDelay = 7, 3*time.Second, 4*time.Second
	want.CacheMB, want.AccessLogDays, want.Origin = 9, 99, "https://registry.example"
	want.SMTPAddress, want.SMTPSecurity, want.SMTPUser, want.SMTPPassword = "mail.example:465", "tls", "pocreg", "opens mail"
	want.MailFrom = "registry@example.org"
	want.RatePerToken, want.RatePerAddress, want.RateBurst = 0.5, 0, 9
	want.TrustedProxies, want.LogLevel = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}, slog.LevelDebug
	want.ProviderNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	if want.SecretKey, err = seal.Read(strings.Repeat("5a", 32)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, sameKeys, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("readConfig() mismatch (-want +got):\n%s", diff)
	}
}

func TestAllFaultsAreReportedTogether(t *testing.T) {
	t.Parallel()
	wrong := environment{
		"POCREG_DATABASE_URL_FILE": "/does/not/exist", "POCREG_LISTEN": "8080", "POCREG_ORIGIN": "https://registry.example/",
		"POCREG_CONNECTIONS": "2.5", "POCREG_CACHE_MB": "-1", "POCREG_TIMEOUT": "fast", "POCREG_DRAIN_DELAY": "-1s",
		"POCREG_RATE_PER_TOKEN": "NaN", "POCREG_RATE_PER_ADDRESS": "-1", "POCREG_RATE_BURST": "0",
		"POCREG_TRUSTED_PROXIES": "10.0.0.1", "POCREG_LOG_LEVEL": "loud", "POCREG_ACCESS_LOG_DAYS": "89",
		"POCREG_SECRET_KEY": "short", "POCREG_PROVIDER_NETWORKS": "login.example",
	}
	_, err := main.ReadConfig(wrong.get)
	if err == nil {
		t.Fatal("readConfig() of many faults = nil, want them all")
	}
	for name := range wrong {
		if !regexp.MustCompile(`(?m)^` + name + ` `).MatchString(err.Error()) {
			t.Errorf("readConfig() does not name %s; it says:\n%v", name, err)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != len(wrong) {
		t.Errorf("readConfig() of %d faults reports %d:\n%v", len(wrong), got, err)
	}
}

func TestTheOriginIsOneThatABrowserBindsPasskeysTo(t *testing.T) {
	t.Parallel()
	for origin, good := range map[string]bool{
		"https://registry.example": true, "https://registry.example:8443": true, "http://localhost:8080": true,
		"http://registry.example": false, "registry.example": false, "https://registry.example/": false, "https://REGISTRY.example": false,
		"https://u@registry.example": false, "https://registry.example?x": false, "ftp://localhost": false, "https://registry.example:443": false, "https://": false,
	} {
		_, err := main.ReadConfig(environment{"POCREG_ORIGIN": origin}.get)
		if (err == nil) != good {
			t.Errorf("readConfig() with the origin %s = %v, want it taken: %t", origin, err, good)
		}
	}
}

func TestASecretMayStandInAFile(t *testing.T) {
	t.Parallel()
	got, err := main.ReadConfig(environment{
		"POCREG_DATABASE_URL_FILE":       file(t, "postgres://server\n"),
		"POCREG_OWNER_DATABASE_URL_FILE": file(t, "postgres://owner\r\n"),
		"POCREG_METRICS_TOKEN_FILE":      file(t, "opens metrics"),
		"POCREG_SECRET_KEY_FILE":         file(t, strings.Repeat("5a", 32)+"\n"+strings.Repeat("a5", 32)+"\n"),
	}.get)
	if err != nil {
		t.Fatalf("readConfig() = %v", err)
	}
	if got.DatabaseURL != "postgres://server" || got.OwnerDatabaseURL != "postgres://owner" || got.MetricsToken != "opens metrics" || !got.SecretKey.Any() {
		t.Errorf("readConfig() = %q, %q, %q; want what the files hold", got.DatabaseURL, got.OwnerDatabaseURL, got.MetricsToken)
	}
}

func TestASecretIsNeverInAFault(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for about, env := range map[string]environment{
		"given twice":                     {"POCREG_DATABASE_URL": secret, "POCREG_DATABASE_URL_FILE": file(t, secret)},
		"put where its file's name goes":  {"POCREG_DATABASE_URL_FILE": "postgres://pocreg_server:" + secret + "@db/pocreg"},
		"in a URL with a bad port":        {"POCREG_DATABASE_URL": "postgres://pocreg_server:" + secret + "@db:port/pocreg"},
		"in a URL with a bad escape":      {"POCREG_DATABASE_URL": "postgres://pocreg_server:" + secret + "%zz@db/pocreg"},
		"in a URL with a bad setting":     {"POCREG_DATABASE_URL": "postgres://pocreg_server:" + secret + "@db/pocreg?sslmode=maybe"},
		"in settings that do not fit":     {"POCREG_DATABASE_URL": "user=pocreg_server password=" + secret + " sslmode=maybe"},
		"in settings with no equals sign": {"POCREG_DATABASE_URL": "user=pocreg_server password=" + secret + " dbname"},
		"of a database that is not there": {"POCREG_DATABASE_URL": "postgres://pocreg_server:" + secret + "@127.0.0.1:1/pocreg"},
		"in a file that is":               {"POCREG_DATABASE_URL_FILE": file(t, "postgres://pocreg_server:"+secret+"@127.0.0.1:1/pocreg")},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			env["POCREG_LISTEN"] = "127.0.0.1:0"
			var out, log strings.Builder
			err := main.Run(t.Context(), []string{"serve"}, env.get, &out, &log)
			if err == nil {
				t.Fatal("serve starts, want a refusal")
			}
			if said := err.Error() + out.String() + log.String(); strings.Contains(said, secret) {
				t.Errorf("serve says the secret: %s", said)
			}
		})
	}
}

func TestASecretGivenTwiceOrInAnEmptyFileIsRefused(t *testing.T) {
	t.Parallel()
	_, err := main.ReadConfig(environment{
		"POCREG_DATABASE_URL": "postgres://one", "POCREG_DATABASE_URL_FILE": file(t, "postgres://two"),
		"POCREG_METRICS_TOKEN_FILE": file(t, " \n"),
	}.get)
	want := "POCREG_DATABASE_URL and POCREG_DATABASE_URL_FILE are both set: keep one\nPOCREG_METRICS_TOKEN_FILE names an empty file"
	if err == nil || err.Error() != want {
		t.Errorf("readConfig() = %v, want %q", err, want)
	}
}

// settingNames are those that the program asks the environment for.
func settingNames(t *testing.T) []string {
	t.Helper()
	asked := map[string]bool{}
	if _, err := main.ReadConfig(func(name string) string { asked[name] = true; return "" }); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range asked {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestTheManualListsEverySettingAndNoOther(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)`(?: or `([A-Z_]+)`)? \\|").FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, row[1])
		if row[2] != "" {
			listed = append(listed, row[2])
		}
	}
	slices.Sort(listed)
	if diff := cmp.Diff(settingNames(t), listed); diff != "" {
		t.Errorf("the table of settings in docs/operations.md is not what config.go reads (-config.go +table):\n%s", diff)
	}
}

// What an operator installs must not set what nothing reads.
func TestNoFileNamesASettingThatIsNotThere(t *testing.T) {
	t.Parallel()
	// Those of who asks a registry are in remote.go.
	known := append(settingNames(t), "POCREG_SERVER", "POCREG_TOKEN", "POCREG_TOKEN_FILE")
	files := []string{filepath.Join(root, "docker-compose.yml")}
	for _, pattern := range []string{"deploy/*", "deploy/*/*", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	named := 0
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || info.IsDir() {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range regexp.MustCompile(`\bPOCREG_[A-Z_]+[A-Z]\b`).FindAllString(string(text), -1) {
			named++
			if !slices.Contains(known, setting) {
				t.Errorf("%s names %s, which nothing reads", name, setting)
			}
		}
	}
	if named == 0 {
		t.Error("no file names a setting: the test looks in the wrong place")
	}
}
