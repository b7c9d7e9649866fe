# Segloop: make run starts it, make test tests it, make demo goes round the loop once.

# An old python3 is no harm: bootstrap.py looks for a newer one, or says what to install.
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
BOOTSTRAP = @command -v $(PYTHON) >/dev/null 2>&1 || { echo "Segloop needs Python 3.11 or newer, and there is no $(PYTHON) here: install it (on Debian and Ubuntu: apt-get install python3 python3-venv), then run make again." >&2; exit 1; }; exec $(PYTHON) scripts/bootstrap.py

# make run PORT=8001 HOST=0.0.0.0 DATA=/srv/segloop
ifdef PORT
export SEGLOOP_PORT := $(PORT)
endif
ifdef HOST
export SEGLOOP_HOST := $(HOST)
endif
ifdef DATA
export SEGLOOP_DATA := $(abspath $(DATA))
endif

.DEFAULT_GOAL := help
.PHONY: help run demo test test-python test-frontend e2e lint format typecheck openapi dev clean

help:  ## List what make can do
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

run:  ## Start everything and print the address (PORT=, HOST=, DATA=)
	$(BOOTSTRAP) run

demo:  ## Draw a sample dataset, train on it, evaluate, predict; print one JSON line
	$(BOOTSTRAP) demo

test:  ## Every check and test
	$(BOOTSTRAP) test

test-python:  ## Python tests without the slow ones
	$(BOOTSTRAP) test python

test-frontend:  ## The front end's checks and tests
	$(BOOTSTRAP) test frontend

e2e:  ## End-to-end tests in a real Chromium, and the other slow ones
	$(BOOTSTRAP) test slow

lint:  ## Style and import directions
	$(BOOTSTRAP) test lint

typecheck:  ## mypy --strict and tsc
	$(BOOTSTRAP) test types

format:  ## Format Python and TypeScript
	$(BOOTSTRAP) test format

openapi:  ## Write the API's schema and generate the front end's client from it
	$(BOOTSTRAP) test openapi

dev:  ## Install what developing needs, start nothing
	$(BOOTSTRAP) dev

clean:  ## Remove what make built (not the data folder)
	rm -rf .venv frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +
