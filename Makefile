# Everything from nothing but Python (3.11 or newer) and make. `make help` lists the targets.
# Dependencies are pinned and hashed in requirements.lock; they go into .venv/ and nowhere else.

.DEFAULT_GOAL := help
.PHONY: help report test lab lint strip bench prove audit docs pictures lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
DEV_READY := $(VENV)/ready-for-development
PROVE_VENV := .venv-duckdb-2
# The locks name everything, so there is nothing to resolve; what is used compiles itself.
INSTALL := -m pip --quiet --disable-pip-version-check install --no-deps --no-compile
# Tests of what keeps clients' data in; they run apart, so that every branch is seen to be tested.
DOORS := $(patsubst %,tests/test_%.py,pseudonyms disclosure attacks ledger own_sql output_scan)
# One thread for each test process: more only get in each other's way.
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

help:  ## list what you can make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

report: $(READY)  ## set up, load the example practice and make its latest quarterly report
	@$(BIN)/nmt-analytics run

test: lint  ## set up and run every check: style, types, tests
	@sh .ci/find-browser
	@sh .ci/find-schedulers
	$(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist loadfile $(DOORS:%=--ignore=%)
	$(ONE_THREAD) $(BIN)/coverage run -m pytest $(DOORS)
	$(BIN)/coverage report

lab: $(READY)  ## load the example practice and open JupyterLab to explore it
	@$(BIN)/nmt-analytics load
	@$(BIN)/nmt-analytics lab

lint: $(DEV_READY)  ## check style and types, and that notebooks hold no outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python .ci/notebooks.py

strip: $(READY)  ## take the outputs out of the notebooks, before they are committed
	$(BIN)/python .ci/notebooks.py --strip

bench: $(DEV_READY)  ## measure how long things take; writes benchmarks/results.md
	$(ONE_THREAD) $(BIN)/python benchmarks/run.py

prove: $(DEV_READY) $(PROVE_VENV)/ready  ## the slow proofs in full, into docs/proof.md, and all tests on DuckDB 2.0
	@sh .ci/find-browser
	@sh .ci/find-schedulers
	rm -rf build/proof
	$(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist loadfile -m prove
	$(BIN)/python docs/generate.py
	$(ONE_THREAD) $(PROVE_VENV)/bin/python -m pytest -n 2 --dist loadfile

audit: $(DEV_READY)  ## ask a public list about known holes in what is pinned (needs the network)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

docs: $(DEV_READY)  ## write docs/ pages and the README's command table from the code
	$(BIN)/python docs/generate.py

pictures: $(DEV_READY)  ## take the pictures of README and guide anew
	@sh .ci/find-browser
	$(BIN)/python docs/take_pictures.py

lock: $(DEV_READY)  ## pin the newest allowed versions (needs uv)
	uv pip compile pyproject.toml --group build $(LOCKING) -o requirements.lock
	uv pip compile pyproject.toml --group dev $(LOCKING) -c requirements.lock -o requirements-dev.lock
LOCKING := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate

clean:  ## remove .venv and caches; your data, pages and settings stay
	rm -rf $(VENV) $(PROVE_VENV) build dist *.egg-info .coverage
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- setting up -----------------------------------------------------------------------------

$(BIN)/python:
	@sh .ci/make-venv $(VENV)

$(READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what nmt-analytics needs into $(VENV) (a minute or two, once)"
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements.lock
	@$(BIN)/python $(INSTALL) --no-build-isolation --no-index --editable .
	@touch $@

$(DEV_READY): requirements-dev.lock $(READY)
	@echo "Installing what the tests need into $(VENV)"
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# All of .venv, JupyterLab's files too, with a DuckDB of the next major version put before it.
$(PROVE_VENV)/ready: $(DEV_READY)
	@sh .ci/make-venv $(PROVE_VENV)
	@echo "import site; site.addsitedir('$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')')" \
		> "$$($(PROVE_VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/shared.pth"
	@ln -sf ../$(VENV)/share ../$(VENV)/etc $(PROVE_VENV)
	@$(PROVE_VENV)/bin/python $(INSTALL) "duckdb==2.0.*"
	@touch $@
