"""Rows whose parts are joined by a leader, as the entries of a contents page: a title, dots, and the page."""

import re

_LEADER = re.compile(r"\s*(?:(?:[.·•‥…・]\s?){4,}|[‥…]{2,})\s*")
_REST = re.compile(r"\S+(?:\s\S+)?$")
# Rules of underscores or dashes, which are blanks of a form where no page follows.
_FEW = 6
_RULE = re.compile(
    rf"(?<=\S)\s*(?:(?:_\s?){{{_FEW},}}|(?:[-–]\s?){{{_FEW},}})\s*(?=(?:[A-Z]-?)?\d{{1,4}}$|[ivxlc]{{1,7}}$)",
    re.IGNORECASE,
)


def without_leader(row: str) -> str | None:
    """The row with a space instead of its leader; None where it has none, or where several columns follow it."""
    if row.count(".") < 4 and not any(mark in row for mark in "·•‥…・"):
        is_entry = row.count("_") >= _FEW or row.count("-") + row.count("–") >= _FEW
        parts = _RULE.split(row.strip()) if is_entry else []
        return " ".join(parts) if len(parts) == 2 else None
    parts = [part for part in _LEADER.split(row.strip()) if part]
    if len(parts) > 2 or not _LEADER.search(row) or (len(parts) == 2 and not _REST.match(parts[1])):
        return None
    return " ".join(parts)


def is_leader(text: str) -> bool:
    """Whether a text is nothing but a leader, or a part of one."""
    return bool(text) and not text.strip(" .·•‥…・")
