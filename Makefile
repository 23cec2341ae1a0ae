# Needs Python 3.11 or newer, and make. Everything else is installed into .venv from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PEERS := .venv-peers/.installed

.PHONY: run test check bench lock clean

## Extract the five seed postings and show every fact with its evidence.
run: $(STAMP)
	@$(BIN)/extractor extract seeds --format table

## All checks and tests.
test: check
	$(BIN)/pytest --numprocesses auto

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

## The tables that the README quotes.
bench: $(STAMP) $(PEERS)
	$(BIN)/python -m benchmarks.client
	$(BIN)/python -m benchmarks.answers
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.reading
	$(BIN)/python -m benchmarks.scoring
	$(BIN)/python -m benchmarks.stored
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.throughput

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(STAMP)

# What the extractor is measured against: in an environment of its own, for it isn't ours to depend on.
$(PEERS): benchmarks/peers.txt
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	@touch $(PEERS)

## Resolve the dependencies anew.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header --group dev --extra arrow --extra evaluation --extra telemetry pyproject.toml --output-file requirements.lock --upgrade

clean:
	rm -rf .venv .venv-peers dist
