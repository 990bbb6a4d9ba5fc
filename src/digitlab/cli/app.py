"""The way of a command: Hydra composes, the guard checks, the task works, and errors become one line.

The configuration names the module that does the work (`task`); its `check(cfg)` looks for what cannot work and its
`run(cfg)` does it. A sweep goes this way once more for each of its jobs, in processes of their own. The module is
imported late, so `--cfg job`, TAB completion and a typo do not pay for torch.

Exit codes: 0 done, 1 a fault in the program, jobs of a sweep that are not ok or a bound that was to be kept and was
not, 2 something the user gave does not work, 3 a run diverged, 130 stopped by Ctrl-C, 143 by
SIGTERM, 129 by SIGHUP, 138 by SIGUSR1.
"""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import CompactHydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from digitlab.cli.arguments import check_arguments, check_flags
from digitlab.cli.error_messages import explain, explain_file
from digitlab.cli.resume import Finished, resumed_arguments
from digitlab.cli.sweeps.resume import continued_arguments
from digitlab.data.sources.class_folders import class_names, find_folder
from digitlab.errors import CheckFailed, Diverged, Interrupted, Left, UserError
from digitlab.paths import PROJECT_ROOT, config_dir
from digitlab.performance.allocator import keep_freed_memory
from digitlab.runs.directories import stamp
from digitlab.runs.record import record_ending
from digitlab.system.output import survive_unread_output
from digitlab.system.ranks import forget_stray_ranks, is_first
from digitlab.system.signals import install_handlers

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what a write says, and it does not say where
TRACEBACK_VARIABLE = "DIGITLAB_TRACEBACK"  # set it to 1 to see where an error comes from

OmegaConf.register_new_resolver("project_root", lambda: str(PROJECT_ROOT), replace=True)
OmegaConf.register_new_resolver("stamp", stamp, replace=True)
OmegaConf.register_new_resolver("class_folders", lambda *place: class_names(find_folder(*place)), replace=True)
OmegaConf.register_new_resolver("length", len, replace=True)


def launch(config_name: str) -> None:
    """Run the command whose primary configuration is `<config_name>.yaml` in its `config_dir`."""
    # Waiting threads spin for a moment and then sleep; left alone they spin for milliseconds. An epoch of the CNN
    # on the digits, two cores: 0.9 s either way, beside another busy process 3 s against 24 s. libgomp reads it
    # when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra would print errors its own way; they are ours to word
    forget_stray_ranks()
    survive_unread_output()
    install_handlers()
    failure: list[Exception] = []

    def job(cfg: DictConfig) -> float | None:
        try:
            return _run(cfg)
        except Exception as error:  # kept from Hydra, which would print it in its own words first
            failure.append(error)
            return None

    try:
        try:
            check_arguments(sys.argv[1:])
            sys.argv[1:] = resumed_arguments(continued_arguments(sys.argv[1:], config_name))
            check_flags(sys.argv[1:])
            hydra.main(version_base="1.3", config_path=str(config_dir(config_name)), config_name=config_name)(job)()
        except ValueError as error:  # Hydra's own, of composing; the errors of a job do not pass here
            raise UserError(explain(error, config_name)) from error
        if failure:
            raise failure[0]
    except Finished as finished:
        print(finished)
        return
    except KeyboardInterrupt as error:
        leave(130, "interrupted", error)
    except Interrupted as error:
        leave(128 + error.signum, f"stopped by {signal.Signals(error.signum).name}", error)
    except Diverged as error:
        leave(3, str(error), error)
    except CheckFailed as error:
        leave(1, str(error), error)
    except (UserError, CompactHydraException, OmegaConfBaseException) as error:
        leave(2, explain(error, config_name), error)
    except OSError as error:
        if error.errno in NO_ROOM and error.filename is None:
            leave(2, f"a file of the run: {error.strerror}; make room, or give another paths.output_root", error)
        if error.filename is None:
            raise
        leave(2, explain_file(error), error)
    except Exception as error:
        if _job_number() is None:
            raise
        leave(1, explain(error, config_name), error)  # one line, and the next job starts


def run_command(config_name: str, arguments: Sequence[str]) -> None:
    """Be the command with these arguments; what the process of a sweep's job does."""
    GlobalHydra.instance().clear()  # the sweep's
    sys.argv[1:] = arguments
    launch(config_name)


def _run(cfg: DictConfig) -> float | None:
    """Do the work; as a job of a sweep under a line that says so, and without introductions."""
    keep_freed_memory()
    first = is_first()
    try:
        run: Callable[[DictConfig], float | None] = import_module(cfg.task).run
        job = HydraConfig.get()
        if not OmegaConf.is_missing(job.job, "num"):
            if first:
                print(f"job {job.job.num}: {' '.join(job.overrides.task)}", flush=True)
            cfg.verbose = False
        return run(cfg)
    except BaseException as error:
        if first:
            record_ending(Path(cfg.paths.output_dir), error)
        raise


def _job_number() -> str | None:
    """Return which job of a sweep this process is told to be, if any."""
    given = [text.partition("=")[2] for text in sys.argv if text.startswith("hydra.job.num=")]
    return given[-1] if given else None


def leave(code: int, message: str, error: BaseException | None = None) -> NoReturn:
    """End the process with one line on standard error, under the traceback if one was asked for.

    Raises:
        Left: With that line, for the sweep whose job this may be.
    """
    if error is not None and os.environ.get(TRACEBACK_VARIABLE):
        traceback.print_exception(error)
    job = _job_number()
    print_error(message if job is None else f"job {job}: {message}")
    raise Left(code, message)


def print_error(message: str) -> None:
    """Print one line, "digitlab: " in front, on standard error."""
    print(f"digitlab: {message}", file=sys.stderr, flush=True)
