"""`python src/diagnose.py rules`, and `digitlab diagnose rules`."""

import sys

import pytest

from conftest import run_warm
from digitlab.cli import command
from digitlab.diagnostics.rule_sets import every_rule


def test_the_rules_are_listed() -> None:
    done = run_warm("diagnose.py", "rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(rule.code in done.stdout for rule in every_rule())
    assert f"{len(every_rule())} rules" in done.stdout


def test_the_installed_command_has_it_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["digitlab", "diagnose", "rules"])
    command.main()
    assert "DL101" in capsys.readouterr().out
    assert "digitlab diagnose " in command.USAGE
