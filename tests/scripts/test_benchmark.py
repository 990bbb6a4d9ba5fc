"""The benchmark's suites: how they are listed, and that both sides of each do the same work."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import DictConfig
from torch import nn
from torch.nn.functional import cross_entropy

import benchmark
from benchmarks import lesson, transfer
from benchmarks.by_hand import Epochs
from benchmarks.turns import Contender
from digitlab.build import build_module
from digitlab.system.atomic_files import write_json

CPU = torch.device("cpu")


def test_help_lists_every_suite(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        benchmark.main(["--help"])
    shown = capsys.readouterr().out
    for name in benchmark.SUITES:
        assert f"\n    {name}" in shown
    files = Path(benchmark.__file__).parent.glob("benchmarks/*.py")
    written = {path.stem for path in files if "\nROUNDS, " in path.read_text()}
    assert written == set(benchmark.SUITES)


@pytest.mark.parametrize("name", [name for name in benchmark.SUITES if name != "doctor"])  # which races nobody
def test_every_suite_has_contests(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)  # the one suite that asks is only listed here
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "a device")
    options = benchmark.parse([name, "--folder", str(tmp_path)] if name == "scaling" else [name])
    contests = import_module(f"benchmarks.{name}").contests(options)
    assert contests
    for contenders in contests.values():
        assert len(contenders) > 1
        assert all(isinstance(contender, Contender) for contender in contenders.values())


@pytest.mark.parametrize("arguments", [["epoch", "--rounds", "0"], ["epoch", "--models", "transformer"], ["speed"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        benchmark.parse(arguments)


def test_the_lessons_program_learns_and_keeps_the_time(tiny_mnist: Path) -> None:
    epochs = list(lesson.lesson("mlp", tiny_mnist, seed=1, epochs=3, workers=0, device=CPU))
    assert len(epochs) == 3
    assert epochs[-1].accuracy > 0.9
    assert all(epoch.training_seconds > 0 and epoch.evaluation_seconds > 0 for epoch in epochs)


def test_the_lessons_program_stops_where_it_was_told(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"
    arguments = ["--model", "mlp", "--epochs", "9", "--until", "0.5", "--workers", "0", "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", ["lesson", *arguments, "--data-dir", str(tiny_mnist), "--json", str(figures)])
    lesson.main()
    epochs = json.loads(figures.read_text())["epochs"]
    assert epochs[-1]["accuracy"] >= 0.5
    assert all(epoch["accuracy"] < 0.5 for epoch in epochs[:-1])
    assert capsys.readouterr().out.count("accuracy=") == len(epochs) < 9


def test_the_lessons_program_fetches_nothing_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lesson", "--data-dir", str(tmp_path)])
    with pytest.raises(SystemExit, match="2"):
        lesson.main()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("model", sorted(lesson.NETS))
def test_both_sides_begin_with_the_same_weights(model: str, job: Callable[..., DictConfig]) -> None:
    torch.manual_seed(7)
    ours = build_module(job(f"model={model}")).net.state_dict()
    theirs = lesson.new_net(model, 7).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("model", sorted(lesson.NETS))
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("reduced", [False, True])
def test_both_sides_compute_the_same_to_the_bit(model: str, layout: torch.memory_format, reduced: bool) -> None:
    images, labels = torch.randn(16, 1, 28, 28).to(memory_format=layout), torch.arange(16) % 10
    torch.manual_seed(7)
    ours, theirs = lesson.NETS[model](), lesson.new_net(model, 7)
    for net in (ours, theirs):
        torch.manual_seed(1)  # for dropout
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            cross_entropy(net.to(memory_format=layout)(images), labels).backward()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.grad is not None
        assert torch.equal(mine.grad, other.grad)


def test_the_lessons_networks_rectify_before_they_pool() -> None:
    for model, pools in (("cnn", [3, 7]), ("digit_classifier", [6])):
        net = lesson.new_net(model, 1)
        assert any(isinstance(layer, nn.AdaptiveAvgPool2d) for layer in net.modules())
        layers = list(net.get_submodule("features").children())
        assert [place for place, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)] == pools
        assert all(isinstance(layers[place - 1], nn.ReLU) for place in pools)


def test_trainer_and_loop_do_the_same_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    options = argparse.Namespace(data="digits", data_dir=tmp_path, precision="bf16-mixed")
    epochs = Epochs(options, "mlp")
    epochs.overrides += ["model.dropout=0.0", "memory_format=contiguous"]  # the loop draws other masks
    modules: list[Any] = []
    prepare = epochs._prepare

    def remember(seed: int, batches: int | None) -> object:
        training = prepare(seed, batches)
        modules.append(training.module)
        return training

    monkeypatch.setattr(epochs, "_prepare", remember)
    by_trainer, by_loop = epochs.by_trainer(3), epochs.by_loop(3)
    assert 0 < by_trainer["epoch [s]"] < by_trainer["epoch and its end [s]"]
    assert 0 < by_loop["epoch [s]"] == by_loop["epoch and its end [s]"]
    one, other = (module.net.state_dict() for module in modules)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_an_epoch_of_both_sides_by_processes(
    tiny_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"
    data = ["--data-dir", str(tiny_mnist), "--workers", "0"]
    command = ["epoch", "--models", "mlp", "--rounds", "1", *data, "--continue", str(figures)]
    benchmark.main(command)
    runs = json.loads(figures.read_text())["contests"]["mlp"]
    ours, theirs = (runs[name][0]["figures"] for name in ("digitlab", "lesson"))
    assert 0 < ours["epoch [s]"] < ours["fit [s]"]
    assert 0 < theirs["epoch [s]"] == theirs["fit [s]"]
    benchmark.main(command)  # nothing is left to do, and the table is there once more
    assert capsys.readouterr().out.count("digitlab / it") == 4


def test_figures_of_another_suite_are_refused_in_a_line(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    write_json(figures, {"suite": "tax"})
    with pytest.raises(SystemExit, match=r"benchmark: .* has suite tax, this command has epoch"):
        benchmark.main(["epoch", "--continue", str(figures)])


def test_two_versions_run_with_their_own_code(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, figures = tmp_path / "other", tmp_path / "figures.json"
    for name in ("src", "scripts"):
        shutil.copytree(benchmark.ROOT / name, other / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(benchmark.ROOT / "conf", other / "conf")
    config = other / "conf" / "train.yaml"
    config.write_text(config.read_text().replace("label_smoothing: 0.0", "label_smoothing: 0.25"))
    seen: list[Path] = []
    monkeypatch.setattr("benchmarks.versions.run", lambda command, checkout, **_: seen.append(checkout) or 1.0)
    command = ["versions", "--other", str(other), "--models", "mlp", "--rounds", "1", "--data-dir", str(tiny_mnist)]
    benchmark.main([*command, "--continue", str(figures)])
    contests = json.loads(figures.read_text())["contests"]
    assert seen == [benchmark.ROOT] * 3 + [other] * 3
    for name in ("this", "other"):
        assert all(value > 0 for value in contests["mlp"][name][0]["figures"].values())


def test_a_learning_curve_has_a_table_and_a_picture(
    tiny_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, picture = tmp_path / "figures.json", tmp_path / "curves.png"
    few = ["--rounds", "1", "--labels", "1", "all", "--steps", "3"]
    small = ["model.channels=[2,2,2]", "model.hidden_size=4"]
    files = ["--data-dir", str(tiny_mnist), "--continue", str(figures), "--picture", str(picture)]
    benchmark.main(["transfer", *few, *files, "--settings", *small])
    contests = json.loads(figures.read_text())["contests"]
    assert list(contests) == [f"{task}, {labels}" for task in transfer.TASKS for labels in ("1", "all")]
    for runs in contests.values():
        assert list(runs) == ["frozen", "fine-tuned", "from scratch"]
        assert all(0 <= runs[way][0]["figures"]["test accuracy [%]"] <= 100 for way in runs)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert f"{picture} has the curves" in capsys.readouterr().out
