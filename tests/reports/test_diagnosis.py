"""The terminal: the cause on top, what is wrong with its remedy, the rest in lines."""

from pathlib import Path

import pytest

from digitlab.reports.diagnosis import show
from support.diagnoses import RESULTS, diagnosis, result

PLACE = Path("/out/[red]")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_the_order_is_that_of_what_needs_somebody(capsys: pytest.CaptureFixture[str]) -> None:
    show(diagnosis(), PLACE, ["diagnosis.html", "diagnosis.json"], verbose=True)
    text = said(capsys)
    order = [
        "Most likely cause: FAIL DL101",
        "FAIL  DL403",
        "WARN  DL301",
        "DL104",
        "DL501",
        "DL601",
        "2 failed, 1 warned",
    ]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert text.count("DL101") == 1  # no line twice
    assert text.splitlines()[-1] == "/out/[red]: diagnosis.html, diagnosis.json"


def test_what_is_wrong_has_all_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    show(diagnosis(), PLACE, [], verbose=True)
    text = " ".join(said(capsys).split())
    for one in (RESULTS[0], RESULTS[2], RESULTS[3]):
        for words in (one.value, one.bound, one.why, *one.remedy.splitlines()):
            assert words in text


def test_what_is_well_and_what_was_skipped_is_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show(diagnosis(RESULTS[1], RESULTS[5]), PLACE, [], verbose=True)
    text = said(capsys)
    assert "Most likely cause" not in text
    assert RESULTS[1].value in text
    assert RESULTS[1].why not in text
    assert RESULTS[5].why in text


def test_a_remedy_is_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    remedy = " ".join(f"model.part_{number}=value" for number in range(20))
    show(diagnosis(result("DL1", RESULTS[0].status, "t", "v", "b", "w", remedy), figures={}), PLACE, [], verbose=True)
    assert remedy in said(capsys)


def test_in_a_sweep_it_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show(diagnosis(), PLACE, [], verbose=False)
    assert said(capsys).splitlines() == [
        "2 of 7 checks failed: DL101, DL403; most likely cause FAIL DL101, Inputs are on the scale that the network "
        "was told, in /out/[red]"
    ]
