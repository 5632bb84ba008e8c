"""tokenizer.json: PreTrainedTokenizerFast of transformers 4.44 (Llama 3), by the library that wrote the file."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import tokenizers

from ..errors import CheckpointError
from .config import AddedToken, TokenizerConfig, content_of
from .slow import clean_up, special_tokens, well_formed


class FastTokenizer:
    """BOS comes from the file's post-processor, and which tokens decoding skips from its added tokens."""

    def __init__(self, config: TokenizerConfig, path: Path) -> None:
        self.folder = config.folder
        self.files = (*config.files, *([] if path in config.files else [path]))
        self._path = path
        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # tokenizers raises bare Exceptions
            raise CheckpointError(f"{path}: cannot be read as a tokenizer: {error}; fetch it again") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = config.flag("split_special_tokens", False)
        self._clean_up = config.flag("clean_up_tokenization_spaces", True)
        marked = self._add(config)
        added = self._tokenizer.get_added_tokens_decoder()
        self._special_ids = frozenset(
            number for number, token in added.items() if token.special or token.content in marked
        )
        self._tokens = {number: token for token, number in self._tokenizer.get_vocab(with_added_tokens=True).items()}
        self._length = max(self._tokens, default=-1) + 1

    def encode(self, text: str) -> list[int]:
        """Token ids; special tokens in the text are recognised, BOS is added where the file adds it."""
        return list(self._tokenizer.encode(well_formed(text)).ids)

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        """Text of `ids`.

        Raises:
            ValueError: an id has no token.
        """
        self.tokens(ids)
        text = self._tokenizer.decode([int(number) for number in ids], skip_special_tokens=skip_special_tokens)
        return clean_up(text) if self._clean_up else text

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The token of each id, as in the vocabulary; raises `ValueError` for an unknown id."""
        try:
            return [self._tokens[int(number)] for number in ids]
        except KeyError as error:
            raise ValueError(f"{error} is no token id of {self.folder}, which has 0 to {len(self) - 1}") from None

    def token_id(self, token: str) -> int:
        """The id of one token; raises `CheckpointError` where the vocabulary has no such token."""
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise CheckpointError(f"{self._path}: has no token {token!r}")
        return int(number)

    @property
    def special_ids(self) -> frozenset[int]:
        return self._special_ids

    def __len__(self) -> int:
        return self._length

    def _add(self, config: TokenizerConfig) -> set[str]:
        """Add the tokens of tokenizer_config.json, whose flags win; returns those marked as special.

        In the order of tokenization_utils_fast.py, `__init__`, because new tokens get the next free ids.
        """
        _, special = special_tokens(config, {}, cast=False)
        names = set(map(content_of, special))
        wanted = [token for _, token in sorted(config.added.items())]
        known = {token.content for token in self._tokenizer.get_added_tokens_decoder().values()}
        known |= {token.content for token in wanted}
        for token in special:
            if isinstance(token, AddedToken):
                wanted.append(token)
            elif token not in known:
                wanted.append(AddedToken(token))
        marked: set[str] = set()
        for is_special, group in groupby(wanted, key=lambda token: token.special or token.content in names):
            tokens = [_library_token(token, is_special) for token in group if token.content]
            if is_special:
                marked.update(token.content for token in tokens)
                self._tokenizer.add_special_tokens(tokens)
            else:
                self._tokenizer.add_tokens(tokens)
        return marked


def _library_token(token: AddedToken, special: bool) -> tokenizers.AddedToken:
    return tokenizers.AddedToken(
        token.content,
        single_word=token.single_word,
        lstrip=token.lstrip,
        rstrip=token.rstrip,
        normalized=token.normalized,
        special=special,
    )
