# CloudFlow. `make help` lists what can be done here.
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
CLOUDFLOW := $(VENV)/bin/cloudflow

# Many images set it, and then each of the hundreds of programs that tests start compiles all it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*?## "} {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}'

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "CloudFlow needs Python 3.11 to 3.13; say PYTHON=/path/to/python3.11 make ..."; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet "uv==$(UV_VERSION)"

# One stamp: sync only when a requirement changed.
$(VENV)/.installed: requirements.txt requirements-dev.txt pyproject.toml | $(VENV)/bin/uv
	@echo "Installing Python packages into $(VENV) ..."
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip install --quiet --require-hashes -r requirements.txt -r requirements-dev.txt
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip install --quiet --no-deps --editable .
	@touch $@

.PHONY: install
install: $(VENV)/.installed ## Make .venv with everything the platform needs

.PHONY: requirements
requirements: | $(VENV)/bin/uv ## Compile the locked requirements again
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make requirements" pyproject.toml -o requirements.txt
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make requirements" -c requirements.txt --group dev -o requirements-dev.txt

# The dashboard lands where Airflow's API server looks for it; built again when one of its sources changed.
STATIC := plugins/cloudflow_plugin/static
DASHBOARD_SOURCES := $(shell find dashboard -name node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: node
node:
	@command -v npm >/dev/null || { echo "Installing node for the dashboard ..."; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm >/dev/null; } \
	  || { echo "node and npm are missing and cannot be installed here: install Node 20.19 or later, then try again"; exit 1; }; }
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a * 100 + +b < 2019 ? 1 : 0)' \
	  || { echo "The dashboard needs Node 20.19 or later; this is $$(node --version)."; exit 1; }

dashboard/node_modules/.installed: dashboard/package-lock.json | node
	@echo "Installing the dashboard's packages ..."
	@npm --prefix dashboard ci --silent
	@touch $@

$(STATIC)/.built: dashboard/node_modules/.installed $(DASHBOARD_SOURCES)
	@echo "Building the dashboard ..."
	@npm --prefix dashboard run --silent build -- --logLevel warn
	@touch $@

.PHONY: dashboard
dashboard: $(STATIC)/.built ## Build the dashboard, the page inside the Airflow UI

.PHONY: check-dashboard
check-dashboard: $(STATIC)/.built ## Lint, types, tests and the size of the dashboard
	@npm --prefix dashboard run --silent lint
	@npm --prefix dashboard run --silent test -- --silent --reporter=dot
	@npm --prefix dashboard run --silent size

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { echo "Installing chromium for the browser tests ..."; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || { echo "chromium is missing and cannot be installed here: install it, then try again"; exit 1; }; }

.PHONY: format
format: install ## Format the code
	@$(VENV)/bin/ruff check --quiet --fix-only .
	@$(VENV)/bin/ruff format --quiet .

.PHONY: lint
lint: install ## Format, lint, types and import arrows
	@$(VENV)/bin/ruff format --check --quiet . || { echo "Not formatted: run make format"; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy --no-error-summary
	@MYPYPATH=plugins $(VENV)/bin/mypy --no-error-summary plugins/cloudflow_plugin
	@$(VENV)/bin/lint-imports --no-logo --quiet 2>/dev/null || $(VENV)/bin/lint-imports

.PHONY: check
check: lint ## Lint, and the tests that need no server
	@$(VENV)/bin/python -m pytest --quiet tests/unit

.PHONY: test
test: install chromium dashboard ## Everything: lint, types, arrows, unit, contract, fault, DAG, integration and browser tests
	@$(MAKE) --no-print-directory --jobs 2 lint check-dashboard
	@$(VENV)/bin/python -m pytest tests --durations 10 --numprocesses 3

.PHONY: screenshots
screenshots: demo chromium ## Take a picture of every page with the demo's data; the best go to docs/images
	@$(VENV)/bin/python -m tests.stack.browser.screenshots --keep

.PHONY: openapi
openapi: install ## Write docs/openapi.json anew
	@PYTHONPATH=plugins $(VENV)/bin/python -m cloudflow_plugin.api.write_openapi

.PHONY: asyncapi
asyncapi: install ## Write docs/asyncapi.yaml anew
	@$(VENV)/bin/python -c 'import yaml; from cloudflow_lib.domain.asyncapi import describe; \
	  print(yaml.safe_dump(describe("1.0.0"), sort_keys=False, allow_unicode=True, width=120), end="")' > docs/asyncapi.yaml

.PHONY: up down clean doctor
up: install dashboard ## Start the embedded stack (no demo data)
	@$(CLOUDFLOW) up

down: install ## Stop the embedded stack; the data stays
	@$(CLOUDFLOW) down

clean: install ## Stop the embedded stack and forget all its data
	@$(CLOUDFLOW) down --forget

doctor: install ## Check what this machine lacks, and say how to get it
	@$(CLOUDFLOW) doctor

.PHONY: demo
demo: install dashboard ## Start the stack, fill it with real files, migrate some, prove it, print every URL and login
	@$(CLOUDFLOW) demo
