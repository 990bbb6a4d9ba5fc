"""Files with code in them: traps that would leave a trace if any of it ran.

Each trap is also sprung, by the careless way to read such a file, to see that it is one.
"""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import yaml

from digitlab.runs.config_file import read_config, write_config
from digitlab.runs.directories import CONFIG, LAST
from support.sample_runs import load


class Trap(NamedTuple):
    """A hostile file.

    Attributes:
        label: What is tried.
        arm: Prepares a run directory so that code in it would make the file `trace`.
        spring: Reads it carelessly.
        scripts: The commands that meet it.
    """

    label: str
    arm: Callable[[Path, Path], None]
    spring: Callable[[Path], object]
    scripts: tuple[str, ...] = ("eval.py", "train.py")


class Call:
    """Pickles as the call of a function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.arguments


def _touch(trace: Path) -> str:
    return f"touch '{trace}'"


def _python(trace: Path) -> str:
    return f"open({str(trace)!r}, 'w').close()"


def _add(run: Path, extra: Any, **options: Any) -> None:
    """Add something to the checkpoint of a run."""
    torch.save({**load(run / LAST), "extra": extra}, run / LAST, **options)


def _unpickle(run: Path) -> object:
    return torch.load(run / LAST, weights_only=False)


def _system(run: Path, trace: Path) -> None:
    _add(run, Call(os.system, _touch(trace)))


def _exec(run: Path, trace: Path) -> None:
    _add(run, [{"deep": (Call(exec, _python(trace)),)}])


def _process(run: Path, trace: Path) -> None:
    _add(run, Call(subprocess.call, ["touch", str(trace)]))


def _legacy(run: Path, trace: Path) -> None:
    _add(run, Call(os.system, _touch(trace)), _use_new_zipfile_serialization=False)


def _bare_pickle(run: Path, trace: Path) -> None:
    (run / LAST).write_bytes(pickle.dumps({"state_dict": Call(os.system, _touch(trace))}, protocol=0))


def _spring_bare(run: Path) -> object:
    return pickle.loads((run / LAST).read_bytes())


def _nested(run: Path, trace: Path) -> None:
    """A function of torch's own that unpickles the bytes it is given."""
    inner = io.BytesIO()
    torch.save(Call(os.system, _touch(trace)), inner)
    _add(run, Call(torch.storage._load_from_bytes, inner.getvalue()))


def _twice(run: Path, trace: Path) -> None:
    """Two records of one name, the sound one first: which of them counts depends on the reader."""
    with zipfile.ZipFile(run / LAST) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    (name,) = [name for name in records if name.endswith("/data.pkl")]
    with zipfile.ZipFile(run / LAST, "w", zipfile.ZIP_STORED) as archive:
        for record, content in records.items():
            archive.writestr(record, content)
        archive.NameToInfo.pop(name)  # or it would warn of what is meant
        archive.writestr(zipfile.ZipInfo(name), pickle.dumps(Call(os.system, _touch(trace)), protocol=2))


def _spring_twice(run: Path) -> object:
    with zipfile.ZipFile(run / LAST) as archive:
        return pickle.loads(archive.read(next(name for name in archive.namelist() if name.endswith("/data.pkl"))))


def _settings(change: Callable[[dict[str, Any]], None]) -> Callable[[Path, Path], None]:
    """Return what makes the settings in a checkpoint name a module that lies beside it."""

    def arm(run: Path, trace: Path) -> None:
        _write_module(run, trace)
        content = load(run / LAST)
        change(content["hyper_parameters"])
        torch.save(content, run / LAST)

    return arm


def _names(section: str) -> Callable[[Path, Path], None]:
    """Return what makes a whole section of a checkpoint's settings theirs."""
    return _settings(lambda settings: settings.update({section: THEIRS}))


def _write_module(run: Path, trace: Path) -> None:
    (run / "stranger.py").write_text(_python(trace) + "\nThing = dict\n")


def _configured(**changes: Any) -> Callable[[Path, Path], None]:
    """Return what changes the settings that a run left, as a stranger would: with a checksum that fits."""

    def arm(run: Path, trace: Path) -> None:
        _write_module(run, trace)
        settings = read_config(run)
        for name, value in changes.items():
            section = settings.get(name)
            settings[name] = {**section, **value} if isinstance(section, dict) and isinstance(value, dict) else value
        write_config(run, settings)

    return arm


def _instantiate(run: Path) -> object:
    """Do with the target what Hydra does with every other."""
    program = f"from hydra.utils import instantiate; instantiate({THEIRS})"
    return subprocess.run([sys.executable, "-c", program], cwd=run, check=True)


def _import(run: Path) -> object:
    return subprocess.run([sys.executable, "-c", "import stranger"], cwd=run, check=True)


def _tagged(name: str) -> Callable[[Path, Path], None]:
    """Return what makes a YAML file call a function, as YAML for Python can."""

    def arm(run: Path, trace: Path) -> None:
        (run / name).write_text(f'- !!python/object/apply:os.system ["{_touch(trace)}"]\n')

    return arm


def _unsafe_yaml(name: str) -> Callable[[Path], object]:
    return lambda run: yaml.unsafe_load((run / name).read_text())


THEIRS = {"_target_": "stranger.Thing"}
RESUMED = ("train.py",)
TRAPS = (
    Trap("a pickle that calls os.system", _system, _unpickle),
    Trap("a pickle that calls exec, deep inside", _exec, _unpickle),
    Trap("a pickle that starts a process", _process, _unpickle),
    Trap("a pickle in torch's old format", _legacy, _unpickle),
    Trap("a bare pickle", _bare_pickle, _spring_bare),
    Trap("a pickle in a pickle, opened by torch itself", _nested, _unpickle),
    Trap("an archive with two pickles of one name", _twice, _spring_twice),
    Trap("a network of theirs", _names("model"), _instantiate),
    Trap("an optimizer of theirs", _names("optimizer"), _instantiate),
    Trap("a schedule of theirs", _names("scheduler"), _instantiate),
    Trap("an augmentation of theirs", _names("augment"), _instantiate),
    Trap("an argument of a network that is theirs",
         _settings(lambda settings: settings["model"].update(dropout=THEIRS)), _instantiate),
    *(Trap(f"settings of a run: {name} of theirs", _configured(**{name: THEIRS}), _instantiate, RESUMED) for name in
      ("model", "optimizer", "scheduler", "augment", "data", "trainer")),
    *(Trap(f"settings of a run: one of {name} is theirs", _configured(**{name: {"theirs": THEIRS}}), _instantiate,
           RESUMED) for name in ("callbacks", "logger")),
    Trap("settings of a run: they trust themselves", _configured(trust="stranger.", model=THEIRS), _instantiate,
         RESUMED),
    Trap("config.yaml with a call", _tagged(CONFIG), _unsafe_yaml(CONFIG), RESUMED),
)  # fmt: skip
