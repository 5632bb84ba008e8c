"""A folder's settings of its tokenizer, without the vocabulary.

tokenizer_config.json decides. Its `added_tokens_decoder` lists the added tokens; only where that key is missing are
special_tokens_map.json, added_tokens.json and the added tokens of tokenizer.json read instead. Where these files
contradict a present `added_tokens_decoder` they are not consulted: so does the reference
(tokenization_utils_base.py, `_from_pretrained`). `auto_map` is never read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CheckpointError

SPECIAL_NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
_ADDITIONAL = "additional_special_tokens"


@dataclass(frozen=True)
class AddedToken:
    """A token that is cut out of the text before the vocabulary is used.

    Attributes:
        lstrip, rstrip: it swallows the white space before or after it.
        single_word: it counts only where a space or another edge of the text is on both sides.
        normalized: it is looked for in the normalised text (read by tokenizer.json's kind only).
        special: it is marked as special where it was added; which tokens decoding skips is another list.
    """

    content: str
    lstrip: bool = False
    rstrip: bool = False
    single_word: bool = False
    normalized: bool = False
    special: bool = True


@dataclass(frozen=True)
class TokenizerConfig:
    """The settings of a folder's tokenizer.

    Attributes:
        settings: tokenizer_config.json.
        added: added tokens by id.
        special: the special tokens that the folder sets, by name (`bos_token`, ...). A name that is missing has the
            default of the tokenizer's class, one that is None has no token. A plain string leaves the token's flags
            as they are in `added`.
        additional: `additional_special_tokens`, in order.
        files: what was read, in order.
    """

    folder: Path
    settings: Mapping[str, Any]
    added: Mapping[int, AddedToken]
    special: Mapping[str, AddedToken | str | None]
    additional: tuple[AddedToken | str, ...]
    files: tuple[Path, ...]

    @property
    def path(self) -> Path:
        return self.files[0]

    @property
    def lists_added_tokens(self) -> bool:
        """Whether tokenizer_config.json itself has the added tokens."""
        return "added_tokens_decoder" in self.settings

    def flag(self, name: str, default: bool) -> bool:
        """A boolean setting; null counts as false, as in Python."""
        value = self.settings.get(name, default)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise CheckpointError(f"{self.path}: {name} is {value!r}, not true or false")


def read_tokenizer_config(folder: Path) -> TokenizerConfig:
    """The tokenizer settings of `folder`.

    Raises:
        CheckpointError: tokenizer_config.json is missing, or a file cannot be read or has an entry of a wrong form.
    """
    path = folder / "tokenizer_config.json"
    if not path.is_file():
        raise CheckpointError(f"{path}: is missing; it defines the kind of tokenizer")
    settings = read_json(path)
    special = {name: _token(path, name, settings[name]) for name in SPECIAL_NAMES if name in settings}
    additional = _tokens(path, _ADDITIONAL, settings.get(_ADDITIONAL))
    if "added_tokens_decoder" in settings:
        added = _added(path, settings["added_tokens_decoder"])
        return TokenizerConfig(folder, settings, added, special, additional, (path,))

    files = [path]
    mapped = folder / "special_tokens_map.json"
    if mapped.is_file():
        files.append(mapped)
        entries = read_json(mapped)
        special |= {name: _token(mapped, name, entries[name]) for name in SPECIAL_NAMES if name in entries}
        more = _tokens(mapped, _ADDITIONAL, entries.get(_ADDITIONAL))
        additional += tuple(token for token in more if token not in additional)
    added = {}
    listed = folder / "added_tokens.json"
    if listed.is_file():
        files.append(listed)
        for content, number in read_json(listed).items():
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                raise CheckpointError(f"{listed}: {content!r} has the id {number!r}")
            added[number] = AddedToken(content)
    whole = folder / "tokenizer.json"
    if whole.is_file():
        files.append(whole)
        added |= _from_tokenizer_json(whole)
    return TokenizerConfig(folder, settings, added, special, additional, tuple(files))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; raises `CheckpointError` that names the file if it is not one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read as JSON: {error}; fetch it again") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path}: is not a JSON object; fetch it again")
    return value


def content_of(token: AddedToken | str) -> str:
    return token if isinstance(token, str) else token.content


def _added(path: Path, entries: object) -> dict[int, AddedToken]:
    if not isinstance(entries, dict):
        raise CheckpointError(f"{path}: added_tokens_decoder is not an object of tokens by id")
    added = {}
    for number, entry in entries.items():
        if not (number.isascii() and number.isdigit()):
            raise CheckpointError(f"{path}: added_tokens_decoder has {number!r} where an id is needed")
        added[int(number)] = _added_token(path, f"added_tokens_decoder[{number}]", entry, special=False)
    return added


def _from_tokenizer_json(path: Path) -> dict[int, AddedToken]:
    entries = read_json(path).get("added_tokens", [])
    if not isinstance(entries, list):
        raise CheckpointError(f"{path}: added_tokens is no list")
    added = {}
    for entry in entries:
        token = _added_token(path, "added_tokens", entry, special=False)
        if not isinstance(entry.get("id"), int):
            raise CheckpointError(f"{path}: the added token {token.content!r} has no id")
        added[entry["id"]] = token
    return added


def _token(path: Path, name: str, value: object) -> AddedToken | str | None:
    return value if value is None or isinstance(value, str) else _added_token(path, name, value, special=True)


def _tokens(path: Path, name: str, values: object) -> tuple[AddedToken | str, ...]:
    if values is None:
        return ()
    if not isinstance(values, list):
        raise CheckpointError(f"{path}: {name} is no list of tokens")
    return tuple(value if isinstance(value, str) else _added_token(path, name, value, special=True) for value in values)


def _added_token(path: Path, name: str, entry: object, *, special: bool) -> AddedToken:
    if not isinstance(entry, dict) or not isinstance(entry.get("content"), str):
        raise CheckpointError(f"{path}: {name} is {entry!r}, not a token with its content")
    special = bool(entry.get("special", special))
    return AddedToken(
        content=entry["content"],
        lstrip=bool(entry.get("lstrip", False)),
        rstrip=bool(entry.get("rstrip", False)),
        single_word=bool(entry.get("single_word", False)),
        normalized=bool(entry.get("normalized", not special)),
        special=special,
    )
