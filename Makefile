# The two commands are run and test; the rest are their parts.
SHELL := /bin/sh
.DEFAULT_GOAL := help

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
TOOL     := $(GO) tool -modfile=tools/go.mod
SECTION  := scripts/section.sh
LDFLAGS  := -s -w -X main.version=$(VERSION)
ROOMS     = $$($(GO) list ./... | grep -v '/e2e$$')
ASSETS   := web/static/dist/manifest.json

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: build ## the demo: the whole product with example data, on this machine
	build/jard demo

build: assets ## build/jard, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o build/jard ./cmd/jard

assets: $(ASSETS) ## styles, scripts and fonts, bundled into the binary

$(ASSETS): node_modules/.package-lock.json $(shell find web/assets -type f 2>/dev/null)
	node web/assets/build.mjs

node_modules/.package-lock.json: package.json package-lock.json
	@scripts/need.sh go node
	npm ci --no-audit --no-fund
	@touch $@

test: ## everything that decides whether a change may land
	@$(SECTION) "What this machine needs" scripts/need.sh
	@$(SECTION) "Formatting" $(MAKE) --no-print-directory check-format
	@$(SECTION) "Architecture" $(GO) test -count=1 .
	@$(SECTION) "Assets" $(MAKE) --no-print-directory assets
	@$(SECTION) "Vet" $(GO) vet ./...
	@$(SECTION) "Linters" $(MAKE) --no-print-directory lint
	@$(SECTION) "Tests on SQLite and PostgreSQL, with the race detector" \
		$(GO) test -race -shuffle=on -timeout 50m $(ROOMS)
	@$(SECTION) "Every harvester over 525 and 10,000 datasets" \
		$(GO) test -count=1 -timeout 30m -run TestEveryHarvester ./inventory/catalogueweb
	@$(SECTION) "Program" $(MAKE) --no-print-directory build
	@$(SECTION) "What a release hands out" sh -c 'cd deploy/ship && JARD_BINARY=$(CURDIR)/build/jard $(GO) test -count=1 ./... && $(GO) vet ./...'
	@$(SECTION) "Browser" $(MAKE) --no-print-directory browser
	@printf '\nEverything passed.\n'

browser: build ## drive the built program in Chromium, in French and Arabic, wide and narrow
	JARD_BROWSER_BINARY=$(CURDIR)/build/jard $(GO) test -count=1 -timeout 20m ./e2e

lint: ## golangci-lint, as .golangci.yml says
	$(TOOL) golangci-lint run ./...

fmt: ## format every file
	$(TOOL) gofumpt -w $$(git ls-files -co --exclude-standard '*.go')

check-format:
	@out=$$($(TOOL) gofumpt -l $$(git ls-files -co --exclude-standard '*.go')) && \
	if [ -n "$$out" ]; then printf 'not formatted (make fmt):\n%s\n' "$$out" >&2; exit 1; fi

bench: ## benchmarks, printed as ratios to a bare loop or a static file of the same run
	@scripts/need.sh go postgresql
	$(GO) test -p 1 -run '^$$' -bench . -benchtime 2s -timeout 30m $(ROOMS)

fuzz: ## every fuzz target for FUZZTIME (10m), with the inputs found kept; ONLY=inventory/sheet for one room
	FUZZTIME=$(or $(FUZZTIME),10m) scripts/fuzz.sh '^$(ONLY)'

drill-kill: ## kill -9 at KILLS (200) random instants under load on ENGINE (both), with what must hold checked after each
	JARD_KILLS=$(or $(KILLS),200) JARD_ENGINE=$(ENGINE) $(GO) test -count=1 -v -timeout 120m -run TestKillNineAtRandomInstants ./cmd/jard

drill-api: ## CALLS (20000) calls made from our own description of the API, on both engines, with SEED
	JARD_CALLS=$(or $(CALLS),20000) JARD_SEED=$(SEED) $(GO) test -count=1 -v -timeout 120m -run TestCallsMadeFromTheDescription ./cmd/jard

drill-patroni: ## PostgreSQL under Patroni fails over under load, ROUNDS (1) times each way; needs the packages that the script names
	deploy/drills/patroni.sh $(or $(ROUNDS),1)

drill-upgrade: ## the program of the commit or tag FORMER serves under load, this one migrates, takes over and goes back; SPELL (30)
	SPELL=$(SPELL) QUERY='$(QUERY)' scripts/drill-upgrade.sh $(FORMER)

drill-isolation: ## ACTS (5000) random acts by random roles on both engines, with SEED
	JARD_ACTS=$(or $(ACTS),5000) JARD_SEED=$(SEED) $(GO) test -count=1 -v -timeout 120m -run TestRandomActsStayInTheirInstitution ./cmd/jard

cover: ## how much of each room the tests reach
	@mkdir -p build
	$(GO) test -coverprofile=build/cover.out -coverpkg=./... $(ROOMS) >build/cover.log || { cat build/cover.log; exit 1; }
	@$(GO) tool cover -func=build/cover.out | tail -n 1
	@$(GO) tool cover -html=build/cover.out -o build/cover.html && echo "build/cover.html"

image: assets ## the container image, without a container engine: build/dist/jard-VERSION-image.tar
	@scripts/dist.sh $(VERSION)

dist: assets ## archives to install from, image, lists of parts, sums: build/dist
	@scripts/dist.sh $(VERSION)

release: dist ## make dist, and sign its sums: make release KEY=~/jard-release
	@scripts/sign.sh $(KEY)

reproduce: ## make the release twice from two copies of the sources and compare every byte
	@scripts/need.sh go node
	scripts/reproduce.sh

licences: build ## which licence covers which part, and whether it may be in it
	@cd deploy/ship && $(GO) run . licences --root ../.. --binary ../../build/jard

vulns: ## known faults of what is built in, against a copy of the Go vulnerability database: DB=folder; asks no network
	@GO='$(GO)' scripts/vulns.sh '$(DB)' ./...

clean: ## remove what was built
	rm -rf build node_modules web/static/dist/*

.PHONY: help run build assets test browser lint fmt check-format bench fuzz drill-kill drill-api drill-patroni drill-upgrade drill-isolation cover image dist release reproduce licences vulns clean
