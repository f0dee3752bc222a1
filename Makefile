# Two commands do everything on a fresh machine:
#   make verify   put every standard claim on trial, write reports/local/
#   make test     the test suite, the scientific regression included
# make setup only makes .venv; make site writes a page for every claim from the recorded evidence, reports/local/site.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCAL := reports/local
READY := $(VENV)/ready

# One thread per process: claims and tests run in parallel processes.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.PHONY: setup verify test bench bench-full report site lint clean
.DEFAULT_GOAL := verify

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,lint]'
	@touch $@

setup: $(READY)
	@echo "ready: source $(VENV)/bin/activate, then scaleproof --help"

verify: $(READY)
	@$(BIN)/scaleproof check --json $(LOCAL)/results.json --junit $(LOCAL)/junit.xml --html $(LOCAL)/index.html; \
	status=$$?; echo "scaleproof check: exit status $$status; page: $(LOCAL)/index.html"; exit $$status

test: $(READY)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --benchmark-disable

bench: $(READY)
	@mkdir -p $(LOCAL)
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only --benchmark-sort=name --benchmark-columns=median,rounds \
	    --benchmark-json=$(LOCAL)/bench-raw.json
	$(BIN)/python -m tests.benchmarks.summary $(LOCAL)/bench-raw.json --to $(LOCAL)

bench-full: export SCALEPROOF_BENCH := full
bench-full: bench

report: $(READY)
	$(BIN)/scaleproof report

site: $(READY)
	$(BIN)/scaleproof report --site $(LOCAL)/site

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) $(LOCAL) build *.egg-info
