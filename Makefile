# The two commands of the README: `make run` and `make test`. Both make their own .venv.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
N ?= auto

.PHONY: run test check bench screenshots clean

run: $(VENV)/.run
	$(BIN)/tcpviz

test: $(VENV)/.test
	@sh tests/install-tools.sh
	$(BIN)/python -m pytest -n $(N)

check: $(VENV)/.check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks

screenshots: $(VENV)/.test
	$(BIN)/python -m screenshots

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

$(VENV)/.check: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[test,check]'
	@touch $@
