"""Converts a model's output about a chart into its table and points, with each value grounded in the page's text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...schemas.errors import Failure, Stage
from ...schemas.geometry import Box
from ..grounding.ground import Evidence, ground_value
from ..inference.prompts import PROMPT_VERSIONS
from ..inference.request import OutputError, Result
from ..inference.results import Chart, ChartValue
from ..inference.tasks import EngineTasks
from ..values.locale import LocaleHint
from ..values.not_found import is_not_found
from ..wrapping.output import without_controls
from .parse import ChartParseError, ChartPoint, ChartTable, parse_chart, points


@dataclass(frozen=True)
class ChartData:
    """The table behind a chart, and its values as points."""

    table: ChartTable
    points: tuple[ChartPoint, ...]


@dataclass(frozen=True)
class ParseChart:
    """Parses the output for a chart; None where the model reports that the image has no chart.

    Attributes:
        hint: the number format of the page.
    """

    hint: LocaleHint

    def __call__(self, text: str, cut: bool) -> ChartData | None:
        if not cut and is_not_found(text):
            return None
        try:
            # An output that was cut off keeps its complete rows.
            table = parse_chart(text, cut=cut)
        except ChartParseError as error:
            raise OutputError(str(error)) from error
        return ChartData(table, tuple(points(table, self.hint)))


def read_chart(result: Result, region: Box | None, evidence: Evidence, tasks: EngineTasks) -> Chart | None:
    """The chart in an image; None where the model reports that there is none.

    Args:
        region: the region of the page that the image shows; None for the whole page.
        evidence: the text within the region.
    """
    data = result.value
    if result.code is None and data is None:
        return None
    chart = Chart(
        engine=tasks.engine,
        model=tasks.model,
        prompt_version=PROMPT_VERSIONS["chart"],
        source="page" if region is None else "figure",
        region=region,
        confidence=result.answer.confidence,
        raw_output=without_controls(result.answer.text) or None,
        attempts=result.attempts,
    )
    if result.code is not None:
        chart = replace(chart, failure=Failure(result.code, f"chart: {result.message}", Stage.CHART, result.attempts))
    if data is None:
        return chart
    assert isinstance(data, ChartData)
    table, values = data.table, tuple(_value(point, evidence) for point in data.points)
    return replace(
        chart,
        chart_type=table.chart_type,
        title=table.title,
        x_label=table.x_label,
        y_label=table.y_label,
        columns=table.columns,
        rows=table.rows,
        values=values,
        support=_mean([value.grounding.support for value in values]),
    )


def declined_chart(chart: Chart | None, region: Box | None, engine: str, reason: str) -> Chart:
    """The chart of an engine without weights that is not sure: without values, but with what else is known of it.

    Args:
        chart: what the engine made of it; None where it is not even sure of the type.
    """
    known = chart or Chart(engine, "", "", "page" if region is None else "figure", region)
    return replace(known, columns=(), rows=(), values=(), support=None, raw_output=reason, declined=True)


def _value(point: ChartPoint, evidence: Evidence) -> ChartValue:
    names = " ".join(filter(None, (point.x, point.series)))
    grounding = ground_value(point.y_text, evidence, kind="number", question=names)
    return ChartValue(point.series, point.x, point.x_number, point.y, grounding)


def _mean(supports: Sequence[float | None]) -> float | None:
    known = [support for support in supports if support is not None]
    return sum(known) / len(known) if known else None
