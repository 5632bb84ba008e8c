"""Failures of requests to a server: transient ones, which are retried, and permanent ones."""

import contextlib
import datetime
import email.utils
import json
import random
from typing import Any

# Any other status of 400 or more means that the same request will fail again.
_MAY_PASS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_SHOWN = 300


class ServerError(Exception):
    """One request failed.

    Attributes:
        may_pass: whether to try it again.
        retry_after: seconds that the server asks to wait; None if it does not.
        status: of HTTP; None where there was no reply.
        body: what the server said, as far as it is shown.
    """

    def __init__(
        self,
        reason: str,
        *,
        may_pass: bool,
        retry_after: float | None = None,
        status: int | None = None,
        body: str = "",
    ) -> None:
        super().__init__(reason)
        self.may_pass = may_pass
        self.retry_after = retry_after
        self.status = status
        self.body = body


def status_error(status: int, body: bytes, retry_after: str | None = None, location: str | None = None) -> ServerError:
    """The error of a reply whose status is not 200."""
    said = said_by(body)
    reason = f"HTTP {status}" + (f": {said}" if said else "")
    if 300 <= status < 400:
        reason = f"HTTP {status}: the server sends elsewhere ({location}); set base_url to where it is"
    elif status in (401, 403):
        reason += "; is the key in the variable of api_key_env right?"
    elif status == 404:
        reason += "; are base_url (usually ending in /v1) and model right?"
    elif status == 413:
        reason += "; the images are too large for the server: lower max_tiles"
    return ServerError(
        reason,
        may_pass=status in _MAY_PASS,
        retry_after=seconds_of(retry_after),
        status=status,
        body=said,
    )


def said_by(body: bytes) -> str:
    """The message in the body of an error, on one line and short."""
    text = body.decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        text = _message(json.loads(text)) or text
    return short(text)


def short(text: str) -> str:
    """`text` on one line of printable characters, shortened."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * _SHOWN]).split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def seconds_of(retry_after: str | None) -> float | None:
    """Seconds from now that a Retry-After header asks for (RFC 9110: seconds or a date); None for no or a bad one."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(retry_after)) if float(retry_after) < float("inf") else None
    except ValueError:
        pass
    try:
        at = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    now = datetime.datetime.now(datetime.UTC)
    return max(0.0, (at.replace(tzinfo=at.tzinfo or datetime.UTC) - now).total_seconds())


def delay(attempt: int, retry_after: float | None) -> float:
    """Seconds before the next attempt: doubled each time, shared out at random so that requests do not come at once.

    Args:
        attempt: how many were made.
        retry_after: what the server asks for; never less than that.
    """
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1))
    chosen = random.uniform(longest / 2, longest)
    return chosen if retry_after is None else retry_after + random.uniform(0, _FIRST_DELAY)


def _message(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((text for key in ("error", "message", "detail") if (text := _message(value.get(key)))), "")
    if isinstance(value, list):
        return "; ".join(
            filter(None, (_message(entry.get("msg", entry)) for entry in value if isinstance(entry, dict)))
        )
    return ""
