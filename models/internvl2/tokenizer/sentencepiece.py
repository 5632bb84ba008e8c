"""tokenizer.model read with sentencepiece."""

from collections.abc import Mapping
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from ..errors import CheckpointError

# Fields of sentencepiece_model.proto's ModelProto: pieces, trainer_spec, normalizer_spec.
_NEEDED_FIELDS = {1, 2, 3}
# ModelProto{normalizer_spec{add_dummy_prefix: false}}. Serialised messages that follow each other are merged, the last
# value of a field wins (protobuf's encoding guide, "Last One Wins").
_NO_DUMMY_PREFIX = b"\x1a\x02\x18\x00"


class SentencePieceModel:
    """The vocabulary of a tokenizer.model.

    Args:
        path: the file.
        dummy_prefix: False switches the model's own `add_dummy_prefix` off; True leaves it as it is in the file.

    Raises:
        CheckpointError: the file cannot be read or was cut short.
    """

    def __init__(self, path: Path, *, dummy_prefix: bool = True) -> None:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CheckpointError(f"{path}: cannot be read: {error}") from error
        if not _fields(data) >= _NEEDED_FIELDS:
            raise CheckpointError(f"{path}: is no sentencepiece model or was cut short; fetch it again")
        self._processor = SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(data if dummy_prefix else data + _NO_DUMMY_PREFIX)
        except RuntimeError as error:
            raise CheckpointError(f"{path}: is no sentencepiece model: {error}; fetch it again") from error

    def pieces(self) -> Mapping[int, str]:
        """Every piece by id."""
        return dict(enumerate(self._processor.id_to_piece(list(range(self._processor.get_piece_size())))))

    def encode(self, text: str) -> list[str]:
        return list(self._processor.encode(text, out_type=str))

    def decode(self, pieces: list[str]) -> str:
        return str(self._processor.decode(pieces)) if pieces else ""

    def piece_id(self, piece: str) -> int:
        """The unknown piece's id where there is no such piece."""
        return int(self._processor.piece_to_id(piece))

    @property
    def bos_id(self) -> int:
        """-1 where the model has none."""
        return int(self._processor.bos_id())

    @property
    def eos_id(self) -> int:
        """-1 where the model has none."""
        return int(self._processor.eos_id())


def _fields(data: bytes) -> set[int]:
    """Field numbers of a serialised message; empty where it does not end at the end of a field.

    A file that was cut between two fields is a message too, and sentencepiece has defaults for what is missing.
    """
    found: set[int] = set()
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        kind = tag & 7
        if kind == 0:
            _, position = _varint(data, position)
        elif kind == 2:
            length, position = _varint(data, position)
            position += length
        elif kind in (1, 5):
            position += 8 if kind == 1 else 4
        else:
            return set()
        found.add(tag >> 3)
    return found if position == len(data) else set()


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position` and where it ends; past the end of `data` where it is cut short."""
    value = shift = 0
    while position < len(data) and shift < 64:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
    return value, len(data) + 1
