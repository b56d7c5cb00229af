# Each target works alone on a fresh machine that has git, make and Python >= 3.11: the environment is
# created first, from pinned and hashed packages, and made again when the pins change.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && exit; done)
BIN := .venv/bin
STAMP := .venv/installed
WORKERS ?= 2
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_USE_PEP517 := 1
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help pipeline test check lab bench soak pin clean

help:  ## list the targets
	@echo "usage: make TARGET"; echo
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/  \1|\2/p' Makefile | awk -F'|' '{printf "%-12s%s\n", $$1, $$2}'

pipeline: $(STAMP)  ## run the example pipeline: ingest, train, evaluate, cost, decide
	$(BIN)/workbench repro
	@echo; echo "Reports: reports/*.html. Next: make lab, or workbench candidates (from $(BIN))"

test: $(STAMP)  ## prove it: every test but the soak campaign
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not soak" $(ARGS)

check: $(STAMP)  ## style, types, layers, and the rules of this repository
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_repository.py

lab: $(STAMP)  ## open the notebooks in JupyterLab
	$(BIN)/python -m jupyterlab notebooks $(ARGS)

bench: $(STAMP)  ## measure: every benchmark, one after the other (search.py and its peers take hours)
	@set -e; for name in ingest integrity overhead meter ledger forecast advice decide explorer compare device search; do echo "== $$name"; $(BIN)/python benchmarks/$$name.py; done

soak: $(STAMP)  ## the long campaign of faults
	$(BIN)/python -m pytest -m soak --timeout 0 $(ARGS)

pin: $(STAMP)  ## pin every dependency again, with hashes (needs uv)
	@command -v uv >/dev/null || { echo "make pin needs uv on PATH: pip install uv" >&2; exit 1; }
	uv pip compile --quiet pyproject.toml --extra dev --extra example --extra ray --extra bench --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --upgrade --output-file constraints.txt

clean:  ## remove what a run leaves behind, but not data, models or ledger
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find workbench tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): constraints.txt pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed; none was found on PATH" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@echo "installing the pinned packages into .venv (minutes, once)"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement constraints.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
