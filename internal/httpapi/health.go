package httpapi

import (
	"context"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/api"
	"pocreg.example/api/docs"
	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

type statusView struct {
	Status string `json:"status"`
}

// beat remembers when the database was last asked, and how that went: anybody
// may ask /readyz, as often as they like.
type beat struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// ask asks unless it did so a moment ago. What it finds is for all who wait, so
// it does not listen to the cancellation of the one who came first.
func (b *beat) ask(ctx context.Context, now func() time.Time, do func(context.Context) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now().Sub(b.at) >= readyEvery {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWait)
		defer cancel()
		b.err = do(ctx)
		b.at = now()
	}
	return b.err
}

// readyEvery is how often /readyz asks the database at the most; in between it
// answers what it found.
const readyEvery = time.Second

// readyWait bounds how long a watcher waits for an answer.
const readyWait = 3 * time.Second

// showReady says whether this node can answer reads, and with ?write whether it
// can write.
func (s *Server) showReady(c echo.Context) error {
	if s.draining.Load() {
		return &problem.Error{Kind: problem.Unavailable, Detail: "this node is shutting down", RetryAfter: time.Second}
	}
	ctx := c.Request().Context()
	err := s.pulse.ask(ctx, s.Now, func(ctx context.Context) error {
		return s.Register.Read(ctx, access.Anyone(), func(*register.Snapshot) error { return nil })
	})
	if err == nil && c.QueryParams().Has("write") {
		err = s.beat.ask(ctx, s.Now, s.Beat)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "not ready", "err", err)
		return &problem.Error{Kind: problem.Unavailable, Detail: "the database does not answer", RetryAfter: time.Second}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, statusView{"ok"})
}

func showContract(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", api.Spec)
}

// docsTypes are the media types of the page's files, by extension.
var docsTypes = map[string]string{
	".html": echo.MIMETextHTMLCharsetUTF8, ".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8", ".txt": echo.MIMETextPlainCharsetUTF8,
}

func showDocs(c echo.Context) error {
	name := pathText(c, "file")
	if name == "" {
		name = "index.html"
	}
	text, err := docs.FS.ReadFile(name)
	if err != nil {
		return problem.Errorf(problem.NotFound, "there is no such page: see /docs/")
	}
	c.Response().Header().Set("Content-Security-Policy", docs.Policy)
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.Blob(http.StatusOK, docsTypes[path.Ext(name)], text)
}
