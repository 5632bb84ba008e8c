"""The slow Qwen2Tokenizer: vocab.json and merges.txt, byte-level BPE (tokenization_qwen2.py of transformers 4.44)."""

import codecs
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import regex
from tokenizers.models import BPE

from ..errors import CheckpointError
from .config import TokenizerConfig, content_of, read_json
from .slow import SlowTokenizer, special_tokens

# `PRETOKENIZE_REGEX`. The module `regex` and not `tokenizers.Regex`: the reference uses it, and the Unicode versions
# of the two can differ in what is a letter.
_WORDS = regex.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def byte_symbols() -> dict[int, str]:
    """The character that represents each byte in byte-level BPE (gpt-2's `bytes_to_unicode`)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


class Qwen2Tokenizer(SlowTokenizer):
    """NFC, then added tokens, then byte-level BPE; neither BOS nor EOS, regardless of `add_bos_token`.

    `clean_up_tokenization_spaces` has no effect either: the class's `decode` passes false.
    """

    def __init__(self, config: TokenizerConfig, vocabulary: Path, merges: Path) -> None:
        self._encoder = _read_vocabulary(vocabulary)
        named, special = special_tokens(
            config,
            {"eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"},
            cast=True,
        )
        unknown = content_of(named["unk_token"]) if "unk_token" in named else None
        self._unknown = unknown if unknown in self._encoder else None
        self._symbols = byte_symbols()
        self._bytes = {symbol: bytes([byte]) for byte, symbol in self._symbols.items()}
        missing = len(self._bytes.keys() - self._encoder.keys())
        if missing and self._unknown is None:
            raise CheckpointError(f"{vocabulary}: lacks {missing} of the 256 byte symbols; fetch it again")
        pairs = _read_merges(merges)
        _check_merges(merges, pairs, self._encoder, {token.content for token in config.added.values()})
        try:
            self._bpe = BPE(vocab=self._encoder, merges=pairs, unk_token=self._unknown)
        except Exception as error:  # tokenizers raises bare Exceptions
            raise CheckpointError(f"{merges}: does not belong to {vocabulary.name}: {error}") from error
        self._errors = _error_handler(config)
        super().__init__(config, [vocabulary, merges], special, clean_up=False)

    @property
    def _separator(self) -> str:
        return ""

    def _base_tokens(self) -> Mapping[int, str]:
        return {number: token for token, number in self._encoder.items()}

    def _split(self, text: str) -> list[str]:
        return super()._split(unicodedata.normalize("NFC", text))

    def _tokenize(self, text: str) -> list[str]:
        tokens: list[str] = []
        for word in _WORDS.findall(text):
            symbols = "".join([self._symbols[byte] for byte in word.encode("utf-8")])
            tokens += [token.value for token in self._bpe.tokenize(symbols)]
        return tokens

    def _base_id(self, token: str) -> int:
        number = self._encoder.get(token)
        return self._encoder[self._unknown] if number is None and self._unknown is not None else self._encoder[token]

    def _join(self, tokens: list[str]) -> str:
        # A special token may have characters that represent no byte.
        raw = b"".join([self._bytes.get(symbol) or symbol.encode("utf-8") for symbol in "".join(tokens)])
        return raw.decode("utf-8", errors=self._errors)


def _read_vocabulary(path: Path) -> dict[str, int]:
    vocabulary = read_json(path)
    for token, number in vocabulary.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise CheckpointError(f"{path}: {token!r} has the id {number!r}")
    if len(set(vocabulary.values())) != len(vocabulary):
        raise CheckpointError(f"{path}: two tokens have the same id; fetch it again")
    return vocabulary


def _read_merges(path: Path) -> list[tuple[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}; fetch it again") from error
    pairs: list[tuple[str, str]] = []
    for i, line in enumerate(lines):
        symbols = line.split()
        if not symbols or (i == 0 and line.startswith("#version:")):
            continue
        if len(symbols) != 2:
            raise CheckpointError(f"{path}: line {i + 1} is no pair of symbols; fetch it again")
        pairs.append((symbols[0], symbols[1]))
    return pairs


def _check_merges(path: Path, pairs: list[tuple[str, str]], vocabulary: Mapping[str, int], added: set[str]) -> None:
    """A file cut short between two lines is seen only by the tokens that nothing makes any more.

    In Qwen2's own files one merge makes each token that is no byte: 151,643 tokens, 256 bytes, 151,387 merges.
    """
    made = {left + right for left, right in pairs}
    unmade = [token for token in vocabulary if len(token) > 1 and token not in made and token not in added]
    if unmade:
        raise CheckpointError(
            f"{path}: no merge makes {len(unmade)} tokens of vocab.json, among them {unmade[0]!r}; fetch it again"
        )


def _error_handler(config: TokenizerConfig) -> str:
    name = config.settings.get("errors", "replace")
    try:
        codecs.lookup_error(name)
    except (LookupError, TypeError):
        raise CheckpointError(f"{config.path}: errors is {name!r}, which is no way to handle bad UTF-8") from None
    return str(name)
