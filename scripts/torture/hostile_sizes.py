"""Small files that ask for any memory or time: each is refused before more is taken than the file has bytes."""

import io
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from digitlab.runs.directories import CONFIG, LAST, RESULT
from digitlab.runs.sweep_state import SWEEP_STATE
from support.sample_runs import load
from torture.hostile_links import Case

LEFT = b"\x80\x02"  # how a pickle begins, and what it holds in the end
HUGE = 2_960_000_000


def _pickled(make: Callable[[bytes], bytes], run: Path, outside: Path) -> None:
    """Change the pickle of a checkpoint; its tensors stay."""
    with zipfile.ZipFile(run / LAST) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(run / LAST, "w") as archive:
        for name, content in records.items():
            archive.writestr(name, make(content) if name.endswith("/data.pkl") else content)


def _lists_of_one() -> bytes:
    return LEFT + b"(" + b"]" * 1_900_000 + b"l."


def _doubled(step: bytes, times: int) -> bytes:
    """Return a list that holds itself twice, and so on; it takes `step` to double."""
    return LEFT + b"]q\x00" + step * times + b"."


def _copied(how: bytes) -> bytes:
    """Return copies of one large thing, a few bytes each: quadratic in the bytes of the file."""
    items = b"".join(b"X\x06\x00\x00\x00%06dK\x00\x86" % number for number in range(50_000))
    return LEFT + b"](" + items + b"eq\x00ccollections\nOrderedDict\nq\x01" + how * 100_000 + b"."


def _attributes() -> bytes:
    names = b"".join(b"X\x06\x00\x00\x00%06dK\x00" % number for number in range(50_000))
    start = LEFT + b"}(" + names + b"uq\x00ccollections\nOrderedDict\nq\x01"
    return start + b"h\x01)Rh\x00b" * 100_000 + b"."


def _nested_key() -> bytes:
    return LEFT + b"}" + b")" + b"q\x00h\x00\x86" * 60 + b"K\x00s."


PICKLES = {
    "BYTEARRAY8 of 3 GB": lambda: b"\x80\x05\x96" + struct.pack("<Q", HUGE) + b".",
    "BINBYTES8 of 3 GB": lambda: b"\x80\x05\x8e" + struct.pack("<Q", HUGE) + b".",
    "BINBYTES of 3 GB": lambda: LEFT + b"B" + struct.pack("<I", HUGE) + b".",
    "BINUNICODE of 3 GB": lambda: LEFT + b"X" + struct.pack("<I", HUGE) + b".",
    "BINUNICODE8 of 3 GB": lambda: b"\x80\x05\x8d" + struct.pack("<Q", HUGE) + b".",
    "FRAME of 3 GB": lambda: b"\x80\x05\x95" + struct.pack("<Q", HUGE) + b"N.",
    "LONG4 of 1 MB": lambda: LEFT + b"\x8b" + struct.pack("<i", 2**20) + b"\x7f" * 2**20 + b".",
    "INT of 1,000,000 digits": lambda: LEFT + b"I" + b"9" * 1_000_000 + b"\n.",
    "a memo of number four billion": lambda: LEFT + b"Nr" + struct.pack("<I", 2**32 - 1) + b".",
    "two million empty lists": _lists_of_one,
    "a list of itself twice, 60 times": partial(_doubled, b"q\x00]h\x00ah\x00a", 60),
    "a key of a tuple of itself twice, 60 times": _nested_key,
    "a dictionary that is copied 100,000 times": partial(_copied, b"h\x01h\x00\x85R"),
    "attributes that are copied 100,000 times": _attributes,
}


def _changed(change: Callable[[dict[str, Any]], object], run: Path, outside: Path) -> None:
    content = load(run / LAST)
    change(content)
    torch.save(content, run / LAST)


def _in_optimizer(value: Callable[[], Any]) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["optimizer_states"][0]["state"].update({0: {"exp_avg": value()}})


def _of_model(**model: Any) -> Callable[[dict[str, Any]], object]:
    def change(content: dict[str, Any]) -> None:
        content["hyper_parameters"]["model"] = model

    return change


