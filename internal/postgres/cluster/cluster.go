// Package cluster runs a private PostgreSQL from the programs on this machine.
//
// It listens on a Unix socket in a folder that only its owner may enter. A
// supervisor in a session of its own starts it again when it is killed, and
// stops it when the process that called Start is gone, however that went. A
// durable cluster is never deleted; the next Start finds it, and first stops
// what an earlier one may have left running.
//
// It is for demonstrations, development and tests. In production PostgreSQL is
// the operator's.
package cluster

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startWithin bounds the wait for a new PostgreSQL, which may have to
	// recover from a crash first.
	startWithin = 2 * time.Minute

	// stopWithin bounds the wait for one that is stopping.
	stopWithin = 30 * time.Second
)

// Config says where the cluster lies and how it runs.
type Config struct {
	// Data is the folder of a durable cluster. One process at a time runs a
	// cluster on it. As root the files lie under /var/lib instead, in a folder
	// named after Data, because PostgreSQL runs as an account that cannot enter
	// root's folders.
	Data string

	// Ephemeral asks for a cluster in memory, where there is room, that does
	// not survive a crash and is deleted in the end. Data is not used.
	Ephemeral bool

	// BinDir is where initdb and postgres are. Empty: see Programs.
	BinDir string

	// Progress is told, in a sentence, what takes time. It may be nil.
	Progress func(string)
}

// Cluster is a running PostgreSQL.
type Cluster struct {
	place    place
	lock     *os.File // held as long as we live: no second process on these files
	hold     *os.File // the supervisor stops PostgreSQL when this closes
	stopping atomic.Bool

	done chan struct{} // closed once PostgreSQL is down
	err  error         // why; to be read after done
}

//go:embed supervise.sh
var supervise string

// Start starts PostgreSQL, creating the cluster if there is none, and returns
// once it answers. ctx bounds the start only.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	say := cfg.Progress
	if say == nil {
		say = func(string) {}
	}
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()

	at, err := newPlace(cfg)
	if err != nil {
		return nil, fmt.Errorf("prepare folders for PostgreSQL: %w", err)
	}
	c := &Cluster{place: at, done: make(chan struct{})}
	if err := c.launch(ctx, cfg.BinDir, say); err != nil {
		return nil, errors.Join(err, c.release(at.ephemeral))
	}
	if err := c.ready(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	if err := at.sync(); err != nil {
		return nil, errors.Join(fmt.Errorf("make the new cluster durable: %w", err), c.Stop())
	}
	return c, nil
}

// launch starts the supervisor on a place that is, from then on, ours alone.
func (c *Cluster) launch(ctx context.Context, binDir string, say func(string)) (err error) {
	if c.lock, err = c.place.take(); err != nil {
		return err
	}
	bin, err := c.place.programs(binDir)
	if err != nil {
		return err
	}
	running, err := c.place.clear(ctx, say)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Close()) }() // the supervisor has its own copy
	if !c.place.exists() {
		say("creating a PostgreSQL cluster in " + c.place.home)
	}

	// Both ends are close-on-exec, so that no other child of ours keeps the
	// supervisor waiting when we are gone.
	alive, hold, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make the supervisor's pipe: %w", err)
	}
	defer func() { err = errors.Join(err, alive.Close()) }()
	args := []string{"-c", supervise, "pocreg-supervisor", c.place.mode(), c.place.home, bin, c.place.sockets}
	cmd := exec.Command("/bin/sh", append(args, c.place.settings()...)...)
	cmd.Stdin = alive
	cmd.ExtraFiles = []*os.File{running} // descriptor 3
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"} // nothing of ours may reach PostgreSQL
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: c.place.account}
	if err := cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("start PostgreSQL's supervisor: %w", err), hold.Close())
	}
	c.hold = hold
	go c.watch(cmd)
	return nil
}

// watch waits for the supervisor's end and sees to it that PostgreSQL has
// ended too. Stop waits for it.
func (c *Cluster) watch(supervisor *exec.Cmd) {
	defer close(c.done)
	ended := supervisor.Wait()
	_ = c.hold.Close() // Stop may have closed it
	if !c.stopping.Load() {
		c.err = fmt.Errorf("PostgreSQL in %s has ended by itself; its log says:\n%s", c.place.home, c.place.tail())
	}
	var down error
	if ended != nil { // it was killed, or gave up
		ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		var running *os.File
		if running, down = c.place.clear(ctx, func(string) {}); down == nil {
			down = running.Close()
		}
	}
	c.err = errors.Join(c.err, down, c.release(down == nil))
}

// release gives up the place, for the next process to take. If nothing runs in
// it, what is only of use while something does goes too.
func (c *Cluster) release(down bool) error {
	var err error
	if down {
		err = c.place.discard()
	}
	if c.lock != nil {
		err = errors.Join(err, c.lock.Close())
	}
	return err
}

// ready returns once PostgreSQL answers.
func (c *Cluster) ready(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres", "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.done:
			return errors.New("PostgreSQL does not start") // Stop returns why
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL in %s does not answer (%w); its log says:\n%s", c.place.home, err, c.place.tail())
		case <-tick.C:
		}
	}
}

// URL returns the connection string for a database, as user, over the socket.
// libpq's programs take it too.
func (c *Cluster) URL(user, database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.User(user),
		Path:   "/" + database,
		// All that the environment could say otherwise.
		RawQuery: url.Values{"host": {c.place.sockets}, "port": {port}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// Home returns the folder where PostgreSQL's files and its log are.
func (c *Cluster) Home() string { return c.place.home }

// Done is closed once PostgreSQL is down: stopped by Stop, or ended by itself
// in a way that starting it again cannot mend. Err then says why.
func (c *Cluster) Done() <-chan struct{} { return c.done }

// Err returns nil before Done is closed and after an orderly Stop.
func (c *Cluster) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Stop stops PostgreSQL, rolling back what is not committed, and returns once
// it is down.
func (c *Cluster) Stop() error {
	c.stopping.Store(true)
	_ = c.hold.Close() // watch may have closed it
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	select {
	case <-c.done:
		return c.err
	case <-late.C:
		return fmt.Errorf("PostgreSQL in %s is still stopping after %s and goes on doing so; its log says:\n%s",
			c.place.home, stopWithin, c.place.tail())
	}
}
