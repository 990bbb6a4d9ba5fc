"""Check the tests of the NumPy nets: break each backward pass and update, one place at a time; some test must fail.

    python scripts/mutate.py                    all mutants, some minutes on one core; exit code 1 if any survives
    python scripts/mutate.py --only optimizers  those of files or functions whose name holds a word
    python scripts/mutate.py --list             name them and run nothing

A mutant is the package with one change: a plus for a minus or the reverse, a minus sign dropped, the sign of a result
or a matrix product turned, one factor of a product dropped, a quotient without its divisor, a power without its
exponent. It is never written to disk: a forked child, torch loaded already, compiles it and runs tests/baseline.
"""

import argparse
import ast
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "digitlab" / "baseline"
TESTS = "tests/baseline"
TIME_LIMIT = 120  # seconds for one mutant; an endless loop counts as found

NAMES = {"backward", "backward_parameters", "update", "step", "scatter"}
HELPERS = {"sigmoid", "softmax", "averages", "_batch_statistics"}  # what those and the losses are computed with
NEAREST = {"losses.py": "test_losses.py", "optimizers": "test_optimizers.py"}  # tests to try first
NEAREST_OF_LAYERS = "test_layers.py"

PASSED, FAILED = 0, 1  # pytest's exit codes


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        path: File of the package.
        tree: The whole file, parsed.
        function: `Class.method` or function.
        old: Node of `tree` that is replaced.
        new: What takes its place.
    """

    path: Path
    tree: ast.Module
    function: str
    old: ast.AST
    new: ast.AST

    @property
    def module(self) -> str:
        """Return the name under which Python imports the file."""
        return ".".join(self.path.relative_to(PACKAGE.parents[1]).with_suffix("").parts)

    def __str__(self) -> str:
        place = f"{self.path.relative_to(ROOT)}:{self.old.lineno}"
        return f"{place}: {ast.unparse(self.old)}  ->  {ast.unparse(self.new)}"


class Replace(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """Return `new` for `old`, and everything else as it is."""
        return self.new if node is self.old else self.generic_visit(node)


class Importer:
    """Gives Python the mutant when it imports that module; everything else takes its usual way."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return a spec for the module of the mutant only."""
        return spec_from_loader(name, self, origin=str(self.mutant.path)) if name == self.mutant.module else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python to make the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code as the module."""
        tree = Replace(self.mutant.old, self.mutant.new).visit(self.mutant.tree)
        exec(compile(ast.fix_missing_locations(tree), self.mutant.path, "exec"), module.__dict__)


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what might wrongly have been written for `node`."""
    match node:
        case ast.BinOp(left, ast.Add(), right):
            yield ast.BinOp(left, ast.Sub(), right)
        case ast.BinOp(left, ast.Sub(), right):
            yield ast.BinOp(left, ast.Add(), right)
        case ast.BinOp(left, ast.Mult(), right):
            yield left
            if ast.dump(left) != ast.dump(right):
                yield right
        case ast.BinOp(left, ast.Div() | ast.FloorDiv() | ast.Pow()):
            yield left
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.BinOp(_, ast.MatMult(), _):
            yield ast.UnaryOp(ast.USub(), node)
        case ast.Return(value) if value is not None and not isinstance(value, ast.Tuple):
            yield ast.Return(ast.UnaryOp(ast.USub(), value))
        case ast.Assign([ast.Attribute(attr="grad")], value):
            yield ast.copy_location(ast.Assign(node.targets, ast.UnaryOp(ast.USub(), value)), node)
        case ast.AugAssign(target, ast.Add(), value):
            yield ast.AugAssign(target, ast.Sub(), value)
        case ast.AugAssign(target, ast.Sub(), value):
            yield ast.AugAssign(target, ast.Add(), value)
        case ast.AugAssign(target, ast.Mult() | ast.Div(), _):
            yield ast.Pass()


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the functions of a file and the methods of its classes, with their names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{part.name}", part) for part in node.body if isinstance(part, ast.FunctionDef))


