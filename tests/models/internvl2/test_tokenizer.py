"""Each kind of tokenizer gives the ids and texts of the reference, byte for byte."""

import json

import pytest
from docpipe.models.internvl2.tokenizer import load_tokenizer

from . import parity


@pytest.mark.parametrize("variant", parity.VARIANTS)
def test_every_recorded_text_is_encoded_and_decoded_as_in_the_reference(variant: str) -> None:
    tokenizer = load_tokenizer(parity.DATA / variant)
    cases = json.loads((parity.DATA / variant / "tokenizer_cases.json").read_text(encoding="utf-8"))
    assert cases
    for case in cases:
        assert tokenizer.encode(case["text"]) == case["input_ids"], case["text"]
        assert tokenizer.decode(case["input_ids"]) == case["decoded"]
        assert tokenizer.decode(case["input_ids"], skip_special_tokens=True) == case["decoded_skip_special"]