def _of_metric(name: str, **arguments: Any) -> Callable[[dict[str, Any]], object]:
    section = {"_target_": f"torchmetrics.classification.{name}", **arguments}
    return lambda content: content["hyper_parameters"].update(metrics={"acc": section})


def _thin() -> torch.Tensor:
    return torch.zeros(1, dtype=torch.float64).expand(500_000_000)


STAGED = "digitlab.nets.StagedCNN"
CONTENTS = {
    "an expanded float64 of 4 GB in the optimizer": _in_optimizer(_thin),
    "an expanded float64 of 4 GB anywhere": lambda content: content.update(extra=[{"deep": _thin()}]),
    "100,000 views of one tensor": lambda content: content.update(
        extra=[next(iter(content["state_dict"].values()))] * 100_000
    ),
    "depths=[100]*1500": _of_model(_target_=STAGED, depths=[100] * 1500, channels=[8] * 1500),
    "depths=[1e9]": _of_model(_target_=STAGED, depths=[10**9], channels=[8]),
    "hidden_sizes=[1e9, 1e9]": _of_model(_target_="digitlab.nets.MLP", hidden_sizes=[10**9, 10**9]),
    "100,000 hidden layers": _of_model(_target_="digitlab.nets.MLP", hidden_sizes=[1] * 100_000),
    "a confusion matrix of 20,000 classes": _of_metric("MulticlassConfusionMatrix", num_classes=20_000),
    "300 million thresholds": _of_metric("MulticlassAUROC", num_classes=10, thresholds=300_000_000),
    "60,000 thresholds of 60,000 classes": _of_metric("MulticlassROC", num_classes=60_000, thresholds=60_000),
    "15,000 hidden layers": _of_model(_target_="digitlab.nets.MLP", hidden_sizes=[1] * 15_000),
}


def _beyond_its_record(pickled: bytes) -> bytes:
    """Let a tensor say that its record is far larger."""
    return pickled.replace(b"M@\x0c", b"J\x00\x00\x00\x7f")  # 4 x 784


def _many_records(run: Path, outside: Path) -> None:
    with zipfile.ZipFile(run / LAST, "w") as archive:
        for number in range(75_000):
            archive.writestr(f"archive/data/{number}", b"")


def _overlapping(run: Path, outside: Path) -> None:
    """Many names for the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a/data.pkl", bytes(2**20))
    whole = content.getvalue()
    start, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    entries = b"".join(whole[start:end].replace(b"data.pkl", b"%08d" % number) for number in range(20_000))
    sizes = struct.pack("<HHII", 20_000, 20_000, len(entries), start)
    (run / LAST).write_bytes(whole[:start] + entries + b"PK\x05\x06" + bytes(4) + sizes + bytes(2))


def _text(name: str, make: Callable[[], str], run: Path, outside: Path) -> None:
    (run / name).write_text(make())


LAUGHS = "a0: &a0 x\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
LISTS = "[" + "[]," * 10_000_000 + "0]"  # 30 MB, and 600 in memory
TEXTS = {
    "a result of ten million lists": (RESULT, lambda: LISTS),
    "a result of lists in lists": (RESULT, lambda: "[" * 900_000),
    "a sweep of ten million lists": (SWEEP_STATE, lambda: LISTS),
    "settings of ten million lists": (CONFIG, lambda: f"a: {LISTS}"),
    "settings that multiply": (CONFIG, lambda: LAUGHS),
    "settings in settings": (CONFIG, lambda: "[" * 60_000),
    "settings of 40,000 numbers": (CONFIG, lambda: "a: [" + "1," * 40_000 + "1]"),
    "settings with a key of 100,000 signs": (CONFIG, lambda: "x" * 100_000 + ": 1"),
}
SIZES = (
    *(Case(label, partial(_pickled, lambda _, make=make: make())) for label, make in PICKLES.items()),
    *(Case(label, partial(_changed, change)) for label, change in CONTENTS.items()),
    Case("a tensor beyond its record", partial(_pickled, _beyond_its_record)),
    Case("75,000 records", _many_records),
    Case("20,000 names for the same bytes", _overlapping),
    *(Case(label, partial(_text, name, make)) for label, (name, make) in TEXTS.items()),
)
