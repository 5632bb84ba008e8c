"""The HTML file: it loads nothing, and its content security policy permits only its own script and style, by hash."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from ...schemas.errors import advice
from .histogram import BINS, Histogram
from .survey import Survey
from .view_pages import PageView
from .view_values import AnswerView, ChartView, FailureView

LAYERS = (
    ("blocks", "Blocks", True),
    ("lines", "Lines", True),
    ("words", "Words", False),
    ("evidence", "Evidence of answers", True),
    ("points", "Chart values", True),
)
CELLS = ("cells", "Cells of tables", True)
CHECKS = ("checks", "Other OCR", False)

_TONES = {
    "ok": "good",
    "answered": "good",
    "exact": "good",
    "mark": "good",
    "partial": "warn",
    "not_found": "warn",
    "declined": "warn",
    "fuzzy": "warn",
    "model_box": "warn",
    "failed": "bad",
    "none": "bad",
}


@dataclass(frozen=True)
class ReportView:
    """The data for the template."""

    title: str
    output: str
    written: str
    version: str
    running: str | None
    counts: Mapping[str, int]
    seconds: Mapping[str, float]
    sampling: str
    survey: Survey
    pages: Sequence[PageView]
    answers: Sequence[AnswerView]
    charts: Sequence[ChartView]
    failures: Mapping[str, Sequence[FailureView]]

    @property
    def index(self) -> dict[str, list[PageView]]:
        """Pages by document."""
        grouped: dict[str, list[PageView]] = {}
        for page in self.pages:
            grouped.setdefault(page.document_id, []).append(page)
        return grouped


def render(view: ReportView) -> str:
    """The report as HTML. All text is escaped, except the style and the script of docpipe."""
    templates = files(__package__) / "templates"
    style, script = ((templates / name).read_text("utf-8") for name in ("report.css", "report.js"))
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "advice": advice,
        "count": _count,
        "words": lambda name: str(name).replace("_", " "),
        "tone": lambda name: _TONES.get(str(name), ""),
        "part_of": lambda value, whole: f"{100 * min(max(value / (whole or 1), 0.0), 1.0):.1f}",
        "bar_height": _bar_height,
        "histogram_words": _histogram_words,
    }
    tabled = any(box.layer == "cells" for page in view.pages for box in page.sheet.boxes)
    checked = any(box.layer == "checks" for page in view.pages for box in page.sheet.boxes)
    context: dict[str, Any] = {
        "view": view,
        "survey": view.survey,
        "layers": [*LAYERS, *([CELLS] if tabled else []), *([CHECKS] if checked else [])],
        "policy": _policy(style, script),
        "style": Markup(style),
        "script": Markup(script),
    }
    return environment.get_template("report.html.j2").render(context)


def _policy(style: str, script: str) -> str:
    return (
        "default-src 'none'; img-src data:; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _count(value: float) -> str:
    whole = f"{value:,.0f}" if value >= 100 or float(value).is_integer() else f"{value:,.1f}"
    return whole.replace(",", "\u202f")


def _bar_height(count: int, most: int) -> float:
    """Height of a bar in a histogram of height 50, such that one page of a million is still visible."""
    return 0.0 if count == 0 else round(max(1.5, 46 * count / most), 1)


def _histogram_words(histogram: Histogram) -> str:
    weak = int(histogram.counts[: BINS // 2].sum())
    return f"{_count(weak)} of {_count(histogram.total)} below 0.5"
