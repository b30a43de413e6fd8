package portal

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/problem"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that pages refer to.
type asset struct {
	text    []byte
	kind    string // its media type
	version string // of its content
}

var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

func readAssets() (map[string]asset, error) {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("list the pages' files: %w", err)
	}
	out := map[string]asset{}
	for _, entry := range entries {
		text, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read a file of the pages: %w", err)
		}
		sum := sha256.Sum256(text)
		out[entry.Name()] = asset{text, assetKinds[path.Ext(entry.Name())], hex.EncodeToString(sum[:6])}
	}
	return out, nil
}

// showAsset lets a browser keep a file for good under the version that it asked
// for. Under another, which another release has, it is kept by nobody.
func (s *Site) showAsset(c echo.Context) error {
	a, ok := s.assets[c.Param("file")]
	if !ok {
		return problem.Errorf(problem.NotFound, "there is no such file")
	}
	kept := "no-store"
	if c.QueryParam("v") == a.version {
		kept = "public, max-age=31536000, immutable"
	}
	c.Response().Header().Set("Cache-Control", kept)
	return c.Blob(http.StatusOK, a.kind, a.text)
}
