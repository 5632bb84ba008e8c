"""Finds columns of vertical text whose glyphs are drawn one by one, as lines of one character each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...schemas.page import TextLines
from .quality import TextLayer
from .regroup import IDEOGRAPHS, regrouped

_LEAST_GLYPHS = 4
"""Glyphs of at least one column of a page with vertical text."""

_LEAST_SINGLE = 6
# From the middle of a glyph to the middle of the next one, in em; the lines of a table are further apart.
_PITCH = (0.5, 1.45)
# Between the middles of columns, in em.
_MAX_COLUMN_PITCH = 3.5
_CENTRED = 0.3
# Latin letters and digits of vertical text: as many of them side by side take the place of one glyph.
_MOST_SIDE_BY_SIDE = 3
# Ideographs of a column that is mostly an upright number, such as an amount of money, at least.
_FEW = 2


def has_single_glyphs(texts: Sequence[str]) -> bool:
    """Whether a page may have vertical text of single glyphs."""
    single = [text for text in texts if len(text) == 1]
    return len(single) >= _LEAST_SINGLE and len(IDEOGRAPHS.findall("".join(single))) >= _LEAST_SINGLE


def with_columns(layer: TextLayer, size: tuple[float, float]) -> TextLayer:
    """The layer with the columns of vertical text as lines, from right to left.

    A row of glyphs that are further apart than the rows are from each other is spaced horizontal text, and stays.

    Args:
        size: width and height of the page.
    """
    lines = layer.lines
    boxes = (lines.boxes * np.array([*size, *size])).astype(np.float64)
    columns = _columns(lines, boxes)
    if not any(len(column) >= _LEAST_GLYPHS for column in columns):
        return layer
    areas = _areas(columns, boxes)
    held = {index for area in areas for column in area for index in column}
    # The areas take the places in the order of drawing that they have together.
    places = sorted(min(min(column) for column in area) for area in areas)
    at = dict(zip(places, areas, strict=True))
    groups: list[list[int]] = []
    block: list[int] = []
    count = int(lines.block[-1]) + 1
    for index in range(len(lines)):
        if index in at:
            groups += at[index]
            block += [count + index] * len(at[index])
        if index not in held:
            groups.append([index])
            block.append(int(lines.block[index]))
    return regrouped(layer, groups, np.array(block), [[True] * (len(group) - 1) for group in groups])


def _columns(lines: TextLines, boxes: NDArray[np.float64]) -> list[list[int]]:
    """Columns of glyphs from top to bottom."""
    width = boxes[:, 2] - boxes[:, 0]
    glyphs = [
        index
        for index, text in enumerate(lines.text)
        if lines.polygons[index] is None and (len(text) == 1 or (len(text) <= _MOST_SIDE_BY_SIDE and text.isascii()))
    ]
    ideographs = [index for index in glyphs if IDEOGRAPHS.match(lines.text[index])]
    if not ideographs:
        return []
    is_ideograph = np.zeros(len(lines), np.bool_)
    is_ideograph[ideographs] = True
    em = np.where(is_ideograph, width, float(np.median(width[ideographs])))
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    members = np.array(sorted(glyphs, key=lambda index: (y[index], x[index])))
    below: dict[int, int] = {}
    for place, index in enumerate(members.tolist()):
        rest = members[place + 1 :]
        rest = rest[: int(np.searchsorted(y[rest], y[index] + _PITCH[1] * em[index], side="right"))]
        near = rest[(np.abs(x[rest] - x[index]) < _CENTRED * em[index]) & (y[rest] - y[index] >= _PITCH[0] * em[index])]
        if len(near):
            below.setdefault(index, int(near[0]))
    others = np.array([index for index in range(len(lines)) if len(lines.text[index]) > _MOST_SIDE_BY_SIDE], np.intp)
    chains = []
    for head in sorted(set(below) - set(below.values())):
        chain = [head]
        while chain[-1] in below:
            chain.append(below[chain[-1]])
        count = np.count_nonzero(is_ideograph[chain])
        if 2 * count >= len(chain) or (count >= _FEW and 4 * count >= len(chain)):
            chains.append(chain)
    return [
        chain
        for chain in chains
        if not _is_spaced_row(chain, members, boxes, float(np.median(em[chain])))
        and not _is_in_table(chain, others, boxes)
    ]


def _is_in_table(chain: Sequence[int], others: NDArray[np.intp], boxes: NDArray[np.float64]) -> bool:
    """Whether longer horizontal lines stand beside most glyphs of a chain, each in the middle of one."""
    y = (boxes[:, 1] + boxes[:, 3]) / 2
    across = others[boxes[others, 2] - boxes[others, 0] > boxes[others, 3] - boxes[others, 1]]
    height = boxes[chain, 3] - boxes[chain, 1]
    beside = np.abs(y[chain][:, None] - y[across][None, :]) < _CENTRED * height[:, None]
    return bool(2 * np.count_nonzero(beside.any(axis=1)) > len(chain))


def _is_spaced_row(chain: Sequence[int], members: NDArray[np.intp], boxes: NDArray[np.float64], em: float) -> bool:
    """Whether most glyphs of a chain have a neighbour beside them that is nearer than those below."""
    down = float(np.median(np.diff(boxes[list(chain), 1])))
    beside = 0
    for index in chain:
        others = members[(np.abs(boxes[members, 1] - boxes[index, 1]) < _CENTRED * em) & (members != index)]
        apart = np.abs(boxes[others, 0] - boxes[index, 0])
        beside += bool(len(apart)) and float(apart.min()) < down
    return 2 * beside > len(chain)


def _areas(columns: Sequence[list[int]], boxes: NDArray[np.float64]) -> list[list[list[int]]]:
    """Columns that stand beside each other, from right to left; areas from top to bottom."""
    areas: list[list[list[int]]] = []
    em = float(np.median(np.concatenate([boxes[column, 2] - boxes[column, 0] for column in columns])))
    for column in sorted(columns, key=lambda column: -float(boxes[column, 0].mean())):
        top, bottom = boxes[column, 1].min(), boxes[column, 3].max()
        for area in areas:
            last = area[-1]
            shared = min(bottom, boxes[last, 3].max()) - max(top, boxes[last, 1].min())
            apart = boxes[last, 0].mean() - boxes[column, 0].mean()
            if shared > 0 and em / 2 < apart <= _MAX_COLUMN_PITCH * em:
                area.append(column)
                break
        else:
            areas.append([column])
    found = [area for area in areas if any(len(column) >= _LEAST_GLYPHS for column in area)]
    return sorted(found, key=lambda area: min(float(boxes[column, 1].min()) for column in area))
