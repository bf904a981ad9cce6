# Everything runs in .venv, which is built from requirements.lock and remade when the lock changes.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.made-from-lock
TRAIN_BIN := .venv-train/bin
TRAIN_STAMP := .venv-train/.made-from-lock
# Which build of PyTorch is right depends on the machine, so the lock leaves it and its CUDA out.
TORCH := torch==2.13.0
CUDA := torch triton cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas cuda-cupti \
	cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 \
	nccl-cu13 nvjitlink nvshmem-cu13 nvtx)
HOST ?= 127.0.0.1
PORT ?= 4200
DATA ?=

.PHONY: help setup setup-train demo test test-long test-train lint format bench bench-start bench-size bench-mix bench-engines bench-graph serve lock clean

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(STAMP)  ## build .venv from requirements.lock

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11 to 3.13 is needed; say which: make PYTHON=python3.12 ..."; exit 2; }
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $(STAMP)

demo: setup  ## run the main job and a small evaluation on our own seeds with offline models
	@rm -rf runs/demo runs/demo-evaluation
	@$(BIN)/evolflow run deployments/demo.toml
	@echo
	@$(BIN)/evolflow evaluate --config deployments/demo-evaluation.toml

test: setup lint  ## lint, then run the tests, but for those that take minutes
	$(BIN)/python -m pytest -m "not long"

test-long: setup  ## run the tests that take minutes
	$(BIN)/python -m pytest -m long

setup-train: $(TRAIN_STAMP)  ## build .venv-train, with PyTorch and TRL beside all else

$(TRAIN_STAMP): requirements-train.lock
	rm -rf .venv-train
	$(PYTHON) -m venv .venv-train
	$(TRAIN_BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements-train.lock
	$(TRAIN_BIN)/python -m pip install --quiet $(TORCH)
	$(TRAIN_BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $(TRAIN_STAMP)

test-train: setup-train  ## run the tests of fine-tuning, which need PyTorch
	$(TRAIN_BIN)/python -m pytest tests/train

lint: setup  ## check style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup  ## measure speed and faults against a bare aiohttp loop, on loopback (15 min)
	$(BIN)/python -m tests.bench.throughput
	$(BIN)/python -m tests.bench.faults

bench-start: setup  ## measure CPU and start of commands that have little to do, against the goals (3 min)
	$(BIN)/python -m tests.bench.start

bench-size: setup  ## measure memory from 1,000 to 50,000 seeds, and the paper's size (an hour)
	$(BIN)/python -m tests.bench.size
	$(BIN)/python -m tests.bench.size --seeds 52000 --epochs 4

bench-mix: setup  ## measure a mix of 50,000 and 250,000 rows (10 min)
	$(BIN)/python -m tests.bench.mix

bench-engines: setup  ## measure threads against processes, Dask and Ray (5 min)
	$(BIN)/python -m tests.bench.engines

bench-graph: setup  ## measure how a Prefect server bears the paper's size (15 min)
	$(BIN)/python -m tests.bench.graph

serve: setup  ## start the Prefect control room: UI, worker, deployments (HOST=, PORT=, DATA=)
	@$(BIN)/evolflow serve --host $(HOST) --port $(PORT) $(if $(DATA),--data $(DATA))

COMPILE := .venv-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-strip-extras --no-header --upgrade --quiet --extra dev

lock:  ## remake both locks, for Python 3.11 to 3.13
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	$(COMPILE) pyproject.toml --output-file requirements.lock
	echo $(TORCH) | $(COMPILE) pyproject.toml - --extra train --constraint requirements.lock \
		$(addprefix --no-emit-package ,$(CUDA)) --output-file requirements-train.lock
	rm -rf .venv-lock

clean:  ## remove what was made
	rm -rf .venv .venv-train runs build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
