# Two commands: `make serve` runs the server, `make test` runs lint, types and all tests.
# Both set up what they need in .venv from this checkout's own files, at the versions of requirements.lock.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_CONSTRAINT=requirements.lock $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=
# So many tests run at a time; 0 is one after the other, in one process.
WORKERS ?= 2

.PHONY: serve test lint types pytest audit bench bench-smoke bench-peers bench-page soak crash nightly fuzz docs docs-links cli-page screens format lock timelines clean

serve: $(VENV)/.serve
	@exec $(BIN)/mock-amp serve $(ARGS)

test: lint types pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

pytest: $(VENV)/.dev
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

# Asks what is known against the versions of requirements.lock. Where nobody answers it says so loudly, and fails with
# AUDIT_STRICT=1.
audit: $(VENV)/audit/.ready
	@$(VENV)/audit/bin/python .ci/audit.py requirements.lock

# Without ARGS it tells the docs of what it found. With them, `--help` says which there are.
bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks $(or $(ARGS),--write-docs)

bench-smoke: $(VENV)/.dev
	@$(BIN)/python -m benchmarks --smoke $(ARGS)

bench-peers: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.peers $(ARGS)

# The page in a browser, with 10,000 messages kept and 200 events a second; ARGS="--help" says what else.
bench-page: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.page $(ARGS)

soak: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.soak $(or $(ARGS),--messages 5000000 --accounts 20000 --minutes 30 --faults --write-docs)

# `ARGS='--rounds 50 --seed 7'` plays a run again, as far as a race can be; without a seed one is drawn.
crash: $(VENV)/.dev
	@$(BIN)/python -m tests.acceptance.crash $(ARGS)

# What takes minutes: lives of accounts against a model, for at least 10,000 steps.
nightly: $(VENV)/.dev
	$(BIN)/pytest --hypothesis-profile nightly tests/stateful $(ARGS)

# Made-up inputs for every parser at the rim; ARGS="--minutes 10", `--help` says what else there is.
fuzz: $(VENV)/.dev
	@$(BIN)/python -m tests.fuzz $(ARGS)

# The pages as a site. A link to nowhere, or a page in no table of contents, fails it.
docs: $(VENV)/.dev
	@$(BIN)/sphinx-build -W --keep-going -n -q -b html docs build/site
	@echo "Open build/site/index.html"

# Asks the net for every link that leads out of the pages.
docs-links: $(VENV)/.dev
	@$(BIN)/sphinx-build -W --keep-going -q -b linkcheck docs build/links

# What the commands say of themselves, into docs/cli.md.
cli-page: $(VENV)/.dev
	@$(BIN)/python -m tests.acceptance.cli_page

# The pictures of the page, into docs/page/: taken by its tests in the Chromium that is there.
screens: $(VENV)/.dev
	$(BIN)/pytest tests/browser/test_screens.py --write-screens $(ARGS)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.dev
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra audit --universal --python-version 3.11 --upgrade --no-header -q -o requirements.lock

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

# A place of its own: the tool brings a pip along.
$(VENV)/audit/.ready: pyproject.toml requirements.lock | $(BIN)/python
	@$(BIN)/python -m venv $(VENV)/audit
	@PIP_CONSTRAINT=requirements.lock $(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@touch $@
