"""Who is the first of several processes, and what is left over from something else."""

import os
import signal
import subprocess
import sys
import time

import pytest

from digitlab.errors import UserError
from digitlab.paths import PROJECT_ROOT
from digitlab.runs.directories import stamp
from digitlab.system import ranks

TORCHRUN = {"TORCHELASTIC_RUN_ID": "none", "MASTER_PORT": "29500", "WORLD_SIZE": "2", "GROUP_WORLD_SIZE": "1"}
BY_HAND = {"MASTER_PORT": "29500", "WORLD_SIZE": "2"}
SRUN = {"SLURM_NTASKS": "2", "SLURM_JOB_ID": "77", "SLURM_STEP_ID": "3"}


def be(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Have the environment of such a process, and nothing of ours."""
    for name in [name for name in os.environ if name.startswith("SLURM_")] + [*ranks.RANKS, *TORCHRUN, ranks.FIRST]:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stamp.cache_clear()


@pytest.mark.parametrize(
    "stray",
    [{"RANK": "3"}, {"LOCAL_RANK": "7"}, {"SLURM_PROCID": "1"}, {"JSM_NAMESPACE_RANK": "2"}, {"NODE_RANK": "1"},
     {"RANK": "3", "LOCAL_RANK": "7", "SLURM_PROCID": "1"}, {"SLURM_PROCID": "1", "SLURM_NTASKS": "1"}],
    ids=str,
)  # fmt: skip
def test_a_number_that_nothing_stands_behind_is_forgotten(
    stray: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, **stray)
    assert not ranks.is_first()
    ranks.forget_stray_ranks()
    assert ranks.is_first()
    ranks.check_alone()
    assert all(os.environ.get(name, "0") == "0" for name in ranks.RANKS)


@pytest.mark.parametrize(
    "told",
    [{**TORCHRUN, "RANK": "1", "LOCAL_RANK": "1"}, {**TORCHRUN, "RANK": "2", "LOCAL_RANK": "0"},
     {**BY_HAND, "LOCAL_RANK": "1"}, {**BY_HAND, "LOCAL_RANK": "0", "NODE_RANK": "1"}, {**SRUN, "SLURM_PROCID": "1"}],
    ids=str,
)  # fmt: skip
def test_one_of_several_is_not_the_first_and_cannot_train_alone(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, **told)
    ranks.forget_stray_ranks()
    assert not ranks.is_first()
    with pytest.raises(UserError, match=r"trainer\.devices=1, and \w+=\d says that this is one of several processes"):
        ranks.check_alone()


@pytest.mark.parametrize("told", [TORCHRUN, {**TORCHRUN, "GROUP_WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "x"}, SRUN])
def test_processes_that_are_started_together_share_a_directory(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []
    for rank in ("0", "1"):
        number = "SLURM_PROCID" if told is SRUN else "RANK"
        be(monkeypatch, **told, **{number: rank})
        names.append(stamp())
        if told is TORCHRUN:
            assert names[-1][:2] == "20"
    assert names[0] == names[1]
    be(monkeypatch)
    alone = stamp()
    stamp.cache_clear()
    assert stamp() != alone


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_further_processes_do_not_outlive_the_first() -> None:
    further = (
        "import os, time; from digitlab.system.signals import install_handlers; install_handlers()\n"
        "print(os.getpid(), flush=True); time.sleep(60)"
    )
    first = (
        "import subprocess, sys, time; from digitlab.system.ranks import be_first; be_first()\n"
        f"subprocess.Popen([sys.executable, '-c', {further!r}]); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", first], cwd=PROJECT_ROOT / "src", stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as said:
        further_one = int(said.readline())
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert said.read() == ""  # the pipe is closed: both are gone
    for _ in range(100):
        try:
            os.kill(further_one, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("it lives")


def test_a_signal_to_a_further_process_reaches_the_first() -> None:
    further = (
        "import os, time; from digitlab.system.signals import install_handlers; install_handlers()\n"
        "os.kill(os.getpid(), 15); time.sleep(60)"
    )
    first = (
        "import subprocess, sys, time; from digitlab.system import ranks, signals\n"
        "signals.install_handlers(); ranks.be_first()\n"
        f"subprocess.Popen([sys.executable, '-c', {further!r}])\n"
        "try: time.sleep(60)\n"
        "except BaseException as error: print(error.signum)"
    )
    done = subprocess.run(
        [sys.executable, "-c", first], cwd=PROJECT_ROOT / "src", capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "15\n", "")
