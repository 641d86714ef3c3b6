# Starts things; the work itself is in Python. `make` alone lists the targets.
PYTHON ?= python3
STAMP := .venv/stamp
SUPERSET_STAMP := .venv-superset/stamp

.DEFAULT_GOAL := help
.PHONY: help setup lock night airflow superset test check prove bench docs clean

help:  ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Install everything: packages, Java, the jars of Delta. Nothing after it needs a network.
	@$(PYTHON) -m lakehouse.bootstrap

$(STAMP): pyproject.toml requirements/lakehouse.txt lakehouse/bootstrap.py lakehouse/jars.py
	@$(PYTHON) -m lakehouse.bootstrap
	@touch $(STAMP)

$(SUPERSET_STAMP): requirements/superset.txt lakehouse/bootstrap.py dashboards/superset/metadata.py | $(STAMP)
	@$(PYTHON) -m lakehouse.bootstrap superset
	@touch $(SUPERSET_STAMP)

night: $(STAMP)  ## Generate a demonstration province and take one night of it to a publication.
	@.venv/bin/python -m jobs.demonstration

airflow: $(STAMP)  ## Put the demonstration behind real servers, start an Airflow, and let it take the last night.
	@.venv/bin/python -m jobs.demonstration_airflow

superset: $(STAMP) $(SUPERSET_STAMP)  ## Show the last publication in a Superset on this machine.
	@.venv/bin/python -m dashboards.demonstration

test: $(STAMP) $(SUPERSET_STAMP)  ## Run the tests, in two processes.
	@.venv/bin/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

check: $(STAMP)  ## Check style, types, import direction, contracts and their documentation.
	@.venv/bin/python -m lakehouse.check

prove: $(STAMP) $(SUPERSET_STAMP)  ## Run the proofs: long, and on the whole machine.
	@.venv/bin/python -m tests.proofs

bench: $(STAMP) $(SUPERSET_STAMP)  ## Measure.
	@.venv/bin/python -m tests.benchmarks

docs: $(STAMP)  ## Write the documentation that comes from the contracts.
	@.venv/bin/lakehouse contracts docs

lock:  ## Resolve pyproject.toml again into the pinned requirement files, and install them.
	@$(PYTHON) -m lakehouse.bootstrap lock

clean:  ## Remove the environment and the caches; never data.
	@rm -rf .venv .venv-superset .uv build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
