# `make` lists the targets. PYTHON chooses the interpreter of the virtual environment:
# make demo PYTHON=python3.12
PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
NPM := path=$$($(BIN)/python -m tests.provision --path) && PATH="$$path" npm
RUN_STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
BENCH_STAMP := $(VENV)/.installed-bench
NODE_STAMP := node_modules/.installed

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN_STAMP) ## install, start with simulated agents and print the address
	@$(BIN)/python -m dashboard --demo $(ARGS)

run: $(RUN_STAMP) ## install and start, with the settings of the environment or .env
	@$(BIN)/python -m dashboard $(ARGS)

test: $(TEST_STAMP) $(NODE_STAMP) ## find or fetch what the tests need and run them all (ARGS="-k name")
	@$(BIN)/python -m tests.provision
	@$(NPM) test --silent
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(TEST_STAMP) $(NODE_STAMP) ## lint, and check formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(NPM) run lint --silent

format: $(TEST_STAMP) ## format the Python code and mend what can be mended
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

lock: $(TEST_STAMP) ## resolve constraints.txt anew, for every supported Python and platform
	@$(PIP) install uv
	@$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --fork-strategy fewest \
		--python-version 3.11 --all-extras --no-annotate --no-header --output-file constraints.txt

bench: $(BENCH_STAMP) $(NODE_STAMP) ## measure beside the peers, in a few minutes (ARGS=fanout)
	@$(BIN)/python -m tests.benchmarks --short --write $(ARGS)

bench-full: $(BENCH_STAMP) $(NODE_STAMP) ## the same with more rounds, about twenty minutes
	@$(BIN)/python -m tests.benchmarks --full --write $(ARGS)

bench-page: $(TEST_STAMP) $(NODE_STAMP) ## measure the page in Chromium beside its peers (ARGS=--full for 10 minutes of streaming)
	@$(PIP) install -c constraints.txt -e '.[test,bench-page]' || echo "A peer will be absent."
	@$(NPM) install --prefix tests/benchmarks/page --loglevel=error --no-audit --no-fund --no-package-lock || echo "A peer will be absent."
	@$(BIN)/python -m tests.benchmarks.page --write $(ARGS)

soak: $(BENCH_STAMP) ## keep it busy while everything comes and goes, for M minutes (M=10)
	@$(BIN)/python -m tests.benchmarks.soak --write --minutes $(or $(M),10) $(ARGS)

chaos: $(TEST_STAMP) ## break everything at random, N times (N=20, or SEEDS="17 18" for runs known by their seed)
	@$(BIN)/python -m tests.chaos $(if $(SEEDS),--seed $(SEEDS),--runs $(or $(N),1))

day: $(TEST_STAMP) ## a day in minutes: a million events, a short stream, ten restarts (ARGS="--seed 1")
	@$(BIN)/python -m tests.day $(ARGS)

away: $(TEST_STAMP) ## break Redis in every way, and print when it is said and when it is over (ARGS=failover)
	@$(BIN)/python -m tests.away $(ARGS)

screenshots: $(TEST_STAMP) $(NODE_STAMP) ## take the pictures in docs/screenshots anew
	@$(BIN)/python -m tests.screenshots

clean: ## remove what the targets made
	@rm -rf $(VENV) node_modules build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "make: '$(PYTHON)' is not Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "make: '$(PYTHON)' cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)

$(RUN_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV) ..."
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(TEST_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV), with what the tests need ..."
	@$(PIP) install -c constraints.txt -e '.[test]'
	@touch $(RUN_STAMP) $@

$(BENCH_STAMP): $(TEST_STAMP)
	@echo "Installing into $(VENV), with the peers of the benchmarks ..."
	@$(PIP) install -c constraints.txt -e '.[test,bench]'
	@touch $@

$(NODE_STAMP): package.json package-lock.json | $(TEST_STAMP)
	@$(NPM) ci --loglevel=error --no-audit --no-fund
	@touch $@

.PHONY: help demo run test check format lock clean
