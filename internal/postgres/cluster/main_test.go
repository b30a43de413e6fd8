package cluster_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"pocreg.example/internal/postgres/cluster"
)

// parentOf is set in a process that is to start a cluster on that folder, to
// write a note and then to wait for the cluster's end: the parent that the tests
// kill.
const parentOf = "CLUSTER_TEST_PARENT_OF"

func TestMain(m *testing.M) {
	if data := os.Getenv(parentOf); data != "" {
		parent(data)
	}
	os.Exit(m.Run())
}

func parent(data string) {
	ctx := context.Background()
	c, err := cluster.Start(ctx, config(data))
	if err == nil {
		err = note(ctx, c, "the parent's")
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	<-c.Done()
	os.Exit(2)
}

// runner is another process that has started a cluster.
type runner struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Reader
}

func run(t *testing.T, data string) runner {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), parentOf+"="+data)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // a test that got so far has killed it
	return runner{t, cmd, bufio.NewReader(out)}
}

// ready returns once the cluster answers.
func (r runner) ready() {
	r.t.Helper()
	if line, err := r.out.ReadString('\n'); line != "ready\n" {
		r.t.Fatalf("the other process says %q (%v), want ready", line, err)
	}
}

func (r runner) signal(s syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatalf("signal the other process: %v", err)
	}
}

// kill ends the other process as no program can prevent, and waits for that.
func (r runner) kill() {
	r.t.Helper()
	r.signal(syscall.SIGKILL)
	_ = r.cmd.Wait() // it says that it was killed
}
