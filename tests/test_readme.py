"""What the README tells people to type does what it says."""

import re
from collections.abc import Callable

import pytest
from omegaconf import DictConfig

from digitlab.cli.schema.combinations import check_together
from digitlab.cli.schema.rules import check_values
from digitlab.paths import PROJECT_ROOT
from support.running import plain

DOCUMENTS = [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").glob("*.md"))]
BLOCKS = [block for path in DOCUMENTS for block in re.findall(r"```bash\n(.*?)```", path.read_text(), flags=re.S)]
LINES = [line.partition(" #")[0].split() for block in BLOCKS for line in block.splitlines() if line.strip()]
STARTS = (["python", "src/train.py"], ["bash", "scripts/train.sh"])
TRAINING = [line for line in LINES if line[:2] in STARTS and "--help" not in line]


def test_the_two_commands_stand_in_the_readme() -> None:
    assert ["bash", "scripts/train.sh", "model=cnn", "data=digits"] in LINES
    assert ["bash", "scripts/test.sh"] in LINES


@pytest.mark.parametrize("line", TRAINING, ids=" ".join)
def test_training_commands_compose_and_obey_the_rules(line: list[str], composed: Callable[..., DictConfig]) -> None:
    overrides = [word for word in line[2:] if word != "-m"]
    if "-m" in line:
        overrides = [re.sub(r"=([^\[,]+),.*", r"=\1", word) for word in overrides]  # the first job of the grid
    config = plain(composed("train", *overrides, "paths.output_dir=somewhere"))
    check_values(config)
    check_together(config)


@pytest.mark.parametrize("line", [line for line in LINES if line[:2] == ["python", "src/baseline.py"]], ids=" ".join)
def test_baseline_commands_compose_and_obey_the_rules(line: list[str], composed: Callable[..., DictConfig]) -> None:
    overrides = [re.sub(r"=([^\[,]+),.*", r"=\1", word) for word in line[2:] if word not in ("-m", "--help")]
    check_values(plain(composed("baseline", *overrides, "paths.output_dir=somewhere")))


@pytest.mark.parametrize("line", [line for line in LINES if line[:2] == ["python", "src/diagnose.py"]], ids=" ".join)
def test_diagnose_commands_compose_and_obey_the_rules(line: list[str], composed: Callable[..., DictConfig]) -> None:
    if line[2] not in ("rules", "--help"):
        check_values(plain(composed("diagnose", *line[2:], "paths.output_dir=somewhere")))


PYTHON = [block for path in DOCUMENTS for block in re.findall(r"```python\n(.*?)```", path.read_text(), flags=re.S)]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.splitlines()[-1])
def test_python_in_the_documents_runs(block: str) -> None:
    exec(compile(block, "document", "exec"), {})


def test_the_workflow_tries_the_python_that_the_readme_names() -> None:
    (named,) = re.findall(r"Tested on Linux with CPython ([\d.]+\d)", DOCUMENTS[0].read_text())
    workflow = (PROJECT_ROOT / ".github" / "workflows" / "test.yml").read_text()
    assert re.findall(r"python[\w-]*: .*?([\d.]+)", workflow) == [named]


def test_paths_in_the_readme_exist() -> None:
    text = DOCUMENTS[0].read_text()
    for path in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (PROJECT_ROOT / path).exists(), path
    (tree,) = (block for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) if "src/" in block.splitlines())
    for name in re.findall(r"[\w./]+\.(?:py|sh|txt|toml|yaml)\b", tree):
        assert list(PROJECT_ROOT.rglob(name)), name
