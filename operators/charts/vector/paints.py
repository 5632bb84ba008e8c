"""What is painted on a page and is no path: colour gradients, tiling patterns, images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .drawing import Rect


@dataclass
class _Clip:
    """A clip path that is in force.

    Attributes:
        drawn: whether a path that was drawn in it touches it; None as long as none was.
    """

    box: Rect
    drawn: bool | None = None


def painted(page: Any, paths: Sequence[dict[str, Any]]) -> tuple[list[Rect], list[Rect]]:
    """Boxes of gradients and patterns, and of images, in points of the page before it is turned.

    MuPDF lists a gradient and the cell of a pattern by the path that clips them alone. What it draws has numbers, so
    that those without a path are of text, images and gradients.

    Args:
        paths: of `pymupdf.Page.get_cdrawings(extended=True)`.
    """
    # As in `extract`, MuPDF is not for the driver.
    from ...documents.patterns import has_tiling_patterns

    drawn = page.get_bboxlog()
    images = [box for kind, box in drawn if kind == "fill-image"]
    numbers = [number for number, (kind, _) in enumerate(drawn) if kind == "fill-shade"]
    tiled = has_tiling_patterns(page)
    if not numbers and not tiled:
        return [], images
    return list(_in_clips(paths, numbers, tiled, len(drawn))), images


def _in_clips(paths: Sequence[dict[str, Any]], numbers: Sequence[int], tiled: bool, count: int) -> Iterator[Rect]:
    """The clips in which gradients were drawn, and of pages with patterns those in which nothing is seen of a path."""
    clips: dict[int, _Clip] = {}
    new: list[tuple[int, Rect]] = []
    left = list(numbers)
    for path in (*paths, {"type": "end", "seqno": count, "rect": (0.0, 0.0, 0.0, 0.0)}):
        kind, level = path["type"], path.get("level", 0)
        if kind == "group":
            continue
        # A clip ends with the first thing outside of it.
        for deeper in [key for key in clips if key >= level]:
            clip = clips.pop(deeper)
            if tiled and clip.drawn is False and clip.box[0] < clip.box[2] and clip.box[1] < clip.box[3]:
                yield clip.box
        if kind == "clip":
            box: Rect = tuple(path["scissor"])
            clips[level] = _Clip(box)
            new.append((level, box))
            continue
        here = [number for number in left if number < path["seqno"]]
        if here:
            left = left[len(here) :]
            innermost = [box for k, (at, box) in enumerate(new) if k + 1 == len(new) or new[k + 1][0] <= at]
            yield from innermost or [clip.box for _, clip in sorted(clips.items())[-1:]]
        new = []
        for clip in clips.values():
            clip.drawn = bool(clip.drawn) or _meet(clip.box, path["rect"])


def _meet(one: Rect, other: Sequence[float]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
