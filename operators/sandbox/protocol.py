"""The message format between a process and its sandboxed child, over a pair of pipes.

A message consists of a header (magic, number of out-of-band buffers), the length of each part, the pickle, and the
buffers. Arrays are sent as out-of-band buffers of pickle protocol 5, so that an image is never copied into the pickle.
"""

import dataclasses
import enum
import io
import pickle
import struct
from collections.abc import Callable
from typing import Any

MAGIC = b"dcp1"
HEADER = struct.Struct("<4sI")
_LENGTH = struct.Struct("<Q")
MAX_BUFFERS = 4096
# Copying a smaller array into the pickle is cheaper than a separate read call for it.
_LARGE = 1 << 16

_PICKLE_GLOBALS = {
    ("builtins", "bytearray"),
    ("builtins", "complex"),
    ("builtins", "frozenset"),
    ("builtins", "range"),
    ("builtins", "set"),
    ("builtins", "slice"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy.core.numeric", "_frombuffer"),
}


class ProtocolError(Exception):
    """The bytes that the pipe delivered are not a valid message."""


class _DataUnpickler(pickle.Unpickler):
    """Unpickles plain data, arrays, and dataclasses and enums of this package; refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PICKLE_GLOBALS:
            return super().find_class(module, name)
        package = __name__.partition(".")[0]
        if module.partition(".")[0] == package and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum)):
                return found
        raise ProtocolError(f"a message may not contain {module}.{name}")


def encode(message: object) -> list[memoryview]:
    """The parts of a message in the order in which they are written; exceptions of pickling pass through."""
    buffers: list[memoryview] = []

    def keep_in_band(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _LARGE:
            return True
        buffers.append(raw)
        return False

    body = pickle.dumps(message, protocol=5, buffer_callback=keep_in_band)
    if len(buffers) > MAX_BUFFERS:
        buffers = []
        body = pickle.dumps(message, protocol=5)
    head = bytearray(HEADER.pack(MAGIC, len(buffers)))
    head += _LENGTH.pack(len(body))
    for buffer in buffers:
        head += _LENGTH.pack(buffer.nbytes)
    return [memoryview(bytes(head) + body), *(buffer for buffer in buffers if buffer.nbytes)]


def receive(read_exactly: Callable[[int], bytearray], max_bytes: int, *, trusted: bool) -> Any:
    """Read one message with `read_exactly(n)`, which returns n bytes or raises.

    With `trusted=False` the message can only build data: a child whose parser was compromised must not run code in
    its parent. Raises ProtocolError for anything that is not a message of at most `max_bytes`.
    """
    magic, count = HEADER.unpack(read_exactly(HEADER.size))
    if magic != MAGIC or count > MAX_BUFFERS:
        raise ProtocolError("bytes that are not a message")
    lengths = struct.unpack(f"<{count + 1}Q", read_exactly(_LENGTH.size * (count + 1)))
    if sum(lengths) > max_bytes:
        raise ProtocolError(f"a message of {sum(lengths)} bytes, above the limit of {max_bytes}")
    body = read_exactly(lengths[0])
    buffers = [read_exactly(length) for length in lengths[1:]]
    try:
        if trusted:
            return pickle.loads(body, buffers=buffers)
        return _DataUnpickler(io.BytesIO(body), buffers=buffers).load()
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"a message that cannot be decoded: {type(error).__name__}: {error}") from None
