# Every target installs what it needs first, says in one line what it does, and leaves nothing running.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

DEBUG_BIN := .build/debug/tributary
RELEASE_BIN := .build/release/tributary

# One release build for everybody: what is measured is what the image ships, so the standard library is linked in here too.
RELEASE_FLAGS := -c release --product tributary --static-swift-stdlib

.PHONY: help deps build run demo-fleet test check client format bench bench-cache bench-faults image-check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## install the packages that the build needs, if any is missing
	@scripts/install-deps.sh build

build: deps ## build the release binary
	@echo "build: release binary in $(RELEASE_BIN) (minutes the first time)"
	@swift build --quiet $(RELEASE_FLAGS)

run: build ## start the gateway and four fake services (make run ARGS="--users 500" passes options on)
	@echo "run: http://127.0.0.1:8005/api/dashboard/consolidated · /api/dashboard/summary · /api/health/services (Ctrl-C stops)"
	@exec $(RELEASE_BIN) demo $(ARGS)

demo-fleet: build ## four replicas on one Redis behind nginx, to play with (make demo-fleet ARGS=--check tries them and ends)
	@scripts/install-deps.sh fleet
	@scripts/demo-fleet.sh $(RELEASE_BIN) $(ARGS)

test: ## build all, then run every test (make test ARGS="--filter Name" for some)
	@scripts/install-deps.sh build test
	@scripts/test.sh $(ARGS)

check: ## format, scripts, machine names, file lengths, the shipped configuration, the API description and its TypeScript client, exported traces
	@scripts/install-deps.sh build api
	@echo "check: the debug binary for 'tributary check'"
	@swift build --quiet --product tributary
	@scripts/check.sh $(DEBUG_BIN)
	@scripts/check-api.py $(DEBUG_BIN)
	@scripts/check-traces.py $(DEBUG_BIN)

client: ## write the TypeScript client anew from the API description of this tree
	@scripts/install-deps.sh build api
	@swift build --quiet --product tributary
	@scripts/check-api.py $(DEBUG_BIN) --update

format: ## rewrite the Swift sources as .swift-format says
	@echo "format: Package.swift Sources Tests"
	@swift format --in-place --parallel --recursive Package.swift Sources Tests

bench: ## measure against nginx and a Go peer, then the cache, and what being looked at costs (make bench ARGS=--quick for a short look)
	@scripts/install-deps.sh build bench cache
	@status=0; Benchmarks/run.sh $(ARGS) || status=1; \
	case " $(ARGS) " in \
	  *" --only "*) ;; \
	  *) for part in "" "--only observability" "--only streams"; do Benchmarks/cache/run.sh $(ARGS) $$part || status=1; done ;; \
	esac; exit $$status

bench-cache: ## measure the section cache against Varnish, nginx and its promises, 12 minutes (make bench-cache ARGS="--only hits" for one)
	@scripts/install-deps.sh build cache
	@Benchmarks/cache/run.sh $(ARGS)

bench-faults: ## break what is around it, hold each promise to its figure, 12 minutes (make bench-faults ARGS=storm for one scenario)
	@scripts/install-deps.sh build faults
	@Benchmarks/faults/run.sh $(ARGS)

image-check: ## try the Dockerfile's runtime stage in a chroot, without a container engine (needs root)
	@scripts/install-deps.sh build image
	@echo "image-check: the release binary"
	@swift build --quiet $(RELEASE_FLAGS)
	@scripts/check-image.sh $(RELEASE_BIN)

clean: ## remove what was built
	@echo "clean: .build"
	@rm -rf .build
