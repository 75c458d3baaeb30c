# The portal's commands. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PORT ?= 8000
export PORT

.PHONY: help run dev test faults lint demo screenshots pins clean

help: ## This list
	@echo "The clinic education portal"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Serve the portal with its demo on http://localhost:8000 (PORT=8123 make run for another)
	@tools/run

dev: ## The same with Django's server, which reloads when the code changes
	@tools/run --dev

test: ## Every check and test: SQLite, PostgreSQL, browser (PARTS="sqlite e2e" for some of them)
	@tools/venv dev
	@exec .venv/bin/python -m tools.suite $(PARTS)

faults: ## Do harm to running servers and show that nothing acknowledged is lost (some minutes)
	@tools/venv dev
	@exec .venv/bin/python tools/faults.py

lint: ## The checks that need no database
	@tools/venv dev
	@exec .venv/bin/python -m tools.suite lint

demo: screenshots

screenshots: ## Take the pictures for the README from a running demo
	@tools/venv dev
	@exec .venv/bin/python tools/screenshots.py

pins: ## Rewrite requirements*.txt from requirements*.in (UPGRADE=1 for the newest versions)
	@tools/venv dev
	@tools/pins $(if $(UPGRADE),--upgrade)

clean: ## Remove .venv, var (the demo's database with it) and caches
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
