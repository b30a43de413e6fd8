# What a person or CI calls. Everything else is Go.

GO ?= go
DATA ?= $(or $(POCREG_DATA),.pocreg)
BIN := $(abspath $(DATA))/bin/pocreg

.PHONY: run build test lint fuzz torture mutate drill names postgres

## run: build, start a private PostgreSQL, fill it, and serve on 127.0.0.1:8080
run: postgres build
	@exec $(BIN) demo --with-parent

build:
	@$(GO) build -o $(BIN) ./cmd/pocreg

## test: everything, against real PostgreSQL; nothing is skipped
test: postgres
	$(GO) vet ./...
	$(GO) test $(TESTFLAGS) ./...

## lint: gofmt, go vet, staticcheck, errcheck
lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) tool errcheck ./...

## drill: back up, write on, destroy, restore, verify the trail
drill: postgres
	$(GO) test -count=1 -v ./internal/drill

postgres:
	@.ci/postgres
