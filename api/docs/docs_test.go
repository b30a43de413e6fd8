package docs_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"pocreg.example/api/docs"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(docs.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPage(t *testing.T) {
	t.Parallel()
	index := read(t, "index.html")

	t.Run("refers only to its own files and the contract", func(t *testing.T) {
		t.Parallel()
		found := 0
		for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(index, -1) {
			if m[1] == "/openapi.yaml" || m[1] == "data:," {
				continue
			}
			name, ok := strings.CutPrefix(m[1], "/docs/")
			if !ok {
				t.Errorf("index.html refers to %s, want only /docs/ and /openapi.yaml", m[1])
				continue
			}
			read(t, name)
			found++
		}
		if found != 4 {
			t.Errorf("index.html refers to %d of its files, want 4", found)
		}
	})

	t.Run("has nothing inline that the policy would refuse", func(t *testing.T) {
		t.Parallel()
		for _, inline := range []string{`<style`, ` style=`, `<script>`, ` onload=`, `javascript:`} {
			if strings.Contains(index, inline) {
				t.Errorf("index.html contains %q", inline)
			}
		}
		if strings.Contains(docs.Policy, "unsafe") {
			t.Errorf("Policy = %q, want it without unsafe-inline and unsafe-eval", docs.Policy)
		}
	})

	t.Run("points at no source map, which is not served", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"swagger-ui.css", "swagger-ui-bundle.js"} {
			if strings.Contains(read(t, name), "sourceMappingURL") {
				t.Errorf("%s points at a source map", name)
			}
		}
	})

	t.Run("loads neither styles nor images from elsewhere", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"swagger-ui.css", "docs.css"} {
			if elsewhere := regexp.MustCompile(`@import|url\(["']?(?:https?:|//)`).FindString(read(t, name)); elsewhere != "" {
				t.Errorf("%s contains %q", name, elsewhere)
			}
		}
	})
}
