# `make help` lists the targets. A checkout needs git, make and python3 (3.11 or later, with venv), nothing else.
PYTHON ?= python3
PYTEST ?= pytest
ARGS   ?=
DIST   ?= dist

venv   := .venv
bin    := $(venv)/bin
# What is installed, and since when: made anew when pyproject.toml changes.
user   := $(venv)/.installed
dev    := $(venv)/.installed-dev
pip    := $(bin)/python -m pip --quiet --disable-pip-version-check install

.DEFAULT_GOAL := help
.PHONY: help dev lint servers test check coverage bench wheel demo picture catalogue clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(user) ## make a demo repository in .demo/repo, scan it, and plan how its findings leave it
	@rm -rf .demo/repo
	@$(bin)/python corpus/demo.py .demo/repo
	@# Findings are what the demo is for: status 1 is success, and nothing else is.
	@$(bin)/stanch scan .demo/repo; status=$$?; \
	if [ $$status -ne 1 ]; then echo "demo: stanch ended with status $$status instead of 1" >&2; exit 1; fi
	@echo; echo '$$ stanch fix --app shop --vault issues-vault .demo/repo'; echo
	@$(bin)/stanch fix --app shop --vault issues-vault .demo/repo

servers: ## install the databases, compilers and the browser that tests use, from Debian's packages
	@tests/servers.sh

test: $(dev) ## run the tests; ARGS="-k name" chooses among them
	$(bin)/$(PYTEST) $(ARGS)

lint: $(dev) ## look for mistakes and unformatted code
	$(bin)/ruff check .
	$(bin)/ruff format --check .

check: lint ## lint, check the types, the layers and the rules
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/stanch rules check

coverage: $(dev) ## measure what some rows of each table and some examples cover
	@rm -f .coverage .coverage.*
	$(bin)/coverage run -m pytest --few --quiet -n 2 --dist loadfile $(ARGS)
	$(bin)/coverage combine --quiet
	$(bin)/coverage report --fail-under=85

bench: $(dev) ## measure speed, a hook, the rules, daily scans, places, growth, patches and verification, which takes minutes; ARGS=--record keeps the tables
	$(bin)/python bench/speed.py $(ARGS)
	$(bin)/python bench/hook.py $(ARGS)
	$(bin)/python bench/rules.py $(ARGS)
	$(bin)/python bench/daily.py $(ARGS)
	$(bin)/python bench/surfaces.py $(ARGS)
	$(bin)/python bench/growth.py $(ARGS)
	$(bin)/python bench/speed.py --files 50000 $(ARGS)
	$(bin)/python bench/settings.py $(ARGS)
	$(bin)/python bench/fix.py $(ARGS)
	$(bin)/python bench/verify.py $(ARGS)
	$(bin)/python bench/sweep.py $(ARGS)

wheel: $(dev) ## build the wheel into dist/
	$(bin)/python -m build --wheel --no-isolation --outdir $(DIST)

picture: $(dev) ## draw docs/scan.svg and docs/report.png, the pictures in README.md and docs/report.md
	$(bin)/python corpus/picture.py docs/scan.svg
	$(bin)/python corpus/photograph.py docs/report.png

catalogue: $(user) ## write docs/rules.md: all rules, and in which syntaxes they are found
	$(bin)/python corpus/catalogue.py

dev: $(dev) ## set up .venv with what development needs
	@echo "$(bin)/stanch is this checkout"

clean: ## remove what the other targets made
	rm -rf .venv .demo dist build .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(bin)/python:
	$(PYTHON) -m venv $(venv)

$(user): pyproject.toml | $(bin)/python
	$(pip) --editable .
	@touch $@

$(dev): pyproject.toml | $(bin)/python
	$(pip) --editable '.[dev]'
	@touch $(user) $@
