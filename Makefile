VENV := .venv
PYTHON ?= python3
PIP := $(VENV)/bin/pip --disable-pip-version-check
INSTALL ?= install
STAMP := $(VENV)/.docpipe

# A run starts many processes; where bytecode may not be cached, each of them compiles again all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-cluster test-chaos lint clean

demo: $(STAMP)-run
	$(VENV)/bin/docpipe run jobs/quickstart.yaml
	@echo
	@$(VENV)/bin/python examples/print_answers.py out/quickstart
	@echo
	@$(VENV)/bin/python examples/print_charts.py out/quickstart
	@echo
	@echo "HTML report: $$($(VENV)/bin/docpipe report out/quickstart)"

test: $(STAMP)-test
	$(VENV)/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-cluster: $(STAMP)-test
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m cluster

test-chaos: $(STAMP)-test
	$(VENV)/bin/python -m pytest -m chaos

lint: $(STAMP)-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP)-run: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) $(INSTALL) --quiet --constraint constraints.txt --editable .
	touch $@

$(STAMP)-test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) $(INSTALL) --quiet --constraint constraints.txt --editable '.[internvl2,test]'
	touch $@ $(STAMP)-run

clean:
	rm -rf $(VENV) out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
