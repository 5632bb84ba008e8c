"""Words of a text layer as they may be stored."""

import re
import unicodedata

# What Arrow, Parquet and a reader's eye cannot use: controls, surrogates, direction marks, byte order marks.
_REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_MEANINGLESS = re.compile("[\ufffd\x01-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010fffd]")
# Bullets of the Symbol and Wingdings fonts, which map to private use, and presentation forms of Latin ligatures.
_EXPANDED = str.maketrans(
    {
        "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0e0": "→", "\xa0": " ",
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    }
)  # fmt: skip
_BLANK = re.compile(r"[^\S\n]+")
_PRINTABLE_ODD = re.compile("[\ufffd\ufb00-\ufb06]")


def clean_words(words: list[str]) -> tuple[list[str], int]:
    """As many words, some of them empty perhaps, and the number of characters that meant nothing."""
    joined = "\n".join(words)
    bad = 0
    # Every other character with a special treatment is not printable in Python's sense.
    odd = not joined.replace("\n", "").isprintable()
    if odd or (not joined.isascii() and _PRINTABLE_ODD.search(joined)):
        expanded = joined.translate(_EXPANDED)
        bad = len(_MEANINGLESS.findall(expanded))
        # A soft hyphen is printed only where a line ends after it.
        joined = _REMOVED.sub("", expanded).replace("\xad\n", "-\n").replace("\xad", "")
        joined = _BLANK.sub(" ", joined).replace(" \n", "\n").replace("\n ", "\n").strip(" ")
        words = joined.split("\n")
    if not joined.isascii() and not unicodedata.is_normalized("NFC", joined):
        words = unicodedata.normalize("NFC", joined).split("\n")
    return words, bad
