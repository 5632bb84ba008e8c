"""The chat templates of InternVL2: how a question and its images become one string."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import CheckpointError

SYSTEM_MESSAGE = (
    "你是由上海人工智能实验室联合商汤科技开发的书生多模态大模型，英文名叫InternVL, 是一个有用无害的人工智能助手。"
)
"""The system message of all three templates (OpenGVLab/InternVL, conversation.py)."""

IMAGE = "<image>"


@dataclass(frozen=True)
class ChatTemplate:
    """Strings around the turns of a conversation; `stop` ends each turn and is the token that ends an answer."""

    name: str
    system_prefix: str
    user: str
    assistant: str
    stop: str


_IM = ("<|im_start|>system\n", "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>")
TEMPLATES: Mapping[str, ChatTemplate] = {
    "Hermes-2": ChatTemplate("Hermes-2", *_IM),
    "internlm2-chat": ChatTemplate("internlm2-chat", *_IM),
    "phi3-chat": ChatTemplate("phi3-chat", "<|system|>\n", "<|user|>\n", "<|assistant|>\n", "<|end|>"),
}
# Strings that would forge a turn or an image in a question. Box, ref and quad tags are allowed. InternLM2's
# sentencepiece model reads [UNUSED_TOKEN_145] and similar pieces as the ids of <|im_end|> and similar tokens.
FORBIDDEN = (
    "<img>",
    "</img>",
    "<IMG_CONTEXT>",
    "<|im_start|>",
    "<|im_end|>",
    "<|end|>",
    "<|user|>",
    "<|assistant|>",
    "<|system|>",
    "[UNUSED_TOKEN_",
)


def chat_template(name: str) -> ChatTemplate:
    """The template that config.json names.

    Raises:
        CheckpointError: InternVL2 has no such template.
    """
    if name not in TEMPLATES:
        later = "; that is a template of InternVL 2.5 and 3" if name.startswith("internvl2_5") else ""
        raise CheckpointError(f"config.json: template {name!r} is not known, {', '.join(TEMPLATES)} are{later}")
    return TEMPLATES[name]


def question_with_images(question: str, images: int) -> str:
    """`question` with one `<image>` for each image, put in front unless it contains them already.

    Raises:
        ValueError: the question holds another number of `<image>`.
    """
    found = question.count(IMAGE)
    if found == images:
        return question
    if found:
        raise ValueError(f"the question holds {IMAGE} {found} times for {images} images")
    if images == 1:
        return f"{IMAGE}\n{question}"
    return "".join(f"Image-{number}: {IMAGE}\n" for number in range(1, images + 1)) + question


def chat_prompt(
    template: ChatTemplate,
    question: str,
    tiles_per_image: Sequence[int],
    tokens_per_tile: int,
    *,
    system_message: str | None = None,
    history: Sequence[tuple[str, str]] = (),
) -> str:
    """The whole prompt, up to where the answer begins.

    Args:
        question: contains one `<image>` for each entry of `tiles_per_image`, except for those in `history`.
        tiles_per_image: tiles of each image in order, thumbnails counted.
        tokens_per_tile: number of image tokens of a tile.
        system_message: in place of the template's own.
        history: earlier questions with their answers; the questions may hold images, which come first.

    Raises:
        ValueError: a turn holds a token of the template, or the number of `<image>` is wrong.
    """
    for text in (question, *(text for turn in history for text in turn)):
        _refuse_tokens(text)
    found = sum(asked.count(IMAGE) for asked in (question, *(earlier for earlier, _ in history)))
    if found != len(tiles_per_image):
        raise ValueError(f"the questions hold {IMAGE} {found} times for {len(tiles_per_image)} images")
    images = iter([f"<img>{'<IMG_CONTEXT>' * (tokens_per_tile * tiles)}</img>" for tiles in tiles_per_image])

    def user_turn(asked: str) -> str:
        return template.user + re.sub(IMAGE, lambda _: next(images), asked) + template.stop

    prompt = template.system_prefix + (SYSTEM_MESSAGE if system_message is None else system_message) + template.stop
    for earlier, answer in history:
        prompt += user_turn(earlier) + template.assistant + answer + template.stop
    return prompt + user_turn(question) + template.assistant


def _refuse_tokens(text: str) -> None:
    for token in FORBIDDEN:
        if token in text:
            raise ValueError(f"the text holds {token}, which only the template may write; take it out")
