"""Tokenizers for random checkpoints: the published kinds and ids, an invented vocabulary that reads any text."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

from .config import LanguageModel
from .sizes import PublishedSize

_GROUNDING = ("<img>", "</img>", "<IMG_CONTEXT>", "<quad>", "</quad>", "<ref>", "</ref>", "<box>", "</box>")
_LETTERS = "etaoinsrhldcumfpgwybvkxjqzETAOINSRHLDCUMFPGWYBVKXJQZ0123456789.,:;-/()%$&'\"!?#*+=<>[]{}|_@^~`\\"
_UNKNOWN, _CONTROL, _NORMAL, _USER_DEFINED, _BYTE = 2, 3, 1, 4, 6


@dataclass(frozen=True)
class TokenIds:
    """Ids that config.json repeats; None where the tokenizer has no such token."""

    bos: int | None
    eos: int
    pad: int | None
    stop: int


def write_tokenizer(folder: Path, size: PublishedSize) -> TokenIds:
    """Write the tokenizer's files of `size` into `folder`; its length is `size.vocab_size`."""
    writers = {
        LanguageModel.QWEN2: _write_qwen2,
        LanguageModel.INTERNLM2: _write_internlm2,
        LanguageModel.PHI3: _write_phi3,
    }
    if size.family in writers:
        return writers[size.family](folder, size)
    return _write_llama3(folder, size) if "Llama3" in size.name else _write_yi(folder, size)


def _write_qwen2(folder: Path, size: PublishedSize) -> TokenIds:
    tokens, merges = _byte_level(size.base_tokens)
    _write_json(folder / "vocab.json", {token: number for number, token in enumerate(tokens)})
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    added = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", *_GROUNDING)
    _write_config(
        folder,
        "Qwen2Tokenizer",
        _added(size.base_tokens, added),
        added[1:],
        {"bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None},
        {"add_prefix_space": False, "errors": "replace"},
    )
    base = size.base_tokens
    return TokenIds(None, base + 2, base, base + 2)


def _write_internlm2(folder: Path, size: PublishedSize) -> TokenIds:
    base = size.base_tokens
    turns = ("<|plugin|>", "<|interpreter|>", "<|action_end|>", "<|action_start|>", "<|im_end|>", "<|im_start|>")
    unused = [(f"[UNUSED_TOKEN_{number}]", _USER_DEFINED) for number in range(141, 147)]
    _write_sentencepiece(folder, base, ("<unk>", "<s>", "</s>"), (), unused, dummy_prefix=False)
    added = _added(0, ("<unk>", "<s>", "</s>")) | _added(base, (*turns, *_GROUNDING))
    _write_config(
        folder,
        "InternLM2Tokenizer",
        added,
        (*reversed(turns), *_GROUNDING),
        {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>"},
        {},
    )
    return TokenIds(1, 2, 2, base + 4)


def _write_phi3(folder: Path, size: PublishedSize) -> TokenIds:
    base = size.base_tokens
    _write_sentencepiece(folder, base, ("<unk>", "<s>", "</s>"), (), (), dummy_prefix=True)
    places = [f"<|placeholder{number}|>" for number in range(1, 7)]
    turns = ("<|assistant|>", *places[:4], "<|system|>", "<|end|>", *places[4:], "<|user|>")
    added = _added(0, ("<unk>", "<s>")) | {2: _entry("</s>", rstrip=True, special=False)}
    added |= _added(base, ("<|endoftext|>",))
    added |= {base + 1 + place: _entry(token, rstrip=True) for place, token in enumerate(turns)}
    added |= _added(base + 1 + len(turns), _GROUNDING)
    _write_config(
        folder,
        "LlamaTokenizer",
        added,
        _GROUNDING,
        {"bos_token": "<s>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<unk>"},
        {"add_bos_token": True, "add_eos_token": False, "legacy": False},
    )
    return TokenIds(1, base, base, base + 1 + turns.index("<|end|>"))


def _write_yi(folder: Path, size: PublishedSize) -> TokenIds:
    base = size.base_tokens
    head = ("<unk>", "<|startoftext|>", "<|endoftext|>")
    turns = ("<|Human|>", "<|Assistant|>", "<|System|>", "<|im_start|>", "<|im_end|>", "<|im_sep|>")
    _write_sentencepiece(folder, base, head, turns, (), dummy_prefix=False)
    added = _added(0, head) | _added(6, ("<|im_start|>", "<|im_end|>")) | _added(base, _GROUNDING)
    _write_config(
        folder,
        "LlamaTokenizer",
        added,
        _GROUNDING,
        {"bos_token": head[1], "eos_token": "<|im_end|>", "pad_token": "<unk>", "unk_token": "<unk>"},
        {"add_bos_token": False, "add_eos_token": False, "legacy": True},
    )
    return TokenIds(1, 7, 0, 7)


def _write_llama3(folder: Path, size: PublishedSize) -> TokenIds:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors

    base, reserved = size.base_tokens, size.vocab_size - size.base_tokens - 4 - len(_GROUNDING)
    tokens, merges = _byte_level(base)
    tokenizer = Tokenizer(
        models.BPE({token: number for number, token in enumerate(tokens)}, merges, ignore_merges=True)
    )
    words = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    turns = ("<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>")
    added = (*turns, *(f"<|reserved_special_token_{number}|>" for number in range(reserved)), *_GROUNDING)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in added])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{turns[0]} $A", pair=f"{turns[0]} $A {turns[0]} $B", special_tokens=[(turns[0], base)]
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    _write_config(
        folder,
        "PreTrainedTokenizerFast",
        _added(base, added),
        _GROUNDING,
        {"bos_token": turns[0], "eos_token": "<|im_end|>", "pad_token": turns[1]},
        {},
    )
    return TokenIds(base, base + 3, base + 1, base + 3)


