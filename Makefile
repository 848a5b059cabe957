# The commands of the project. `make run` and `make test` need Python 3.11 and nothing else prepared.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

# Compiled modules are kept, whatever the caller's shell says: every command starts in two thirds of the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup test test-deep bench lint shell browser clean

run: setup
	@$(BIN)/openterms up

setup: $(STAMP)
	@$(BIN)/python -m openterms.cli.assets

$(STAMP): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || { echo "Making the virtual environment …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing dependencies (one to three minutes) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@command -v node >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
	@touch $@

browser:
	@bin/ensure-chromium

test: setup browser
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not deep"

test-deep: setup browser
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/spark.txt
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m deep --timeout 1800

bench: setup
	@$(BIN)/python -m bench

lint: setup
	@$(BIN)/ruff check src tests bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports

shell: setup
	@OPENTERMS_ROLE=worker $(BIN)/python -m openterms.cli.shell

clean:
	rm -rf $(VENV) node_modules src/openterms/web/static/build
