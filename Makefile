# Two commands set up everything: `make demo` and `make test`. They need Python 3.11 or later.
.PHONY: demo test test-slow test-all coverage lint docs lock schemas

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
READY_DEV := .venv/ready-dev
READY_DOCS := .venv/ready-docs
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

demo: $(READY)
	$(BIN)/fundeval run params/demo.yaml

# The fast tier, in a few minutes; TIERS="not campaign" runs both at once, as CI does: the slow tests
# wait a lot. PYTEST takes more options, for instance PYTEST="-k budget".
TIERS ?= not slow and not campaign
PROCESSES ?= 2
test: lint
	$(BIN)/pytest -n $(PROCESSES) --dist worksteal -m "$(TIERS)" $(PYTEST)

# Browser, JupyterLab, LibreOffice, PostgreSQL, cluster, kills, whole runs and the documentation: they
# wait a lot.
test-slow: $(READY_DEV) $(READY_DOCS)
	$(BIN)/pytest -n 3 --dist worksteal -m "slow and not campaign" $(PYTEST)

test-all: $(READY_DEV) $(READY_DOCS)
	$(MAKE) test TIERS="not campaign" PROCESSES=4

# How much of the package the fast tests run; it makes them half as long again.
coverage:
	$(MAKE) test PYTEST="--cov=fundeval --cov-report=term:skip-covered"

lint: $(READY_DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# The JSON Schemas that editors read, after a change of what a file may hold; a test holds them equal.
schemas: $(READY)
	for kind in run policy mapping dataset; do \
		$(BIN)/fundeval schema $$kind > params/schema/$$kind.json || exit 1; \
	done
# The documentation site, docs/build/html/index.html; what Sphinx warns of is an error.
docs: $(READY_DOCS)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --jobs 2 docs docs/build/html

# The virtual environment with what running needs, and the package itself.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "fundeval needs Python 3.11 or later; say which: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv with the locked dependencies (once; a few minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --no-deps --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# What linters and tests need on top.
$(READY_DEV): $(READY) requirements-dev.lock
	@echo "Adding the locked dependencies for development to .venv (once; a few minutes) ..."
	@$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

# What builds the documentation on top.
$(READY_DOCS): $(READY) docs/requirements.lock
	@echo "Adding the locked dependencies of the documentation to .venv (once; a minute) ..."
	@$(PIP) --no-deps --require-hashes -r docs/requirements.lock
	@touch $@

# After a change of dependencies in pyproject.toml; needs uv.
UV ?= uv
EXPORT = $(UV) export --quiet --locked --no-emit-project --no-header
lock:
	$(UV) lock --upgrade
	$(EXPORT) --no-dev --group build --output-file requirements.lock
	$(EXPORT) --group dev --extra cluster --extra postgresql --extra disclosure --output-file requirements-dev.lock
	$(EXPORT) --only-group docs --output-file docs/requirements.lock
	$(EXPORT) --only-group benchmark --output-file tests/benchmarks/requirements.lock
	$(MAKE) environment.yml

# The same pins as requirements.lock for conda; a test holds the two files equal.
environment.yml: requirements.lock
	{ printf 'name: fundeval\nchannels: [conda-forge]\ndependencies:\n'; \
	  printf '  - python=3.11\n  - pip\n  - pip:\n'; \
	  awk '/^[A-Za-z0-9]/ {sub(/ \\$$/, ""); print "      - \"" $$0 "\""}' requirements.lock; \
	} > $@
