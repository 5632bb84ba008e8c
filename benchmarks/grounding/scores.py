"""How well values were grounded: places against true boxes, support of true against false values."""

import hashlib
import statistics
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from docpipe.operators.grounding.ground import Grounding
from values import Box, Value

OVERLAP = 0.5
CONTAINED = 0.9
LARGEST = 2.0


@dataclass
class Asked:
    value: Value
    grounding: Grounding
    milliseconds: float
    plain: Grounding | None = None


def is_train(file: str) -> bool:
    return hashlib.sha256(file.encode()).digest()[0] % 2 == 0


def part_of(value: Value) -> str:
    return "train" if is_train(value.file) else "held"


def overlaps(found: Box, true: Box) -> bool:
    width = max(0.0, min(found[2], true[2]) - max(found[0], true[0]))
    shared = width * max(0.0, min(found[3], true[3]) - max(found[1], true[1]))
    area, wanted = area_of(found), area_of(true)
    if shared >= OVERLAP * (area + wanted - shared):
        return True
    return shared >= CONTAINED * wanted and area <= LARGEST * wanted


def lies_inside(found: Box, true: Box) -> bool:
    width = max(0.0, min(found[2], true[2]) - max(found[0], true[0]))
    shared = width * max(0.0, min(found[3], true[3]) - max(found[1], true[1]))
    return shared >= CONTAINED * area_of(found)


def area_of(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def around(grounding: Grounding) -> list[tuple[int, Box]]:
    """The box around the places on each page, and each place."""
    by_page: dict[int, list[Box]] = defaultdict(list)
    for place in grounding.places:
        by_page[place.page_number].append(place.box)
    found = [
        (page, (min(b[0] for b in bs), min(b[1] for b in bs), max(b[2] for b in bs), max(b[3] for b in bs)))
        for page, bs in by_page.items()
    ]
    return found + [(place.page_number, place.box) for place in grounding.places]


def hits(grounding: Grounding, boxes: tuple[tuple[int, Box], ...], judge: Any = overlaps) -> bool:
    return any(page == other and judge(box, true) for page, box in around(grounding) for other, true in boxes)


def auc(true: list[float], false: list[float]) -> float:
    """Area under the ROC curve: how often a true value has more support than a false one, ties counting half."""
    scores = np.array(true + false)
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ends = np.append(starts[1:], len(scores))
    for start, end in zip(starts, ends, strict=True):
        ranks[order[start:end]] = (start + end + 1) / 2
    positive = ranks[: len(true)].sum() - len(true) * (len(true) + 1) / 2
    return float(positive / (len(true) * len(false)))


def report(asked: list[Asked], misses: bool) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for source in ("receipts", "receipt lines", "invoices by OCR", "invoices", "tables"):
        for part in ("train", "held", "all"):
            mine = [a for a in asked if a.value.source == source and part in ("all", part_of(a.value))]
            true, false = [a for a in mine if not a.value.false], [a for a in mine if a.value.false]
            if not true:
                continue
            boxed = [a for a in true if a.value.boxes]
            supports = [a.grounding.support or 0.0 for a in true]
            line: dict[str, Any] = {
                "values": len(true),
                "box": share(hits(a.grounding, a.value.boxes) for a in boxed),
                "box_no_question": share(hits(a.plain or a.grounding, a.value.boxes) for a in boxed),
                "box_or_inside": share(
                    hits(a.grounding, a.value.boxes) or hits(a.grounding, a.value.boxes, lies_inside) for a in boxed
                ),
                "not_found": share(not a.grounding.places for a in true),
                "auc": round(auc(supports, [a.grounding.support or 0.0 for a in false]), 4),
            }
            for how in ("other", "digit", "word"):
                some = [a.grounding.support or 0.0 for a in false if a.value.false == how]
                if some:
                    line[f"auc_{how}"] = round(auc(supports, some), 4)
            if source == "tables":
                line["own_cell"] = share(hits(a.grounding, a.value.own) for a in boxed)
                line["own_cell_no_question"] = share(hits(a.plain or a.grounding, a.value.own) for a in boxed)
            line["ms_mean"] = round(statistics.fmean(a.milliseconds for a in mine), 3)
            line["ms_median"] = round(statistics.median(a.milliseconds for a in mine), 3)
            line["ms_max"] = round(max(a.milliseconds for a in mine), 2)
            summary[f"{source} / {part}"] = line
            print(f"{source:16} {part:6}", " ".join(f"{k}={v}" for k, v in line.items()))
    if misses:
        for a in asked:
            v, g = a.value, a.grounding
            found = [(p.page_number, p.text, [round(x, 3) for x in p.box]) for p in g.places]
            if v.false and (g.support or 0) > 0.5:
                print("FALSE", v.source, v.file, v.false, repr(v.text), g.kind.value, round(g.support or 0, 3), found)
            elif not v.false and v.boxes and not hits(g, v.boxes):
                true = [(p, [round(x, 3) for x in b]) for p, b in v.boxes[:3]]
                print("MISS", v.source, v.file, repr(v.text), g.kind.value, round(g.support or 0, 3), found, true)
    return summary


def share(of: Any) -> float:
    of = list(of)
    return round(sum(of) / max(1, len(of)), 4)


def calibration(asked: list[Asked]) -> list[dict[str, float]]:
    """Of values with support in a range, the share that is true, true and false values weighing the same in all."""
    table = []
    total = {bool(flag): sum(bool(a.value.false) == flag for a in asked) for flag in (True, False)}
    edges = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.01)
    for low, high in pairwise(edges):
        inside = [a for a in asked if low <= (a.grounding.support or 0.0) < high]
        true = sum(1 for a in inside if not a.value.false) / total[False]
        false = sum(1 for a in inside if a.value.false) / total[True]
        if inside:
            mean = statistics.fmean(a.grounding.support or 0.0 for a in inside)
            table.append(
                {"from": low, "to": min(high, 1.0), "values": len(inside), "mean_support": round(mean, 3)}
                | {"true": round(true / (true + false), 3)}
            )
    return table
