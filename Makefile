# Two commands: `make serve` runs the server, `make test` runs lint, types and all tests.
# Both set up what they need in .venv from this checkout's own files, at the versions of requirements.lock.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_CONSTRAINT=requirements.lock $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=

.PHONY: serve test lint types pytest bench bench-smoke bench-peers format lock timelines clean

serve: $(VENV)/.serve
	@exec $(BIN)/mock-amp serve $(ARGS)

test: lint types pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

pytest: $(VENV)/.dev
	$(BIN)/pytest $(ARGS)

# Without ARGS it tells the docs of what it found. With them, `--help` says which there are.
bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks $(or $(ARGS),--write-docs)

bench-smoke: $(VENV)/.dev
	@$(BIN)/python -m benchmarks --smoke $(ARGS)

bench-peers: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.peers $(ARGS)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.dev
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade --no-header -q -o requirements.lock

timelines: $(VENV)/.dev
	for file in scenarios/*.yaml; do \
		$(BIN)/mock-amp scenario run $$file --send $${file%.yaml}.send.json > $${file%.yaml}.timeline.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which with make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version); this takes a moment, once."
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "This Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 2; }

$(VENV)/.serve: pyproject.toml requirements.lock | $(BIN)/python
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the tests need."
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.serve
