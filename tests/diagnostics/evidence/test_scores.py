"""The scores of a network are found among all that its modules give."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from lightning import LightningModule
from torch import Tensor, nn

from digitlab.diagnostics.evidence.scores import Call, accuracy_of, call_anew, rows_of, strangers_in
from digitlab.diagnostics.evidence.scores_finder import ScoresFinder

IMAGES, LABELS = torch.rand(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])


@dataclass
class Answer:
    logits: Tensor
    features: Tensor


class Heads(LightningModule):
    """A body, a head of three classes, then a head that says whether an image is real."""

    def __init__(self, form: Any = None) -> None:
        super().__init__()
        self.body, self.head, self.real = nn.Linear(4, 8), nn.Linear(8, 3), nn.Linear(8, 1)
        self.form = form

    def forward(self, images: Tensor) -> Any:
        features = self.body(images)
        scores = self.head(features)
        self.real(features)
        return scores if self.form is None else self.form(scores, features)


@pytest.mark.parametrize(
    "form",
    [None, lambda logits, features: {"features": features.detach(), "logits": logits}, Answer],
    ids=["tensor", "dict", "dataclass"],
)
def test_scores_are_those_with_a_place_for_each_class(form: Any) -> None:
    module = Heads(form)
    finder = ScoresFinder(module)
    finder.expect(IMAGES, LABELS, training=True)
    module(IMAGES)
    finder.close()
    call = finder.found()
    assert call is not None
    assert torch.equal(call.scores, module.head(module.body(IMAGES)))
    assert torch.equal(call_anew(call), call.scores)
    assert not any(part._forward_hooks for part in module.modules())


def test_a_later_head_for_something_else_is_no_classifier() -> None:
    module = Heads()
    finder = ScoresFinder(module)
    finder.expect(IMAGES, LABELS, training=True)
    features = module.body(IMAGES)
    module.head(features)
    module.real(features)  # whether an image is real, as in training_step of a GAN
    finder.close()
    call = finder.found()
    assert call is not None
    assert call.network is module.head


def test_weights_that_the_module_does_not_know_are_found() -> None:
    hidden, head = nn.Linear(4, 8), nn.Linear(8, 3)
    scores = head(hidden(IMAGES))
    assert sorted(strangers_in(scores, head.parameters())) == [(8,), (8, 4)]
    assert strangers_in(scores, [*head.parameters(), *hidden.parameters()]) == []


def test_one_number_stands_for_two_classes() -> None:
    one = torch.tensor([[2.0], [-1.0]])
    assert rows_of(one).tolist() == [[0.0, 2.0], [0.0, -1.0]]
    assert torch.allclose(rows_of(one).softmax(dim=1)[:, 1], one.sigmoid()[:, 0])


def test_accuracy_is_taken_in_evaluation_mode_and_leaves_the_modes() -> None:
    network = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.99))
    network[0].eval()
    call = Call(network, (IMAGES,), {}, network(IMAGES))
    right = (network[0](IMAGES).argmax(dim=1) == LABELS).float().mean()
    assert accuracy_of(network, [(call, LABELS)]) == pytest.approx(float(right))
    assert [part.training for part in network.modules()] == [True, False, True]
    assert accuracy_of(network, []) is None
