# `make up` deploys the example stage to a local emulator (no key needed); `make test` checks everything.

PYTHON ?= python3
BIN := .venv/bin
LOCK := constraints.txt
# What `init` writes for projects: the part of the lock that an installed release needs.
TEMPLATE_LOCK := provider/pulumi_managed_agents/templates/shared/constraints.txt
# The lock counts for the build backend, too; pip 25.3 has a variable of its own for that.
PIP := PIP_CONSTRAINT=$(LOCK) PIP_BUILD_CONSTRAINT=$(LOCK) $(BIN)/pip install --disable-pip-version-check
# Installs the project with an extra. A terminal's last line says how far pip has come; a log has one line at the end.
# Where pip fails, all that it said is shown.
define install
@{ $(PIP) --no-color --progress-bar off -e '.[$(1)]' 2>&1; echo "exit $$?"; } | tee .venv/install.log | { \
  began=$$(date +%s); count=0; code=1; test -t 1 && line='\r\033[K' || line=; \
  say() { test -z "$$line" || printf "$$line  %s (%d s)" "$$1" $$(($$(date +%s) - began)); }; \
  while read -r word name rest; do case "$$word $$name" in \
    Obtaining*) say "getting the build backend" ;; \
    Collecting*) count=$$((count + 1)); say "package $$count: $${name%%[<>=~!;[]*}" ;; \
    "Installing collected") say "putting $$count packages in place, which takes longest" ;; \
    exit*) code=$$name ;; \
  esac; done; \
  printf "$$line"; \
  if test $$code != 0; then sed '$$d' .venv/install.log; \
  elif test $$count != 0; then echo "  $$count packages in $$(($$(date +%s) - began)) s"; fi; \
  exit $$code; }
endef

.DELETE_ON_ERROR:
.PHONY: up down test test-thorough lint types format generate coverage docs pictures dist lock upgrade newest newest-sdk lowest-sdk other-sdk clean

up: .venv/.ready
	@$(BIN)/managed-agents up dev --emulator
	@echo "(\`make up\` is the same command; \`make down\` takes everything down again.)"

down: .venv/.ready
	@$(BIN)/managed-agents destroy dev --emulator
	@$(BIN)/managed-agents emulator --stop

test: .venv/.ready-dev lint
	$(BIN)/pytest -n auto --dist worksteal

# With many more examples of each property, and every process started in full.
test-thorough: .venv/.ready-dev lint
	QUICK_START_SOCKET= $(BIN)/pytest -n auto --dist worksteal --hypothesis-profile thorough

lint: .venv/.ready-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# What pyright says of programs as well as mypy; it brings a Node.js of its own, which is why `make test` goes without.
types: .venv/.ready-dev .venv/.ready-pyright
	$(BIN)/pytest tests/dynamic/program/test_input_types.py

format: .venv/.ready-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Everything that is made from the models; tests fail where it differs from what is committed.
generate: .venv/.ready
	$(BIN)/managed-agents schema
	$(BIN)/python -m docs.reference_generator.pages docs/reference
	$(BIN)/python -m docs.reference_generator.class_pages docs/reference/python
	$(BIN)/python -m docs.reference_generator.input_types provider/pulumi_managed_agents/dynamic/program/inputs.py

coverage: .venv/.ready-dev
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report term:skip-covered

docs: pictures
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# What commands show on the example; pictures of web pages only where there is a Chromium.
pictures: .venv/.ready-docs
	$(BIN)/python -m docs.picture_generator.pictures docs/pictures

# The distributions as they are published, in dist/.
dist: .venv/.ready-release
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist

# After a change of the dependencies in pyproject.toml: locks what is new, and moves nothing else without need.
lock: | .venv/.made
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --all-extras --no-emit-package managed-agents-pulumi \
	  --custom-compile-command 'make lock' --output-file $(LOCK) pyproject.toml
	{ echo '# What this release of managed-agents-pulumi was tested with, for requirements.txt to install.'; \
	  $(BIN)/uv pip compile --quiet --universal --extra emulator --no-annotate --no-header --constraint $(LOCK) \
	    pyproject.toml; } > $(TEMPLATE_LOCK)

# Locks the newest of everything that pyproject.toml allows.
upgrade:
	$(MAKE) lock UPGRADE=--upgrade

# Puts the newest of everything that pyproject.toml allows in place of what is locked.
newest: .venv/.ready-dev
	$(BIN)/pip install --quiet --upgrade --upgrade-strategy eager -e '.[dev]'

# Puts the newest official SDK in place of the one that is pinned.
newest-sdk: .venv/.ready-dev
	$(BIN)/pip install --quiet --upgrade anthropic

# Puts the oldest Pulumi SDK that pyproject.toml allows in place of what is locked.
lowest-sdk: .venv/.ready-dev
	$(BIN)/pip install --quiet "pulumi==$$(sed -n 's/.*"pulumi>=\([0-9.]*\),.*/\1/p' pyproject.toml)"

# A second environment with what is locked, by OTHER_PYTHON: for the test that hands a state from one SDK to another.
OTHER_PYTHON ?= $(PYTHON)
other-sdk:
	$(OTHER_PYTHON) -m venv .venv-other
	PIP_CONSTRAINT=$(LOCK) PIP_BUILD_CONSTRAINT=$(LOCK) .venv-other/bin/pip install --quiet --disable-pip-version-check \
	  -e '.[emulator]'

clean:
	rm -rf .venv .venv-other .managed-agents dist site

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making a virtual environment in .venv (once)"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.ready: pyproject.toml $(LOCK) | .venv/.made
	@echo "Installing the project (once; a quarter of a minute, or more over a slow network)"
	$(call install,emulator)
	@touch $@

.venv/.ready-dev: pyproject.toml $(LOCK) | .venv/.made
	@echo "Installing the project with its test tools (once)"
	$(call install,dev)
	@touch .venv/.ready $@

.venv/.ready-%: pyproject.toml $(LOCK) | .venv/.made
	@echo "Installing the project with what $(*) needs (once)"
	$(call install,$*)
	@touch $@
