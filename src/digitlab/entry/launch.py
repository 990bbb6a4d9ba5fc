"""The way of a command: Hydra composes, the guard checks, the task works, and errors become one line.

The configuration names the module that does the work (`task`); its `check(cfg)` looks for what cannot work and its
`run(cfg)` does it. The module is imported late, so `--cfg job`, TAB completion and a typo do not pay for torch.

Exit codes: 0 done, 1 a fault in the program, failed jobs of a sweep or a bound that was to be kept and was not,
2 something the user gave does not work, 3 a run diverged, 130 stopped by Ctrl-C, 143 by SIGTERM.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import CompactHydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from digitlab.entry.arguments import check_arguments
from digitlab.entry.explain import explain, explain_file
from digitlab.entry.resume import Finished, resumed_arguments
from digitlab.errors import CheckFailed, Diverged, Interrupted, UserError
from digitlab.paths import PROJECT_ROOT, config_dir
from digitlab.runs.directories import stamp
from digitlab.signals import listen

TRACEBACK_VARIABLE = "DIGITLAB_TRACEBACK"  # set it to 1 to see where an error comes from

OmegaConf.register_new_resolver("project_root", lambda: str(PROJECT_ROOT), replace=True)
OmegaConf.register_new_resolver("stamp", stamp, replace=True)


def launch(config_name: str) -> None:
    """Run the command whose primary configuration is `<config_name>.yaml` in its `config_dir`."""
    # Waiting threads spin for a moment and then sleep; left alone they spin for milliseconds. An epoch of the CNN
    # on the digits, two cores: 0.9 s either way, beside another busy process 3 s against 24 s. libgomp reads it
    # when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra would print errors its own way; they are ours to word
    listen()
    failure: list[Exception] = []
    failed_jobs: list[int] = []

    def job(cfg: DictConfig) -> float | None:
        try:
            return _run(cfg)
        except Exception as error:  # kept from Hydra, which would print it in its own words first
            if _in_sweep():  # one line, and the next job starts
                failed_jobs.append(HydraConfig.get().job.num)
                print_error(f"job {failed_jobs[-1]}: {explain(error, config_name)}")
                if os.environ.get(TRACEBACK_VARIABLE):
                    traceback.print_exc()
            else:
                failure.append(error)
            return None

    try:
        try:
            check_arguments(sys.argv[1:])
            sys.argv[1:] = resumed_arguments(sys.argv[1:])
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
        if error.filename is None:
            raise
        leave(2, explain_file(error), error)
    if failed_jobs:
        leave(1, f"failed jobs of the sweep: {', '.join(map(str, failed_jobs))}")


def _run(cfg: DictConfig) -> float | None:
    """Do the work of one job; within a sweep under a line that names it, and without introductions."""
    run: Callable[[DictConfig], float | None] = import_module(cfg.task).run
    if _in_sweep():
        job = HydraConfig.get()
        print(f"job {job.job.num}: {' '.join(job.overrides.task)}", flush=True)
        cfg.verbose = False
    return run(cfg)


def _in_sweep() -> bool:
    return HydraConfig.get().mode == RunMode.MULTIRUN


def leave(code: int, message: str, error: BaseException | None = None) -> NoReturn:
    """End the process with one line on standard error, under the traceback if one was asked for."""
    if error is not None and os.environ.get(TRACEBACK_VARIABLE):
        traceback.print_exception(error)
    print_error(message)
    sys.exit(code)


def print_error(message: str) -> None:
    """Print one line, "digitlab: " in front, on standard error."""
    print(f"digitlab: {message}", file=sys.stderr, flush=True)
