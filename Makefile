# Everything the project needs, from a bare checkout: Debian 12, Python 3.11, git, make.
.DEFAULT_GOAL := help
PYTHON ?= python3
export HOST ?= 127.0.0.1
export PORT ?= 8000

BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi

.PHONY: help run wheel demo cluster servers chaos bench bench-quick clients test test-quick test-js documents release-documents pictures check check-documents client-types check-newest fuzz lock audit licences mutation hooks migration translations clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | column -t -s '	'

run: .venv/installed ## serve on http://127.0.0.1:8000 (HOST, PORT), with sample questions and demo accounts
	@next_steps=$$($(FLASK) set-up --port $(PORT)) && NEXT_STEPS="$$next_steps" exec $(BIN)/gunicorn wsgi:app

wheel: .venv/installed-deploy ## build a wheel of the service, in dist/
	@.venv/deploy/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

demo: .venv/installed-demo ## play a whole duel, one player on SSE, one on the WebSocket
	@PYTHONPATH=clients/python:. $(BIN)/python -m demo

# What is missing is installed, as root or with a sudo that asks for no password; otherwise the
# command to run is printed and make stops.
INSTALL := @cluster/install.sh

cluster: .venv/installed-demo ## serve as in production: nginx, two nodes, Redis and PostgreSQL, all of its own
	$(INSTALL) nginx redis-server
	@PYTHONPATH=clients/python:. exec $(BIN)/python -m cluster

servers: ## install nginx, redis-server, pgbouncer, gcc, Node and browsers now; each command below does it when it needs them
	$(INSTALL) nginx haproxy caddy systemd-analyze redis-server pgbouncer prometheus gcc node npm chromium firefox-esr arabic-font

chaos: .venv/installed-dev ## play duels for ten minutes while everything breaks, and write docs/reliability.md
	$(INSTALL) nginx redis-server pgbouncer gcc
	@PYTHONPATH=clients/python:. exec $(BIN)/python -m chaos --write docs/reliability.md

# BESIDE is a checkout of another version, which is played on in turn.
bench: .venv/installed-bench ## measure it beside its peers, for some 40 minutes, and write docs/performance.md: BESIDE
	$(INSTALL) redis-server
	@PYTHONPATH=clients/python:. exec $(BIN)/python -m bench --write docs/performance.md $(if $(BESIDE),--beside $(BESIDE))

bench-quick: .venv/installed-dev ## count what noise cannot hide; fails past a bound
	@PYTHONPATH=clients/python:. $(BIN)/python -m bench.quick
	@$(BIN)/pytest -q tests/test_statements.py

clients: .venv/installed-interop ## follow duels with clients that others wrote, through their proxies, and write docs/clients.md
	$(INSTALL) node chromium firefox-esr curl javac nginx haproxy caddy apache2 varnishd
	@PYTHONPATH=clients/python:. exec $(BIN)/python -m interop --write docs/clients.md

# Each waits for a registry and then for the disk; what apt installs, which takes one at a time, is there.
.PHONY: installations
installations: .venv/installed-interop .venv/installed-deploy .venv/nextjs/installed tools/documents/node_modules/installed clients/js/node_modules/installed

# One more than there are cores: with servers and browsers, a test waits for a third of its time.
test: PROCESSES = $(shell expr $$(nproc) + 1)
test: servers ## run every test
	@$(MAKE) --no-print-directory --jobs=2 installations check-documents
	@$(MAKE) --no-print-directory test-js
	$(BIN)/pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

test-quick: .venv/installed-dev ## run the tests that need nothing but Python: no server, browser or Node; two minutes
	$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m "not programs"

test-js: .venv/installed clients/js/node_modules/installed ## test the client in JavaScript, against the real service
	$(INSTALL) chromium firefox-esr arabic-font
	@cd clients/js && npm test --silent

pictures: .venv/installed-dev ## take the README's pictures in docs/img, and of every state in instance/pictures
	$(INSTALL) chromium arabic-font
	$(BIN)/pytest -q tests/browser/pictures.py tests/browser/state_pictures.py

check: .venv/installed-dev ## format, lint, types, layers: under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml qader_sse wsgi.py gunicorn.conf.py migrations clients/python
	$(BIN)/pytest -q tests/test_architecture.py tests/test_architecture_checks.py tests/test_translations.py tests/test_dependencies.py tests/test_client_types.py tests/domain

