"""Damage the files of a data set in every way of `damage.py`: training must not begin, and the fault must be named."""

import random
import re
from functools import partial
from pathlib import Path

from support.idx_damage import DAMAGE
from support.mirrors import make_truth, sums_of, take_for_original
from torture.counts import Count
from torture.processes import start_warm
from torture.runs import SETTINGS, only_run


def corruption(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Try `rounds` kinds of damage, drawn at random; all of them if there are fewer."""
    count = Count(f"damaged data is noticed and named ({len(DAMAGE)} kinds)")
    truth = make_truth(root / "truth")
    prepare = partial(take_for_original, sums_of(truth))
    for kind in rng.sample(list(DAMAGE), min(rounds, len(DAMAGE))):
        name, apply, what = DAMAGE[kind]
        place = root / kind
        raw = place / "data" / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for file, content in truth.items():
            (raw / file).write_bytes(content)
        apply(raw / name)
        where = (f"paths.data_dir={place / 'data'}", f"paths.output_root={place}")
        run = start_warm(place, [*SETTINGS, "data=mnist", "data.download=false", *where], prepare=prepare)
        code, said = run.wait(), run.errors()
        named = name in said and re.search(what, said) is not None
        well = code == 2 and named and only_run(place) is None
        count.add(None if well else f"{kind}: exit code {code}, said: {said}")
    return [count]
