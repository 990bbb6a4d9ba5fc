"""How things are said: tables, and at the end facts and commands."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table
from rich.text import Text

Item = TypeVar("Item")

PIPE_WIDTH = 110  # columns where no terminal says how many it has


# Without markup: a folder may be called [red], and nothing of it is to vanish.
console = Console(
    markup=False, emoji=False, highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH
)


def watched(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """Yield `items`, on a terminal under a bar that says how far they are and goes away at the end."""
    silent = not console.is_terminal
    yield from track(items, escape(what), total=total, console=console, transient=True, disable=silent)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header, words to the left and numbers, which come rounded and as text, to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        numbers = index > 0 and all(row[index][-1:].isdigit() or not row[index] for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table, soft_wrap=False)


def show_facts(title: str, facts: Mapping[str, str], commands: Sequence[tuple[str, str]] = ()) -> None:
    """Print what is to be known at the end, name and value a line, then the commands to type next."""
    console.print(Text(title, style="bold"))
    _show_pairs(list(facts.items()))
    if commands:
        show_commands(commands)


def show_commands(commands: Sequence[tuple[str, str]]) -> None:
    """Print commands with their purpose; never broken, whatever the width, so that they can be copied."""
    console.print(Text("Next", style="bold"))
    _show_pairs(commands)


def _show_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        console.print(Text.assemble("  ", (f"{name:{width}}", "cyan"), "  ", value))
