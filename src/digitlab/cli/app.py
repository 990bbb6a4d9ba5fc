"""The way of a command: Hydra composes, preflight checks and builds, the task works, and errors become one line.

A run that is resumed and a sweep that is continued go by what their directories hold, without Hydra. Heavy modules are
imported late, so `--cfg job`, TAB completion and a typo do not pay for torch.

Exit codes: 0 done, 1 a fault in the program, jobs of a sweep that are not ok or a bound that was to be kept and was
not, 2 something the user gave does not work, 3 a run diverged, 128 and the signal's number for one that was stopped.
"""

import logging
import os
from collections.abc import Sequence

import hydra
from omegaconf import OmegaConf

from digitlab.cli import preflight
from digitlab.cli.exits import TRACEBACK_VARIABLE, leave_in_words, traceback_wanted
from digitlab.cli.task_function import TaskFunction
from digitlab.cli.typed import parse
from digitlab.data.class_choice import number_of
from digitlab.data.sources.class_folders import class_names, find_folder
from digitlab.errors import Interrupted, UserError
from digitlab.paths import config_dir, home
from digitlab.runs.directories import run_name
from digitlab.runs.record import record_ending
from digitlab.system.command_line import read_arguments
from digitlab.system.ranks import forget_stray_ranks, is_first

OmegaConf.register_new_resolver("project_root", lambda: str(home()), replace=True)
OmegaConf.register_new_resolver("run_name", run_name, replace=True)
OmegaConf.register_new_resolver("class_folders", lambda *place: class_names(find_folder(*place)), replace=True)
OmegaConf.register_new_resolver("length", len, replace=True)
OmegaConf.register_new_resolver("number_of", number_of, replace=True)


def launch(command: str, arguments: Sequence[str] | None = None) -> None:
    """Run a command: "train", "eval" or "baseline", with the arguments of this process if none are given."""
    # Waiting threads spin for a moment and then sleep; left alone they spin for milliseconds. An epoch of the CNN
    # on the digits, two cores: 0.9 s either way, beside another busy process 3 s against 24 s. libgomp reads it
    # when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    arguments = read_arguments() if arguments is None else arguments
    forget_stray_ranks()
    os.environ[TRACEBACK_VARIABLE] = "1" if traceback_wanted(os.environ, arguments) else "0"  # of the jobs, too
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra prints no error in its own way: they are ours to word
    logging.raiseExceptions = False  # where a log cannot be written it would print tracebacks
    with leave_in_words(command):
        typed = parse(command, arguments)
        if typed.value("sweep") is not None:
            from digitlab.cli.sweeps.resume import continue_sweep

            continue_sweep(command, typed)
        elif typed.value("resume") is not None:
            if command != "train":
                raise UserError(f"resume= is of train.py; {command}.py can simply be started anew")
            from digitlab.cli.resume import Finished, run_to_resume
            from digitlab.cli.run import resume

            try:
                resume(command, run_to_resume(typed), typed)
            except Finished as finished:
                print(finished)
        else:
            decorate = hydra.main(version_base="1.3", config_path=str(config_dir(command)), config_name=command)
            try:
                decorate(TaskFunction(command))()
            except Interrupted as stop:  # Hydra has made the directory of a run that has not begun
                from digitlab.cli.prepare import kept

                for directory in kept if is_first() else ():
                    record_ending(directory, stop)
                raise
            except Exception as failure:  # a sweep that a failed job has cut short is reported on all the same
                if preflight.sweep_under_way is None:
                    raise
                from digitlab.cli.sweeps.end import end_sweep

                end_sweep(preflight.sweep_under_way, failure)
