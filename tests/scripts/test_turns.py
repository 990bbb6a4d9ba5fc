"""Taking turns, keeping what was measured, and the sums of the tables."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from benchmarks.records import Record
from benchmarks.tables import difference, lines, round_ratios, rows
from benchmarks.turns import Contender, take_turns


def runs_of(**columns: list[float | None]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{"figures": {"time [s]": value}, "load": 0.0} for value in column] for name, column in columns.items()
    }


def test_contenders_take_turns_and_a_slow_one_sits_out() -> None:
    calls: list[str] = []

    def named(name: str, rounds: int | None = None) -> Contender:
        def run(number: int) -> dict[str, float]:
            calls.append(f"{name}{number}")
            return {"time [s]": float(number)}

        return Contender(run, None if name == "a" else lambda: calls.append(f"warm {name}"), rounds)

    runs: dict[str, list[dict[str, Any]]] = {}
    kept: list[int] = []
    contenders = {"a": named("a"), "b": named("b", rounds=1)}
    take_turns(contenders, 3, runs, lambda: kept.append(sum(map(len, runs.values()))))
    assert calls == ["warm b", "a1", "b1", "a2", "a3"]
    assert kept == [1, 2, 3, 4]  # after every run
    assert [run["figures"]["time [s]"] for run in runs["a"]] == [1, 2, 3]
    assert len(runs["b"]) == 1
    assert list(runs) == ["a", "b"]  # the tables compare with the first


def test_turns_go_on_where_they_were_cut_off() -> None:
    calls: list[tuple[str, int]] = []

    def named(name: str) -> Contender:
        def run(number: int) -> dict[str, float]:
            calls.append((name, number))
            return {"time [s]": 9.0}

        return Contender(run, lambda: calls.append((name, 0)))

    runs = runs_of(a=[1.0, 2.0], b=[1.0])
    take_turns({"a": named("a"), "b": named("b")}, 2, runs, lambda: None)
    assert calls == [("b", 0), ("b", 2)]  # the other one has nothing left to do, nor to warm up for
    assert [[run["figures"]["time [s]"] for run in runs[name]] for name in "ab"] == [[1.0, 2.0], [1.0, 9.0]]


def test_ratios_are_taken_within_rounds() -> None:
    assert round_ratios([1.0, 4.0, 9.0], [2.0, 4.0, 3.0]) == [0.5, 1.0, 3.0]
    assert round_ratios([2.0, 3.0, 8.0], [10.0, 20.0]) == [0.15, 0.2, 0.4]  # the last figure stands for what is missing
    assert round_ratios([2.0, None], [4.0, 1.0]) == [0.5]


def test_rows_count_what_was_not_reached() -> None:
    ours, other = rows(runs_of(ours=[1.0, 2.0, 3.0], other=[None, 4.0, None]), "time [s]")
    assert (ours.values, ours.rounds, ours.ratios) == ([1.0, 2.0, 3.0], 3, [1.0, 1.0, 1.0])
    assert (other.values, other.rounds, other.ratios) == ([4.0], 3, [0.5])


def test_the_difference_of_means_and_its_standard_error() -> None:
    gap, error = difference([1.0, 2.0, 3.0], [2.0, 4.0])
    assert gap == -1.0
    assert error == pytest.approx(math.sqrt(1 / 3 + 2 / 2))


def test_tables_show_median_extremes_and_ratios() -> None:
    table = list(lines(runs_of(ours=[1.0, 2.0, 6.0], other=[4.0, 4.0, None])))
    assert "ours / it (min to max)" in table[0]
    assert table[1].split() == ["ours", "3", "2.000", "1.000", "6.000", "1.000", "(1.000", "to", "1.000)"]
    assert table[2].split() == ["other", "2/3", "4.000", "4.000", "4.000", "0.375", "(0.250", "to", "0.500)"]


def test_tables_show_the_difference_of_accuracies() -> None:
    columns = {"ours": [99.0, 99.2], "other": [98.0, 98.0]}
    runs = {name: [{"figures": {"accuracy [%]": value}} for value in column] for name, column in columns.items()}
    table = list(lines(runs))
    assert table[1].split() == ["ours", "2", "99.100", "±", "0.141"]
    assert table[2].split() == ["other", "2", "98.000", "±", "0.000", "+1.100", "±", "0.100"]


def test_a_table_of_nothing_reached_says_so() -> None:
    assert "not reached" in list(lines(runs_of(ours=[1.0], other=[None])))[2]


def test_records_are_kept_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "figures.json"
    record = Record(path, "epoch", "work", {"threads": 1, "data_dir": Path("data")})
    record.runs("mlp")["a"] = [{"figures": {"time [s]": 1.0}, "load": 0.5}]
    record.keep()
    continued = Record(path, "epoch", "work", {"threads": 1, "data_dir": Path("data")})
    continued.close()
    content = json.loads(path.read_text())
    assert continued.runs("mlp") == record.runs("mlp") == content["contests"]["mlp"]
    first, second = content["sessions"]
    assert second["load_after"] >= 0
    assert first["packages"]["torch"]
    assert first["processor"]
    assert first["threads"] == 1


@pytest.mark.parametrize(("suite", "threads"), [("tax", 1), ("epoch", 2)])
def test_records_of_other_settings_are_refused(suite: str, threads: int, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    Record(path, "epoch", "work", {"threads": 1}).keep()
    with pytest.raises(ValueError, match=r"has (suite epoch|settings .*1.*), this command has (tax|.*2)"):
        Record(path, suite, "work", {"threads": threads})
