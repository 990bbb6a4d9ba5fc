"""Many nets as one: each goes where it would have gone alone, on images of its own."""

import numpy as np
import pytest

from digitlab.baseline.activations import ReLU
from digitlab.baseline.fit import fit, predict
from digitlab.baseline.losses import cross_entropy
from digitlab.baseline.nets import plain_mlp
from digitlab.baseline.optimizers import SGD, Adam
from digitlab.baseline_experiments.side_by_side import Examples, losses_of, side_by_side, train_epoch
from digitlab.baseline_experiments.tuned_nets import draw_examples


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_nets_side_by_side_go_as_if_alone(optimizer: type) -> None:
    train, val = draw_examples([1, 2])
    train, val = (Examples(part.inputs.astype(float), part.labels) for part in (train, val))
    together = side_by_side([plain_mlp((64, 5, 10), np.random.default_rng(k), ReLU) for k in range(2)])
    moved = optimizer(together.parameters(), 0.01)
    shuffles = [np.random.default_rng([k, 9]) for k in range(2)]
    for _ in range(2):
        orders = np.array([shuffle.permutation(train.labels.shape[1]) for shuffle in shuffles])
        train_epoch(together, moved, train, 100, orders)
    for k in range(2):
        net = plain_mlp((64, 5, 10), np.random.default_rng(k), ReLU)
        rng = np.random.default_rng([k, 9])
        fit(
            net,
            cross_entropy,
            optimizer(net.parameters(), 0.01),
            train.inputs[k],
            train.labels[k],
            epochs=2,
            batch_size=100,
            rng=rng,
        )
        alone = cross_entropy(predict(net, val.inputs[k]), val.labels[k])[0]
        assert losses_of(together, val)[k] == pytest.approx(alone, rel=1e-9)


def test_validation_images_are_not_trained_on_and_differ_between_seeds() -> None:
    train, val = draw_examples([1, 2])
    assert train.labels.shape[1] + val.labels.shape[1] == 1437
    assert not np.array_equal(val.inputs[0], val.inputs[1])
    seen = {image.tobytes() for image in train.inputs[0]}
    assert sum(image.tobytes() in seen for image in val.inputs[0]) == 0
