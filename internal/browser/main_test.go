package browser_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// programs are the names under which distributions have Chromium; .ci/chromium
// looks for the same.
var programs = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// chromium is the one browser that all tests share, each in a profile of its
// own. It starts when the first test asks for it.
var chromium struct {
	once    sync.Once
	ctx     context.Context
	err     error
	folder  string // what it writes, and what failing tests leave
	endings []func() error
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range chromium.endings {
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, "browser:", err)
			code = 1
		}
	}
	os.Exit(code)
}

func startChromium() (context.Context, error) {
	chromium.once.Do(func() { chromium.ctx, chromium.err = launch() })
	return chromium.ctx, chromium.err
}

func launch() (context.Context, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "pocreg-browser-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.UserDataDir(filepath.Join(folder, "profile")),
		chromedp.Env("HOME="+folder),                   // it would write beside its profile, too
		chromedp.Flag("no-sandbox", os.Geteuid() == 0), // which root cannot have
		chromedp.Flag("lang", "en-GB"),
		chromedp.WSURLReadTimeout(time.Minute), // a busy machine starts it slowly
	)
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	chromium.endings = append(chromium.endings, func() error {
		err := chromedp.Cancel(ctx) // waits until the process is gone
		stop()
		release()
		return errors.Join(err, os.RemoveAll(folder))
	})
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return ctx, nil
}
