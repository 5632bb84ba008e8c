"""What engines without weights need of a page beyond its words and blocks: taken in the parser's process.

A collector is a function `collect(page, image, reading)` in the package of its engine, which returns plain data
(numbers, text, tuples, arrays, dataclasses of docpipe) or None:

- `page`: the `pymupdf.Page`, whose graphics it may read; None for an image file. `page.parent` has the neighbouring
  pages, for what depends on them: the pages that share a batch are never the same in two runs;
- `image`: the page as displayed, (height, width, 3) RGB, where it was rendered for OCR; else None;
- `reading`: the page's text and blocks as far as they are known: none before OCR.

It runs within the time and memory of the page, which would fail with it, so it must be bounded for hostile input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ...schemas.page import PageReading
from ...schemas.printable import brief

COLLECTORS: dict[str, str] = {
    "vector": "charts.vector.collect:collect",
    "grid": "tables.rulings.collect:collect",
}
"""`module:function` by the name of the engine, imported only where a job asks for it; modules below `operators`."""


@dataclass(frozen=True)
class CollectError:
    """Why a collector gave nothing, in the place of its data."""

    reason: str


def collected(reading: PageReading, name: str) -> object:
    """What the collector of an engine took from a page.

    Raises:
        RuntimeError: it broke, or the page was read without it.
    """
    data = reading.collected.get(name, CollectError(f"nothing was collected for {name}"))
    if isinstance(data, CollectError):
        raise RuntimeError(data.reason)
    return data


def collect(names: Sequence[str], page: Any, image: Any, reading: PageReading) -> Mapping[str, object]:
    """The data of each collector by the name of its engine; an exception in one is a `CollectError` in its place.

    Args:
        names: keys of `COLLECTORS`.
    """
    return {name: _collected(name, page, image, reading) for name in names}


def _collected(name: str, page: Any, image: Any, reading: PageReading) -> object:
    module, function = COLLECTORS[name].split(":")
    try:
        return getattr(import_module(f"..{module}", __package__), function)(page, image, reading)
    except MemoryError:
        raise
    except Exception as error:
        return CollectError(f"{name} could not read the page ({brief(error)})")
