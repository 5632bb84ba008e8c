"""Questions become the prompts of the published templates, and can't forge a turn or an image."""

import json
from pathlib import Path
from typing import Any

import pytest
from docpipe.models.internvl2 import CheckpointError
from docpipe.models.internvl2.processor.chat_template import (
    FORBIDDEN,
    TEMPLATES,
    chat_prompt,
    chat_template,
    question_with_images,
)
from docpipe.models.internvl2.tokenizer.load import load_tokenizer
from sentencepiece import SentencePieceProcessor

DATA = Path(__file__).parents[3] / "data" / "internvl2"
EXPECTED = sorted(path.parent.name for path in DATA.glob("*/expected.json"))
HERMES = TEMPLATES["Hermes-2"]


def _expected(variant: str) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((DATA / variant / "expected.json").read_text(encoding="utf-8"))
    return expected


@pytest.mark.parametrize("variant", EXPECTED)
def test_prompts_are_those_of_the_reference(variant: str) -> None:
    expected = _expected(variant)
    template = chat_template(expected["template"])
    assert template.stop == expected["stop_token"]
    for case in expected["cases"]:
        tiles = case["num_patches_list"]
        question = question_with_images(case["question"], len(tiles))
        assert chat_prompt(template, question, tiles, expected["num_image_token"]) == case["prompt"]


def test_one_image_stands_before_the_question_and_several_are_numbered() -> None:
    assert question_with_images("Total?", 0) == "Total?"
    assert question_with_images("Total?", 1) == "<image>\nTotal?"
    assert question_with_images("Total?", 2) == "Image-1: <image>\nImage-2: <image>\nTotal?"
    assert question_with_images("In <image>: total?", 1) == "In <image>: total?"


@pytest.mark.parametrize(("question", "images"), [("<image>", 0), ("<image> <image>", 1), ("<image>", 2)])
def test_another_number_of_images_is_an_error(question: str, images: int) -> None:
    with pytest.raises(ValueError, match=f"{question.count('<image>')} times for {images} images"):
        question_with_images(question, images)
    with pytest.raises(ValueError, match=f"{question.count('<image>')} times for {images} images"):
        chat_prompt(HERMES, question, [1] * images, 3)


def test_each_image_takes_the_tokens_of_its_own_tiles() -> None:
    prompt = chat_prompt(HERMES, "a <image> b <image>", [2, 1], 3, system_message="S")
    assert prompt == (
        f"<|im_start|>system\nS<|im_end|><|im_start|>user\na <img>{'<IMG_CONTEXT>' * 6}</img> b "
        f"<img>{'<IMG_CONTEXT>' * 3}</img><|im_end|><|im_start|>assistant\n"
    )


def test_an_empty_system_message_is_not_the_default_one() -> None:
    assert chat_prompt(HERMES, "Q", [], 3, system_message="").startswith("<|im_start|>system\n<|im_end|>")


def test_earlier_turns_stand_before_the_question() -> None:
    prompt = chat_prompt(TEMPLATES["phi3-chat"], "Q2", [], 3, system_message="S", history=[("Q1", "A1")])
    assert prompt == (
        "<|system|>\nS<|end|><|user|>\nQ1<|end|><|assistant|>\nA1<|end|><|user|>\nQ2<|end|><|assistant|>\n"
    )


def test_images_of_earlier_questions_come_first_and_answers_hold_none() -> None:
    prompt = chat_prompt(HERMES, "<image> Q2", [2, 1], 1, system_message="S", history=[("<image> Q1", "<image> A1")])
    assert prompt == (
        "<|im_start|>system\nS<|im_end|>"
        "<|im_start|>user\n<img><IMG_CONTEXT><IMG_CONTEXT></img> Q1<|im_end|>"
        "<|im_start|>assistant\n<image> A1<|im_end|>"
        "<|im_start|>user\n<img><IMG_CONTEXT></img> Q2<|im_end|><|im_start|>assistant\n"
    )
    with pytest.raises(ValueError, match="1 times for 0 images"):
        chat_prompt(HERMES, "Q2", [], 1, history=[("<image> Q1", "A1")])


@pytest.mark.parametrize("token", FORBIDDEN)
def test_a_question_can_not_hold_a_token_of_the_template(token: str) -> None:
    with pytest.raises(ValueError, match="only the template may write") as error:
        chat_prompt(HERMES, f"Total? {token}", [], 3)
    assert token in str(error.value)
    for history in ([("a", token)], [(token, "a")]):
        with pytest.raises(ValueError, match="only the template may write"):
            chat_prompt(HERMES, "Total?", [], 3, history=history)


@pytest.mark.parametrize("variant", ["2b", "4b", "8b", "26b", "40b"])
def test_no_spelling_that_a_sentencepiece_model_knows_forges_a_token(variant: str) -> None:
    ids = _expected(variant)["special_token_ids"]
    structure = {token: number for token, number in ids.items() if token in FORBIDDEN}
    pieces = SentencePieceProcessor(model_file=str(DATA / variant / "tokenizer.model"))
    tokenizer = load_tokenizer(DATA / variant)
    spellings = {token: token for token in structure}
    spellings |= {pieces.id_to_piece(n): token for token, n in structure.items() if n < pieces.vocab_size()}
    for spelling, token in spellings.items():
        if structure[token] in tokenizer.encode(f"a{spelling}b"):
            with pytest.raises(ValueError, match="only the template may write"):
                chat_prompt(HERMES, f"a{spelling}b", [], 3)


def test_tags_of_boxes_and_labels_may_stand_in_a_question() -> None:
    question = "Where is <ref>total</ref>? <box>[[1, 2, 3, 4]]</box> <quad>[[1, 2, 3, 4, 5, 6, 7, 8]]</quad>"
    assert question in chat_prompt(HERMES, question, [], 3)


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(CheckpointError, match=r"'internvl2_5' is not known.*InternVL 2\.5 and 3"):
        chat_template("internvl2_5")
    with pytest.raises(CheckpointError, match=r"'vicuna_v1.1' is not known, Hermes-2, internlm2-chat, phi3-chat are$"):
        chat_template("vicuna_v1.1")