check-documents: .venv/installed-dev tools/documents/node_modules/installed ## have linters read the OpenAPI and the AsyncAPI document, and find what breaks clients of the last release
	@PYTHONPATH=clients/python:. $(BIN)/python -m tools.lint_documents

release-documents: .venv/installed-dev ## make the documents of now those of the last release, in docs/released
	@PYTHONPATH=clients/python:. $(BIN)/python -m tools.released_documents

documents: .venv/installed-dev client-types ## play duels: write the examples of the documents, the types of clients/js, tests/golden
	@PYTHONPATH=clients/python:. $(BIN)/python -m tools.record_examples
	@PYTHONPATH=clients/python:. $(BIN)/python -m tools.record_duels

client-types: .venv/installed-dev ## write the types of clients/js from the OpenAPI document
	@PYTHONPATH=clients/python:. $(BIN)/python -m tools.client_types

check-newest: .venv/installed-dev ## try the newest versions of everything, and the oldest and the newest Python
	$(INSTALL) redis-server
	@tools/newest.sh

lock: .venv/installed-supply ## write the lock files from the lists of what we use; raise the versions of some: UPGRADE="Flask gevent"
	@tools/lock.sh $(UPGRADE)

audit: .venv/installed-supply ## ask the database of known vulnerabilities about every pinned version
	@tools/audit.sh

fuzz: .venv/installed-fuzz ## send 100,000 odd inputs and 10,000 cases of Schemathesis: INPUTS, CASES, SEED; half an hour
	@PYTHONPATH=clients/python:. $(BIN)/python -m fuzz $(if $(INPUTS),--inputs $(INPUTS)) $(if $(CASES),--cases $(CASES)) \
	  $(if $(SEED),--seed $(SEED))

licences: .venv/installed-dev ## list the licences of what the service runs on, in docs/licences.md
	@$(BIN)/python -m tools.licences --write

mutation: .venv/installed-mutation ## break the code at random places and print what no test notices: COUNT, SEED, MINUTES
	$(INSTALL) redis-server
	@.venv/mutation/bin/python -m tools.mutation $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(MINUTES),--minutes $(MINUTES))

hooks: .venv/installed-dev ## check format, lint and types before every commit in this clone
	$(BIN)/pre-commit install

migration: .venv/installed ## write a migration for changed tables: make migration m="what changes"
	$(FLASK) db migrate -m "$(m)"

translations: .venv/installed-dev ## collect marked texts, then compile what is translated
	$(BIN)/pybabel -q extract -k mark -k mark_counted:1,2 --no-location --sort-output --omit-header -o .venv/messages.pot qader_sse
	$(BIN)/pybabel -q update --no-fuzzy-matching --omit-header -N -l ar -i .venv/messages.pot -d qader_sse/translations
	$(BIN)/pybabel -q compile -f -d qader_sse/translations

# Each file that is installed has to have a hash that its lock file names.
PIP_INSTALL := pip install --quiet --disable-pip-version-check --require-hashes

.venv/installed: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
	  cluster/apt.sh "Python's venv module is not installed" python3-venv && $(PYTHON) -m venv .venv; }
	@echo "Installing what the service runs on into .venv (once, half a minute, 120 MB):"
	@echo "  Flask, gunicorn, SQLAlchemy and what they need; requirements.txt lists them all"
	@$(BIN)/$(PIP_INSTALL) -r requirements.txt
	@touch $@

.venv/installed-demo: requirements-demo.txt .venv/installed
	@echo "Installing what demo and cluster need into .venv (once, 80 MB):"
	@echo "  a WebSocket client, psutil and PostgreSQL from a wheel; requirements-demo.txt lists them all"
	@$(BIN)/$(PIP_INSTALL) -r requirements-demo.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt cluster/redis-6.2-requirements.txt .venv/installed-demo
	@echo "Installing what the tests need into .venv (once, 350 MB):"
	@echo "  pytest, mypy, ruff, Playwright, an old Redis; requirements-dev.txt lists them all"
	@$(BIN)/$(PIP_INSTALL) -r requirements-dev.txt
	@$(BIN)/$(PIP_INSTALL) --target .venv/redis-6.2 --upgrade \
	  --no-deps --only-binary :all: --python-version 3.11 -r cluster/redis-6.2-requirements.txt
	@touch $@

