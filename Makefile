# The entry for everything. It needs Python >= 3.11, make and git; every other tool lands in .dropcast/tools.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

ACCOUNT ?=
# The cloud of `make demo`, unless an account is named.
STAGE ?= $(if $(ACCOUNT),aws,local)
ARGS ?=
IDS ?=
KEEP ?=
DATASET ?= spotify_preference
FILE ?= $(firstword $(wildcard tests/samples/$(DATASET)/generated_sample.*))
TARGET ?=
CLOUD ?= ministack
# Debian's mirror for `make arm64`: an address, apt for this machine's own, or debootstrap's default.
MIRROR ?=
PYTHON ?=
DATA ?= ../shared/data
SEEDS ?= 20
# Before Python 3.12, counting covered lines makes the tests take half as long again.
COVERED = .venv/bin/python -c "import sys; sys.version_info >= (3, 12) and print('--cov --cov-report=')"
# What `make quick` compares with.
BASE ?= main
JOBS ?= 2
# Whether a variable was said on the command line or in the environment.
GIVEN = $(filter command environment,$(origin $(1)))
# The stack's name, where the command line says it: other programs export a NAME too.
STACK = $(if $(filter command,$(origin NAME)),--stack "$(NAME)")

UV_VERSION := 0.13.8
TOOLS := .dropcast/tools
UV := $(TOOLS)/uv/bin/uv
RUN := .venv/bin/python -m
DROPCAST := .venv/bin/dropcast
UV_READY := $(TOOLS)/uv/.ready-$(UV_VERSION)
SYNCED := .venv/.ready
NODE_READY := $(TOOLS)/node/.ready
CDK_READY := node_modules/.ready

# The project's own Node comes first where it had to be installed; jsii looks for it here too.
export PATH := $(CURDIR)/$(TOOLS)/node/bin:$(PATH)
# The Python that is here is used; nothing is fetched behind the operator's back.
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV
# Which local cloud: ministack, localstack or localstack-docker.
export DROPCAST_CLOUD := $(CLOUD)

.PHONY: help setup build layers synth bootstrap diff deploy demo down dead redrive doctor destroy \
	new universal quick check test results bench costs iam-mutations arm64 chaos snapshot e2e probes format clean

help: ## Show what there is to do
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: $(SYNCED) $(CDK_READY) ## Install the pinned tools and libraries (PYTHON=...)

build: setup ## Fill the Lambda layers (STAGE=local|aws)
	@$(DROPCAST) build --stage $(STAGE)

# What the CDK CLI runs before it synthesises (cdk.json). The stage follows the shell, as the app's.
layers: $(SYNCED)
	@$(DROPCAST) build --quiet

synth: setup ## Write the CloudFormation template to cdk.out/ (STAGE=local|aws NAME=... ARGS="-c ...")
	@$(DROPCAST) synth --stage $(STAGE) $(STACK) $(ARGS)

bootstrap: setup ## Prepare an account and region for the CDK, once (ACCOUNT=...)
	@$(DROPCAST) bootstrap $(NAMED) $(LOCAL) $(ARGS)

diff: setup ## Show what a deployment would change (ACCOUNT=... NAME=... ARGS="-c ...")
	@$(DROPCAST) diff $(NAMED) $(LOCAL) $(ARGS)

deploy: setup ## Deploy the stack, or update it (ACCOUNT=... NAME=... ARGS="-c ...")
	@$(DROPCAST) deploy $(NAMED) $(LOCAL) $(ARGS)

demo: setup ## Drop a file into the local cloud and follow it (FILE=... DATASET=... CLOUD=...)
	@$(DROPCAST) demo --file "$(FILE)" --dataset "$(DATASET)"

down: ## Stop the local cloud and remove what it left
	@if [ -x $(DROPCAST) ]; then $(DROPCAST) cloud stop; fi

# The local cloud of `make demo`, unless another stage says that the shell's variables lead the way.
LOCAL = $(if $(filter local,$(STAGE)),--local)
NAMED = --stage $(STAGE) $(STACK) $(if $(ACCOUNT),--account $(ACCOUNT))

dead: $(SYNCED) ## Show what did not get where it should, and why (REFUSED=1 STAGE=local|aws)
	@$(DROPCAST) dead $(NAMED) $(LOCAL) $(if $(REFUSED),--refused)

redrive: $(SYNCED) ## Send it again, all or some of it (IDS="..." STAGE=local|aws)
	@$(DROPCAST) redrive $(IDS) $(NAMED) $(LOCAL)

doctor: setup ## Look at what a deployment needs (STAGE=local|aws ACCOUNT=...)
	@$(DROPCAST) doctor $(NAMED) $(LOCAL)

destroy: setup ## Take the stack down and show what is left (KEEP=1 STAGE=local|aws ACCOUNT=...)
	@$(DROPCAST) destroy $(NAMED) $(LOCAL) $(if $(KEEP),--data keep)

new: $(SYNCED) ## Guess a recipe and a sample from a file (FILE=... TARGET=... DATASET=...)
	@$(DROPCAST) new $(if $(call GIVEN,FILE),"$(FILE)") $(if $(TARGET),--target "$(TARGET)") \
		$(if $(call GIVEN,DATASET),--dataset "$(DATASET)")

universal: $(SYNCED) ## The laws that every recipe keeps, for one of them (DATASET=...)
	$(RUN) pytest $(wildcard tests/universal) tests/samples -k "$(DATASET)"

