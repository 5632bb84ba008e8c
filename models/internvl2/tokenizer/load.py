"""The tokenizer of a checkpoint folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..errors import CheckpointError
from .config import read_tokenizer_config

# The files that each class reads. The reference loads with `use_fast=False`, so a class without "Fast" in its name
# reads its own files and ignores a tokenizer.json in the same folder.
_FILES = {
    "InternLM2Tokenizer": ("tokenizer.model",),
    "LlamaTokenizer": ("tokenizer.model",),
    "PreTrainedTokenizerFast": ("tokenizer.json",),
    "Qwen2Tokenizer": ("vocab.json", "merges.txt"),
}


class Tokenizer(Protocol):
    """Text to token ids and back, as the checkpoint's published tokenizer does it."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that were read."""
        ...

    @property
    def special_ids(self) -> frozenset[int]:
        """The ids that `decode` leaves out with `skip_special_tokens`."""
        ...

    def __len__(self) -> int:
        """The highest id plus one; at most the rows of the embedding."""
        ...

    def encode(self, text: str) -> list[int]:
        """Token ids of `text`.

        Special tokens in the text are recognised, whatever its origin. BOS and EOS are added where the checkpoint's own
        configuration adds them. A surrogate, which has no UTF-8 form, counts as U+FFFD.
        """
        ...

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        """Text of `ids`, byte for byte as the reference decodes them, spaces between special tokens included.

        Raises:
            ValueError: an id has no token.
        """
        ...

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The token of each id, as in the vocabulary.

        Raises:
            ValueError: an id has no token.
        """
        ...

    def token_id(self, token: str) -> int:
        """The id of one token.

        Raises:
            CheckpointError: the vocabulary has no such token.
        """
        ...


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of `folder`, of the class that `tokenizer_class` in its tokenizer_config.json names.

    Only the name counts: `auto_map` and Python files in the folder are ignored.

    Raises:
        CheckpointError: the folder has no tokenizer or not all of its files, the class is not supported, or a file
            cannot be read.
    """
    if not any((folder / name).is_file() for names in _FILES.values() for name in names):
        raise CheckpointError(
            f"{folder}: contains no tokenizer; tokenizer.json, vocab.json with merges.txt, or tokenizer.model is needed"
        )
    config = read_tokenizer_config(folder)
    kind = config.settings.get("tokenizer_class")
    if not isinstance(kind, str) or kind not in _FILES:
        raise CheckpointError(
            f"{config.path}: tokenizer_class is {kind!r}; InternVL2 has {', '.join(_FILES)}, nothing else is read"
        )
    paths = [folder / name for name in _FILES[kind]]
    for path in paths:
        if not path.is_file():
            raise CheckpointError(f"{path}: is missing; {kind} needs it")
    # Imported here: each kind has a library of its own.
    if kind == "Qwen2Tokenizer":
        from .qwen2 import Qwen2Tokenizer

        return Qwen2Tokenizer(config, paths[0], paths[1])
    if kind == "PreTrainedTokenizerFast":
        from .fast import FastTokenizer

        return FastTokenizer(config, paths[0])
    from .llama import InternLM2Tokenizer, LlamaTokenizer

    return InternLM2Tokenizer(config, paths[0]) if kind == "InternLM2Tokenizer" else LlamaTokenizer(config, paths[0])
