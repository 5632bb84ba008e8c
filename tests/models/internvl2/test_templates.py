"""Questions become the prompts of the published templates, and can't forge a turn or an image."""

import pytest
from docpipe.models.internvl2 import CheckpointError
from docpipe.models.internvl2.templates import FORBIDDEN, TEMPLATES, chat_prompt, chat_template, question_with_images

HERMES = TEMPLATES["Hermes-2"]


def test_one_image_stands_before_the_question_and_several_are_numbered() -> None:
    assert question_with_images("Total?", 0) == "Total?"
    assert question_with_images("Total?", 1) == "<image>\nTotal?"
    assert question_with_images("Total?", 2) == "Image-1: <image>\nImage-2: <image>\nTotal?"
    assert question_with_images("In <image>: total?", 1) == "In <image>: total?"


@pytest.mark.parametrize(("question", "images"), [("<image>", 0), ("<image> <image>", 1), ("<image>", 2)])
def test_another_number_of_images_is_an_error(question: str, images: int) -> None:
    with pytest.raises(ValueError, match=f"{question.count('<image>')} times for {images} images"):
        question_with_images(question, images)


def test_each_image_takes_the_tokens_of_its_own_tiles() -> None:
    prompt = chat_prompt(HERMES, "a <image> b <image>", [2, 1], 3, system_message="S")
    assert prompt == (
        f"<|im_start|>system\nS<|im_end|><|im_start|>user\na <img>{'<IMG_CONTEXT>' * 6}</img> b "
        f"<img>{'<IMG_CONTEXT>' * 3}</img><|im_end|><|im_start|>assistant\n"
    )


def test_earlier_turns_stand_before_the_question() -> None:
    prompt = chat_prompt(TEMPLATES["phi3-chat"], "Q2", [], 3, system_message="S", history=[("Q1", "A1")])
    assert prompt == (
        "<|system|>\nS<|end|><|user|>\nQ1<|end|><|assistant|>\nA1<|end|><|user|>\nQ2<|end|><|assistant|>\n"
    )


@pytest.mark.parametrize("token", FORBIDDEN)
def test_a_question_can_not_hold_a_token_of_the_template(token: str) -> None:
    with pytest.raises(ValueError, match="only the template may write"):
        chat_prompt(HERMES, f"Total? {token}", [], 3)
    with pytest.raises(ValueError, match="only the template may write"):
        chat_prompt(HERMES, "Total?", [], 3, history=[("a", token)])


def test_tags_of_boxes_and_labels_may_stand_in_a_question() -> None:
    question = "Where is <ref>total</ref>? <box>[[1, 2, 3, 4]]</box>"
    assert question in chat_prompt(HERMES, question, [], 3)


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(CheckpointError, match=r"'internvl2_5' is not known.*InternVL 2\.5 and 3"):
        chat_template("internvl2_5")
