#!/usr/bin/env bash
# Set up if need be, then train:   bash scripts/train.sh model=cnn data=digits
# Takes what src/train.py takes; paths are relative to where you are.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bash "$root/scripts/setup.sh"
# Memory in pages of 2 MB, which glibc 2.35 and newer ask Linux for; older ones have no such setting and pass over it.
export GLIBC_TUNABLES="${GLIBC_TUNABLES-glibc.malloc.hugetlb=1}"
exec "$root/.venv/bin/python" "$root/src/train.py" "$@"
