package cluster_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pocreg.example/internal/postgres/cluster"
)

func TestStart(t *testing.T) {
	t.Parallel()

	t.Run("finds what was written before Stop", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		c := start(t, data)
		write(t, c, "kept")
		if err := c.Stop(); err != nil {
			t.Fatalf("Stop() = %v", err)
		}
		await(t, "the last of its processes to go", func() bool { return len(processes(t, c.Home())) == 0 })
		check(t, start(t, data), "kept")
	})

	t.Run("makes a cluster with checksums, UTF-8 and no network", func(t *testing.T) {
		t.Parallel()
		c := start(t, folder(t))
		for setting, want := range map[string]string{
			"data_checksums": "on", "server_encoding": "UTF8", "lc_collate": "C",
			"listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "TimeZone": "UTC",
		} {
			if got := one(t, c, "select current_setting('"+setting+"')"); got != want {
				t.Errorf("%s is %q, want %q", setting, got, want)
			}
		}
	})

	t.Run("refuses a folder that a live cluster is on", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		c := start(t, data)
		write(t, c, "kept")
		if err := os.Symlink(data, data+"-too"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{data, data + "-too"} {
			_, err := cluster.Start(t.Context(), config(name))
			if err == nil || !strings.Contains(err.Error(), "another pocreg") {
				t.Errorf("Start() on %s = %v, want: another pocreg runs", name, err)
			}
		}
		check(t, c, "kept")
	})

	t.Run("shows PostgreSQL's own words when it cannot run", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		c := start(t, data)
		if err := c.Stop(); err != nil {
			t.Fatalf("Stop() = %v", err)
		}
		conf := filepath.Join(c.Home(), "data", "postgresql.conf")
		if err := os.WriteFile(conf, []byte("no_such_setting = 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := cluster.Start(t.Context(), config(data))
		if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
			t.Errorf("Start() with a broken configuration = %v, want PostgreSQL's log in it", err)
		}
	})

	t.Run("begins anew after an interrupted creation", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		p := run(t, data)
		home := homeOf(t, data)
		await(t, "the creation to be under way", func() bool {
			_, err := os.Stat(filepath.Join(home, "new", "PG_VERSION"))
			return err == nil
		})
		p.kill()
		killAll(t, home)
		write(t, start(t, data), "kept")
	})

	t.Run("is not misled by the files of a power cut", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		p := run(t, data)
		p.ready()
		home := homeOf(t, data)
		old := postmaster(t, home)
		p.kill()
		killAll(t, home)
		// The number is another process's now: ours.
		pidFile := filepath.Join(home, "data", "postmaster.pid")
		content, err := os.ReadFile(pidFile)
		if err != nil {
			t.Fatal(err)
		}
		mine := strings.Replace(string(content), old.String(), pid(os.Getpid()).String(), 1)
		if err := os.WriteFile(pidFile, []byte(mine), 0o600); err != nil {
			t.Fatal(err)
		}
		check(t, start(t, data), "the parent's")
	})
}

func TestKilled(t *testing.T) {
	t.Parallel()

	t.Run("PostgreSQL comes back with its data", func(t *testing.T) {
		t.Parallel()
		c := start(t, folder(t))
		write(t, c, "kept")
		for range 3 {
			old := postmaster(t, c.Home())
			old.kill(t)
			await(t, "PostgreSQL to come back", func() bool {
				return postmaster(t, c.Home()) != old && answers(t, c)
			})
			check(t, c, "kept")
		}
		select {
		case <-c.Done():
			t.Errorf("Done() is closed: %v", c.Err())
		default:
		}
	})

	t.Run("supervisor takes PostgreSQL with it, in an orderly way", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		c := start(t, data)
		write(t, c, "kept")
		supervisor(t, c.Home()).kill(t)
		<-c.Done()
		if c.Err() == nil {
			t.Error("Err() = nil after the supervisor was killed, want a reason")
		}
		await(t, "the last of its processes to go", func() bool { return len(processes(t, c.Home())) == 0 })
		check(t, start(t, data), "kept")
	})

	t.Run("parent takes PostgreSQL with it, in an orderly way", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		p := run(t, data)
		p.ready()
		home := homeOf(t, data)
		p.kill()
		await(t, "PostgreSQL to be gone", func() bool { return len(processes(t, home)) == 0 })
		if _, err := os.Stat(filepath.Join(home, "data", "postmaster.pid")); !os.IsNotExist(err) {
			t.Errorf("stat postmaster.pid = %v, want that PostgreSQL has removed it", err)
		}
		check(t, start(t, data), "the parent's")
	})

	t.Run("parent is followed at once by the next", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		p := run(t, data)
		p.ready()
		p.kill()
		c := start(t, data)
		check(t, c, "the parent's")
	})

	t.Run("parent and supervisor leave a PostgreSQL that the next start takes over", func(t *testing.T) {
		t.Parallel()
		data := folder(t)
		p := run(t, data)
		p.ready()
		home := homeOf(t, data)
		orphan := postmaster(t, home)
		p.signal(syscall.SIGSTOP) // so that it cannot see to its supervisor
		supervisor(t, home).kill(t)
		p.kill()
		if got := postmaster(t, home); got != orphan {
			t.Fatalf("postmaster is %d, want the orphan %d", got, orphan)
		}

		c := start(t, data)
		if got := postmaster(t, home); got == orphan {
			t.Errorf("postmaster is still the orphan %d, want a new one", got)
		}
		check(t, c, "the parent's")
		if err := c.Stop(); err != nil {
			t.Errorf("Stop() = %v", err)
		}
		await(t, "the last of its processes to go", func() bool { return len(processes(t, home)) == 0 })
	})
}

func TestEphemeralClusterIsDeleted(t *testing.T) {
	t.Parallel()
	cfg := config("")
	cfg.Ephemeral = true
	for how, end := range map[string]func(*cluster.Cluster){
		"by Stop":                func(c *cluster.Cluster) { _ = c.Stop() },
		"with its supervisor":    func(c *cluster.Cluster) { supervisor(t, c.Home()).kill(t); <-c.Done() },
		"with all its processes": func(c *cluster.Cluster) { killAll(t, c.Home()); <-c.Done() },
	} {
		c, err := cluster.Start(t.Context(), cfg)
		if err != nil {
			t.Fatalf("Start() = %v", err)
		}
		write(t, c, "passing")
		end(c)
		if _, err := os.Stat(c.Home()); !os.IsNotExist(err) {
			t.Errorf("%s: stat of its folder = %v, want that it is gone", how, err)
		}
	}
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	if _, err := cluster.Programs(t.TempDir()); err == nil || !strings.Contains(err.Error(), "PGBINDIR") {
		t.Errorf("Programs(an empty folder) = %v, want a word on PGBINDIR", err)
	}
	dir, err := cluster.Programs(os.Getenv("PGBINDIR"))
	if err != nil {
		t.Fatalf("Programs() = %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "pg_ctl")); err != nil {
		t.Errorf("Programs() = %s, want where pg_ctl is: %v", dir, err)
	}
}
