"""What the ranker is told of names and addresses: the blocks that they stand in, and whom a heading is about."""

import re

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidate, has_legal_form
from .facts import ROLES, DocumentFacts, Heading, PageFacts
from .labels import fields_of
from .parties import address_score, has_postcode
from .question import Asked

_NUMBER_WORD = re.compile(r"(?:\bn[or°º]\b\.?|#|nummer|number|num)\W*$", re.IGNORECASE)


def party_columns(
    asked: Asked, facts: PageFacts, document: DocumentFacts, candidates: list[Candidate], boxes: NDArray[np.float64]
) -> dict[str, object]:
    page, stacks = facts.page, facts.stacks
    role = ROLES.get(asked.name, 0)
    names = (
        "legal form", "followed by address", "after name", "repeated in others", "domain", "label words",
        "first in block", "heading same", "heading other", "name rank", "address like", "is top", "lines", "postcode",
        "starts with name", "next like address", "previous like address", "address score", "legal before",
        "after number word", "first line", "last line", "is label", "heading rank",
    )  # fmt: skip
    columns: dict[str, list[float]] = {name: [] for name in names}
    scores = [address_score(text) for text in page.texts] if asked.kind in ("name", "address", "text") else []
    top = float(boxes[:, 1].min())
    ranked: dict[tuple[int, str], int] = {}
    nearer: dict[int, int] = {}
    for index, one in enumerate(candidates):
        above, below = int(stacks.above[one.run]), int(stacks.below[one.run])
        prefix = page.texts[one.run][: one.begin]
        values = dict.fromkeys(names, 0.0)
        values["after number word"] = float(bool(_NUMBER_WORD.search(prefix)))
        values["first in block"] = float(above < 0)
        values["is top"] = min(float(boxes[index, 1]) - top, 30.0)
        heading = _heading(facts, boxes[index], one.run)
        values["heading same"] = float(heading is not None and heading.role == role)
        values["heading other"] = float(heading is not None and heading.role != role)
        if heading is not None:
            under = (heading.run, one.key)
            nearer[heading.run] = nearer.get(heading.run, 0) + (under not in ranked)
            values["heading rank"] = ranked.setdefault(under, min(nearer[heading.run], 10))
        if scores:
            end_run = int(page.run[one.words[-1]])
            after = int(stacks.below[end_run])
            values["legal form"] = float(has_legal_form(one.text))
            values["address like"] = scores[one.run] if one.kind != "address" else 0.0
            values["followed by address"] = max(
                scores[below] if below >= 0 else 0.0,
                0.8 * scores[int(stacks.below[below])] if below >= 0 and stacks.below[below] >= 0 else 0.0,
                address_score(page.texts[one.run][one.end :]) if one.kind == "name" else 0.0,
            )
            values["domain"] = float(
                any(domain in one.key or (len(one.key) >= 5 and one.key in domain) for domain in document.domains)
            )
            zones = facts.labels.zones[one.run]
            inside = [part for zone in zones if zone.first >= one.words[0] for part in zone.parts]
            values["label words"] = sum(not any(name.startswith("=") for name in part) for part in inside[:8])
            whole = [zone for zone in zones if zone.first <= one.words[0] and zone.last >= one.words[-1]]
            values["is label"] = max((fit for zone in whole for fit in fields_of(zone.parts).values()), default=0.0)
            values["legal before"] = float(above >= 0 and has_legal_form(page.texts[above]))
            if one.kind == "address":
                lines = sorted({int(page.run[word]) for word in one.words})
                values["lines"] = len(lines)
                values["postcode"] = float(has_postcode(one.text))
                values["starts with name"] = float(has_legal_form(page.texts[one.run][one.begin : one.end]))
                values["next like address"] = scores[after] if after >= 0 else -0.5
                values["previous like address"] = scores[above] if above >= 0 else -0.5
                values["first line"] = address_score(page.texts[lines[0]][one.begin :])
                values["last line"] = scores[lines[-1]]
                values["address score"] = sum(scores[line] for line in lines)
        for name in names:
            columns[name].append(values[name])
    ranks = {
        key: at for at, key in enumerate(dict.fromkeys(one.key for one in sorted(candidates, key=lambda c: c.run)))
    }
    columns["name rank"] = [min(ranks[one.key], 20) for one in candidates]
    columns["repeated in others"] = [
        min(sum(one.key in name for name in document.names), 6) if one.kind == "name" and len(one.key) >= 5 else 0
        for one in candidates
    ]
    return dict(columns)


def heading_of(facts: PageFacts, box: NDArray[np.float64], run: int) -> int:
    """Whom the nearest heading above or left of a candidate is about, 0 for nobody."""
    heading = _heading(facts, box, run)
    return 0 if heading is None else heading.role


def _heading(facts: PageFacts, box: NDArray[np.float64], run: int) -> Heading | None:
    best, nearest = None, 14.0
    for heading in facts.headings:
        down, across = float(box[1]) - heading.y, float(box[0]) - heading.x
        if heading.run != run and down > -0.5 and -1.5 < across < 40:
            distance = down + 0.25 * abs(across)
            if distance < nearest:
                best, nearest = heading, distance
    return best
