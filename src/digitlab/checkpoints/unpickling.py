"""A pickle read without torch, by a reader that knows what torch writes and nothing else.

What bounds it is the bytes that it has read. Python's own reader takes instructions that make room before they read,
copy what is there already or compute with keys of any depth; of those that torch's safe reader knows, which are few,
three need an eye kept on them: keys, calls and attributes.
"""

import gc
import io
import pickle
from collections.abc import Callable, Mapping
from typing import Any

from digitlab.checkpoints.stand_ins import ITEM_BYTES, StandIns, TooMuch, empty_dictionary, parameter
from digitlab.system.plain_data import is_plain_text

INSTRUCTIONS = (  # those of torch's safe reader that a checkpoint needs
    pickle.PROTO, pickle.STOP, pickle.MARK, pickle.GLOBAL, pickle.REDUCE, pickle.BUILD, pickle.NONE, pickle.NEWFALSE,
    pickle.NEWTRUE, pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.LONG1, pickle.BINFLOAT, pickle.BINUNICODE,
    pickle.SHORT_BINSTRING, pickle.EMPTY_LIST, pickle.APPEND, pickle.APPENDS, pickle.EMPTY_DICT, pickle.SETITEM,
    pickle.SETITEMS, pickle.EMPTY_TUPLE, pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3, pickle.BINPUT,
    pickle.LONG_BINPUT, pickle.BINGET, pickle.LONG_BINGET, pickle.BINPERSID,
)  # fmt: skip
KEYS = (str, int, float, type(None))  # bool is an int; a key of nested tuples can take any time to be looked up
MOST_ATTRIBUTES = 8  # of a dictionary of weights, which has one, `_metadata`
DEEPEST = 24  # lists and dictionaries in one another


class Forbidden(pickle.UnpicklingError):
    """The pickle names something that could run code."""


def unpickle(content: bytes, records: Mapping[str, int]) -> Any:
    """Return what a pickle holds, a `TensorHeader` in the place of each tensor.

    Args:
        content: The pickle.
        records: Bytes of each record of tensors, by its name behind "data/".

    Raises:
        Forbidden: If it names what is no part of a tensor.
        TooMuch: If it asks for more than it has bytes.
        Exception: Anything else, if the bytes are no pickle of torch's.
    """
    collecting = gc.isenabled()
    gc.disable()  # a million lists take two seconds with it, one without
    try:
        found = _Reader(content, StandIns(records)).load()
        _check_size(found, len(content))
    finally:
        if collecting:
            gc.enable()
    return found


class _Reader(pickle._Unpickler):  # the one in C can be made to ask for all memory
    def __init__(self, content: bytes, stand_ins: StandIns) -> None:
        super().__init__(io.BytesIO(content))
        self.known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): empty_dictionary,
            ("torch._utils", "_rebuild_tensor_v2"): stand_ins.tensor,
            ("torch._utils", "_rebuild_parameter"): parameter,
            **{("torch", kind): kind for kind in ITEM_BYTES},
        }
        self.persistent_load = stand_ins.storage  # type: ignore[method-assign]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.known:
            full = f"{module}.{name}"[:100]
            raise Forbidden(full if is_plain_text(full) else ascii(full))
        return self.known[module, name]


def _checked(step: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return an instruction that looks at what it is about to work on."""
    name = step.__name__

    def do(reader: Any) -> None:
        stack = reader.stack
        keys = {"load_setitem": stack[-2:-1], "load_setitems": stack[::2]}.get(name, [])
        if not all(isinstance(key, KEYS) for key in keys):
            raise TooMuch("a key that is neither text nor a number")
        if name == "load_build" and not (isinstance(stack[-1], dict) and len(stack[-1]) <= MOST_ATTRIBUTES):
            raise TooMuch("a dictionary with attributes of its own")
        step(reader)

    return do


ALL: Any = pickle._Unpickler.dispatch
_Reader.dispatch = {code[0]: ALL[code[0]] for code in INSTRUCTIONS}
_Reader.dispatch.update({code[0]: _checked(ALL[code[0]]) for code in (pickle.SETITEM, pickle.SETITEMS, pickle.BUILD)})


def _check_size(content: Any, most: int) -> None:
    """Refuse what a walk would take longer for than its bytes: parts that occur many times, or within themselves.

    Raises:
        TooMuch: If there are more values than `most`, or they lie deeper in one another than any of ours.
    """
    left, level = most, [content]
    for _ in range(DEEPEST):
        left -= len(level)
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                left -= len(value)
                below.extend(value.values())
            elif isinstance(value, list | tuple):
                below.extend(value)
            if left < len(below):
                raise TooMuch("more values than it has bytes")
        level = below
        if not level:
            return
    raise TooMuch("lists within lists without end")
