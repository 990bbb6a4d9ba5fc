"""What came of an examination, in a line."""

from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.reports.verdict import counts, verdict
from support.diagnoses import RESULTS, diagnosis


def test_failures_count_before_warnings() -> None:
    assert verdict(diagnosis()) == "2 of 7 checks failed: DL101, DL403"
    assert verdict(diagnosis(RESULTS[1], RESULTS[2])) == "1 of 2 checks warned: DL301"
    assert verdict(diagnosis(RESULTS[1])) == "nothing is wrong in 1 checks"
    assert verdict(Diagnosis((), None)) == "nothing was checked"


def test_all_are_counted() -> None:
    assert counts(diagnosis()) == "2 failed, 1 warned, 2 passed, 2 skipped"
    assert counts(Diagnosis((), None)) == "nothing was checked"
