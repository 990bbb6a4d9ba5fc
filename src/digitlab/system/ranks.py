"""Which of several processes that train one model this is, told by what started it and before torch is loaded.

Lightning starts further processes itself (`trainer=ddp`), or `torchrun` or SLURM's `srun` has started all of them. Each
tells a process its number in the environment. Such a variable may also be left over from something else; Lightning
would believe it and write nothing.
"""

import os
import signal
import sys
import time
from pathlib import Path

from digitlab.errors import UserError

FIRST = "DIGITLAB_FIRST_PROCESS"  # in the environment of processes that Lightning has started: who asked for them
RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")  # where Lightning looks
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the latter, and it ends a process as surely
PR_SET_PDEATHSIG = 1  # of Linux's prctl


def is_first() -> bool:
    """Return whether this is the first of the processes that train one model, which writes all files."""
    return not any(_number(name) for name in RANKS)


def forget_stray_ranks() -> None:
    """Be the first process, unless something has started several; to be called before Lightning is loaded."""
    environment = os.environ
    if "TORCHELASTIC_RUN_ID" not in environment and "MASTER_PORT" not in environment:
        for name in ("RANK", "LOCAL_RANK", "NODE_RANK"):
            environment.pop(name, None)
    if "SLURM_PROCID" in environment and _number("SLURM_NTASKS") < 2:
        environment["SLURM_PROCID"] = "0"
    if "JSM_NAMESPACE_SIZE" not in environment:
        environment.pop("JSM_NAMESPACE_RANK", None)


def check_alone() -> None:
    """Refuse a process that is to train alone and is one of several: all would write into one directory.

    Raises:
        UserError: If it is not the first of them, who does it.
    """
    if not is_first():
        name = next(name for name in RANKS if _number(name))
        raise UserError(
            f"trainer.devices=1, and {name}={os.environ[name]} says that this is one of several processes; use "
            f"trainer=ddp trainer.devices=<their number>, or unset {name}"
        )


def shared_stamp() -> str | None:
    """Return a name for the run directory that all processes of a training derive alike; `None` where one makes it."""
    run = os.environ.get("TORCHELASTIC_RUN_ID")
    if run is not None:
        started = _started(os.getppid()) if _number("GROUP_WORLD_SIZE") == 1 else None
        return f"torchrun-{run}" if started is None else f"{started}-torchrun-{os.getppid()}"
    if _number("SLURM_NTASKS") > 1 and "SLURM_JOB_ID" in os.environ:
        return "-".join(["slurm", os.environ["SLURM_JOB_ID"], os.environ.get("SLURM_STEP_ID", "")]).rstrip("-")
    return None


def first_process() -> int | None:
    """Return the number of the first process of this training, if it has started this one."""
    first = _number(FIRST)
    return first if first and first == os.getppid() else None


def be_first() -> None:
    """Tell the processes that Lightning will start from here who asked for them."""
    os.environ[FIRST] = str(os.getpid())


def die_with_first() -> None:
    """Be killed when the first process of this training is gone, if it has started this one.

    Without it this one would wait for it for minutes, in a call that no signal reaches. It has nothing to save.
    """
    if first_process() is not None:
        end_with_parent(KILL)


def end_with_parent(number: int) -> None:
    """Get a signal when the process that started us is gone, killed, say; only Linux has such a thing."""
    if sys.platform == "linux":
        import ctypes  # a hundredth of a second

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def _started(process: int) -> str | None:
    """Return when a process has started, to the second, or `None` where the system does not tell."""
    try:
        ticks = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
        boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    except OSError:
        return None
    seconds = int(boot.split()[1]) + ticks // os.sysconf("SC_CLK_TCK")
    return time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(seconds))


def _number(name: str) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else 0
