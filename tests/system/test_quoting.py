"""Quotes: what we write Hydra reads, and what people write we read as Hydra does."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from digitlab.system.quoting import quoted, unquoted

PATHS = (
    "/plain",
    "/a b/c",
    "/it's",
    "/it's 'so'",
    '/a "b"',
    "/a\\b",
    "/a\\'b",
    "/a\\\\'b",
    "/end\\",
    "/x,y=[z]",
    "/$HOME",
    "/${oc.env:HOME}",
    "/a\\${b}'\"",
    "/[red]ü[/red]",
    "'",
    "",
)


@pytest.mark.parametrize("path", PATHS)
def test_hydra_reads_what_we_write_and_so_do_we(path: str) -> None:
    override = OverridesParser.create().parse_override(f"key={quoted(path)}")
    assert OmegaConf.create({"key": override.value()}).key == path
    assert unquoted(quoted(path)) == path


@pytest.mark.parametrize(("typed", "meant"), [("/a b", "/a b"), ('"/it\'s"', "/it's"), ("'", "'"), ("'/a\"", "'/a\"")])
def test_what_people_type(typed: str, meant: str) -> None:
    assert unquoted(typed) == meant
