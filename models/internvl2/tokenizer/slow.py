"""What the reference's slow tokenizers have in common: `PreTrainedTokenizer` of transformers 4.44.

The checkpoints were trained and evaluated with `use_fast=False`, and the slow classes differ from the fast ones of
the same name in spaces around added tokens. Facts: tokenization_utils.py, `tokenize`, `_add_tokens`, `_decode`.
It also contains what the fast tokenizers do to text in the same way.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import CheckpointError
from .config import SPECIAL_NAMES, AddedToken, TokenizerConfig, content_of


class SlowTokenizer(ABC):
    """Added tokens cut out of the text first, the pieces between them tokenized on their own.

    A subclass sets up its vocabulary before it calls `__init__`.
    """

    def __init__(
        self, config: TokenizerConfig, files: Sequence[Path], special: Sequence[AddedToken | str], *, clean_up: bool
    ) -> None:
        self.folder = config.folder
        self.files = (*config.files, *files)
        self._clean_up = clean_up
        self._splits_special = config.flag("split_special_tokens", False)
        self._added = dict(config.added)
        self._added_ids = {token.content: number for number, token in config.added.items()}
        base = self._base_tokens()
        self._vocabulary = self._ids_by_token(base) | self._added_ids
        self._add(special)
        self._vocabulary |= self._added_ids
        self._tokens = dict(base) | {number: token.content for number, token in self._added.items()}
        self._length = max(self._tokens, default=-1) + 1
        self._special = frozenset(map(content_of, special)) - {""}
        self._special_ids = frozenset(self._id(token) for token in self._special)
        # Decoded on their own: added tokens that are not special, and additional ones behind the base vocabulary.
        self._isolated = (self._added_ids.keys() - self._special) | {
            content_of(token) for token in config.additional if self._id(content_of(token)) >= len(base)
        }
        contents = {token.content for token in self._added.values()} - {""}
        # Leftmost, then longest: what the reference's trie finds where no added token is inside another.
        longest_first = sorted(contents, key=len, reverse=True)
        self._added_pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @abstractmethod
    def _base_tokens(self) -> Mapping[int, str]:
        """The vocabulary without added tokens, by id."""

    @abstractmethod
    def _tokenize(self, text: str) -> list[str]:
        """Tokens of a text without added tokens."""

    @abstractmethod
    def _base_id(self, token: str) -> int:
        """The id of a token of `_tokenize`; the unknown token's where it has none."""

    @abstractmethod
    def _join(self, tokens: list[str]) -> str:
        """The text of tokens, special ones of the base vocabulary among them."""

    @property
    def _separator(self) -> str:
        # `spaces_between_special_tokens` of `_decode`: true by default; the setting of that name is not passed on.
        return " "

    def _frame(self, ids: list[int]) -> list[int]:
        """`ids` with BOS and EOS where the checkpoint wants them."""
        return ids

    def _ids_by_token(self, base: Mapping[int, str]) -> dict[str, int]:
        return {token: number for number, token in base.items()}

    def encode(self, text: str) -> list[int]:
        """Token ids; special tokens in the text are recognised, BOS and EOS are added as the checkpoint defines."""
        return self._frame([self._id(token) for token in self._split(well_formed(text))])

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        """Text of `ids`.

        Raises:
            ValueError: an id has no token.
        """
        tokens = self.tokens(ids)
        if skip_special_tokens:
            tokens = [token for number, token in zip(ids, tokens, strict=True) if int(number) not in self._special_ids]
        texts: list[str] = []
        run: list[str] = []
        for token in tokens:
            if token not in self._isolated:
                run.append(token)
                continue
            if run and (joined := self._join(run)):
                texts.append(joined)
            run = []
            texts.append(token)
        if run:
            texts.append(self._join(run))
        text = self._separator.join(texts)
        return clean_up(text) if self._clean_up else text

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The token of each id, as in the vocabulary; raises `ValueError` for an unknown id."""
        try:
            return [self._tokens[int(number)] for number in ids]
        except KeyError as error:
            raise ValueError(f"{error} is no token id of {self.folder}, which has 0 to {len(self) - 1}") from None

    def token_id(self, token: str) -> int:
        """The id of one token; raises `CheckpointError` where the vocabulary has no such token."""
        try:
            return self._vocabulary[token]
        except KeyError:
            raise CheckpointError(f"{self.files[0]}: its tokenizer has no token {token!r}") from None

    @property
    def special_ids(self) -> frozenset[int]:
        return self._special_ids

    def __len__(self) -> int:
        return self._length

    def _id(self, token: str) -> int:
        found = self._added_ids.get(token)
        return self._base_id(token) if found is None else found

    def _add(self, special: Sequence[AddedToken | str]) -> None:
        """Give special tokens that have no id the next free ones."""
        following = len(self._vocabulary)
        for token in special:
            content = content_of(token)
            if not content or (isinstance(token, str) and content in self._added_ids):
                continue
            number = self._added_ids.get(content, self._vocabulary.get(content))
            if number is None:
                number, following = following, following + 1
            self._added[number] = AddedToken(content) if isinstance(token, str) else token
            self._added_ids[content] = number

    def _split(self, text: str) -> list[str]:
        tokens: list[str] = []
        for part, is_added in self._parts(text):
            tokens.extend([part] if is_added else self._tokenize(part))
        return tokens

    def _parts(self, text: str) -> list[tuple[str, bool]]:
        """The non-empty parts of `text`, each an added token or text between them, white space stripped as told."""
        if self._splits_special or self._added_pattern is None:
            return [(text, False)] if text else []
        parts = _cut(self._added_pattern, text)
        for i, part in enumerate(parts):
            number = self._added_ids.get(part)
            if number is None:
                continue
            token = self._added[number]
            # As they are before this token strips them; a neighbour that became empty still has its edge.
            left = parts[i - 1] if i > 0 else ""
            right = parts[i + 1] if i + 1 < len(parts) else ""
            if token.rstrip and right:
                parts[i + 1] = right.lstrip()
            if token.lstrip and left:
                parts[i - 1] = left.rstrip()
            if token.single_word and left and left[-1] != " ":
                parts[i - 1] += part
                parts[i] = ""
            elif token.single_word and right and right[0] != " ":
                parts[i + 1] = part + parts[i + 1]
                parts[i] = ""
        return [(part, part in self._added_ids) for part in parts if part]


def special_tokens(
    config: TokenizerConfig, defaults: Mapping[str, str], *, cast: bool
) -> tuple[Mapping[str, AddedToken | str], list[AddedToken | str]]:
    """The special tokens by name, and all of them in order with the additional ones; the first of a content counts.

    Args:
        defaults: what the tokenizer's class takes where the folder does not set a name.
        cast: the class makes an `AddedToken` without flags of a plain string.
    """
    listed = {token.content: token for token in config.added.values()} if config.lists_added_tokens else {}
    named: dict[str, AddedToken | str] = {}
    for name in SPECIAL_NAMES:
        value = config.special.get(name, defaults.get(name))
        if name in config.special and value is not None:
            value = listed.get(content_of(value), value)
        if isinstance(value, str) and cast and name in ("bos_token", "eos_token", "unk_token", "pad_token"):
            value = AddedToken(value)
        if value is not None:
            named[name] = value
    first: dict[str, AddedToken | str] = {}
    for token in named.values():
        first.setdefault(content_of(token), token)
    return named, [*first.values(), *(token for token in config.additional if content_of(token) not in first)]


def _cut(pattern: re.Pattern[str], text: str) -> list[str]:
    parts: list[str] = []
    end = 0
    for match in pattern.finditer(text):
        parts += [text[end : match.start()], match[0]]
        end = match.end()
    parts.append(text[end:])
    return [part for part in parts if part]


_SURROGATE = re.compile("[\ud800-\udfff]")
# tokenization_utils_base.py, `clean_up_tokenization`; the order matters.
_CLEANED = (
    (" .", "."),
    (" ?", "?"),
    (" !", "!"),
    (" ,", ","),
    (" ' ", "'"),
    (" n't", "n't"),
    (" 'm", "'m"),
    (" 's", "'s"),
    (" 've", "'ve"),
    (" 're", "'re"),
)


def well_formed(text: str) -> str:
    """`text` with U+FFFD for every surrogate: they have no UTF-8 form, so no tokenizer has tokens for them."""
    return _SURROGATE.sub("\ufffd", text)


def clean_up(text: str) -> str:
    """`text` without the spaces before English punctuation and contractions."""
    for spaced, joined in _CLEANED:
        text = text.replace(spaced, joined)
    return text
