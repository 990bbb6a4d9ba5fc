"""The benchmark of the doctor: its options, its tables, and a few faults that it must find."""

from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path

import pytest

import benchmark
from benchmarks import doctor
from benchmarks.doctor_parts import diagnosed
from benchmarks.doctor_tables import lines
from benchmarks.records import Record
from gallery.cases import build
from gallery.catalogue import FAULTS, choose

KNOWN = {fault.name: fault for fault in FAULTS}


def said(cause: str | None, **statuses: str) -> list[dict[str, object]]:
    return [{"cause": cause, "statuses": statuses, "values": {}, "remedy": "", "accuracy": 97.0}]


def test_the_rates_of_each_half() -> None:
    runs = {
        "inputs_in_bytes, mlp, 1": said("DL101", DL101="FAIL", DL205="WARN"),  # half a
        "loss_negated, mlp, 1": said("DL302", DL204="WARN", DL302="FAIL"),
        "rate_too_low, mlp, 1": said(None, DL302="PASS"),
    }
    table = "\n".join(lines({"detect": runs}, KNOWN))
    assert "inputs_in_bytes, mlp, 1: DL101 (DL101) | DL101 | DL205\n" in table
    assert "loss_negated, mlp, 1: DL302 (DL204) | DL302 | DL204   NOT THE CAUSE" in table
    assert "rate_too_low, mlp, 1: - (DL302) | - | -   MISSED" in table
    assert "DL302: nothing 1" in table
    found = [int(line.split("found ")[1].split()[0]) for line in table.splitlines() if line.startswith("half ")]
    assert sum(found) == 2


def test_false_alarms_are_shares_of_what_was_judged() -> None:
    runs = {"one": said(None, DL101="PASS", DL102="SKIP"), "two": said("DL205", DL205="WARN", DL101="PASS")}
    table = "\n".join(lines({"healthy": runs}, KNOWN))
    assert "healthy trainings: 2, 1 without a word" in table
    assert "FAIL 0 of 3 (0.0%), WARN 1 of 3 (33.3%)" in table


def test_an_unknown_fault_ends_the_benchmark_in_a_line(tmp_path: Path) -> None:
    options = benchmark.parse(["doctor", "--faults", "hubris"])
    with pytest.raises(SystemExit, match="benchmark: there is no fault hubris"):
        doctor.measure(options, Record(tmp_path / "figures.json", "doctor", "", {}))


def test_what_is_measured_is_kept_and_not_measured_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["doctor", "--parts", "harm", "--faults", "loss_negated", "--nets", "mlp", "--seeds", "1"]
    command += ["--continue", str(tmp_path / "figures.json")]
    benchmark.main(command)
    assert "loss_negated, mlp, 1: " in capsys.readouterr().out
    benchmark.main(command)
    shown = capsys.readouterr().out
    assert "loss_negated, mlp, 1: " not in shown
    assert "loss_negated, mlp: n=1" in shown


@pytest.mark.skipif(find_spec("digitlab.diagnostics.examine") is None, reason="the doctor is not there yet")
@pytest.mark.parametrize("name", ["loss_negated", "labels_from_one", "gradients_not_cleared"])
def test_a_fault_is_found_and_named(name: str) -> None:
    (fault,) = choose([name])
    options = Namespace(budget=20.0)
    result = diagnosed(build(fault, "mlp", 1), options.budget)
    assert "FAIL" in result["statuses"].values()
    assert result["cause"] in fault.codes
