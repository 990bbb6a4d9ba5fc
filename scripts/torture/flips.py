"""Damage a checkpoint, one bit or a cut at a time: noticed, or nothing that counts has changed."""

import random
import shutil
from pathlib import Path

from digitlab.errors import UserError
from digitlab.runs.checkpoint import read_checkpoint
from torture.counts import Count
from torture.runs import begin, only_run, whole_state
from torture.states import equal


def flips(rounds: int, root: Path, rng: random.Random) -> list[Count]:
    """Change a bit of a checkpoint, or cut it short, 50 times in each round."""
    expected = whole_state(begin(root), root)
    run = only_run(root)
    assert run is not None
    sound = (run / "checkpoints" / "last.ckpt").read_bytes()
    damaged_file = root / "damaged.ckpt"
    count, harmless = Count("bit flips and cuts"), 0
    for number in range(rounds * 50):
        content = bytearray(sound)
        place = rng.randrange(len(content))
        if number % 4 == 0:
            del content[place:]
        else:
            content[place] ^= 1 << rng.randrange(8)
        damaged_file.write_bytes(content)
        try:
            loaded = read_checkpoint(damaged_file)
        except UserError:
            count.add(None)
            continue
        unchanged = equal({name: loaded[name] for name in expected}, expected)
        harmless += unchanged
        count.add(None if unchanged else f"byte {place} was changed and not noticed")
    print(f"  {harmless} of {count.tried} fell into padding, which holds nothing", flush=True)
    shutil.rmtree(root)
    return [count]