def _byte_level(count: int) -> tuple[list[str], list[tuple[str, str]]]:
    """`count` tokens of byte-level BPE, every single byte first, and the merges that make the others."""
    from tokenizers.pre_tokenizers import ByteLevel

    alphabet = sorted(ByteLevel.alphabet())
    frequent = [*(letter for letter in _LETTERS if letter in alphabet), *alphabet]
    order = ["Ġ", *dict.fromkeys(letter for letter in frequent if letter != "Ġ")]
    pairs = list(islice(product(order, order), count - len(alphabet)))
    rest = count - len(alphabet) - len(pairs)
    merges = [*pairs, *islice(((left + right, third) for left, right in pairs for third in order), rest)]
    return [*alphabet, *(left + right for left, right in merges)], merges


def _write_sentencepiece(
    folder: Path,
    count: int,
    head: tuple[str, str, str],
    turns: Iterable[str],
    tail: Iterable[tuple[str, int]],
    *,
    dummy_prefix: bool,
) -> None:
    """A BPE model of `count` pieces with byte fallback, and `tail` behind them."""
    from sentencepiece import sentencepiece_model_pb2

    pieces = [(head[0], _UNKNOWN), (head[1], _CONTROL), (head[2], _CONTROL)]
    pieces += [(token, _USER_DEFINED) for token in turns]
    pieces += [(f"<0x{byte:02X}>", _BYTE) for byte in range(256)]
    letters = ["▁", *_LETTERS]
    words = ("".join(word) for length in range(1, 5) for word in product(letters, repeat=length))
    pieces += [(word, _NORMAL) for word in islice(words, count - len(pieces))]
    model = sentencepiece_model_pb2.ModelProto()
    for rank, (piece, kind) in enumerate([*pieces, *tail]):
        model.pieces.add(piece=piece, score=float(-rank) if kind == _NORMAL else 0.0, type=kind)
    model.trainer_spec.model_type = sentencepiece_model_pb2.TrainerSpec.BPE
    model.trainer_spec.vocab_size = len(model.pieces)
    model.trainer_spec.byte_fallback = True
    model.trainer_spec.unk_piece, model.trainer_spec.bos_piece, model.trainer_spec.eos_piece = head
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = dummy_prefix
    model.normalizer_spec.remove_extra_whitespaces = False
    (folder / "tokenizer.model").write_bytes(model.SerializeToString())


def _added(first: int, tokens: Iterable[str]) -> dict[int, dict[str, Any]]:
    return {first + place: _entry(token) for place, token in enumerate(tokens)}


def _entry(token: str, *, rstrip: bool = False, special: bool = True) -> dict[str, Any]:
    flags = {"lstrip": False, "normalized": False, "rstrip": rstrip, "single_word": False, "special": special}
    return {"content": token, **flags}


def _write_config(
    folder: Path,
    kind: str,
    added: dict[int, dict[str, Any]],
    additional: Iterable[str],
    special: dict[str, str | None],
    settings: dict[str, Any],
) -> None:
    values = {
        "added_tokens_decoder": {str(number): entry for number, entry in sorted(added.items())},
        "additional_special_tokens": list(additional),
        "clean_up_tokenization_spaces": False,
        "model_max_length": 8192,
        "tokenizer_class": kind,
    }
    _write_json(folder / "tokenizer_config.json", values | special | settings)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=None), encoding="utf-8")
