# The commands for a newcomer are `make up` and `make test`; the rest is for those who change things.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
section = @printf '\n── %s ──\n' '$(1)'

.DEFAULT_GOAL := help
.PHONY: help up test card spark bench docs lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: .venv/.installed ## install what is needed and start the whole network on http://127.0.0.1:8000
	@$(BIN)/tegata up $(ARGS)

test: .venv/.installed-for-tests ## every check: programs, style, types, layers, tests
	$(call section,programs that tests drive)
	@scripts/system-packages
	$(call section,style: ruff)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	$(call section,types: mypy --strict)
	@$(BIN)/mypy --strict
	$(call section,layers: import-linter)
	@$(BIN)/lint-imports --no-logo
	$(call section,tests: pytest)
	@$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

card: .venv/.installed ## install what `tegata card` needs to use card readers (PC/SC, signed PDFs)
	@$(PIP) install --require-hashes -r requirements/card.txt \
		|| { echo 'pyscard is built from source; on Debian: apt-get install gcc swig libpcsclite-dev python3-dev' >&2; exit 1; }

spark: .venv/.installed ## install what `tegata bank match --engine spark` needs (PySpark; Java 17 or newer must be there)
	@$(PIP) install --require-hashes -r requirements/spark.txt
	@command -v java >/dev/null || { echo 'Java is missing; on Debian: apt-get install default-jre-headless' >&2; exit 1; }

bench: .venv/.installed ## measure the hot paths beside named peers
	@scripts/system-packages bench
	@$(BIN)/python -m benchmarks $(ARGS)

docs: .venv/.installed-for-tests ## write the generated pages of docs/ anew
	@$(BIN)/python -m scripts.generated_pages

lock: .venv/.installed-for-tests ## pin requirements/*.txt from pyproject.toml (ARGS=--upgrade for newer versions)
	@scripts/lock $(ARGS)

clean: ## remove the environment and all caches; data/ stays
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Tegata needs Python 3.11 or newer; name it with: make up PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'Making .venv'
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo 'Python came without venv; on Debian: apt-get install python3-venv' >&2; exit 1; }

# The stamps are written last, so that an interrupted installation is done again.
.venv/.installed: requirements/base.txt requirements/build.txt pyproject.toml | .venv/bin/python
	@echo 'Installing the pinned packages'
	@$(PIP) install --require-hashes -r requirements/base.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-for-tests: requirements/test.txt .venv/.installed
	$(call section,programs that tests drive)
	@scripts/system-packages
	@echo 'Installing the pinned packages of the tests'
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@
