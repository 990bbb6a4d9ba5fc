"""The gallery of faults: its records are complete, every fault can be built, and it has a healthy twin."""

import re
from collections import Counter

import pytest
import torch
from torch import Generator, nn

from benchmarks.doctor_parts import overrides_in
from gallery.cases import build, paste
from gallery.catalogue import FAULTS, choose, halves
from gallery.data import pairs
from gallery.fault import HARMS, NETS, Fault
from gallery.harmless import HARMLESS
from gallery.healthy import healthy
from gallery.measure import harm, sick_and_healthy
from gallery.spoilers import SPOILERS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_record_is_complete(fault: Fault) -> None:
    assert re.fullmatch(r"[a-z_]+", fault.name)
    assert fault.codes
    assert all(re.fullmatch(r"DL[1-7]\d\d", code) for code in fault.codes)
    assert len(fault.origin) > 20
    assert fault.what
    assert fault.harm in HARMS
    assert set(fault.nets) <= set(NETS)
    assert (fault.maker is None) == bool(fault.overrides)
    assert (fault.maker is not None) == bool(fault.arguments)


def test_there_are_enough_and_none_twice() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names)) >= 40
    assert not set(names) & {fault.name for fault in HARMLESS}
    assert len({fault.codes[0] for fault in FAULTS}) >= 30


def test_the_halves_are_of_one_size_in_every_stage() -> None:
    half = halves()
    for stage in {fault.stage for fault in FAULTS}:
        sizes = Counter(half[fault.name] for fault in FAULTS if fault.stage == stage)
        assert 0 <= sizes["a"] - sizes["b"] <= 1
    assert {fault.name for fault in choose(half="a")} | {fault.name for fault in choose(half="b")} == set(half)


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no fault hubris; there are inputs_in_bytes, "):
        choose(["hubris"])


@pytest.mark.parametrize("fault", [*FAULTS, *HARMLESS], ids=lambda fault: fault.name)
def test_a_fault_is_built(fault: Fault) -> None:
    case = build(fault, fault.nets[0], 1)
    assert (case.settings is None) == (fault.maker is not None)
    assert case.trainer_arguments["max_epochs"]


TWINS = {(fault.maker or fault.base, fault.nets[0]): fault for fault in FAULTS}


@pytest.mark.parametrize("fault", TWINS.values(), ids=lambda fault: f"of_{fault.name}")
def test_a_healthy_twin_gives_logits(fault: Fault) -> None:
    twin = build(fault, fault.nets[0], 1, sick=False)
    twin.datamodule.setup("fit")
    images, labels = next(pairs(twin.datamodule.train_dataloader()))
    assert images.shape[1:] == (1, 28, 28)
    logits = twin.module(images)
    assert logits.shape == (len(labels), 10)
    assert bool(logits.isfinite().all())


@pytest.mark.parametrize("name", SPOILERS)
def test_what_spoils_draws_the_same_each_time(name: str) -> None:
    images, labels = torch.rand(200, 1, 28, 28), torch.arange(200) % 10
    kept = images.clone()
    first, second = (SPOILERS[name](images, labels, Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(images, kept)  # what it was given stays as it was
    assert len(first[0]) == len(first[1])
    assert all(torch.equal(one.nan_to_num(), other.nan_to_num()) for one, other in zip(first, second, strict=True))


def test_a_remedy_is_pasted_as_a_person_would() -> None:
    typed = ("model=squashed", "model.kind=mlp", "optimizer.lr=3", "+extra=1")
    assert paste(typed, ("optimizer.lr=0.1",)) == ("model=squashed", "model.kind=mlp", "+extra=1", "optimizer.lr=0.1")
    assert paste(typed, ("model=cnn",)) == ("optimizer.lr=3", "+extra=1", "model=cnn")


@pytest.mark.parametrize(
    ("remedy", "overrides"),
    [
        ("optimizer.lr=0.003", ["optimizer.lr=0.003"]),
        ("data.mean=0.13 data.std=0.3", ["data.mean=0.13", "data.std=0.3"]),
        ("type model.hidden_sizes=[256,128], it has 2 units", ["model.hidden_sizes=[256,128]"]),
        ("`augment=none`", ["augment=none"]),
        ("scheduler=cosine or scheduler=none", ["scheduler=cosine"]),
        ("call optimizer.zero_grad() before backward", []),
        ("return logits: drop the softmax", []),
        ("F.dropout(x, training=self.training)", []),
        ("+trainer.gradient_clip_val=1.0.", ["+trainer.gradient_clip_val=1.0"]),
    ],
)
def test_overrides_are_found_in_a_remedy(remedy: str, overrides: list[str]) -> None:
    assert overrides_in(remedy) == overrides


def test_there_are_sixty_healthy_trainings_without_mnist() -> None:
    trainings = healthy()
    assert len(trainings) >= 60
    assert len({training.name for training in trainings}) == len(trainings)
    for training in (trainings[0], trainings[-1]):
        assert isinstance(training.build().module, nn.Module)


def test_a_fault_is_shown_to_hurt() -> None:
    (fault,) = choose(["loss_negated"])
    runs = [sick_and_healthy(fault, "mlp", seed) for seed in (1, 2)]
    hurts, words = harm(fault, runs)
    assert hurts
    assert "healthy" in words
    swapped = [{"sick": run["healthy"], "healthy": run["sick"]} for run in runs]
    assert not harm(fault, swapped)[0]
