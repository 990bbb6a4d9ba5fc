"""Whether network, data and trainer go together, found out by trying before a long run begins."""

from collections.abc import Sized
from typing import Any

import torch
from lightning import LightningDataModule, LightningModule
from lightning.fabric.utilities.exceptions import MisconfigurationException
from torch import Tensor

from digitlab.datamodule import ImageDataModule
from digitlab.errors import UserError
from digitlab.module import DigitModule

IMAGE_SHAPE = (1, 28, 28)  # of every data set here


def check_network(module: LightningModule, datamodule: LightningDataModule, settings: dict[str, Any]) -> None:
    """Refuse a network that does not map the data's images to the data's classes.

    It is run on two images, in eval mode: blank ones for our data, the first ones of anybody's own. What a
    LightningModule of somebody's own does is its own affair.

    Raises:
        UserError: With the network's own complaint.
    """
    if not isinstance(module, DigitModule):
        if not module.automatic_optimization and settings["trainer"].get("gradient_clip_val"):
            raise UserError(
                f"model={type(module).__name__} steps its optimizers itself, and the trainer clips no gradients "
                "for it; add trainer.gradient_clip_val=null"
            )
        return
    name, classes = settings["model"]["_target_"], settings["data"].get("num_classes")
    ours = isinstance(datamodule, ImageDataModule)
    images = torch.zeros(2, *IMAGE_SHAPE, dtype=torch.uint8) if ours else _first_images(datamodule)
    module.example_input_array = images
    shape = "x".join(str(side) for side in images.shape[1:])
    training = module.training
    try:
        with torch.no_grad():
            output = module.eval()(images)
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        bytes_ = "" if ours or images.is_floating_point() else f" of {images.dtype}, which a mean and std would scale"
        raise UserError(f"model={name} cannot take the data's {shape} images{bytes_}: {reason}") from None
    finally:
        module.train(training)
    if classes is not None and tuple(output.shape) != (len(images), classes):
        raise UserError(
            f"model={name} gives {tuple(output.shape)[1:]} per image; data={settings['data'].get('dataset', 'yours')} "
            f"needs {classes} logits"
        )


def check_test_share(datamodule: LightningDataModule, settings: dict[str, Any]) -> None:
    """Refuse a share of the test batches that is less than one of them: Lightning does so after the training.

    Raises:
        UserError: With the least share.
    """
    share = settings["trainer"].get("limit_test_batches")
    if not settings["test"] or not isinstance(share, float) or not 0 < share < 1:
        return
    datamodule.setup("test")
    loader = datamodule.test_dataloader()
    batches = len(loader) if isinstance(loader, Sized) else 0
    if batches and int(batches * share) < 1:
        raise UserError(
            f"trainer.limit_test_batches={share} of {batches} test batches is less than one; type a whole number "
            f"of batches, or a share of at least {1 / batches:.3g}"
        )


def _first_images(datamodule: LightningDataModule) -> Tensor:
    try:
        images, _ = next(iter(datamodule.train_dataloader()))
    except (TypeError, ValueError, NotImplementedError, MisconfigurationException) as error:
        raise UserError(
            f"data={type(datamodule).__name__}: its training batches must be (images, labels) for a network; a "
            f"LightningModule takes others ({error})"
        ) from None
    return images[:2]
