#!/usr/bin/env bash
# Set up if need be, then train:   bash scripts/train.sh model=cnn data=digits
# Takes what src/train.py takes; paths are relative to where you are.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bash "$root/scripts/setup.sh"
exec "$root/.venv/bin/python" "$root/src/train.py" "$@"
