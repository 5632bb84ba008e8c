"""Rulings from the vector drawings of a page; runs in the parser's process, where the page is."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..structure.area import Rulings

# Points. Filled areas up to this thickness are lines; lines deviate from an axis by at most as much as that.
_THICK, _SKEW = 2.5, 0.6
# Pieces of one line are at most this far apart along it, which covers dots and dashes, and across.
_GAP, _APART = 3.5, 0.7
_SHORTEST = 6.0
# A page with more pieces than this is a drawing.
_MOST = 60_000
_MOST_BANDS = 2000
# The content of a page above this size in bytes is not drawn a second time.
_MOST_CONTENT = 24_000_000

Piece = tuple[float, float, float]
Rect = tuple[float, float, float, float]


def page_rulings(page: Any) -> Rulings:
    """The rulings of a `pymupdf.Page`, as displayed.

    A page whose content is too long or has too many pieces has none: it is a map or a drawing.
    """
    if page.parent.is_pdf and len(page.read_contents()) > _MOST_CONTENT:
        return Rulings()
    return rulings_of(page.get_cdrawings(), tuple(page.rotation_matrix), (page.rect.width, page.rect.height))


def rulings_of(paths: Sequence[dict[str, Any]], matrix: Sequence[float], size: tuple[float, float]) -> Rulings:
    """Rulings from the paths of `Page.get_cdrawings`.

    Args:
        matrix: from the coordinates of the paths to those of the page as displayed.
        size: width and height of the page as displayed.
    """
    horizontal: list[Piece] = []
    vertical: list[Piece] = []
    bands: list[Rect] = []
    for path in paths:
        for rect, stroked, filled in _rects(path):
            x0, y0, x1, y1 = _displayed(rect, matrix)
            _add(x0, y0, x1, y1, stroked, filled, horizontal, vertical, bands)
        if len(horizontal) + len(vertical) > _MOST:
            return Rulings()
    width, height = size
    areas = np.array(bands[:_MOST_BANDS], np.float32).reshape(-1, 4)
    return Rulings(
        in_shares(joined(horizontal), height, width),
        in_shares(joined(vertical), width, height),
        np.asarray(areas / np.array([width, height, width, height]), np.float32),
    )


def in_shares(lines: NDArray[np.float32], across: float, along: float) -> NDArray[np.float32]:
    """Lines as shares of the size of the page across them and along them."""
    return np.asarray(lines / np.array([across, along, along]), np.float32)


def _rects(path: dict[str, Any]) -> Iterator[tuple[Rect, bool, bool]]:
    kind = path["type"] or ""
    fill = path.get("fill")
    stroked = "s" in kind
    filled = "f" in kind and fill is not None
    white = filled and fill is not None and min(fill) > 0.97
    for item in path["items"]:
        if item[0] == "l":
            (ax, ay), (bx, by) = item[1], item[2]
            if stroked and min(abs(ax - bx), abs(ay - by)) <= _SKEW:
                yield (ax, ay, bx, by), True, False
            elif filled and len(path["items"]) > 2:
                break
        elif item[0] == "re":
            yield tuple(item[1]), stroked, filled and not white
        elif item[0] == "qu":
            ul, ur, ll, lr = item[1]
            xs, ys = [p[0] for p in (ul, ur, ll, lr)], [p[1] for p in (ul, ur, ll, lr)]
            yield (min(xs), min(ys), max(xs), max(ys)), stroked, filled and not white
    else:
        return
    # A filled polygon of straight lines: its box, where it is thin or a rectangle.
    if all(item[0] == "l" for item in path["items"]) and len(path["items"]) <= 5:
        yield tuple(path["rect"]), False, not white


def _displayed(rect: Rect, matrix: Sequence[float]) -> Rect:
    a, b, c, d, e, f = matrix
    x0, y0, x1, y1 = rect
    ax, ay = a * x0 + c * y0 + e, b * x0 + d * y0 + f
    bx, by = a * x1 + c * y1 + e, b * x1 + d * y1 + f
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _add(
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    stroked: bool,
    filled: bool,
    horizontal: list[Piece],
    vertical: list[Piece],
    bands: list[Rect],
) -> None:
    width, height = x1 - x0, y1 - y0
    if width <= _THICK and height <= _THICK:
        horizontal.append(((y0 + y1) / 2, x0, x1))
        vertical.append(((x0 + x1) / 2, y0, y1))
    elif height <= (_THICK if filled else _SKEW):
        horizontal.append(((y0 + y1) / 2, x0, x1))
    elif width <= (_THICK if filled else _SKEW):
        vertical.append(((x0 + x1) / 2, y0, y1))
    elif filled:
        bands.append((x0, y0, x1, y1))
    if stroked and width > _THICK and height > _THICK:
        horizontal += [(y0, x0, x1), (y1, x0, x1)]
        vertical += [(x0, y0, y1), (x1, y0, y1)]


def joined(
    pieces: Sequence[Piece], gap: float = _GAP, apart: float = _APART, shortest: float = _SHORTEST
) -> NDArray[np.float32]:
    """(n, 3): lines made of collinear pieces with small gaps between them, without those that stay short."""
    lines: list[Piece] = []
    group: list[Piece] = []
    for piece in sorted(pieces):
        if group and piece[0] - group[0][0] > apart:
            lines += _along(group, gap)
            group = []
        group.append(piece)
    lines += _along(group, gap)
    kept = [line for line in lines if line[2] - line[1] >= shortest]
    return np.array(kept, np.float32).reshape(-1, 3)


def _along(group: list[Piece], gap: float) -> list[Piece]:
    lines: list[list[float]] = []
    for at, start, end in sorted(group, key=lambda piece: piece[1]):
        if lines and start - lines[-1][2] <= gap:
            lines[-1][2] = max(lines[-1][2], end)
        else:
            lines.append([at, start, end])
    return [(at, start, end) for at, start, end in lines]
