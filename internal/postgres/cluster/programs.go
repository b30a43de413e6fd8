package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// oldest is the oldest major version of PostgreSQL that the schema and the
// tests run on.
const oldest = 15

// Programs returns the folder of initdb, postgres, pg_dump and the rest: binDir
// if it is given, else where PATH finds initdb, else the newest that is
// installed where Debian or Red Hat put it.
func Programs(binDir string) (string, error) {
	if binDir != "" {
		if !complete(binDir) {
			return "", fmt.Errorf("there is no initdb and postgres in %s: point PGBINDIR at PostgreSQL's programs, or unset it", binDir)
		}
		return filepath.Abs(binDir)
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if initdb, err = filepath.EvalSymlinks(initdb); err == nil && complete(filepath.Dir(initdb)) {
			return filepath.Abs(filepath.Dir(initdb))
		}
	}
	var newest string
	var version float64
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, dir := range dirs {
			v, err := strconv.ParseFloat(strings.TrimPrefix(filepath.Base(filepath.Dir(dir)), "pgsql-"), 64)
			if err == nil && v > version && complete(dir) {
				newest, version = dir, v
			}
		}
	}
	if newest == "" {
		return "", fmt.Errorf("PostgreSQL's server programs (initdb, postgres) are not on this machine: install PostgreSQL %d or newer "+
			"(Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql@17, with its bin folder in PATH), "+
			"or point PGBINDIR at the folder where they are", oldest)
	}
	return newest, nil
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// programs returns the folder of programs that can run this place's cluster.
func (p place) programs(binDir string) (string, error) {
	if own := p.ownPrograms(); binDir == "" && own != "" {
		binDir = own
	}
	dir, err := Programs(binDir)
	if err != nil {
		return "", err
	}
	if err := p.reachable(dir); err != nil {
		return "", err
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask the programs in %s for their version: %w", dir, err)
	}
	major := regexp.MustCompile(`\d+`).FindString(string(out))
	if n, err := strconv.Atoi(major); err != nil || n < oldest {
		return "", fmt.Errorf("%s in %s is too old: install PostgreSQL %d or newer, or point PGBINDIR at it",
			strings.TrimSpace(string(out)), dir, oldest)
	}
	return dir, nil
}

// ownPrograms returns the programs of the version that made the cluster, where
// Debian keeps them: a newer one that was installed since cannot read it.
func (p place) ownPrograms() string {
	version, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if err != nil {
		return ""
	}
	dir := filepath.Join("/usr/lib/postgresql", strings.TrimSpace(string(version)), "bin")
	if !complete(dir) {
		return ""
	}
	return dir
}

// reachable returns an error unless PostgreSQL's account may enter dir.
func (p place) reachable(dir string) error {
	if p.account == nil {
		return nil
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return errors.New("this system does not say whose a folder is")
		}
		if info.Mode().Perm()&0o001 == 0 && int(stat.Uid) != p.uid() {
			return fmt.Errorf("PostgreSQL runs as user %d, who may not enter %s: allow it (chmod o+x), or point PGBINDIR elsewhere", p.uid(), dir)
		}
	}
	return nil
}
