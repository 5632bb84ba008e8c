"""The slow tokenizers over a tokenizer.model: LlamaTokenizer (Phi3, Yi) and InternLM2Tokenizer."""

from collections.abc import Mapping
from pathlib import Path

from ..errors import CheckpointError
from .config import TokenizerConfig, content_of
from .sentencepiece import SentencePieceModel
from .slow import SlowTokenizer, clean_up, special_tokens

_SPACE = "▁"


class _SentencePieceTokenizer(SlowTokenizer):
    """What both have in common: the vocabulary is the model's, BOS and EOS are settings."""

    _model: SentencePieceModel
    _bos: list[int]
    _eos: list[int]

    def _base_tokens(self) -> Mapping[int, str]:
        return self._model.pieces()

    def _ids_by_token(self, base: Mapping[int, str]) -> dict[str, int]:
        # An added token with the id of a piece takes its place.
        return {
            self._added[number].content if number in self._added else piece: number for number, piece in base.items()
        }

    def _tokenize(self, text: str) -> list[str]:
        return self._model.encode(text)

    def _base_id(self, token: str) -> int:
        return self._model.piece_id(token)

    def _frame(self, ids: list[int]) -> list[int]:
        return self._bos + ids + self._eos


class LlamaTokenizer(_SentencePieceTokenizer):
    """tokenization_llama.py of transformers 4.44, with `legacy` true (Yi) or false (Phi3)."""

    def __init__(self, config: TokenizerConfig, path: Path) -> None:
        _refuse_model_arguments(config)
        # Null counts as true: the class's default is None, for "not said", and means the older behaviour.
        self._legacy = config.settings.get("legacy") is None or config.flag("legacy", True)
        self._prefix = config.flag("add_prefix_space", True)
        self._model = SentencePieceModel(path, dummy_prefix=self._legacy or config.flag("from_slow", False))
        defaults = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
        named, special = special_tokens(config, defaults, cast=True)
        super().__init__(config, [path], special, clean_up=config.flag("clean_up_tokenization_spaces", False))
        frame = []
        for name, default in (("bos_token", True), ("eos_token", False)):
            wanted = config.flag(f"add_{name}", default)
            if wanted and name not in named:
                raise CheckpointError(f"{config.path}: add_{name} is true, but there is no {name}")
            frame.append([self._id(content_of(named[name]))] if wanted else [])
        self._bos, self._eos = frame
        if not self._legacy and "unk_token" not in named:
            raise CheckpointError(f"{config.path}: there is no unk_token, which legacy=false needs")
        self._unknown = content_of(named["unk_token"]) if "unk_token" in named else ""
        self._unknown_length = len(self._model.encode(self._unknown))

    def _split(self, text: str) -> list[str]:
        if self._legacy or not text:
            return super()._split(text)
        text = text.replace(_SPACE, " ")
        tokens = super()._split(_SPACE + text if self._prefix else text)
        if len(tokens) > 1 and tokens[0] == _SPACE and tokens[1] in self._special:
            return tokens[1:]
        return tokens

    def _tokenize(self, text: str) -> list[str]:
        if self._legacy or not text.startswith((_SPACE, " ")):
            return self._model.encode(text)
        # Without the dummy prefix sentencepiece drops white space at the start: the unknown token is put before it.
        tokens = self._model.encode(self._unknown + text)
        return tokens[self._unknown_length :] if len(tokens) >= self._unknown_length else tokens

    def _join(self, tokens: list[str]) -> str:
        if self._prefix and tokens[0].startswith(_SPACE):
            tokens = [tokens[0][1:], *tokens[1:]]
        text = ""
        run: list[str] = []
        after_special = False
        for i, token in enumerate(tokens):
            if token in self._special:
                if not after_special and i != 0 and self._legacy:
                    text += " "
                text += self._model.decode(run) + token
                run = []
                after_special = True
            else:
                if after_special and i == 1 and self._prefix and not token.startswith(_SPACE):
                    text += " "
                run.append(token)
                after_special = False
        return text + self._model.decode(run)


class InternLM2Tokenizer(_SentencePieceTokenizer):
    """tokenization_internlm2.py, the file that the checkpoints' `auto_map` names.

    Its `decode_with_prefix_space` changes nothing: it compares tokens with ids, so the prefix space is always put in
    and always cut off again. Text is cleaned up regardless of `clean_up_tokenization_spaces`.
    """

    def __init__(self, config: TokenizerConfig, path: Path) -> None:
        _refuse_model_arguments(config)
        self._model = SentencePieceModel(path)
        defaults = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "</s>"}
        _, special = special_tokens(config, defaults, cast=False)
        super().__init__(config, [path], special, clean_up=config.flag("clean_up_tokenization_spaces", False))
        # The ids of the model itself, regardless of the special tokens with these names.
        self._bos = [self._model.bos_id] if config.flag("add_bos_token", True) else []
        self._eos = [self._model.eos_id] if config.flag("add_eos_token", False) else []
        if -1 in self._bos + self._eos:
            raise CheckpointError(f"{path}: has no BOS or EOS piece, which {config.path.name} asks for")

    def _join(self, tokens: list[str]) -> str:
        text = ""
        run: list[str] = []
        after_special = False
        for token in tokens:
            if token in self._special:
                if not after_special:
                    text += " "
                text += self._model.decode(run) + token
                run = []
            else:
                run.append(token)
            after_special = token in self._special
        return clean_up(text + self._model.decode(run))


def _refuse_model_arguments(config: TokenizerConfig) -> None:
    if config.settings.get("sp_model_kwargs"):
        raise CheckpointError(f"{config.path}: sp_model_kwargs is not supported; no published InternVL2 sets it")
