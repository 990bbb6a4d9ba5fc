"""Signals: one asks, and is heard where the work can stop; a second one ends the process."""

import os
import signal
import subprocess
import sys
import time

import pytest

from digitlab.errors import Interrupted
from digitlab.paths import PROJECT_ROOT
from digitlab.system import signals


@pytest.fixture(autouse=True)
def hearing() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts its background jobs deaf to it


def test_outside_of_training_a_signal_stops_at_once() -> None:
    signals.install_handlers()
    with pytest.raises(Interrupted) as stopped:  # noqa: PT012 - the signal may be heard in either line
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    assert stopped.value.signum == signal.SIGTERM


def test_while_deferred_it_waits_for_a_safe_moment() -> None:
    signals.install_handlers()
    reached = []
    with pytest.raises(Interrupted), signals.signals_deferred():  # noqa: PT012 - where it stops is the question
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        assert signals.received_signal()
        reached.append("the end of the step")
        signals.raise_if_stopped()
        reached.append("the next step")
    assert reached == ["the end of the step"]


def test_a_signal_that_no_moment_heard_stops_at_the_end() -> None:
    signals.install_handlers()
    with pytest.raises(Interrupted), signals.signals_deferred():  # noqa: PT012 - it must not stop within
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signals.install_handlers()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_second_signal_ends_the_process() -> None:
    program = (
        "import os, signal, time; from digitlab.system import signals; signals.install_handlers()\n"
        "with signals.signals_deferred():\n"
        "    os.kill(os.getpid(), signal.SIGTERM); time.sleep(0.1)\n"
        "    os.kill(os.getpid(), signal.SIGTERM); time.sleep(9)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT_ROOT / "src", timeout=8)
    assert done.returncode == 143
