# CloudFlow. `make help` lists what can be done here.
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
CLOUDFLOW := $(VENV)/bin/cloudflow

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