.venv/installed-fuzz: fuzz/requirements.txt .venv/installed-dev
	@echo "Installing Schemathesis into .venv/fuzz (once) ..."
	@test -x .venv/fuzz/bin/python || $(BIN)/python -m venv .venv/fuzz
	@.venv/fuzz/bin/$(PIP_INSTALL) -r fuzz/requirements.txt
	@touch $@

.venv/installed-mutation: tools/mutation-requirements.txt .venv/installed-dev
	@echo "Installing Cosmic Ray into .venv/mutation (once) ..."
	@test -x .venv/mutation/bin/python || $(BIN)/python -m venv .venv/mutation
	@.venv/mutation/bin/$(PIP_INSTALL) -r tools/mutation-requirements.txt
	@touch $@

.venv/installed-supply: tools/supply-requirements.txt .venv/installed
	@echo "Installing uv and pip-audit into .venv/supply (once, 100 MB) ..."
	@test -x .venv/supply/bin/python || $(BIN)/python -m venv .venv/supply
	@.venv/supply/bin/$(PIP_INSTALL) -r tools/supply-requirements.txt
	@touch $@

.venv/installed-bench: bench/requirements.txt bench/package.json bench/package-lock.json bench/install.sh .venv/installed-dev
	@echo "Installing the peers that we are measured beside (once, a few minutes) ..."
	@echo "  nginx with nchan, Pushpin, gcc"
	@bench/install.sh
	@echo "  the peers in Python, into .venv/bench"
	@test -x .venv/bench/bin/python || $(PYTHON) -m venv .venv/bench
	@.venv/bench/bin/$(PIP_INSTALL) -r bench/requirements.txt
	@echo "  the peer in Node, into .venv/bench-node"
	@mkdir -p .venv/bench-node
	@cp bench/package.json bench/package-lock.json .venv/bench-node
	@cd .venv/bench-node && npm ci --no-audit --no-fund --loglevel error
	@touch $@

.venv/installed-interop: interop/requirements.txt interop/node_modules/installed .venv/installed-dev
	@echo "Installing clients of others in Python into .venv/interop (once, 100 MB) ..."
	@test -x .venv/interop/bin/python || $(PYTHON) -m venv .venv/interop
	@.venv/interop/bin/$(PIP_INSTALL) -r interop/requirements.txt
	@touch $@

.venv/installed-deploy: deploy/lint-requirements.txt .venv/installed
	@echo "Installing what builds the wheel and checks deploy/ into .venv/deploy (once, 150 MB) ..."
	@test -x .venv/deploy/bin/python || $(BIN)/python -m venv .venv/deploy
	@.venv/deploy/bin/$(PIP_INSTALL) -r deploy/lint-requirements.txt
	@touch $@

interop/node_modules/installed: interop/package-lock.json
	$(INSTALL) node npm
	@echo "Installing clients of others in JavaScript into interop/node_modules (once, 120 MB) ..."
	@cd interop && npm ci --no-audit --no-fund --loglevel error
	@touch $@

clients/js/node_modules/installed: clients/js/package-lock.json
	$(INSTALL) node npm
	@echo "Installing what the tests of clients/js need into its node_modules (once) ..."
	@cd clients/js && npm ci --no-audit --no-fund --loglevel error
	@touch $@

# Next.js needs Node 20.9; Debian 12 has 18. A newer one comes from npm, for this folder only.
.venv/nextjs/installed: examples/nextjs/package-lock.json $(shell find clients/js/src clients/js/package.json) .venv/installed
	$(INSTALL) node npm
	@echo "Installing what examples/nextjs needs into .venv/nextjs (once, 400 MB) ..."
	@mkdir -p .venv/nextjs
	@cp examples/nextjs/package.json examples/nextjs/package-lock.json examples/nextjs/.npmrc .venv/nextjs
	@cd .venv/nextjs && npm ci --no-audit --no-fund --loglevel error
	@cd .venv/nextjs && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)' \
	  || npm install --no-save --no-audit --no-fund --loglevel error node@24.21.0
	@touch $@

tools/documents/node_modules/installed: tools/documents/package-lock.json
	$(INSTALL) node npm
	@echo "Installing the linters of documents into tools/documents/node_modules (once, 91 MB) ..."
	@cd tools/documents && npm ci --no-audit --no-fund --loglevel error
	@touch $@

clean: ## remove what was installed and built; the data in instance/ stays
	rm -rf .venv clients/js/node_modules interop/node_modules tools/documents/node_modules .mypy_cache .pytest_cache .ruff_cache
