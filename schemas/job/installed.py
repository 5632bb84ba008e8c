"""Engines of other packages: what is registered under the entry-point group `docpipe.engines`.

An entry point gives a kind of engine its name and the class that `models.extension` describes. job.yaml names only what
is registered, never a path to code.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ..printable import brief

GROUP = "docpipe.engines"


class InstalledEngineError(Exception):
    """A registered engine cannot be used; the message names the package and the class."""


def installed_kinds() -> tuple[str, ...]:
    """The kinds that installed packages register, sorted by name."""
    return tuple(sorted(entry_points(group=GROUP).names))


def origin(kind: str) -> str:
    """The package and the class of a kind, for messages."""
    point = _entry_point(kind)
    package = "an unknown package" if point.dist is None else f"{point.dist.name} {point.dist.version}"
    return f"{package}, {point.value}"


@cache
def engine_class(kind: str) -> Any:
    """The class that is registered for a kind.

    Raises:
        KeyError: no package registers the kind.
        InstalledEngineError: its module cannot be imported, or two packages register the kind.
    """
    point = _entry_point(kind)
    try:
        return point.load()
    except Exception as error:
        raise InstalledEngineError(f"{origin(kind)}: cannot be imported: {brief(error, 300)}") from error


def _entry_point(kind: str) -> EntryPoint:
    points = entry_points(group=GROUP, name=kind)
    if len({point.value for point in points}) > 1:
        listed = " and ".join(sorted(point.value for point in points))
        raise InstalledEngineError(f"kind {kind} is registered by more than one package: {listed}")
    return points[kind]
