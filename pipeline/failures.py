"""What broke a run, in words for a person instead of a traceback."""

import errno


def describe_failure(error: BaseException) -> str:
    """One or two lines: the innermost cause that says something, and what to do about it."""
    cause = _innermost(error)
    message = f"{type(cause).__name__}: {cause}".splitlines()[0]
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{cause.strerror} while writing; free some and run the job again, it goes on where it stopped"
    if isinstance(cause, PermissionError):
        return f"{message}; make the output folder writable and run the job again"
    return f"{message}; what was committed stays, the next run goes on from there"


def _innermost(error: BaseException) -> BaseException:
    """Ray wraps what a task raised, sometimes more than once."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        current = getattr(current, "cause", None) or current.__cause__
    return seen[-1]
