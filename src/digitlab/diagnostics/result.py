"""What a rule has to say, and how a rule is made."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from digitlab.diagnostics.wording import first_line
from digitlab.errors import UserError


class Status(StrEnum):
    """How a check ended."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"
    SKIP = "SKIP"  # `why` says for what reason


@dataclass(frozen=True)
class Finding:
    """What a rule found.

    Attributes:
        status: PASS, WARN or FAIL; `Skipped` is raised for what cannot be judged.
        value: What was measured, with its unit, for people to read.
        remedy: An override to paste, or what to change in code of one's own; empty if nothing is wrong.
    """

    status: Status
    value: str
    remedy: str = ""


class Skipped(Exception):
    """A rule cannot be judged here; the text says why."""


@dataclass(frozen=True)
class Rule:
    """A check of the doctor.

    Attributes:
        code: "DL101"; the hundred is the group.
        title: What is true when it passes.
        looks_at: What is measured, and on what.
        bound: With what it is compared, and where that bound comes from.
        why: What goes wrong otherwise.
        check: Judges the evidence; raises `Skipped` if it cannot.
        explains: Codes of the symptoms that this fault brings about; they are then no cause of their own.
    """

    code: str
    title: str
    looks_at: str
    bound: str
    why: str
    check: Callable[[Any], Finding]
    explains: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """Return the name of its group."""
        return GROUPS[self.code[2]]


GROUPS = {
    "1": "data",
    "2": "model",
    "3": "optimisation",
    "4": "training dynamics",
    "5": "evaluation",
    "6": "generalisation",
    "7": "speed",
    "8": "behaviour of a trained network",
    "9": "runs that are over",
}


@dataclass(frozen=True)
class Result:
    """A rule's finding, as it is reported.

    Attributes:
        code: Of the rule.
        status: PASS, WARN, FAIL or SKIP.
        title: What would be true.
        value: What was measured.
        bound: What it was compared with.
        why: What goes wrong otherwise; of a SKIP, why it could not be judged.
        remedy: What to paste or to change; empty if nothing is wrong.
    """

    code: str
    status: Status
    title: str
    value: str
    bound: str
    why: str
    remedy: str


def judged(rule: Rule, evidence: Any) -> Result:
    """Return what a rule says of the evidence: of a training to come, or of a run that is over.

    A rule that fails on what a stranger has made costs no other one its verdict: it is skipped, and says by what.
    """
    try:
        finding = rule.check(evidence)
    except Skipped as skipped:
        return Result(rule.code, Status.SKIP, rule.title, "", rule.bound, str(skipped), "")
    except UserError:
        raise
    except Exception as error:
        why = f"the rule itself failed, {type(error).__name__}: {first_line(error)[:200]}"
        return Result(rule.code, Status.SKIP, rule.title, "", rule.bound, why, "")
    return Result(rule.code, finding.status, rule.title, finding.value, rule.bound, rule.why, finding.remedy)


def passed(value: str) -> Finding:
    """Return that nothing is wrong."""
    return Finding(Status.PASS, value)


def warned(value: str, remedy: str) -> Finding:
    """Return that something may be wrong."""
    return Finding(Status.WARN, value, remedy)


def failed(value: str, remedy: str) -> Finding:
    """Return that something is wrong."""
    return Finding(Status.FAIL, value, remedy)
