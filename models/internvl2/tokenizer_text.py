"""What every tokenizer does to text, whatever its kind."""

import re

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
