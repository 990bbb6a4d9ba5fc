"""The files that bad commands speak of: damaged checkpoints, runs and data."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import torch

from digitlab.checkpoints.format import FORMAT, WRITER
from digitlab.runs.directories import CONFIG, LAST
from support.idx_damage import write_idx
from support.sample_runs import load, make_run


def prepare(place: Path) -> None:
    """Make the files of which the table in `bad_inputs` speaks."""
    place.mkdir(parents=True)
    (place / "file").write_text("somebody's notes")
    (place / "empty-folder").mkdir()
    run = make_run(place / "run")
    _damage_checkpoints(place, run / LAST)
    _damage_runs(place, run)
    _damage_data(place)


def _damage_checkpoints(place: Path, sound: Path) -> None:
    content, whole = load(sound), sound.read_bytes()
    (place / "empty.ckpt").touch()
    (place / "cut.ckpt").write_bytes(whole[: len(whole) // 2])
    weights = whole.index(content["state_dict"]["net.layers.1.weight"].numpy().tobytes())
    (place / "flipped.ckpt").write_bytes(whole[:weights] + bytes([whole[weights] ^ 1]) + whole[weights + 1 :])
    with zipfile.ZipFile(place / "other.zip", "w") as archive:
        archive.writestr("letter.txt", "Dear reader")
    torch.save(content["state_dict"], place / "weights.ckpt")
    torch.save({**content, "module": torch.nn.Linear(1, 1)}, place / "module.ckpt")
    torch.save({**content, WRITER: {"format": FORMAT + 1, "version": "9.0"}}, place / "newer.ckpt")
    settings = content["hyper_parameters"]
    other = {**settings, "data": {**settings["data"], "dataset": "flowers"}}
    torch.save({**content, "hyper_parameters": other}, place / "other-data.ckpt")


def _damage_runs(place: Path, run: Path) -> None:
    def copied(name: str) -> Path:
        shutil.copytree(run, place / name)
        return place / name

    (copied("no-config") / CONFIG).unlink()
    (copied("bad-config") / CONFIG).write_text("model: [mlp\n")
    config = copied("edited-config") / CONFIG
    config.write_text(config.read_text().replace("seed: 42", "seed: 43"))
    shutil.copy(run / LAST, run / "checkpoints" / "best.ckpt")
    (copied("cut-checkpoint") / LAST).write_bytes((run / LAST).read_bytes()[:-100])
    make_run(place / "of-another", "model.hidden_sizes=[8]")
    shutil.copy(place / "of-another" / LAST, copied("other-model") / LAST)


def _damage_data(place: Path) -> None:
    for prefix, count in (("train", 200), ("t10k", 50)):
        raw = place / "mnist" / "MNIST" / "raw"
        write_idx(raw / f"{prefix}-images-idx3-ubyte", np.zeros((count, 28, 28), np.uint8))
        write_idx(raw / f"{prefix}-labels-idx1-ubyte", (np.arange(count) % 10).astype(np.uint8))
    cuts = (("empty-labels", "train-labels-idx1-ubyte", 0), ("cut-images", "train-images-idx3-ubyte", 999))
    for name, file, keep in cuts:
        shutil.copytree(place / "mnist", place / name)
        path = place / name / "MNIST" / "raw" / file
        path.write_bytes(path.read_bytes()[:keep])
    shutil.copytree(place / "mnist", place / "web-page")
    (place / "web-page" / "MNIST" / "raw" / "t10k-images-idx3-ubyte").write_text("<html>Please log in</html>")
