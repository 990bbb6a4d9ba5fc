"""How things are said: the configuration as a tree, tables and commands at the end."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

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


def show_tree(title: str, config: Mapping[str, Any]) -> None:
    """Print nested settings as a tree, one line for each group: its own keys side by side."""
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    plain = {key: value for key, value in config.items() if not isinstance(value, Mapping)}
    if plain:
        tree.add(_line("", plain))
    for name, group in config.items():
        if isinstance(group, Mapping):
            _grow(tree, name, group)
    console.print(tree, soft_wrap=False)


def _grow(tree: Tree, name: str, group: Mapping[str, Any]) -> None:
    own = {key: value for key, value in group.items() if not isinstance(value, Mapping)}
    branch = tree.add(_line(name, own))
    for key, value in group.items():
        if isinstance(value, Mapping):
            _grow(branch, key, value)


def _line(name: str, settings: Mapping[str, Any]) -> Text:
    target = str(settings.get("_target_", "")).rpartition(".")[2]
    line = Text.assemble((name, "bold cyan"), " " if name else "", (target, "green"), " " if target else "")
    shown = [f"{key}={_value(value)}" for key, value in settings.items() if key != "_target_"]
    return line.append("  ".join(shown))


def _value(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


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
    """Print what is to be known at the end, name and value a line, then commands to go on with."""
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
