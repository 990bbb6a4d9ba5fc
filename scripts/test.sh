#!/usr/bin/env bash
# Set up if need be, then check style, types and behaviour:   bash scripts/test.sh [pytest options]
# The default run needs no network and no MNIST. DIGITLAB_TEST_DATA=<folder with MNIST/raw> adds the tests on real data.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/setup.sh
.venv/bin/ruff check --quiet .
.venv/bin/ruff format --check --quiet .
.venv/bin/mypy
.venv/bin/python -m pytest -n auto --maxprocesses 8 --dist worksteal "$@"
