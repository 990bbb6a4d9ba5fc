"""What is measured for the doctor's tables: names of runs, and what to do for each."""

import argparse
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any

import lightning

from benchmarks.doctor_peers import PEERS, opinion
from benchmarks.records import Record
from gallery import healthy as healthy_trainings
from gallery.cases import Case, build, key_of
from gallery.fault import Fault
from gallery.measure import sick_and_healthy, trained, twin

Work = Iterator[tuple[str, Callable[[], dict[str, Any]]]]
Cases = list[tuple[Fault, str, int]]
OVERRIDE = re.compile(r"[+~]{0,2}[a-z_]\w*(?:[./]\w+)*=(?:\[[^\]]*\]|[^\s()=]+)")


def harm(options: argparse.Namespace, cases: Cases, record: Record) -> Work:
    """Train each fault and its healthy twin."""
    for fault, net, seed in cases:
        yield name_of(fault, net, seed), partial(sick_and_healthy, fault, net, seed)


def detect(options: argparse.Namespace, cases: Cases, record: Record) -> Work:
    """Ask the doctor about each fault."""
    for fault, net, seed in cases:
        yield name_of(fault, net, seed), partial(_detected, fault, net, seed, options.budget)


def healthy(options: argparse.Namespace, cases: Cases, record: Record) -> Work:
    """Ask the doctor about healthy trainings, in an order in which any number of them is a mixture."""
    found = healthy_trainings.healthy(options.data_dir)
    stride = next(step for step in (31, 29, 37) if len(found) % step)
    for number in range(min(options.healthy, len(found))):
        training = found[number * stride % len(found)]
        yield training.name, partial(_healthy, training, options.budget)


def recover(options: argparse.Namespace, cases: Cases, record: Record) -> Work:
    """Paste the remedy that was printed for each fault behind its overrides, or into its arguments, and train."""
    for fault, net, seed in cases:
        said = record.runs("detect").get(name_of(fault, net, seed)) or record.runs("detect").get(name_of(fault, net, 1))
        remedy = tuple(overrides_in(said[0]["remedy"])) if said is not None else ()
        if fault.maker is not None:
            remedy = tuple(one for one in remedy if key_of(one) in fault.arguments)
        if remedy:
            yield name_of(fault, net, seed), partial(_recovered, fault, net, seed, remedy)


def peers(options: argparse.Namespace, cases: Cases, record: Record) -> Work:
    """Ask the other libraries about each fault and each healthy training."""
    missing = [name for name in PEERS if find_spec(name.replace("-", "_")) is None]
    if missing:
        print(f"  skipped: {' and '.join(missing)} cannot be imported; pip install {' '.join(missing)}")
        return
    for fault, net, seed in cases:
        if seed == 1:
            yield name_of(fault, net, seed), partial(_asked, partial(build, fault, net, seed))
    for training in healthy_trainings.healthy()[: options.healthy]:
        yield f"healthy: {training.name}", partial(_asked, training.build)


def name_of(fault: Fault, net: str, seed: int) -> str:
    """Return the name of a run."""
    return f"{fault.name}, {net}, {seed}"


def overrides_in(remedy: str) -> list[str]:
    """Return the overrides that stand in a remedy; the first choice of those with "or" between."""
    first = re.split(r",? or |;| otherwise", remedy, maxsplit=1)[0]
    words = (word.strip(",.;:") for word in re.split(r"[\s`'\"]+", first))
    return [word for word in words if OVERRIDE.fullmatch(word)]


def diagnosed(case: Case, budget: float) -> dict[str, Any]:
    """Return what the doctor says, as plain data."""
    from digitlab.diagnostics.examine import diagnose

    arguments = {key: value for key, value in case.trainer_arguments.items() if key not in ("callbacks", "logger")}
    started = time.perf_counter()
    said = diagnose(case.module, case.datamodule, budget=budget, settings=case.settings, **arguments)
    wrong = [result for result in said.results if result.status in ("FAIL", "WARN")]
    return {
        "cause": said.cause.code if said.cause else None,
        "seconds": round(time.perf_counter() - started, 1),
        "remedy": said.cause.remedy if said.cause else "",
        "statuses": {result.code: str(result.status) for result in said.results},
        "values": {result.code: result.value for result in wrong},
        "skipped": {result.code: result.why for result in said.results if result.status == "SKIP"},
    }


def _detected(fault: Fault, net: str, seed: int, budget: float) -> dict[str, Any]:
    case = build(fault, net, seed)
    lightning.seed_everything(seed, verbose=False)
    try:
        return diagnosed(case, budget)
    except Exception as error:  # a doctor that falls ill is a figure, too
        nothing: dict[str, Any] = {"cause": None, "remedy": "", "statuses": {}, "values": {}, "skipped": {}}
        return {**nothing, "error": f"{type(error).__name__}: {error}"}


def _healthy(training: healthy_trainings.Healthy, budget: float) -> dict[str, Any]:
    said = diagnosed(training.build(), budget)
    return {**said, "accuracy": trained(training.build(), 1)["accuracy"]}


def _recovered(fault: Fault, net: str, seed: int, remedy: tuple[str, ...]) -> dict[str, Any]:
    figures: dict[str, Any]
    try:
        figures = trained(build(fault, net, seed, remedy=remedy), seed)
    except Exception as error:  # a remedy that is refused does not repair
        figures = {"accuracy": 0.0, "error": f"{type(error).__name__}: {error}"}
    return {
        "remedy": " ".join(remedy),
        "accuracy": figures["accuracy"],
        "healthy": twin(fault, net, seed)["accuracy"],
        "error": figures.get("error", ""),
    }


def _asked(make: Callable[[], Case]) -> dict[str, Any]:
    return {name: opinion(name, make) for name in PEERS}
