"""The bundled data set: 1,797 real handwritten digits that come with scikit-learn, no download needed.

They are the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, 1998): 43 people
wrote, 13 of them are in this part, and both parts cut here contain all of these writers. A model trained on
them gets about 99% of its own held-out digits and far fewer of MNIST's, so its numbers are never MNIST's.
"""

import numpy as np

from digitlab.data.catalogue import Part

TEST_COUNT = 360  # a fifth of 1,797, rounded up
SPLIT_SEED = 0


def read_digits(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 `(N, 8, 8)` and labels int64 `(N,)`: 1,437 to train with or 360 to test with."""
    from sklearn.datasets import load_digits  # half a second that no other data set should pay for

    bundle = load_digits()
    images = np.rint(bundle.images * (255 / 16)).astype(np.uint8)  # the grey levels are 0..16
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    chosen = order[:TEST_COUNT] if part == "test" else order[TEST_COUNT:]
    return images[chosen], bundle.target[chosen].astype(np.int64)
