# The commands of everyday work. `make` lists them; what takes more than a line lives in Scripts/.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test unit integration conformance autobahn fuzz tsan torture bench format lint clean toolchain debug-build

SWIFT_SOURCES := Sources Tests Benchmarks Examples Fuzz Package.swift

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: toolchain ## Build the server and start it with the demo on http://localhost:8080 (PORT=… for another port)
	@Scripts/run

build: toolchain ## Build the server for release
	Scripts/build-release halley

test: ## Run every test: format, unit and integration tests, counts, simulation, thread sanitizer
	@Scripts/test

unit: toolchain debug-build ## Run the unit tests
	swift test --skip-build

integration: toolchain debug-build ## Run the integration tests against the debug build
	@Scripts/install-system-packages test
	@Scripts/prepare-python
	@Scripts/integration-tests

tsan: toolchain ## Run the unit tests of the hub and the front under the thread sanitizer
	@Scripts/thread-sanitizer

conformance: toolchain ## Start a server for public conformance suites (PORT=… for another port than 9000)
	Scripts/build-release Conformance
	@exec "$$(swift build -c release --show-bin-path)/Conformance" --port $(or $(PORT),9000)

autobahn: toolchain ## Run all cases of the Autobahn suite against the release build: about ten minutes
	@Scripts/install-system-packages test
	@Scripts/prepare-python
	@Scripts/autobahn

fuzz: toolchain ## Feed a fuzz target (TARGET=HTTP1, WebSocket, Inflater or Handshake) for SECONDS=…
	@Scripts/fuzz $(or $(TARGET),WebSocket) $(or $(SECONDS),60)

torture: toolchain debug-build ## Run the simulation of the hub and the parser's differential run a million times, the front's laws 20,000 times (SEED=… to repeat)
	@Scripts/torture-front $(or $(SEED),random)
	@Scripts/simulate 1000000 $(or $(SEED),random)

bench: ## Measure Halley beside other servers, and write docs/performance.md (BENCH='--quick' for a try)
	@Benchmarks/compare/run $(BENCH)

format: ## Format the Swift sources
	swift format --in-place --recursive $(SWIFT_SOURCES)

lint: ## Check the format of the Swift sources
	@Scripts/lint

clean: ## Remove what the other targets made
	rm -rf .build .build-tsan .build-fuzz .venv test-results
	find . -type d \( -name __pycache__ -o -name .pytest_cache \) -prune -exec rm -rf {} +

toolchain:
	@Scripts/install-system-packages build
	@Scripts/check-swift

debug-build:
	@Scripts/build-debug
