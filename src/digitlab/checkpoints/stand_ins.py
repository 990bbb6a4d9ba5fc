"""What stands for tensors while a checkpoint is read without torch: what they say of themselves, held to the file.

A tensor is a view of a storage, the bytes of a record of the archive. A view can repeat bytes (a stride of 0), and many
views can share them, so that a few bytes stand for gigabytes; torch makes room for them when it copies. So no
tensor may be larger than its record, and all together not much larger than all records.
"""

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

ITEM_BYTES = {
    "DoubleStorage": 8, "FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "LongStorage": 8, "IntStorage": 4,
    "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1, "ComplexDoubleStorage": 16,
    "ComplexFloatStorage": 8,
}  # fmt: skip
MOST_AXES = 64  # torch's own limit
SHARED = 16  # times that the bytes of a file may be used by its tensors: layers may share their weights


class TooMuch(ValueError):
    """The file would ask for more than it has, or for what its bytes do not give."""


class Storage(NamedTuple):
    """Stands for the bytes of a record: the kind of its items, and how many there are."""

    kind: str
    items: int


class TensorHeader(NamedTuple):
    """Stands for a tensor: the kind of its storage and its shape."""

    kind: str
    shape: tuple[int, ...]


class StandIns:
    """Makes what stands for tensors, and keeps count of their bytes.

    Args:
        records: Bytes of each record of the archive, by its name behind "data/".
    """

    def __init__(self, records: Mapping[str, int]) -> None:
        self.records = records
        self.left = SHARED * sum(records.values()) + 1024

    def storage(self, pid: Any) -> Storage:
        """Return what stands for the record that a pickle refers to.

        Raises:
            TooMuch: If there is no such record, or it has another size.
        """
        match pid:
            case ("storage", str(kind), str(key), str(), int(count)) if kind in ITEM_BYTES:
                if self.records.get(key) == count * ITEM_BYTES[kind]:
                    return Storage(kind, count)
        raise TooMuch("a tensor whose bytes are not in the file")

    def tensor(
        self, storage: Any, offset: Any, shape: Any, stride: Any, requires_grad: Any, hooks: Any, metadata: Any = None
    ) -> TensorHeader:
        """Return what stands for a view of a storage.

        Raises:
            TooMuch: If it reaches beyond its storage or is larger.
        """
        odd = TooMuch("a tensor that torch has not written")
        if not (isinstance(storage, Storage) and isinstance(shape, tuple) and isinstance(stride, tuple)):
            raise odd
        if len(shape) != len(stride) or len(shape) > MOST_AXES or hooks or metadata:
            raise odd
        if not all(type(number) is int and 0 <= number < 2**48 for number in (offset, *shape, *stride)):
            raise odd
        size = math.prod(shape)
        last = offset + sum((side - 1) * step for side, step in zip(shape, stride, strict=True))
        self.left -= size * ITEM_BYTES[storage.kind]
        if (size and last >= storage.items) or size > storage.items or self.left < 0:
            raise TooMuch("a tensor that says it is larger than its bytes")
        return TensorHeader(storage.kind, shape)


def parameter(data: Any, requires_grad: Any, hooks: Any) -> Any:
    """Return what stands for a tensor that is a parameter.

    Raises:
        TooMuch: If it is none.
    """
    if not isinstance(data, TensorHeader) or hooks:
        raise TooMuch("a tensor that torch has not written")
    return data


def empty_dictionary(*contents: Any) -> OrderedDict[Any, Any]:
    """Return a new ordered dictionary; one made of another would copy that, each time for a few bytes.

    Raises:
        TooMuch: If it is to be filled at once.
    """
    if contents:
        raise TooMuch("a dictionary made of another")
    return OrderedDict()
