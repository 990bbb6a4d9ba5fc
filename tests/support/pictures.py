"""Folders of small pictures to learn from, and the settings that do so in seconds."""

from pathlib import Path

import numpy as np
from PIL import Image

from conftest import make_digits
from digitlab.data.batch import ImageSet

QUICK = (
    "data=image_folder", "model=mlp", "model.hidden_sizes=[32]", "trainer.accelerator=cpu", "trainer.max_epochs=4",
    "logger=none", "trainer.precision=32-true", "callbacks.progress=null", "data.batch_size=20",
)  # fmt: skip


def write_pictures(root: Path, count: int, seed: int, classes: int = 3, suffix: str = ".png") -> None:
    """Write learnable pictures, `root/<class>/<number>`, bright ink on dark paper."""
    images, labels = make_digits(count, seed, classes)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = root / f"class{label}" / f"{number:04d}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)


def noise(height: int, width: int, *channels: int) -> np.ndarray:
    """Return uint8 of the shape."""
    return np.random.default_rng(height).integers(0, 256, (height, width, *channels)).astype(np.uint8)


def content(data: ImageSet | None) -> set[bytes]:
    """Return the pictures of a part as bytes."""
    assert data is not None
    images = data.images[0 : len(data.labels)]
    return {image.numpy().tobytes() for image in images}
