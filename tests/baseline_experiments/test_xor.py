"""XOR: who solves it, and every number of one step."""

from pathlib import Path

import numpy as np

from digitlab.baseline.activations import Tanh
from digitlab.baseline.containers import Sequential
from digitlab.baseline.linear import Linear
from digitlab.baseline.losses import binary_cross_entropy
from digitlab.baseline_experiments import xor
from digitlab.baseline_experiments.outcome import Outcome
from digitlab.baseline_experiments.plots.xor import draw
from digitlab.baseline_experiments.trace import trace_step


def run(**changes: object) -> Outcome:
    settings = {"hidden_sizes": [8], "activation": "tanh", "lr": 0.1, "epochs": 300, "seeds": 3, "seed": 0}
    return xor.run(**{**settings, "trace": False, **changes})  # type: ignore[arg-type]


def test_our_nets_solve_it_and_a_net_without_training_does_not(tmp_path: Path) -> None:
    outcome = run()
    assert outcome.figures["solved"] == 1
    assert all(bound.kept for bound in outcome.bounds)
    assert [row["seed"] for row in outcome.metrics] == [0, 1, 2, 0, 1, 2]
    assert draw(outcome.story, tmp_path) == ["xor.png"]
    assert (tmp_path / "xor.png").stat().st_size > 20_000
    untrained = run(epochs=1, seeds=1)
    assert untrained.figures["solved"] == 0
    assert not all(bound.kept for bound in untrained.bounds)


def test_the_lessons_net_is_the_lessons() -> None:
    lesson = xor.train_lessons(np.random.default_rng(0))
    shapes = [parameter.data.shape for parameter in lesson.net.parameters()]
    assert shapes == [(8, 2), (8,), (4, 8), (4,), (1, 4), (1,)]
    assert len(lesson.losses) == 1000


def test_the_trace_shows_what_can_be_worked_out_by_hand() -> None:
    net = Sequential(Linear(1, 1, rng=np.random.default_rng(0)), Tanh())
    net.load_state_dict({"0.weight": [[2.0]], "0.bias": [-1.0]})
    tables, loss = trace_step(net, binary_cross_entropy, np.array([[1.0]]), np.array([[1.0]]))
    forward, backward = ({row[0]: row[1:] for row in table.rows} for table in tables)
    assert forward["0 Linear y"] == ("(1, 1)", "[[1.000]]")
    y = np.tanh(1.0)
    assert forward["1 Tanh y"] == ("(1, 1)", f"[[{y:.3f}]]")
    assert abs(loss - np.log1p(np.exp(-y))) < 1e-12
    gradient = (1 / (1 + np.exp(-y)) - 1) * (1 - y**2)  # by the chain rule, one factor a layer
    assert backward["1 Tanh ∂loss/∂x"] == ("(1, 1)", f"[[{gradient:.3f}]]")
    assert backward["0 ∂loss/∂weight"] == ("(1, 1)", f"[[{gradient:.3f}]]")
    assert backward["0 Linear ∂loss/∂x"] == ("(1, 1)", f"[[{2 * gradient:.3f}]]")


def test_a_trace_trains_nothing() -> None:
    outcome = run(trace=True)
    assert [table.title for table in outcome.tables] == ["Forward", "Backward"]
    assert outcome.story is None
    assert 0.5 < outcome.figures["loss"] < 1
