"""Threads are shared out among jobs unless a person has said how many."""

import os
from types import SimpleNamespace

import pytest

from digitlab.system import threads


@pytest.mark.parametrize(("processes", "expected"), [(1, 8), (2, 4), (3, 2), (20, 1)])
def test_a_process_has_its_share(processes: int, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setenv(threads.THREADS, "")  # so that what is set below is taken back
    monkeypatch.delenv(threads.THREADS)
    monkeypatch.setattr(threads, "usable_cores", lambda: 8)
    monkeypatch.setitem(threads.sys.modules, "torch", SimpleNamespace(set_num_threads=told.append))
    threads.share_threads(processes)
    assert (os.environ[threads.THREADS], told) == (str(expected), [expected])


def test_what_a_person_says_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(threads.THREADS, "3")
    monkeypatch.setitem(threads.sys.modules, "torch", None)  # would raise if it were told anything
    threads.share_threads(2)
    assert os.environ[threads.THREADS] == "3"
