"""docs/extend.md: every file and every command on that page, in an empty folder against the installed wheel."""

import functools
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from digitlab.paths import PROJECT_ROOT
from digitlab.runs.directories import read_result

PAGE = (PROJECT_ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
FILES = re.findall(r"```(?:python|yaml)\n# ([\w./]+)\n(.*?)```", PAGE, flags=re.S)
COMMANDS = [line for block in re.findall(r"```bash\n(.*?)```", PAGE, flags=re.S) for line in block.splitlines()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel in it, which finds everything else in ours."""
    place = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(place), str(PROJECT_ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    venv.create(place / "env", with_pip=False)
    python = place / "env" / "bin" / "python"
    find = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(find, check=True, capture_output=True, text=True).stdout.strip())
    others = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (packages / "others.pth").write_text("\n".join(others))  # read as paths alone: what is editable there stays out
    (wheel,) = place.glob("*.whl")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    return place / "env" / "bin"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    for name, content in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def environment(installed: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "DIGITLAB_ALLOWED_TARGETS")}
    return {**kept, "PATH": f"{installed}{os.pathsep}{kept['PATH']}", "OMP_NUM_THREADS": "1"}


def start(line: str, installed: Path, folder: Path) -> subprocess.Popen[str]:
    words = shlex.split(line)
    words[0] = str(installed / words[0])
    return subprocess.Popen(
        words, cwd=folder, env=environment(installed), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_page_has_its_parts() -> None:
    assert len(FILES) >= 12
    assert len(COMMANDS) >= 10


def kill_in_the_third_epoch(installed: Path, folder: Path) -> None:
    line = COMMANDS[0].replace("runs/net", "runs/net-killed").replace("max_epochs=2", "max_epochs=30")
    run = start(f"{line} checkpoint_every.steps=5 callbacks.early_stopping=null", installed, folder)
    assert run.stdout is not None
    while not run.stdout.readline().startswith("epoch  3/"):
        assert run.poll() is None, run.stderr and run.stderr.read()
    time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.communicate()


@pytest.fixture(scope="module")
def outcome(installed: Path, folder: Path) -> Callable[[str], tuple[int, str, str]]:
    """Runs a command of the page once, after the one that trained what it starts from: exit code, output, errors."""

    @functools.cache
    def run(line: str) -> tuple[int, str, str]:
        for place in re.findall(r"(?:checkpoint|init_from)=(\S+)", line):
            (trains,) = (other for other in COMMANDS if f"hydra.run.dir={place}" in other.split())
            run(trains)
        if "resume=runs/net-killed" in line:
            kill_in_the_third_epoch(installed, folder)
        started = start(line, installed, folder)
        said, errors = started.communicate(timeout=300)
        return started.returncode, said, errors

    return run


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_works(
    line: str, outcome: Callable[[str], tuple[int, str, str]], installed: Path, folder: Path
) -> None:
    code, said, errors = outcome(line)
    assert (code, errors) == (0, ""), said
    place = re.search(r"(?:hydra\.run\.dir|resume)=(\S+)", line)
    if place is not None:
        result = read_result(folder / place[1])
        assert result is not None
        assert result["status"] == "ok"
        assert result["test/acc"] >= 0
    if "net-killed" in line:
        assert "Resumes from" in said
    elif place is not None and " train " in line:
        resume_at_its_end(line, place[1], installed, folder)


def resume_at_its_end(line: str, place: str, installed: Path, folder: Path) -> None:
    """Resume a run as a signal would have left it just before its end, by the command that it would have printed."""
    (folder / place / "result.json").unlink()
    trusted = " ".join(word for word in line.split() if word.startswith("trust="))
    resumed = start(f"digitlab train {trusted} resume={place}", installed, folder)
    said, errors = resumed.communicate(timeout=300)
    assert (resumed.returncode, errors) == (0, ""), said
    assert "Resumes from" in said


def test_nothing_is_written_but_here(
    outcome: Callable[[str], tuple[int, str, str]], installed: Path, folder: Path
) -> None:
    assert outcome(COMMANDS[0])[0] == 0
    assert {path.name for path in folder.iterdir()} >= {"conf", "runs", "mine.py"}
    assert not list(installed.parent.rglob("outputs"))
