package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed nginx.conf
var nginxConf string

// page is a file that nginx serves under the path at which ours serves the same.
type page struct {
	Path string // without the query
	File string
	Type string
	Gzip bool // File is there with .gz at its end, too
}

// baseline is nginx, on the bytes that ours answered.
type baseline struct {
	*server
	silent string // its address without an access log
}

// startNginx starts nginx on pages. It keeps all its files in the run's folder.
func (b *bench) startNginx(ctx context.Context, pages []page) (baseline, error) {
	path, err := program("nginx")
	if err != nil {
		return baseline{}, err
	}
	logged, err1 := b.at(1)
	silent, err2 := b.at(2)
	if err := errors.Join(err1, err2); err != nil {
		return baseline{}, err
	}
	var text strings.Builder
	err = template.Must(template.New("nginx.conf").Parse(nginxConf)).Execute(&text, map[string]any{
		"Root": os.Geteuid() == 0, "Dir": b.dir, "Logged": logged, "Silent": silent, "Pages": pages,
	})
	if err != nil {
		return baseline{}, fmt.Errorf("write nginx's configuration: %w", err)
	}
	conf := filepath.Join(b.dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(text.String()), 0o600); err != nil {
		return baseline{}, err
	}
	log := filepath.Join(b.dir, "nginx.log")
	p, err := start(log, nil, path, "-e", log, "-p", b.dir, "-c", conf)
	if err != nil {
		return baseline{}, err
	}
	b.nginx = p
	s := &server{process: p, url: "http://" + logged, http: newClient()}
	return baseline{s, "http://" + silent}, s.await(ctx, pages[0].Path)
}

// keep writes an answer of ours to where nginx serves it from.
func (b *bench) keep(name string, r request, got response) (page, error) {
	path, _, _ := strings.Cut(r.path, "?")
	p := page{Path: path, File: filepath.Join(b.dir, name), Type: got.header.Get("Content-Type")}
	file := p.File
	if got.header.Get("Content-Encoding") == "gzip" {
		// nginx looks for the plain file as well, and never opens it.
		p.Gzip, file = true, p.File+".gz"
		if err := os.WriteFile(p.File, nil, 0o600); err != nil {
			return p, err
		}
	}
	return p, os.WriteFile(file, got.body, 0o600)
}
