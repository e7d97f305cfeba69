# `make run` opens the desk on the demo company, `make test` passes the whole suite, `make torture` breaks a small
# world a million times; each sets everything up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
TESTS ?= tests
STEPS ?= 1000000
CATALOGUES := $(wildcard advisor_tui/language/*/LC_MESSAGES/*.po)

.PHONY: run test torture check format lock messages snapshots screenshots story clean

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(STAMP): requirements.lock pyproject.toml hatch_build.py $(CATALOGUES) $(BIN)/uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock \
	  || $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable . \
	  || $(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $(STAMP)

run: $(STAMP)
	$(BIN)/advisor demo

test: $(STAMP)
	TEXTUAL_ANIMATIONS=none $(BIN)/python -m pytest $(TESTS) -n 2

torture: $(STAMP)
	$(BIN)/python -m tests.torture.run --steps $(STEPS) --processes 2

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(STAMP)
	$(BIN)/python -m advisor_tui.cli.catalogue

lock: $(BIN)/uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --group dev --output-file requirements.lock pyproject.toml

snapshots: $(STAMP)
	TEXTUAL_ANIMATIONS=none $(BIN)/python -m pytest tests/tui -n 2 --snapshot-update

story: $(STAMP)
	$(BIN)/python tools/story.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
