# Two commands set up everything: `make demo` and `make test`. They need Python 3.11 or later.
.PHONY: demo test lint lock

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

demo: $(READY)
	$(BIN)/fundeval run params/demo.yaml

test: lint
	$(BIN)/pytest -n 2

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# The virtual environment with the locked dependencies, and the package itself.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "fundeval needs Python 3.11 or later; say which: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv with the locked dependencies (once; a few minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# After a change of dependencies in pyproject.toml; needs uv.
UV ?= uv
lock:
	$(UV) lock --upgrade
	$(UV) export --quiet --group dev --no-emit-project --no-header --output-file requirements.lock
	$(UV) export --quiet --only-group benchmark --no-header --output-file tests/benchmarks/requirements.lock
	$(MAKE) environment.yml

# The same pins for conda; a test holds the two files equal.
environment.yml: requirements.lock
	{ printf 'name: fundeval\nchannels: [conda-forge]\ndependencies:\n'; \
	  printf '  - python=3.11\n  - pip\n  - pip:\n'; \
	  awk '/^[A-Za-z0-9]/ {sub(/ \\$$/, ""); print "      - \"" $$0 "\""}' requirements.lock; \
	} > $@
