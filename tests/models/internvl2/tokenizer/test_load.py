"""Each kind of tokenizer gives the ids and texts of the reference, byte for byte."""

import json
import time
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from docpipe.models.internvl2.errors import CheckpointError
from docpipe.models.internvl2.tokenizer.load import Tokenizer, load_tokenizer
from hypothesis import given
from hypothesis import strategies as st

from .. import parity
from ..tokenizer_folders import copied, variation_folder

KINDS = ("1b", "2b", "8b", "4b", "40b", "76b")
VARIATIONS = json.loads((parity.DATA.parent / "internvl2-tokenizers" / "variations.json").read_text(encoding="utf-8"))


@cache
def tokenizer(variant: str) -> Tokenizer:
    return load_tokenizer(parity.DATA / variant)


@pytest.mark.parametrize("variant", parity.VARIANTS)
def test_every_recorded_text_is_encoded_and_decoded_as_in_the_reference(variant: str) -> None:
    cases = json.loads((parity.DATA / variant / "tokenizer_cases.json").read_text(encoding="utf-8"))
    assert cases
    for case in cases:
        ids = tokenizer(variant).encode(case["text"])
        assert ids == case["input_ids"], case["text"]
        assert tokenizer(variant).tokens(ids) == case["tokens"]
        assert tokenizer(variant).decode(ids) == case["decoded"]
        assert tokenizer(variant).decode(ids, skip_special_tokens=True) == case["decoded_skip_special"]


@pytest.mark.parametrize("variation", VARIATIONS, ids=lambda variation: f"{variation['variant']}-{variation['name']}")
def test_every_setting_means_what_it_means_in_the_reference(variation: dict[str, Any], tmp_path: Path) -> None:
    changed = load_tokenizer(variation_folder(variation, tmp_path))
    for case in variation["encoded"]:
        assert changed.encode(case["text"]) == case["input_ids"], case["text"]
    for case in variation["decoded"]:
        assert changed.decode(case["ids"]) == case["decoded"], case["ids"]
        assert changed.decode(case["ids"], skip_special_tokens=True) == case["decoded_skip_special"], case["ids"]


@pytest.mark.parametrize("variant", parity.VARIANTS)
def test_ids_prompts_and_answers_of_the_reference_run_belong_to_the_tokenizer(variant: str) -> None:
    expected = json.loads((parity.DATA / variant / "expected.json").read_text(encoding="utf-8"))
    assert len(tokenizer(variant)) == expected["vocab_size"]
    for token, number in expected["special_token_ids"].items():
        assert tokenizer(variant).token_id(token) == number
    for case in expected["cases"]:
        assert len(tokenizer(variant).encode(case["prompt"])) == case["num_tokens"]
        assert tokenizer(variant).decode(case["greedy_ids"]) == case["decoded"]
        assert tokenizer(variant).decode(case["greedy_ids"], skip_special_tokens=True) == case["decoded_skip_special"]


@pytest.mark.parametrize("variant", KINDS)
def test_only_special_tokens_vanish_when_they_are_skipped(variant: str) -> None:
    special = tokenizer(variant).special_ids
    assert tokenizer(variant).token_id("<ref>") in special
    assert tokenizer(variant).decode(sorted(special), skip_special_tokens=True) == ""
    for token in ("t", "3"):
        number = tokenizer(variant).token_id(token)
        assert number not in special
        assert tokenizer(variant).decode([number], skip_special_tokens=True) == token


@pytest.mark.parametrize("variant", KINDS)
def test_special_tokens_are_recognised_wherever_they_stand(variant: str) -> None:
    image, end = tokenizer(variant).token_id("<IMG_CONTEXT>"), tokenizer(variant).token_id("</img>")
    for text in ("<IMG_CONTEXT></img>", "x<IMG_CONTEXT>y</img>z", " <IMG_CONTEXT>\n</img> ", "<<IMG_CONTEXT>></img>"):
        ids = tokenizer(variant).encode(text)
        assert [number for number in ids if number in (image, end)] == [image, end], text


@pytest.mark.parametrize("variant", KINDS)
def test_no_text_is_only_what_the_checkpoint_frames_it_with(variant: str) -> None:
    ids = tokenizer(variant).encode("")
    assert tokenizer(variant).decode(ids, skip_special_tokens=True) == ""
    assert tokenizer(variant).decode([]) == ""
    assert len(ids) == (variant not in ("1b", "40b"))


