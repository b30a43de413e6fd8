package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// port is only part of the socket's name.
const port = "5432"

// place is where a cluster lies, and whose it is.
type place struct {
	home      string              // the log, the locks, and data: the cluster itself
	sockets   string              // short, because a socket's path has at most 107 bytes
	account   *syscall.Credential // whom PostgreSQL runs as; nil: as we do
	ephemeral bool
}

func newPlace(cfg Config) (place, error) {
	account, err := unprivileged()
	if err != nil {
		return place{}, err
	}
	if cfg.Ephemeral {
		return ephemeral(account)
	}
	return durable(cfg.Data, account)
}

func durable(data string, account *syscall.Credential) (place, error) {
	if data == "" {
		return place{}, errors.New("a durable cluster needs a folder: set Config.Data")
	}
	data, err := filepath.Abs(data)
	if err != nil {
		return place{}, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return place{}, err
	}
	// One folder, one cluster, whatever name it is reached by.
	if data, err = filepath.EvalSymlinks(data); err != nil {
		return place{}, err
	}
	sum := sha256.Sum256([]byte(data))
	hash := hex.EncodeToString(sum[:6])
	at := place{home: filepath.Join(data, "postgres"), account: account}
	if account != nil {
		at.home = "/var/lib/pocreg-" + hash
	}
	at.sockets = fmt.Sprintf("/tmp/pocreg-%d-%s", at.uid(), hash)
	return at, at.own(at.home)
}

// ephemeral takes memory where there is enough: cloning a database takes
// milliseconds there instead of tens of them. Containers often have 64 MB.
func ephemeral(account *syscall.Credential) (place, error) {
	base := "/tmp"
	var memory syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &memory); err == nil && memory.Bavail*uint64(memory.Bsize) >= 2<<30 {
		base = "/dev/shm"
	}
	home, err := os.MkdirTemp(base, "pocreg-")
	if err != nil {
		return place{}, err
	}
	at := place{home: home, sockets: home, account: account, ephemeral: true}
	return at, at.own(home)
}

// unprivileged returns the account PostgreSQL runs as when we are root, which
// it refuses to run as, and nil when we are not.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, errors.New("PostgreSQL does not run as root and there is no account postgres or nobody: create one (useradd --system postgres)")
	}
	uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return nil, fmt.Errorf("read account %s: %w", u.Username, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func (p place) uid() int {
	if p.account != nil {
		return int(p.account.Uid)
	}
	return os.Geteuid()
}

// own makes sure that dir exists, and that PostgreSQL's account and nobody else
// may enter it. In /tmp anybody could have made a folder of that name.
func (p place) own(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	owned := ok && (int(stat.Uid) == p.uid() || int(stat.Uid) == os.Geteuid())
	if !info.IsDir() || !owned || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a folder that only user %d may enter: move it away", dir, p.uid())
	}
	if p.account == nil {
		return nil
	}
	return os.Lchown(dir, int(p.account.Uid), int(p.account.Gid))
}

// take locks the place for this process. The kernel lets go when we die.
func (p place) take() (*os.File, error) {
	f, err := p.open("lock")
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		var holder [20]byte
		n, _ := f.ReadAt(holder[:], 0)
		return nil, errors.Join(fmt.Errorf("another pocreg (process %s) runs on the files in %s: stop it first, or use another folder",
			strings.TrimSpace(string(holder[:n])), p.home), f.Close())
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, strconv.Itoa(os.Getpid()))); err != nil {
		return nil, errors.Join(fmt.Errorf("sign the lock on %s: %w", p.home, err), f.Close())
	}
	return f, nil
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// open opens a lock file. Root must not follow a link out of a folder that is
// another account's.
func (p place) open(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(p.home, name), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
}

func (p place) data() string { return filepath.Join(p.home, "data") }

// exists reports whether the cluster has been created.
func (p place) exists() bool {
	_, err := os.Stat(p.data())
	return err == nil
}

// sync makes sure that the cluster keeps its name when the power goes.
func (p place) sync() error {
	if p.ephemeral {
		return nil
	}
	dir, err := os.Open(p.home)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// discard deletes what a supervisor deletes in the end, if it gets so far: an
// ephemeral cluster, or the sockets of a durable one.
func (p place) discard() error {
	if p.ephemeral {
		return os.RemoveAll(p.home)
	}
	return os.RemoveAll(p.sockets)
}

// tail returns the last lines of PostgreSQL's log.
func (p place) tail() string {
	log, err := os.ReadFile(filepath.Join(p.home, "log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
