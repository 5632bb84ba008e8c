"""Charts: the table that a model reads from an image, its values looked up in the text of the page."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.errors import ErrorCode, Failure, Stage
from ..grounding.ground import Evidence, ground_value
from ..inference.prompts import PROMPT_VERSIONS
from ..inference.request import Asked
from ..inference.results import Chart, ChartValue
from ..inference.tasks import EngineTasks
from ..inference.work import PageImage
from ..values.locale import LocaleHint
from ..values.not_found import is_not_found
from .parse import ChartParseError, ChartPoint, parse_chart, points


def read_chart(
    image: PageImage, asked: Asked, evidence: Evidence, tasks: EngineTasks, hint: LocaleHint
) -> Chart | None:
    """The chart in an image; None where the model says that there is none.

    Args:
        evidence: the text that stands within the image.
        hint: how numbers are written on the page.
    """
    chart = Chart(
        engine=tasks.engine,
        model=tasks.model,
        prompt_version=PROMPT_VERSIONS["chart"],
        source="page" if image.region is None else "figure",
        region=image.region,
        confidence=asked.answer.confidence,
        raw_output=asked.answer.text or None,
        attempts=asked.attempts,
    )
    if asked.code is None and is_not_found(asked.answer.text):
        return None
    if asked.code is not None:
        chart = replace(chart, failure=Failure(asked.code, f"chart: {asked.message}", Stage.CHART, asked.attempts))
    try:
        # Of an answer that was cut off, the whole rows stay.
        table = parse_chart(asked.answer.text, cut=asked.code is not None)
    except ChartParseError as error:
        failure = Failure(ErrorCode.BAD_OUTPUT, f"chart: {error}", Stage.CHART, asked.attempts)
        return replace(chart, failure=chart.failure or failure)
    values = tuple(_value(point, evidence) for point in points(table, hint))
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


def _value(point: ChartPoint, evidence: Evidence) -> ChartValue:
    names = " ".join(filter(None, (point.x, point.series)))
    grounding = ground_value(point.y_text, evidence, kind="number", question=names)
    return ChartValue(point.series, point.x, point.x_number, point.y, grounding)


def _mean(supports: Sequence[float | None]) -> float | None:
    known = [support for support in supports if support is not None]
    return sum(known) / len(known) if known else None
