"""Every rule of the doctor, for the terminal and for docs/doctor.md."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Protocol

from rich.table import Table
from rich.text import Text

from digitlab.reports.console import console


class Rule(Protocol):
    """What is shown of a rule."""

    @property
    def code(self) -> str: ...  # noqa: D102 - read from what diagnostics/result.py describes, and so are the rest
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def group(self) -> str: ...  # noqa: D102
    @property
    def looks_at(self) -> str: ...  # noqa: D102
    @property
    def bound(self) -> str: ...  # noqa: D102
    @property
    def why(self) -> str: ...  # noqa: D102


def show_rules(rules: Sequence[Rule]) -> None:
    """Print code, title, what is looked at and the bound of each rule, by groups."""
    for group, members in groupby(rules, key=lambda rule: rule.group):
        table = Table(title=group, title_justify="left", title_style="bold", box=None, pad_edge=False, expand=True)
        for column, share in (("code", None), ("what is true", 3), ("looks at", 4), ("bound", 4)):
            table.add_column(column, no_wrap=share is None, overflow="fold", ratio=share)
        for rule in members:
            table.add_row(Text(rule.code, "cyan"), *map(Text, (rule.title, rule.looks_at, rule.bound)))
        console.print(table, soft_wrap=False)
        console.print()
    console.print(
        f"{len(rules)} rules; checks=<code> chooses, mute=<code> leaves out; DL1 stands for all that begin so"
    )


def rules_as_markdown(rules: Sequence[Rule]) -> str:
    """Return the rules as a part of a page, each with an anchor by its code."""
    return "\n".join(_lines(rules))


def _lines(rules: Sequence[Rule]) -> Iterator[str]:
    for group, members in groupby(rules, key=lambda rule: rule.group):
        yield f"### {group.capitalize()}\n"
        for rule in members:
            yield f'<a id="{rule.code}"></a>\n'
            yield f"**{rule.code} {_plain(rule.title)}.** {_sentence(rule.why)}\n"
            yield f"- Looks at: {_plain(rule.looks_at)}"
            yield f"- Bound: {_plain(rule.bound)}\n"


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*").removesuffix(".")


def _sentence(text: str) -> str:
    plain = _plain(text)
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."
