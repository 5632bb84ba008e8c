"""A folder of synthetic documents with labels in the form that `docpipe eval` reads."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from .fonts import Face
from .labels import Box, SyntheticPage
from .pages import draw_page


def write_folder(
    folder: Path, kinds: Sequence[str], documents: int, seed: int, faces: Sequence[Face], strength: float | None = None
) -> dict[str, int]:
    """Write `documents` pages of `kinds` in turn, and `ocr.jsonl`, `qa.jsonl` and `charts.jsonl` in the same folder.

    Returns:
        Rows of each label file.

    Raises:
        FileExistsError: `folder` holds something already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder}: is not empty; name a new folder")
    rows: dict[str, list[dict[str, Any]]] = {"ocr": [], "qa": [], "charts": []}
    for index in range(documents):
        kind = kinds[index % len(kinds)]
        page = draw_page(kind, [seed, index], faces, strength)
        name = f"{kind}-{index:05d}.png"
        Image.fromarray(page.image).save(folder / name)
        rows["ocr"].append(ocr_row(name, page))
        rows["qa"] += qa_rows(name, page)
        rows["charts"] += chart_rows(name, page)
    for label, entries in rows.items():
        (folder / f"{label}.jsonl").write_text(
            "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), encoding="utf-8"
        )
    return {label: len(entries) for label, entries in rows.items()}


def ocr_row(name: str, page: SyntheticPage) -> dict[str, Any]:
    lines = [
        {
            "text": line.text,
            "box": _rounded(line.box),
            "words": [{"text": word.text, "box": _rounded(word.box)} for word in line.words],
        }
        for line in page.lines
    ]
    return {"file": name, "page": 1, **_size(page), "kind": page.kind, "language": page.language, "lines": lines}


def qa_rows(name: str, page: SyntheticPage) -> Iterable[dict[str, Any]]:
    for question in page.questions:
        row: dict[str, Any] = {
            "file": name,
            "page": 1,
            **_size(page),
            "field": question.field,
            "question": question.question,
            "answers": list(question.answers),
            "kind": question.kind,
            "boxes": [_rounded(box) for box in question.boxes],
        }
        if question.tolerance is not None:
            row["tolerance"] = question.tolerance
        yield row


def chart_rows(name: str, page: SyntheticPage) -> Iterable[dict[str, Any]]:
    chart = page.chart
    if chart is None:
        return
    yield {
        "file": name,
        "page": 1,
        **_size(page),
        "type": chart.kind,
        "title": chart.title or None,
        "x_title": chart.x_title or None,
        "y_title": chart.y_title or None,
        "legend_titles": [chart.legend_title] if chart.legend_title else [],
        "header": list(chart.header),
        "rows": [list(row) for row in chart.rows],
        "row_boxes": [_rounded(box) for box in chart.row_boxes],
        "texts": [
            {
                "text": line.text,
                "x": round(sum(line.box[0::2]) / 2, 1),
                "y": round(sum(line.box[1::2]) / 2, 1),
                "anchor": "middle",
                "rotated": bool(line.centres.size and line.centres[0, 0] != line.centres[0, 0]),
            }
            for line in page.lines
        ],
    }


def _size(page: SyntheticPage) -> dict[str, int]:
    return {"width": page.width, "height": page.height}


def _rounded(box: Box) -> list[float]:
    return [round(side, 1) for side in box]
