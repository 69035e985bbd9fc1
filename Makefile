# Everything runs from here on a machine with python3 (3.11 or newer), git and make. `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
SET_UP := .venv/seawall-dev.stamp
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install
PYTEST := $(BIN)/pytest -n 2

.PHONY: help demo test test-all check bench eval docs reference requirements format clean
.DELETE_ON_ERROR:

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

demo: $(SET_UP)  ## a week of theft, found: incidents and a report
	$(BIN)/seawall demo

test: $(SET_UP)  ## the tests, but for the long ones
	$(PYTEST) -m "not slow"

test-all: $(SET_UP)  ## every test, the long ones and Spark too, with many more examples (Spark needs Java 17)
	$(PIP) --require-hashes -r requirements/spark.txt
	SEAWALL_EXAMPLES=20 $(PYTEST)

check: $(SET_UP)  ## lint, format, types, budgets, layers, requirements, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/budgets.py
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/requirements.py --check
	$(BIN)/python tools/make_docs.py --check
	$(BIN)/sphinx-build -q -n -W --keep-going docs docs/_build/html

bench: $(SET_UP)  ## the figures of the docs, measured on this machine
	$(BIN)/python bench/run.py

eval: $(SET_UP)  ## what is found in simulated worlds, and what is called theft wrongly
	$(BIN)/python tools/evaluate.py --families default,quiet,busy --seeds 1,2 --json build/eval.json

docs: reference  ## build the documentation into docs/_build/html
	$(BIN)/sphinx-build -q -n -W --keep-going docs docs/_build/html

reference: $(SET_UP)  ## write docs/reference again from the code
	$(BIN)/python tools/make_docs.py

requirements: $(SET_UP)  ## pin the dependencies again (needs uv and a network)
	$(BIN)/python tools/requirements.py

format: $(SET_UP)  ## put the code in form
	$(BIN)/ruff format .

clean:  ## remove what was built; the environment stays
	rm -rf docs/_build build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# The environment: made once, and again when the pins change. Every download is checked against its hash.
$(SET_UP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: Seawall needs Python 3.11 or newer"; echo "hint: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Setting up .venv: once, about a minute." >&2
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
