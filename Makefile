# Everything here needs python3 (3.11 or later) and make, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -n 2 --dist worksteal

.PHONY: help setup install demo demo-cli screenshots test check check-all check-postgres chaos bench lint types lock clean

help:
	@echo "make demo            meet the bot in a browser: no key, no account, two videos"
	@echo "make demo-cli        the same two videos on the command line alone"
	@echo "make install         the bot in .venv, without the tools of the checks"
	@echo "make test            the fast tests"
	@echo "make check           lint, types, import rules, the fast tests"
	@echo "make check-all       the same with the slow tests"
	@echo "make check-postgres  the fast tests on PostgreSQL instead of a SQLite file"
	@echo "make chaos           kills, outages, clock jumps; a line a seed: SEEDS='1 2 3'"
	@echo "make bench           the benchmarks; writes tests/bench/RESULTS.md"
	@echo "make screenshots     the pictures of the chat page in docs/pictures"
	@echo "make lock            pin the requirements again"

# Two sets, so that `make demo` does not wait for the tools of the checks.
$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	@echo "Installing the bot in $(VENV) (about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	@echo "Installing the tools of the checks (about a minute) ..."
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/dev.stamp

install: $(VENV)/run.stamp

demo: $(VENV)/run.stamp
	$(BIN)/videobot demo

demo-cli: $(VENV)/run.stamp
	$(BIN)/videobot demo --no-page

# The pictures of the README; needs Chromium.
screenshots: $(VENV)/dev.stamp
	$(BIN)/python -m tests.web.screenshots docs/pictures

test: $(VENV)/dev.stamp
	$(PYTEST) -m "not slow"

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/dev.stamp
	$(BIN)/mypy

check: lint types test

check-all: lint types
	$(PYTEST)

check-postgres: $(VENV)/dev.stamp
	VIDEOBOT_TEST_DATABASE=postgresql $(PYTEST) -m "not slow"

# Minutes for each seed; what a failed one prints plays the same schedule again.
SEEDS ?= 1 2 3 4 5
chaos: $(VENV)/dev.stamp
	$(BIN)/python -m tests.chaos $(SEEDS)

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench

lock: $(VENV)/dev.stamp
	for set in run dev; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --no-header requirements/$$set.in -o requirements/$$set.txt; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache
