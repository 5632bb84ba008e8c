"""Whether what a model wrote can be a chart's data."""

from .chart_table import ChartParseError, parse_chart
from .not_found_text import is_not_found


def chart_check(text: str) -> str | None:
    """Why it is none; None where it is one, or where the model says that the picture shows none."""
    if is_not_found(text):
        return None
    try:
        parse_chart(text)
    except ChartParseError as error:
        return str(error)
    return None
