"""A byte-level BPE tokenizer trained on synthetic text, written as Qwen2's files."""

import json
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from ..evaluation.synthetic import KINDS, draw_page
from ..evaluation.synthetic.fonts import Face
from .prompts import all_prompts
from .sizes import SPECIAL_TOKENS

# `PRETOKENIZE_REGEX` of transformers' Qwen2Tokenizer: a digit is a token of its own.
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train_tokenizer(folder: Path, faces: tuple[Face, ...], base_tokens: int, pages: int = 3000, seed: int = 0) -> None:
    """Train on the text of `pages` synthetic pages and write vocab.json, merges.txt and tokenizer_config.json."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=base_tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        # Longer tokens than a few letters would have to be read from many visual tokens at once.
        max_token_length=10,
    )
    tokenizer.train_from_iterator(_texts(faces, pages, seed), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary, merges = model["vocab"], model["merges"]
    if len(vocabulary) != base_tokens:
        raise ValueError(f"{pages} pages give only {len(vocabulary)} tokens; {base_tokens} are needed: take more pages")
    write_tokenizer(folder, vocabulary, [" ".join(pair) if isinstance(pair, list) else pair for pair in merges])


def write_tokenizer(folder: Path, vocabulary: dict[str, int], merges: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    config = {
        "add_prefix_space": False,
        "added_tokens_decoder": {
            str(len(vocabulary) + place): {"content": token, **flags} for place, token in enumerate(SPECIAL_TOKENS)
        },
        "additional_special_tokens": list(SPECIAL_TOKENS[1:]),
        "bos_token": None,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "errors": "replace",
        "model_max_length": 8192,
        "pad_token": "<|endoftext|>",
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, ensure_ascii=False, indent=1), encoding="utf-8")


def _texts(faces: tuple[Face, ...], pages: int, seed: int) -> Iterator[str]:
    prompts = all_prompts()
    for index in range(pages):
        page = draw_page(KINDS[index % len(KINDS)], [seed, index], faces, 0.0)
        yield page.text
        yield from (question.question for question in page.questions)
        # Prompts are few; as often as this they are cut into long tokens.
        if index % 20 == 0:
            yield from prompts