quick: setup ## Format, lint, types, import rules and the tests that a change touches (BASE=main)
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy --num-workers auto .
	PYTHONPATH=.:layers/core/python .venv/bin/lint-imports
	@tests=$$($(RUN) toolchain.affected_tests --base $(BASE)) || exit 1; \
		if [ -z "$$tests" ]; then echo "no test is touched by what differs from $(BASE)"; exit 0; fi; \
		OMP_NUM_THREADS=1 $(RUN) pytest -n auto --dist loadfile -q $$tests \
			-m "not (e2e or layers or memory)"; \
		status=$$?; [ $$status -eq 5 ] || exit $$status

check: setup ## Format, lint, types, import rules and every test without a cloud
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy --num-workers auto .
	.venv/bin/lint-imports
	OMP_NUM_THREADS=1 COVERAGE_CORE=sysmon $(RUN) pytest -n auto --dist loadfile \
		-m "not (e2e or layers or memory)" $$($(COVERED))

test: check ## Check, then both stages' layers and the whole way on the local cloud
	$(DROPCAST) build --stage local
	$(DROPCAST) build --stage aws
	$(RUN) pytest -n 2 --dist loadscope -m "e2e or layers or memory"
	@if $(DROPCAST) cloud check --cloud localstack; then \
		DROPCAST_CLOUD=localstack $(RUN) pytest tests/e2e -m smoke; fi

results: $(SYNCED) ## Train every recipe on the real data and write docs/results.md (DATA=...)
	$(RUN) bench.results --data "$(DATA)" --output docs/results.md

bench: build ## Measure against peers and write docs/benchmarks.md (QUICK=1, PARTS=a,b1,...)
	$(RUN) bench.run $(if $(QUICK),--quick) \
		$(if $(PARTS),--parts $(PARTS)) $(if $(PEERS),--peers "$(PEERS)")

costs: setup ## Measure what drops, runs and answers need and write docs/costs.md
	$(RUN) bench.costs

iam-mutations: build ## Take each grant of each role away; something must fail (ROLES=Ingest,Fit)
	$(RUN) proofs.iam $(if $(ROLES),--roles "$(ROLES)")

arm64: $(SYNCED) ## Execute the arm64 layers here by QEMU, compare with this machine (MIRROR=address|apt)
	PYTHONPATH=.:layers/core/python $(RUN) proofs.arm64 $(if $(MIRROR),--mirror "$(MIRROR)")

chaos: build ## Faults by seed, and the promises after each (SEEDS=200, JOBS=n, SEED=n PLACES=..., MUTATIONS=1)
	$(RUN) proofs.chaos \
		$(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --jobs $(JOBS)) \
		$(if $(PLACES),--places $(PLACES)) \
		$(if $(MUTATIONS),--mutations $(if $(SEED),,--output docs/chaos.md))

snapshot: setup ## Write the reviewed template again, after a change of it that is meant
	DROPCAST_RENEW_SNAPSHOT=1 $(RUN) pytest -q tests/infrastructure/test_snapshot.py

e2e: build ## The tests on a local cloud alone (CLOUD=ministack|localstack|localstack-docker)
	$(RUN) pytest -n 2 --dist loadscope -m e2e

probes: setup ## Compare a cloud with AWS, row by row (CLOUD=ministack|localstack|aws RECORD=1 ACCOUNT=...)
	@$(RUN) proofs.probes --cloud $(CLOUD) \
		$(if $(RECORD),--record) $(if $(ACCOUNT),--account "$(ACCOUNT)")

format: $(SYNCED) ## Format the code and mend what the linter can mend
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

clean: down ## Stop the local cloud; remove everything built (the tools stay)
	rm -rf build cdk.out .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.dropcast/*' \
		-not -path './node_modules/*' -prune -exec rm -rf {} +

# A pyenv shim answers `command -v` and then fails, hence: the first one that runs.
$(UV_READY):
	@rm -rf $(TOOLS)/uv
	@for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
		if "$$candidate" -c 'import ensurepip, sys, venv; \
			sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
			echo "python: $$("$$candidate" -c 'import sys; print(sys.executable, sys.version.split()[0])')"; \
			"$$candidate" -m venv $(TOOLS)/uv && break; \
		fi; \
	done; \
	test -x $(TOOLS)/uv/bin/python || { \
		echo "no Python 3.11 to 3.13 with venv and pip runs here (tried: $(or $(PYTHON),python3.13 python3.12 python3.11 python3));" >&2; \
		echo "install one (Debian, Ubuntu: apt install python3 python3-venv), or say where it is: make setup PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@$(TOOLS)/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(SYNCED): pyproject.toml uv.lock $(UV_READY)
	$(UV) sync --quiet --frozen --python $(TOOLS)/uv/bin/python
	@touch $@

$(NODE_READY): uv.lock $(UV_READY)
	@rm -rf $(TOOLS)/node && mkdir -p $(TOOLS)/node
	@if node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null \
		&& npm --version >/dev/null 2>&1; then \
		echo "node: $$(command -v node) $$(node --version)"; \
	else \
		sh toolchain/builder/install_node.sh $(UV) $(TOOLS)/node; \
	fi
	@touch $@

$(CDK_READY): package.json package-lock.json $(NODE_READY)
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@
