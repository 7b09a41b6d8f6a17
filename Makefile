# `make run` and `make test` do all their own set-up; `make help` lists the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMPS := .venv/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard registration/translations/*/LC_MESSAGES/*.po))
PYTEST := $(BIN)/python -m pytest -n logical --dist loadfile
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
  --strip-extras --no-header --allow-unsafe

.DEFAULT_GOAL := help
.PHONY: help run test test-long check bench lock clean vendor axe
.DELETE_ON_ERROR:

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: $(STAMPS)/run $(CATALOGUES) vendor ## set up, then serve the demo event (PORT=8000, EINLASS_DATA_DIR=var)
	@$(BIN)/einlass demo --serve

test: $(STAMPS)/dev $(CATALOGUES) vendor axe ## set up, then run the tests, without the long ones
	@$(PYTEST) -m "not long"

test-long: $(STAMPS)/dev $(CATALOGUES) vendor axe ## run all tests; takes many minutes
	@$(PYTEST)

check: $(STAMPS)/dev ## lint, formats, types, directions of imports, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --check templates

bench: $(STAMPS)/dev $(CATALOGUES) ## measure what the program does
	@$(BIN)/python -m benchmarks

lock: $(STAMPS)/dev ## write requirements/*.txt anew after a change of pyproject.toml
	$(COMPILE) --only-build-deps --build-deps-for editable -o requirements/build.txt pyproject.toml
	$(COMPILE) -o requirements/run.txt pyproject.toml
	$(COMPILE) --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml

clean: ## remove all that can be made again; keeps var/
	rm -rf .venv node_modules registration/static/vendor $(CATALOGUES) *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMPS)/venv:
	@$(if $(PYTHON),,echo "There is no python3. Install Python 3.11 or newer." >&2; exit 1)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than Python 3.11. Install that, or name one: make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments. Install python3-venv." >&2; exit 1; }
	@echo "Making a virtual environment in .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv
	@mkdir -p $(STAMPS) && touch $@

# The exact files of the lock, each with its hash; then this project itself, as it stands.
define install
	@echo "Installing the locked packages of $(1)"
	@$(PIP) install --quiet --require-hashes $(foreach file,build $(1),-r requirements/$(file).txt)
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@
endef

$(STAMPS)/run: $(STAMPS)/venv requirements/build.txt requirements/run.txt pyproject.toml
	$(call install,run)

$(STAMPS)/dev: $(STAMPS)/venv requirements/build.txt requirements/dev.txt pyproject.toml
	$(call install,dev)
	@touch $(STAMPS)/run

registration/translations/%.mo: registration/translations/%.po | $(STAMPS)/venv
	@test -e $(STAMPS)/run || $(MAKE) --no-print-directory $(STAMPS)/run
	@$(BIN)/pybabel --quiet compile -i $< -o $@

# Without npm the program still works: phones whose browser reads codes itself need none of this.
vendor:
	@if [ registration/static/vendor/.made -nt package-lock.json ]; then :; \
	elif ! command -v npm >/dev/null; then \
	  echo "npm is missing: going on without zxing-wasm, so scanning by camera works only in browsers" \
	    "that read codes themselves (Chrome on Android)."; \
	elif npm ci --omit=dev --no-audit --no-fund --loglevel=error && npm run --silent vendor; then \
	  touch registration/static/vendor/.made; \
	else \
	  echo "npm could not fetch the browser libraries: going on without zxing-wasm; \`make run\` tries" \
	    "again."; \
	fi

# What the tests judge pages by; without npm they say that it is missing.
axe: vendor
	@test -d node_modules/axe-core || ! command -v npm >/dev/null || \
	  npm ci --no-audit --no-fund --loglevel=error
