"""Synthetic pages: the same from the same seed, and what is said of them is true."""

import numpy as np
import pytest
from docpipe.evaluation.synthetic import KINDS, SyntheticPage, draw_page
from docpipe.evaluation.synthetic.damage import damage
from docpipe.evaluation.synthetic.fonts import Face, built_in_faces

FACES = built_in_faces()
CHARTS = ("bar", "line", "pie")
RULED = ("form", "table", "receipt", "invoice")


def pages(kind: str, count: int = 6, strength: float | None = 0.0) -> list[SyntheticPage]:
    return [draw_page(kind, [5, seed], FACES, strength) for seed in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_page(kind: str) -> None:
    first, again, other = draw_page(kind, 3, FACES), draw_page(kind, 3, FACES), draw_page(kind, 4, FACES)
    assert np.array_equal(first.image, again.image)
    assert (first.text, first.questions, first.chart) == (again.text, again.questions, again.chart)
    assert first.text != other.text


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_is_dark_where_its_box_says(kind: str) -> None:
    for page in pages(kind):
        image = page.image if page.image.ndim == 2 else page.image.mean(axis=2)
        for line in page.lines:
            x0, y0, x1, y1 = (round(side) for side in line.box)
            assert 0 <= x0 < x1 <= page.width, (line.text, line.box)
            assert 0 <= y0 < y1 <= page.height, (line.text, line.box)
            part = image[y0:y1, x0:x1]
            assert int(part.max()) - int(part.min()) > 60, line.text
            assert " ".join(word.text for word in line.words).split() == line.text.split()
            assert len(line.centres) == len(line.text)


# Elsewhere rules and shades touch the boxes.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (*CHARTS, *RULED)])
def test_ink_ends_at_a_lines_box(kind: str) -> None:
    """A box one pixel larger on each side holds no more ink of its own line than the box itself."""
    for page in pages(kind, 3):
        paper = int(np.median(page.image))
        for line in page.lines:
            x0, _, x1, _ = (round(side) for side in line.box)
            y0, y1 = round(line.box[1]), round(line.box[3])
            edges = page.image[y0:y1, [max(0, x0 - 2), min(page.width - 1, x1 + 1)]]
            assert abs(edges.astype(int) - paper).max() < 40, line.text


@pytest.mark.parametrize("kind", ["receipt", "invoice", "letter", "form", "table"])
def test_answers_are_printed_in_their_boxes_and_absent_ones_are_not(kind: str) -> None:
    for page in pages(kind, 12):
        flat = " ".join(page.text.split())
        for question in page.questions:
            for answer in question.answers:
                assert answer in flat, (question, flat)
            assert bool(question.boxes) == bool(question.answers)
            for box in question.boxes:
                inside = [
                    line.text
                    for line in page.lines
                    if line.box[0] < box[2] and line.box[2] > box[0] and line.box[1] < box[3] and line.box[3] > box[1]
                ]
                assert any(answer in " ".join(inside) for answer in question.answers), question


@pytest.mark.parametrize("kind", CHARTS)
def test_a_charts_table_and_its_marks_belong_together(kind: str) -> None:
    for page in pages(kind, 12):
        chart = page.chart
        assert chart is not None
        assert len(chart.rows) == len(chart.row_boxes) == len(chart.table) * (len(chart.columns) - 1)
        assert {row[0] for row in chart.rows} == {row[0] for row in chart.table}
        for name in (chart.title, chart.x_title, chart.y_title):
            assert name in page.text


def test_a_bars_height_is_its_value() -> None:
    seen = 0
    for seed in range(40):
        chart = draw_page("bar", [9, seed], FACES, 0.0).chart
        assert chart is not None
        values = [float(row[1]) for row in chart.rows]
        lengths = [max(x1 - x0, y1 - y0) for x0, y0, x1, y1 in chart.row_boxes]
        upright = {round(y1) for _, _, _, y1 in chart.row_boxes}
        if len(upright) == 1:
            heights = [y1 - y0 for _, y0, _, y1 in chart.row_boxes]
            assert np.allclose(np.array(heights) / max(heights), np.array(values) / max(values), atol=0.02)
            seen += 1
        assert len(lengths) == len(values)
    assert seen > 10


@pytest.mark.parametrize("kind", ["receipt", "bar"])
def test_boxes_move_with_a_skewed_page(kind: str) -> None:
    moved = 0
    for seed in range(20):
        page = draw_page(kind, [2, seed], FACES, 0.0)
        scanned = damage(page, np.random.default_rng(seed), 1.0)
        assert scanned.image.shape == page.image.shape
        if scanned.lines[0].box == page.lines[0].box:
            continue
        moved += 1
        image = scanned.image if scanned.image.ndim == 2 else scanned.image.min(axis=2)
        contrast = []
        for line in scanned.lines:
            x0, y0, x1, y1 = (max(0, round(side)) for side in line.box)
            part = image[y0:y1, x0:x1].astype(int)
            contrast.append(part.max() - part.min() > 30 if part.size else True)
        assert np.mean(contrast) > 0.9
    assert moved > 4


def test_other_fonts_give_another_image_of_the_same_kind() -> None:
    only: tuple[Face, ...] = FACES[:1]
    assert not np.array_equal(draw_page("receipt", 1, only).image, draw_page("receipt", 1, FACES[1:2]).image)
