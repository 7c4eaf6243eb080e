# `make up` deploys the example stage to a local emulator (no key needed); `make test` checks everything.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: up down test lint clean

up: .venv/.ready
	@$(BIN)/managed-agents up dev --emulator
	@echo "(\`make up\` is the same command; \`make down\` takes everything down again.)"

down: .venv/.ready
	@$(BIN)/managed-agents destroy dev --emulator
	@$(BIN)/managed-agents emulator --stop

test: .venv/.ready-dev lint
	$(BIN)/pytest -n 2 --dist worksteal

lint: .venv/.ready-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf .venv .managed-agents

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making a virtual environment in .venv (once)"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.ready: pyproject.toml | .venv/.made
	@echo "Installing the project (once; about a quarter of a minute)"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[emulator]'
	@touch $@

.venv/.ready-dev: pyproject.toml | .venv/.made
	@echo "Installing the project with its test tools (once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch .venv/.ready $@
