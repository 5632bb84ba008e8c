"""Rows whose parts are joined by a leader, as the entries of a contents page: a title, dots, and the page."""

import re

_LEADER = re.compile(r"\s*(?:(?:[.·•‥…・]\s?){4,}|[‥…]{2,})\s*")
_REST = re.compile(r"\S+(?:\s\S+)?$")


def without_leader(row: str) -> str | None:
    """The row with a space instead of its leader; None where it has none, or where several columns follow it."""
    if row.count(".") < 4 and not any(mark in row for mark in "·•‥…・"):
        return None
    parts = [part for part in _LEADER.split(row.strip()) if part]
    if len(parts) > 2 or not _LEADER.search(row) or (len(parts) == 2 and not _REST.match(parts[1])):
        return None
    return " ".join(parts)


def is_leader(text: str) -> bool:
    """Whether a text is nothing but a leader, or a part of one."""
    return bool(text) and not text.strip(" .·•‥…・")
