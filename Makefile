# Yizhan's commands.  On a machine with make, python3 (3.11 or later) and python3-venv each does all its own set-up:
# .tools holds uv, .venv what uv.lock names.  Nothing is written outside this folder but uv's download cache.

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := .venv/bin
JOBS ?= 2
LANGUAGE_FILES := $(patsubst %.po,%.mo,$(wildcard src/yizhan/locale/*/LC_MESSAGES/*.po))

# Whoever types the command may have any of these set; none of them is for us.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONWARNINGS PYTHONOPTIMIZE PYTHONSAFEPATH PYTEST_ADDOPTS
unexport DJANGO_SETTINGS_MODULE VIRTUAL_ENV CONDA_PREFIX MYPYPATH MAKEFLAGS
export UV_PYTHON_DOWNLOADS := never
export UV_NO_CONFIG := 1
# A command starts twice as fast from compiled modules, and not everybody lets Python write them by itself.
export UV_COMPILE_BYTECODE := 1
# Trust whom the machine trusts (a company's own authority too); a machine without a list gets uv's.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS := 1
endif

##@ Use

.PHONY: run
run: .venv/.ready $(LANGUAGE_FILES) ## set Yizhan up and start it, with a made-up provider to try (ARGS="accounts list" runs a command)
	@exec $(BIN)/yizhan $(or $(ARGS),serve --demo)

##@ Work on it

.PHONY: test
test: debian-ready lint ## everything that must hold: style, types, floors, then all tests (PYTEST_ARGS="-k inbox")
	$(BIN)/pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

.PHONY: lint
lint: .venv/.dev-ready $(LANGUAGE_FILES) ## style, types and floors only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.PHONY: format
format: .venv/.dev-ready ## let ruff put the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: .venv/.dev-ready ## draw the state tables again in docs/how-it-works/lives.md
	$(BIN)/python -m tests.architecture.drawings

.PHONY: pictures
pictures: .venv/.dev-ready $(LANGUAGE_FILES) debian-ready ## take the pictures in docs/pictures again
	YIZHAN_PICTURES=1 $(BIN)/pytest -m browser $(PYTEST_ARGS)

.PHONY: bench
bench: .venv/.dev-ready ## measure, each figure beside its peer
	@for file in $(sort $(wildcard bench/bench_*.py)); do echo "== $$file"; PYTHONPATH=. $(BIN)/python "$$file" || short=1; done; exit $${short:-0}

##@ Set up and clear up

.PHONY: debian
debian: ## as root: install the servers and the browser that the tests use
	@tests/support/debian install

.PHONY: clean
clean: ## remove what the commands above made here; your data in YIZHAN_HOME stay
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	rm -f $(LANGUAGE_FILES)
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo

# ---- how it is done ----

.PHONY: debian-ready
debian-ready:
	@tests/support/debian ready

# A pyenv shim or an activated environment would hide the machine's own interpreter from uv.
PYTHON = $$(python3 -c 'import sys; print(getattr(sys, "_base_executable", None) or sys.executable)')

$(UV): Makefile
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Yizhan needs python3 3.11 or later; here it is' "$$(python3 --version 2>&1)" >&2; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'Yizhan needs python3-venv.  As root:  apt-get install python3-venv' >&2; exit 1; }
	rm -rf .tools
	@$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	@touch $(UV)

# --inexact: `make run` after `make test` takes no development package away.
.venv/.ready: $(UV) pyproject.toml uv.lock
	$(UV) sync --locked --no-dev --inexact --python $(PYTHON)
	@$(BIN)/python -m compileall -q src
	@touch $@

.venv/.dev-ready: $(UV) pyproject.toml uv.lock
	$(UV) sync --locked --python $(PYTHON)
	@$(BIN)/python -m compileall -q src
	@touch .venv/.ready $@

# pybabel leaves a catalogue that is marked fuzzy aside and says so in a whisper.
%.mo: %.po | .venv/.ready
	$(BIN)/pybabel --quiet compile --input-file=$< --output-file=$@
	@test -f $@
