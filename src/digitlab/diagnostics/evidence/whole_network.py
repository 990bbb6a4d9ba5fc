"""From images to scores, where the last module that gives scores gets no images: the module as a whole, or its step."""

import copy
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn

from digitlab.diagnostics.evidence.batches import images_of, labels_of, tensors_in, with_images
from digitlab.diagnostics.evidence.scores import Call, as_rows
from digitlab.diagnostics.evidence.scores_finder import ScoresFinder
from digitlab.diagnostics.evidence.subject import undisturbed


class StepNetwork(nn.Module):
    """The validation step of a module, as a network from images to scores.

    Args:
        module: A copy of it.
        batch: Whose images are replaced by those that it is called with.
    """

    def __init__(self, module: LightningModule, batch: Any) -> None:
        super().__init__()
        self.module, self.batch = module, batch

    def forward(self, images: Tensor) -> Tensor:
        """Return the scores `(B, C)` of the step for these images."""
        finder = ScoresFinder(self.module)
        try:
            finder.expect(images, labels_of(self.batch), training=False)
            self.module.validation_step(with_images(self.batch, images), 0)
            found = finder.found()
        finally:
            finder.close()
        if found is None:
            raise ValueError("the validation step gives no scores")
        return found.scores


def whole_call(call: Call, module: LightningModule, batch: Any) -> Call:
    """Return a call of the network from images to scores: the one that was found, if it was given images.

    Args:
        call: What gave the scores in a step.
        module: A copy of the module as it was.
        batch: Of training.

    Raises:
        ValueError: If there is no way from images to scores but the training step.
    """
    images = images_of(batch)
    if images is None:
        raise ValueError("the batch holds no images")
    given = [one for one in call.arguments if isinstance(one, Tensor)]
    if call.network is not None and any(one.shape == images.shape for one in given):
        return call
    width = call.scores.shape[1]
    for network in (module, StepNetwork(copy.deepcopy(module), batch)):
        try:
            with undisturbed(), torch.no_grad():
                output = network.eval()(images)
        except Exception:  # no forward of its own, or one that takes more than images
            continue
        rows = next((as_rows(one) for one in tensors_in(output) if as_rows(one).shape[1:] == (width,)), None)
        if rows is not None and len(rows) == len(images):
            state = {name: value.clone() for name, value in network.state_dict().items()}
            return Call(network, (images,), {}, rows, state)
    if call.network is not None and any(one.numel() == images.numel() for one in given):
        return call  # flattened in the step, most likely
    raise ValueError("there is no way from images to scores but the training step")
