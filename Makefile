# Everything happens in a virtual environment of the project's own, .venv; nothing global is touched.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check conformance fuzz bench clean

run: .venv/server
	$(BIN)/configserver serve $(ARGS)

test: .venv/tools
	$(BIN)/python -m pytest -q -n auto --dist loadgroup $(ARGS)

check: .venv/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

conformance: .venv/tools
	$(BIN)/python -m tests.conformance $(ARGS)

fuzz: .venv/tools
	$(BIN)/python -m tests.differential.fuzz $(ARGS)

bench: .venv/tools
	$(BIN)/python -m benchmarks.serve $(ARGS)

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/server: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q -e .
	@touch $@

.venv/tools: .venv/server
	$(BIN)/python -m pip install -q -e '.[all]' --group dev
	@touch $@