def is_checked(path: Path, name: str) -> bool:
    """Return whether a function is a backward pass, an update, a loss, or what they are computed with."""
    name = name.rpartition(".")[2]
    return path.name == "losses.py" or name in NAMES | HELPERS or name.endswith("_update")


def find_mutants(word: str) -> dict[str, list[Mutant]]:
    """Return the mutants of every function whose file or name holds `word`."""
    groups: dict[str, list[Mutant]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for name, function in functions(tree):
            title = f"{path.relative_to(PACKAGE).as_posix()} {name}"
            if is_checked(path, name) and word in title:
                groups[title] = [
                    Mutant(path, tree, name, old, new)
                    for old in ast.walk(function)
                    for new in changes(old)
                    if not (name == "averages" and isinstance(old, ast.Return))  # used twice, so its sign cancels
                ]
    return {title: mutants for title, mutants in groups.items() if mutants}


def run_tests(mutant: Mutant | None, tests: str, quiet: bool = True) -> int:
    """Run the tests against the mutant, or the package as it is, in a child process; return how that ended."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 70  # of an error that is not the tests'
        try:
            code = _run_in_child(mutant, tests, quiet)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run_in_child(mutant: Mutant | None, tests: str, quiet: bool) -> int:
    import pytest

    signal.alarm(TIME_LIMIT)
    if quiet:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    if mutant is not None:
        sys.meta_path.insert(0, Importer(mutant))
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--noconftest", tests]))


def survives(mutant: Mutant) -> bool:
    """Return whether all tests pass with the mutant: first those of its kind, then the whole folder."""
    place = mutant.path.relative_to(PACKAGE).parts[0]
    for tests in (f"{TESTS}/{NEAREST.get(place, NEAREST_OF_LAYERS)}", TESTS):
        code = run_tests(mutant, tests)
        if code in (FAILED, -signal.SIGALRM):
            return False
        if code != PASSED:
            sys.exit(f"the tests could not be run (exit code {code}) with {mutant}")
    return True


def load_once() -> None:
    """Import what every child needs, so that it need not; of the package itself nothing."""
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, str(ROOT / "src"))
    import pytest  # noqa: F401
    import torch

    import digitlab.nets  # noqa: F401

    torch.set_num_threads(1)  # a child of a process with threads cannot use them
    torch.optim.SGD([torch.zeros(1, requires_grad=True)]).step()  # the first step imports 900 modules, 3 seconds
    assert not any(name.startswith("digitlab.baseline") for name in sys.modules)


def report(groups: dict[str, list[Mutant]], survivors: list[Mutant]) -> None:
    """Print the table."""
    width = max(map(len, groups))
    print(f"\n{'function':{width}}  mutants  found")
    for title, mutants in groups.items():
        alive = [mutant for mutant in survivors if mutant in mutants]
        print(f"{title:{width}}  {len(mutants):7}  {len(mutants) - len(alive):5}")
        for mutant in alive:
            print(f"    survives: {mutant}")
    total = sum(map(len, groups.values()))
    print(f"found {total - len(survivors)} of {total} mutants in {len(groups)} functions")


def main() -> int:
    """Run the check and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="name the mutants and run nothing")
    parser.add_argument("--only", default="", metavar="WORD", help="only where file or function holds this word")
    arguments = parser.parse_args()
    groups = find_mutants(arguments.only)
    if not groups:
        parser.error(f"--only must be part of a file's or function's name, got {arguments.only!r}")
    if arguments.list:
        print(*(f"{mutant.function}  {mutant}" for mutants in groups.values() for mutant in mutants), sep="\n")
        return 0
    load_once()
    if run_tests(None, TESTS, quiet=False) != PASSED:
        sys.exit("the tests fail without any mutant; mend that first")
    survivors: list[Mutant] = []
    for number, (title, mutants) in enumerate(groups.items(), start=1):
        start = time.perf_counter()
        alive = [mutant for mutant in mutants if survives(mutant)]
        survivors += alive
        count = f"{len(mutants) - len(alive)} of {len(mutants)}"
        print(f"{number}/{len(groups)} {title}: found {count}, {time.perf_counter() - start:.1f} s", flush=True)
    report(groups, survivors)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
