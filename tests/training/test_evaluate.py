"""The figures of the model's card: a reader that knows everything gets full marks, one that knows nothing gets none."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docpipe.training.evaluate
import pytest
from docpipe.evaluation.synthetic import SyntheticPage, draw_page
from docpipe.evaluation.synthetic.folder import write_folder
from docpipe.evaluation.synthetic.fonts import built_in_faces
from docpipe.training.asking import Asked
from docpipe.training.evaluate import labelled, synthetic, table
from docpipe.training.prompts import (
    NOT_FOUND,
    chart_answer,
    chart_prompt,
    grounding_answer,
    grounding_prompt,
    ocr_prompt,
    question_prompt,
)

FACES = built_in_faces()
KINDS = ("receipt", "form", "bar", "pie")
PAGES = [draw_page(kind, [3, place], FACES, 0.0) for place, kind in enumerate(KINDS)]


def knowledge(page: SyntheticPage) -> dict[str, str]:
    """What is right to say to each prompt about `page`."""
    known = {question_prompt(q.question): (q.answers or (NOT_FOUND,))[0] for q in page.questions}
    for line in page.lines:
        known[grounding_prompt(line.text)] = grounding_answer(line.text, line.box, page.width, page.height)
    for question in page.questions:
        if question.answers and question.boxes:
            answer = question.answers[0]
            known[grounding_prompt(answer)] = grounding_answer(answer, question.boxes[0], page.width, page.height)
    return {**known, ocr_prompt(): page.text, chart_prompt(): chart_answer(page.chart) if page.chart else ""}


@pytest.fixture
def omniscient(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = iter(PAGES)

    def answers(model: object, image: object, asked: Sequence[Asked], max_tiles: int | None = None) -> list[str]:
        known = knowledge(next(pages))
        return [known[each.question] for each in asked]

    monkeypatch.setattr(docpipe.training.evaluate, "answers", answers)


def is_perfect(figures: dict[str, Any]) -> bool:
    shares = ("anls", "boxes_iou_0.5", "chart_values_within_5_percent", "absent_recognised", "word_f1")
    return figures["character_error_rate"] == 0 and all(figures[name] == 1 for name in shares)


@pytest.mark.usefixtures("omniscient")
def test_a_reader_that_knows_everything_gets_full_marks() -> None:
    figures = synthetic(None, PAGES)  # type: ignore[arg-type]
    assert is_perfect(figures["all"]), figures
    assert set(figures) == {"all", *KINDS}
    assert all("(met)" in row for row in table({"synthetic": figures})[3:])


def test_labelled_documents_are_scored_like_synthetic_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path / "real", KINDS, 4, 3, FACES, 0.0)
    names = [json.loads(line)["file"] for line in (tmp_path / "real" / "ocr.jsonl").read_text().splitlines()]
    known = {name: knowledge(page) for name, page in zip(names, PAGES, strict=True)}
    order = iter(sorted(names))

    def answers(model: object, image: object, asked: Sequence[Asked], max_tiles: int | None = None) -> list[str]:
        name = next(order)
        return [known[name][each.question] for each in asked]

    monkeypatch.setattr(docpipe.training.evaluate, "answers", answers)
    figures = labelled(None, tmp_path / "real")  # type: ignore[arg-type]
    # One amount can be the answer to two questions, each with its own box; it is known here with one of them.
    assert 0.5 < figures["boxes_iou_0.5"] <= 1
    assert is_perfect({**figures, "boxes_iou_0.5": 1}), figures


def test_a_reader_that_says_nothing_gets_no_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docpipe.training.evaluate, "answers", lambda model, image, asked: [""] * len(asked))
    figures = synthetic(None, PAGES)["all"]  # type: ignore[arg-type]
    assert figures["character_error_rate"] == 1
    assert figures["anls"] == figures["boxes_iou_0.5"] == figures["chart_values_within_5_percent"] == 0
    assert all("(not met)" in row for row in table({"synthetic": {"all": figures}})[3:])
