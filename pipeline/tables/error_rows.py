"""Converts failures to rows of `errors`."""

from datetime import UTC, datetime
from typing import Any

from ...schemas.errors import Failure


def error_row(
    document_id: str, uri: str, page_number: int | None, failure: Failure, run_id: str, **names: str
) -> dict[str, Any]:
    """A row of `errors`.

    Args:
        page_number: None if the whole file failed.
        names: `question_id`, `chart_id` or `table_id`, if one of these failed.
    """
    return {
        "document_id": document_id,
        "uri": uri,
        "page_number": page_number,
        "question_id": None,
        "chart_id": None,
        "table_id": None,
        **names,
        "stage": failure.stage.value,
        "code": failure.code.value,
        "message": failure.message,
        "attempts": failure.attempts,
        "run_id": run_id,
        "failed_at": datetime.now(UTC),
    }