@pytest.mark.parametrize("variant", KINDS)
@given(text=st.text(max_size=40))
def test_decoding_gives_back_any_text_without_added_tokens(variant: str, text: str) -> None:
    # Not the text of sentencepiece's space mark or of edges: these are normalised in the models themselves.
    text = "a" + text.replace("▁", "_").replace("<", "(").replace(" ", "_") + "b"
    ids = tokenizer(variant).encode(text)
    decoded = tokenizer(variant).decode(ids, skip_special_tokens=True)
    assert decoded == (unicodedata.normalize("NFC", text) if variant == "1b" else text)


@pytest.mark.parametrize("variant", KINDS)
@given(data=st.data())
def test_any_ids_of_the_vocabulary_decode_to_text(variant: str, data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.integers(0, len(tokenizer(variant)) - 1), max_size=20))
    tokenizer(variant).decode(ids).encode("utf-8")
    assert len(tokenizer(variant).tokens(ids)) == len(ids)


@pytest.mark.parametrize("variant", KINDS)
def test_surrogates_count_as_replacement_characters(variant: str) -> None:
    assert tokenizer(variant).encode("a\ud800b \udfff") == tokenizer(variant).encode("a\ufffdb \ufffd")


@pytest.mark.parametrize("variant", KINDS)
@pytest.mark.parametrize("number", [-1, 10**6, 2**40])
def test_an_id_without_a_token_is_named(variant: str, number: int) -> None:
    with pytest.raises(ValueError, match=f"{number} is no token id of .*{variant}, which has 0 to "):
        tokenizer(variant).decode([1, number], skip_special_tokens=True)


def test_the_id_behind_the_last_is_out_of_range() -> None:
    for variant in KINDS:
        last = len(tokenizer(variant)) - 1
        assert tokenizer(variant).tokens([last])
        with pytest.raises(ValueError, match=str(last + 1)):
            tokenizer(variant).tokens([last + 1])


@pytest.mark.parametrize("variant", KINDS)
def test_a_token_that_is_not_there_is_named(variant: str) -> None:
    with pytest.raises(CheckpointError, match=r"<nothing>"):
        tokenizer(variant).token_id("<nothing>")


@pytest.mark.parametrize("variant", KINDS)
def test_long_texts_take_time_in_proportion(variant: str) -> None:
    texts = (
        "The quick <ref>brown</ref> fox, 12.5% 请阅读图片\n" * 2500,
        "a" * 100_000,
        " " * 100_000,
        "<" * 100_000,
        "\n<IMG_CONTEXT>" * 8000,
    )
    start = time.perf_counter()
    for text in texts:
        tokenizer(variant).decode(tokenizer(variant).encode(text))
    assert time.perf_counter() - start < 10  # 0.5 s on two cores; quadratic code takes minutes


@pytest.mark.parametrize("variant", ["1b", "2b", "4b", "40b"])
def test_a_tokenizer_json_beside_the_slow_files_is_left_alone(variant: str, tmp_path: Path) -> None:
    folder = copied(variant, tmp_path)
    (folder / "tokenizer.json").write_text("no JSON")
    assert load_tokenizer(folder).encode("Hello <box>") == tokenizer(variant).encode("Hello <box>")


def test_code_in_the_folder_is_never_run(tmp_path: Path) -> None:
    folder = copied("2b", tmp_path)
    assert "auto_map" in json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    (folder / "tokenization_internlm2.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    load_tokenizer(folder).encode("Hello")
    assert not (tmp_path / "ran").exists()


def test_added_tokens_json_is_not_asked_where_tokenizer_config_lists_the_tokens(tmp_path: Path) -> None:
    folder = copied("2b", tmp_path)
    (folder / "added_tokens.json").write_text('{"<ref>": 5, "<stray>": 811}')
    changed = load_tokenizer(folder)
    assert changed.token_id("<ref>") == tokenizer("2b").token_id("<ref>")
    assert changed.files == (folder / "tokenizer_config.json", folder / "tokenizer.model")
    with pytest.raises(CheckpointError):
        changed.token_id("<stray>")


def test_the_files_that_were_read_are_told() -> None:
    names = {variant: [path.name for path in tokenizer(variant).files] for variant in KINDS}
    assert names["1b"] == ["tokenizer_config.json", "vocab.json", "merges.txt"]
    assert names["4b"] == ["tokenizer_config.json", "tokenizer.model"]
    assert names["76b"] == ["tokenizer_config.json", "tokenizer.json"]
