# Everything below sets itself up: it needs make and Python 3.11 or newer with venv, nothing else.

INTERPRETERS := python3 python3.13 python3.12 python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := $(wildcard feedsync consumers emulator tests benchmarks)
# Each process has databases and a database server of its own; more than four would be in each other's way.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

# MariaDB, the third, runs what depends on the database: of the tests with processes those whose processes share it.
ON_MARIADB := tests/db --ignore tests/db/doors --ignore tests/db/setup --ignore tests/db/topology/test_topologies.py
ON_MARIADB += tests/system/test_capture_killed.py tests/system/test_relay_command.py tests/system/test_relay_thread.py

.PHONY: setup test lint types imports bench demo kill crowd prove clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@set -e; \
	if [ ! -x $(BIN)/python ]; then \
		for candidate in $(PYTHON) $(INTERPRETERS); do \
			if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
		done; \
		if [ -z "$$python" ]; then echo "feedsync needs Python 3.11 or newer" >&2; exit 1; fi; \
		echo "Making $(VENV) with $$($$python --version)"; \
		"$$python" -m venv $(VENV); \
	fi
	@echo "Installing what feedsync and its tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[emulator,postgres]" --group dev
	@touch $@

test: setup
	FEEDSYNC_TEST_DATABASE=sqlite $(PYTEST) tests/db
	FEEDSYNC_TEST_DATABASE=mariadb $(PYTEST) $(ON_MARIADB)
	FEEDSYNC_TEST_DATABASE=postgres $(PYTEST)

lint: setup
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: setup
	$(BIN)/mypy $(CODE)

imports: setup
	$(BIN)/lint-imports

bench: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	@$(BIN)/python -m benchmarks $(ARGS)

demo: setup
	@$(BIN)/python -m tests.demo $(ARGS)

kill: setup
	@$(BIN)/python -m tests.killing $(ARGS)

crowd: setup
	@$(BIN)/python -m tests.crowd $(ARGS)

prove: setup
	@$(BIN)/python -m tests.prove $(ARGS)

clean:
	rm -rf $(VENV) .mariadb build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
