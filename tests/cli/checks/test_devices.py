"""Devices without torch: what is surely not there is refused, what may be is left to torch."""

import ctypes
import importlib.util
import platform
import sys
from pathlib import Path
from typing import Any

import pytest

from digitlab.cli.checks import devices
from digitlab.cli.checks.devices import check_device, why_no_cuda
from digitlab.errors import UserError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Pretend to be another machine: its torch, its driver, its system."""

    def make(version: str, *, driver: bool, system: str = "linux", visible: str | None = None) -> None:
        (tmp_path / "version.py").write_text(version)
        spec = importlib.util.spec_from_file_location("torch", tmp_path / "__init__.py")
        monkeypatch.setattr(devices, "find_spec", lambda name: spec)
        monkeypatch.setattr(ctypes, "CDLL", lambda name: None if driver else no_library())
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setattr(platform, "machine", lambda: "arm64" if system == "darwin" else "x86_64")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    def no_library() -> None:
        raise OSError("cannot open shared object file")

    return make


CUDA, CPU = "cuda: Optional[str] = '13.0'\nhip = None\n", "cuda = None\nhip: Optional[str] = None\n"
ROCM = "cuda = None\nhip = '7.0'\n"


def settings(**changes: Any) -> dict[str, Any]:
    return {"accelerator": "auto", "devices": 1, "precision": "auto", **changes}


@pytest.mark.parametrize(
    ("version", "facts", "reason"),
    [
        (CUDA, {"driver": True}, ""),
        (CUDA, {"driver": True, "visible": "0"}, ""),
        (CUDA, {"driver": False}, "this machine has no NVIDIA driver (libcuda.so.1)"),
        (CUDA, {"driver": True, "visible": ""}, "the environment variable CUDA_VISIBLE_DEVICES hides every GPU"),
        (CUDA, {"driver": True, "visible": "-1"}, "the environment variable CUDA_VISIBLE_DEVICES hides every GPU"),
        (CPU, {"driver": True}, "this torch is built without CUDA"),
        (ROCM, {"driver": False}, ""),  # AMD's driver is another
        ("not python (", {"driver": False}, ""),  # nobody knows
    ],
)
def test_reasons(machine: Any, version: str, facts: dict[str, Any], reason: str) -> None:
    machine(version, **facts)
    assert why_no_cuda() == reason


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"accelerator": "gpu"}, r"trainer\.accelerator=gpu: this machine has no NVIDIA driver.*=auto or .*=cpu$"),
        ({"accelerator": "cuda"}, r"trainer\.accelerator=cuda: this machine has no NVIDIA driver"),
        ({"accelerator": "mps"}, r"trainer\.accelerator=mps: only Apple's chips"),
        ({"precision": "16-mixed"}, r"trainer\.precision=16-mixed needs a GPU"),
        ({"devices": [0, 1]}, r"trainer\.devices must be a number of processes on the CPU, got \[0, 1\]"),
    ],
)
def test_a_machine_without_a_gpu(machine: Any, changes: dict[str, Any], message: str) -> None:
    machine(CUDA, driver=False)
    check_device(settings())
    with pytest.raises(UserError, match=message):
        check_device(settings(**changes))


def test_a_machine_with_a_gpu(machine: Any) -> None:
    machine(CUDA, driver=True)
    for changes in ({"accelerator": "gpu"}, {"accelerator": "cuda"}, {"precision": "16-mixed"}, {"devices": [0, 1]}):
        check_device(settings(**changes))
    with pytest.raises(UserError, match="16-mixed needs a GPU"):
        check_device(settings(accelerator="cpu", precision="16-mixed"))


def test_a_mac(machine: Any) -> None:
    machine(CPU, driver=False, system="darwin")
    check_device(settings(accelerator="gpu"))
    check_device(settings(accelerator="mps"))
    with pytest.raises(UserError, match="accelerator=cuda: this torch is built without CUDA"):
        check_device(settings(accelerator="cuda"))
