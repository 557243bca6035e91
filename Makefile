# `make run` serves the lab; `make test` proves the project on a fresh machine. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 3

# Tests start a hundred programs: each would compile our source anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint format benchmark space-check audit

run: $(VENV)/runtime
	$(BIN)/python app.py

test: lint $(VENV)/browser $(VENV)/nginx $(VENV)/npm/installed
	$(BIN)/node --test --disable-warning=MODULE_TYPELESS_PACKAGE_JSON "tests/js/*.test.js"
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

lint: $(VENV)/development
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/development
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Whether a Space can install our pins: asks the package registry, so it is no part of `make test`.
space-check: $(VENV)/development
	$(BIN)/python -m tests.space_check $(OPTIONS)

# Whether a hole is known in what the lab runs on: asks an advisory database, so it is no part of `make test`.
audit: $(VENV)/development
	$(BIN)/python -m tests.advisories $(OPTIONS)

benchmark: $(VENV)/browser
	$(BIN)/python -m tests.benchmarks.correlation
	$(BIN)/python -m tests.benchmarks.learning
	$(BIN)/python -m tests.benchmarks.receptive
	$(BIN)/python -m tests.benchmarks.first_visit

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/runtime: requirements.txt | $(VENV)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/development: requirements.txt tests/requirements.txt | $(VENV)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@ $(VENV)/runtime

# A Chromium for the browser tests: the machine's own, or one that is installed now.
$(VENV)/browser: $(VENV)/development tests/ui/chromium.py
	$(BIN)/python -m tests.ui.chromium
	touch $@

# An nginx for the test of several replicas: the machine's own, or Debian's, which is unpacked now.
$(VENV)/nginx: $(VENV)/development tests/nginx.py
	$(BIN)/python -m tests.nginx
	touch $@

# Gradio's client for JavaScript, with which a test calls the lab.
$(VENV)/npm/installed: tests/package.json | $(VENV)/development
	mkdir -p $(@D) && cp tests/package.json $(@D)
	$(BIN)/npm install --prefix $(@D) --no-package-lock --no-audit --no-fund --silent
	touch $@
