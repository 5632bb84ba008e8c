"""Pages of a report: the sheet with its boxes, and the lists of values next to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..tables.records import (
    StoredAnswer,
    StoredCell,
    StoredChart,
    StoredDocument,
    StoredEvidence,
    StoredPage,
    StoredPoint,
    StoredTable,
)
from .contents import Contents, ShownPage
from .drawing import Drawings
from .images import EncodedImage
from .survey import PageKey
from .view import Item, Section, Sheet, add_lines, clipped, sheet

_WORDS = 48_000
_LINES = 16_000
_CELLS = 2_000
"""Maximum number of boxes of all pages together, which limits the size of the file."""


@dataclass(frozen=True)
class PageView:
    """A page as the template shows it."""

    id: str
    document_id: str
    name: str
    number: int
    page_count: int | None
    status: str
    error_code: str | None
    text_source: str
    facts: Sequence[str]
    reasons: Sequence[str]
    sheet: Sheet
    sections: Sequence[Section]


def page_views(contents: Contents, drawings: Drawings) -> list[PageView]:
    ids = page_ids(contents)
    lines, words = (total // max(1, len(contents.pages)) for total in (_LINES, _WORDS))
    return [
        _page_view(
            shown,
            ids[shown.key],
            contents.documents.get(shown.page.document_id),
            drawings.pages.get(shown.key, "not drawn"),
            (lines, words),
        )
        for shown in contents.pages
    ]


def page_ids(contents: Contents) -> Mapping[PageKey, str]:
    """The anchor of each page that is shown."""
    return {shown.key: f"page-{i + 1}" for i, shown in enumerate(contents.pages)}


def _page_view(
    shown: ShownPage, anchor: str, document: StoredDocument | None, image: EncodedImage | str, limits: tuple[int, int]
) -> PageView:
    page = shown.page
    seen, reason = (None, image) if isinstance(image, str) else (image, None)
    drawn = sheet(seen, reason, page.width, page.height)
    max_lines, max_words = limits
    blocks = [
        Item(f"b{i}", clipped(block.text or ""), head=block.kind) for i, block in enumerate(page.blocks[:max_lines])
    ]
    for item, block in zip(blocks, page.blocks, strict=False):
        drawn.add("blocks", block.box, item.key, f"{block.kind}: {block.text or ''}")
    lines = add_lines(drawn, page.lines[:max_lines], max_words)
    for i, line in enumerate(page.checks[:max_lines]):
        drawn.add("checks", line.box, f"c{i}", f"{line.source}: {line.text}")
    answers = _answer_items(drawn, shown.answers, page.page_number)
    points = _point_items(drawn, shown.charts)
    cells = _cell_items(drawn, shown.tables)
    sections = [
        Section("Answers", "evidence", answers, len(answers), open=True),
        Section("Chart values", "points", points, len(points), open=True),
        Section("Cells of tables", "cells", cells, sum(len(table.cells) for table in shown.tables)),
        Section("Lines", "lines", lines, len(page.lines), open=not answers and not points),
        Section("Blocks", "blocks", blocks, len(page.blocks)),
    ]
    return PageView(
        id=anchor,
        document_id=page.document_id,
        name=document.name if document else page.document_id,
        number=page.page_number,
        page_count=document.page_count if document else None,
        status=page.status,
        error_code=page.error_code,
        text_source=page.text_source,
        facts=_facts(page),
        reasons=shown.reasons,
        sheet=drawn,
        sections=[section for section in sections if section.items],
    )


def _facts(page: StoredPage) -> list[str]:
    facts = [page.text_source_reason.replace("_", " ")] if page.text_source_reason else []
    facts += page.warnings
    if page.confidence is not None:
        low = "" if page.low_confidence is None else f", worst lines {page.low_confidence:.2f}"
        facts.append(f"confidence {page.confidence:.2f}{low}")
    if page.supported_text is not None:
        facts.append(f"supported text {page.supported_text:.0%}")
    if page.unexplained_ink is not None:
        facts.append(f"ink without text {page.unexplained_ink:.0%}")
    return facts


def _answer_items(drawn: Sheet, answers: Sequence[StoredAnswer], page_number: int) -> list[Item]:
    items = []
    for i, answer in enumerate(answers):
        for j, place in enumerate(answer.evidence):
            if place.page_number == page_number:
                label = answer_label(answer, place)
                drawn.add("evidence", place.box, f"e{i}-{j}", label)
                items.append(
                    Item(f"e{i}-{j}", clipped(answer.answer or ""), clipped(answer.question), support_words(answer))
                )
    return items


def _point_items(drawn: Sheet, charts: Sequence[StoredChart]) -> list[Item]:
    items = []
    for i, chart in enumerate(charts):
        for j, point in enumerate(chart.points[:200]):
            label = point_label(point)
            drawn.add("points", point.box, f"p{i}-{j}", label)
            if point.box is not None:
                items.append(Item(f"p{i}-{j}", clipped(label), tail=support_words(point)))
    return items


def _cell_items(drawn: Sheet, tables: Sequence[StoredTable]) -> list[Item]:
    """The grid of each table: cells with text, each with its row and column, counted from 1."""
    items = []
    for i, table in enumerate(tables):
        for j, cell in enumerate(table.cells[:_CELLS]):
            if cell.box is None:
                continue
            place = f"row {cell.row + 1}, column {cell.column + 1}"
            number = "" if cell.value_number is None else f" = {cell.value_number:.10g}"
            drawn.add("cells", cell.box, f"t{i}-{j}", f"{place}: {cell.text}{number}")
            items.append(Item(f"t{i}-{j}", clipped(cell.text), head=place, tail=support_words(cell)))
    return items


def answer_label(answer: StoredAnswer, place: StoredEvidence) -> str:
    return f"{answer.question} → {answer.answer or ''} ({support_words(answer)}; printed: {place.text})"


def point_label(point: StoredPoint) -> str:
    name = ", ".join(part for part in (point.series, point.x) if part)
    return f"{name}: {'?' if point.y is None else format(point.y, '.10g')}"


def support_words(value: StoredAnswer | StoredPoint | StoredCell) -> str:
    support = "" if value.support is None else f", support {value.support:.2f}"
    return f"{value.grounding.replace('_', ' ')}{support}"
