#!/usr/bin/env bash
# Make .venv with everything the project needs, or return at once if it is up to date.
#
#   bash scripts/setup.sh                    versions from constraints.txt; uv if it is on the path, else venv and pip
#   DIGITLAB_TORCH=system bash scripts/...   keep the torch and torchvision that this machine's python already has
#                                            (a cluster's, say) and install only the rest
#   PYTHON=python3.11 bash scripts/...       the Python to make the environment with: 3.11; a newer one is not tested
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The stamp holds what .venv was made from; a change of it makes .venv anew. What is not asked for now stays as it was.
old_python="" old_torch=""
[ -f .venv/.digitlab-stamp ] && read -r old_python old_torch _ <.venv/.digitlab-stamp
python="${PYTHON:-${old_python:-python3}}"
torch="${DIGITLAB_TORCH:-${old_torch:-own}}"
stamp="$python $torch $(cat pyproject.toml constraints.txt | cksum)"
[ -x .venv/bin/python ] && [ "$(cat .venv/.digitlab-stamp 2>/dev/null)" = "$stamp" ] && exit 0

case "$torch" in own | system) ;; *) echo "setup: DIGITLAB_TORCH must be own or system, got $torch" >&2; exit 2 ;; esac
command -v "$python" >/dev/null || { echo "setup: $python is not on the path; set PYTHON=..." >&2; exit 2; }
version="$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "setup: Python 3.11 or newer is needed, $python is $version; set PYTHON=..." >&2
  exit 2
}
echo "Setting up .venv with Python $version (once; torch alone can be some gigabytes) ..."
rm -rf .venv

if [ "$torch" = system ]; then
  # uv takes no account of packages outside an environment, so this way is pip's alone.
  "$python" -c 'import sys, torch, torchvision; sys.exit([*map(int, torch.__version__.split(".")[:2])] < [2, 11])' || {
    echo "setup: DIGITLAB_TORCH=system, but $python has no torch of at least 2.11 with its torchvision" >&2
    exit 2
  }
  "$python" -m venv --system-site-packages .venv
  constraints="$(mktemp)"
  trap 'rm -f "$constraints"' EXIT
  grep -vE '^(torch|torchvision|triton|nvidia-[a-z0-9-]*|cuda-[a-z-]*|numpy)==' constraints.txt >"$constraints"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint "$constraints" --editable '.[dev]'
elif command -v uv >/dev/null; then
  uv venv --quiet --python "$(command -v "$python")" .venv
  uv pip install --quiet --python .venv/bin/python --constraint constraints.txt --editable '.[dev]'
else
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
fi

# A torch and a torchvision that do not belong together fail only here, and take lightning with them.
.venv/bin/python -c 'import torch, torchvision, lightning' || {
  cat >&2 <<'MEND'
setup: torch and torchvision do not import as a pair (the error is above; both must come from one place).
Make .venv anew:             rm -rf .venv && bash scripts/setup.sh
or take the machine's own:   DIGITLAB_TORCH=system bash scripts/setup.sh
MEND
  exit 1
}
echo "$stamp" >.venv/.digitlab-stamp
