"""Seeds from places: the same everywhere, and nothing in common between neighbours."""

import itertools

import torch

from digitlab.callbacks.step_seed import mix, seed_step

CPU = torch.device("cpu")


def test_mixed_numbers_are_the_same_on_every_machine() -> None:
    assert mix(42, 0, 0, 0) == mix(42, 0, 0, 0)
    assert mix(1, 2) == 6804074658870690613  # a change here would change every run that is to be resumed
    assert mix(1, 2) != mix(2, 1)


def test_neighbours_differ_in_about_half_of_their_bits() -> None:
    numbers = [mix(seed, epoch, step, 0) for seed, epoch, step in itertools.product(range(4), range(4), range(16))]
    assert len(set(numbers)) == 256
    flips = [bin(one ^ other).count("1") for one, other in itertools.pairwise(numbers)]
    assert 28 < sum(flips) / len(flips) < 35
    assert all(0 <= number < 2**63 for number in numbers)


def test_a_step_draws_the_same_whatever_was_drawn_before() -> None:
    seed_step(1, 2, 3, 0, CPU)
    first = torch.rand(5)
    torch.rand(1000)
    seed_step(1, 2, 3, 0, CPU)
    assert torch.equal(torch.rand(5), first)
    seed_step(1, 2, 4, 0, CPU)
    assert not torch.equal(torch.rand(5), first)
