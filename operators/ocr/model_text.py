"""Converts a model's answers to OCR requests into lines, each grounded in the page's own text."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...models.boxes.parse import parse_boxes
from ...schemas.errors import Failure, Stage
from ...schemas.geometry import Box
from ...schemas.page import PageReading
from ..grounding.ground import Evidence, Grounding, ground_lines, ground_value, supported_text
from ..inference.request import Result, boxes_in, tagged_text
from ..inference.results import LinesBuilder, ModelText
from ..wrapping.output import BOX
from ..wrapping.page import page_lines


@dataclass(frozen=True)
class RegionText:
    """The result of an OCR request about a region of a page; `region` and `block` are None for the whole page."""

    result: Result
    region: Box | None
    block: int | None


def read_model_text(
    reading: PageReading, evidence: Evidence, regions: Sequence[RegionText], source: str
) -> tuple[ModelText, Failure | None]:
    """The text of a page from the OCR results of the page or of its blocks, in reading order.

    Args:
        evidence: the evidence of this page only.
        source: the engine's name.

    Returns:
        The text, and the page's failure where a region could not be read; the text of the others is kept.
    """
    said = [
        (home, line, text)
        for home in regions
        for line in page_lines(tagged_text(home.result.answer))
        if (text := parse_boxes(line.text).text if BOX in line.text else line.text)
    ]
    texts: list[str] = []
    groundings: list[Grounding] = []
    homes: list[RegionText] = []
    for (home, line, text), grounding in zip(said, ground_lines([text for *_, text in said], evidence), strict=True):
        claim = [(reading.page_number, on_page(box, home.region)) for box in boxes_in(line.text)]
        if claim and not grounding.places:
            grounding = ground_value(text, evidence, model_boxes=claim)
        if grounding.places or not line.is_courtesy:
            texts.append(text)
            groundings.append(grounding)
            homes.append(home)
    builder = LinesBuilder()
    for text, grounding, home in zip(texts, groundings, homes, strict=True):
        block = home.block if home.block is not None else _block_of(reading, grounding)
        builder.add(text, box_of(grounding), block, home.result.answer.confidence)
    attempts = max((home.result.attempts for home in regions), default=1)
    found = ModelText(source, builder.lines(), tuple(groundings), supported_text(texts, groundings), attempts)
    return found, _failure(reading.page_number, [home.result for home in regions])


def on_page(box: Box, region: Box | None) -> Box:
    """A box in shares of a region as shares of the page."""
    if region is None:
        return box
    x0, y0, x1, y1 = region
    width, height = x1 - x0, y1 - y0
    return Box(x0 + box.x0 * width, y0 + box.y0 * height, x0 + box.x1 * width, y0 + box.y1 * height)


def box_of(grounding: Grounding) -> Box | None:
    """The box around all places of a grounding that are on its first page; None without places."""
    boxes = [place.box for place in grounding.places if place.page_number == grounding.places[0].page_number]
    if not boxes:
        return None
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def _block_of(reading: PageReading, grounding: Grounding) -> int:
    """The block of the line in which the text was found; -1 for none."""
    line = grounding.places[0].line if grounding.places else None
    return -1 if line is None else int(reading.lines.block[line])


def _failure(page_number: int, results: Sequence[Result]) -> Failure | None:
    failed = [result for result in results if result.code is not None]
    if not failed:
        return None
    part = "" if len(results) == 1 else f"{len(failed)} of its {len(results)} regions: "
    assert failed[0].code is not None
    return Failure(
        failed[0].code, f"page {page_number}: {part}{failed[0].message}", Stage.OCR, max(one.attempts for one in failed)
    )
