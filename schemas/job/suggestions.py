"""Suggests the known word that a misspelt word was probably meant to be."""

import difflib
from collections.abc import Sequence

_SYNONYMS = {
    "bf16": "bfloat16",
    "bool": "boolean",
    "fp16": "float16",
    "fp32": "float32",
    "gpu": "cuda",
    "no": "off",
    "text": "string",
    "true": "on",
    "false": "off",
    "yes": "on",
}


def suggestion(word: str, known: Sequence[str]) -> str | None:
    """The word of `known` that is closest to `word` or means the same; None if none is close."""
    folded = {_fold(name): name for name in known}
    synonym = _SYNONYMS.get(_fold(word))
    if synonym in folded:
        return folded[synonym]
    close = difflib.get_close_matches(_fold(word), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A suggestion as the end of a message, with a leading space; empty if there is none."""
    meant = suggestion(word, known)
    return f" (did you mean {meant!r}?)" if meant else ""


def _fold(word: str) -> str:
    return word.lower().replace("-", "_")
