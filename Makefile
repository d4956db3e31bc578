# The two commands of the README: `make run` and `make test`. Both make their own .venv.
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$each -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
N ?= auto
SECONDS ?= 60
# By a path and not by a finder: else a folder called tcpviz beside a script would hide the package from it.
INSTALL := $(BIN)/python -m pip install --quiet --config-settings editable_mode=compat

.PHONY: run test fuzz fuzz-replay soak soak-real soak-home goodput mutations check bench screenshots clean

run: $(VENV)/.run
	$(BIN)/tcpviz

test: $(VENV)/.test
	@sh tests/install-tools.sh
	$(BIN)/python -m pytest -n $(N)

fuzz: $(VENV)/.fuzz
	$(BIN)/python tests/fuzzing.py $(SECONDS) $(TARGET)

fuzz-replay: $(VENV)/.test
	$(BIN)/python tests/fuzzing.py replay $(FILE)

soak: $(VENV)/.test
	$(BIN)/python tests/soak.py $(N:auto=1000)

soak-real: $(VENV)/.test
	$(BIN)/python tests/soak_real.py $(N:auto=300)

soak-home: $(VENV)/.test
	$(BIN)/python tests/soak_home.py $(N:auto=200)

goodput: $(VENV)/.test
	$(BIN)/python tests/goodput_table.py

mutations: $(VENV)/.test
	$(BIN)/python tests/mutations.py

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
	@test -n "$(PYTHON)" || { echo "tcpviz needs Python 3.11 or newer with its venv module"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	@echo "installing tcpviz into $(VENV): once, about a minute"
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[test]'
	@touch $@

# Atheris has no wheel for every Python and machine: where it can't be had, the program below says so.
$(VENV)/.fuzz: pyproject.toml $(VENV)/.test
	-$(INSTALL) --only-binary atheris --editable '.[fuzz]'
	@touch $@

$(VENV)/.check: pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[test,check]'
	@touch $@
