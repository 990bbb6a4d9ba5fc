"""Randomness that depends on nothing but where we are, so that a resumed run draws what an uninterrupted one draws."""

import torch

MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """Return 63 bits that depend on every one of `numbers` and their order, the same on every machine.

    One round of SplitMix64 for each number (Steele, Lea and Flood, 2014): a microsecond, and neighbours have nothing in
    common.
    """
    state = 0
    for number in numbers:
        state = (state + (number & MASK) + 0x9E3779B97F4A7C15) & MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
        state ^= state >> 31
    return state >> 1


def seed_step(seed: int, epoch: int, step: int, rank: int, device: torch.device) -> None:
    """Seed the generators that a training step draws from, on the CPU and on its device.

    No state of a generator is ever saved: it is a function of the arguments. On the CPU this takes about a microsecond;
    `torch.manual_seed`, which looks at every device there is, takes eighty.
    """
    number = mix(seed, epoch, step, rank)
    torch.default_generator.manual_seed(number)
    if device.type == "cuda":
        torch.cuda.manual_seed(number)
    elif device.type == "mps":
        torch.mps.manual_seed(number)
