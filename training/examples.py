"""From a synthetic page to what the model is trained on: tiles, character labels, questions with their answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..evaluation.synthetic import SyntheticPage
from ..models.internvl2.processor.chat_template import chat_prompt, question_with_images
from ..models.internvl2.processor.prompt import IMAGE_TOKEN, PromptBuilder
from ..models.internvl2.processor.tiling import TileGrid
from .characters import slots
from .prompts import (
    NOT_FOUND,
    AnswerType,
    chart_answer,
    chart_prompt,
    grounding_answer,
    grounding_prompt,
    ocr_prompt,
    question_prompt,
)

_MONEY = ("total", "subtotal", "tax", "cash", "change", "discount", "tip")
_SNIPPETS = ("word", "text_line", "block")
# Longer answers are left out: they would slow every other one of their batch down.
MAX_ANSWER_TOKENS = 700


@dataclass(frozen=True)
class Sequence:
    """A prompt and its answer as token ids; one image token stands for all of the page's.

    Attributes:
        answer: with the stop token.
    """

    prompt: list[int]
    answer: list[int]


@dataclass(frozen=True)
class Example:
    """One page.

    Attributes:
        tiles: uint8 (tiles, side, side, 3).
        characters: int16 (tiles, patches, slots), see `characters.slots`.
        sequences: what is asked about it.
    """

    tiles: NDArray[np.uint8]
    characters: NDArray[np.int16]
    sequences: tuple[Sequence, ...]


def make_example(page: SyntheticPage, builder: PromptBuilder, rng: np.random.Generator, questions: int) -> Example:
    """`page` with its text, where that is not too long, and up to `questions` other things asked about it."""
    vision = builder.config.vision
    grid = builder.grid(page.width, page.height, 1, builder.config.max_tiles)
    asked = [sequence(builder, *turn) for turn in turns(page, rng, questions)]
    kept = tuple(each for each in asked if len(each.answer) <= MAX_ANSWER_TOKENS)
    characters = slots(page, grid.cols, grid.rows, grid.thumbnail, vision.image_size, vision.patch_size)
    return Example(cut(page.image, grid, vision.image_size), characters, kept)


def cut(image: NDArray[np.uint8], grid: TileGrid, size: int) -> NDArray[np.uint8]:
    """The tiles of `models.internvl2.tiles.cut_tiles`; grey pages are resized once instead of three times."""
    unscaled = Image.fromarray(image)
    whole = np.asarray(unscaled.resize((size * grid.cols, size * grid.rows), Image.Resampling.BICUBIC))
    parts = (
        whole.reshape(grid.rows, size, grid.cols, size, -1)
        .swapaxes(1, 2)
        .reshape(grid.cols * grid.rows, size, size, -1)
    )
    if grid.thumbnail:
        small = np.asarray(unscaled.resize((size, size), Image.Resampling.BICUBIC)).reshape(1, size, size, -1)
        parts = np.concatenate([parts, small])
    return np.ascontiguousarray(np.broadcast_to(parts, (*parts.shape[:3], 3)))


def turns(page: SyntheticPage, rng: np.random.Generator, questions: int) -> list[tuple[str, str]]:
    """Questions and answers about `page` in the operators' words."""
    made: list[tuple[str, str]] = []
    if page.chart is not None:
        made.append((chart_prompt(), chart_answer(page.chart)))
    elif page.lines:
        region = "text" if page.kind in _SNIPPETS and rng.random() < 0.7 else None
        made.append((ocr_prompt(region), page.text))
    for place in rng.permutation(len(page.questions))[:questions].tolist():
        question = page.questions[place]
        kind: AnswerType = "string"
        if rng.random() < 0.4:
            kind = "money" if question.field in _MONEY or "amount" in question.field else kind
            kind = "date" if question.field.endswith("date") else kind
            kind = "number" if question.kind in ("number", "count") else kind
        absent = not question.answers or rng.random() < 0.8
        answer = question.answers[0] if question.answers else NOT_FOUND
        made.append((question_prompt(question.question, kind, may_be_absent=absent), answer))
    # Not every time: a sequence costs as much as two tiles, and the drawn page is the smaller part.
    if page.kind != "word" and rng.random() < 0.6 and (phrase := _phrase(page, rng)) is not None:
        text, box = phrase
        made.append((grounding_prompt(text), grounding_answer(text, box, page.width, page.height)))
    return made


def _phrase(page: SyntheticPage, rng: np.random.Generator) -> tuple[str, tuple[float, float, float, float]] | None:
    """A line or a word that stands only once on the page, with its box."""
    units = [(line.text, line.box) for line in page.lines]
    if rng.random() < 0.3:
        units = [(word.text, word.box) for line in page.lines for word in line.words if len(word.text) > 2]
    texts = [text for text, _ in units]
    once = [(text, box) for text, box in units if texts.count(text) == 1]
    return once[int(rng.integers(len(once)))] if once else None


def sequence(builder: PromptBuilder, question: str, answer: str) -> Sequence:
    """Token ids of one turn; the one image token in the prompt stands for all tiles."""
    text = chat_prompt(
        builder.template,
        question_with_images(question, 1),
        [1],
        1,
        system_message=builder.config.system_message,
    )
    tokenizer = builder.tokenizer
    stop = tokenizer.token_id(builder.template.stop)
    return Sequence(tokenizer.encode(text), [*tokenizer.encode(answer), stop])


def image_token(builder: PromptBuilder) -> int:
    return builder.tokenizer.token_id(IMAGE_TOKEN)
