"""Labels of an axis out of texts that were drawn word by word, or that touch each other."""

import itertools
from collections.abc import Sequence

import numpy as np

from ..drawing import Label
from .tick_numbers import tick_numbers
from .tick_times import named

SNAP = 2.2
"""Points within which the tick of a label stands; labels are centred at their ticks."""
_NARROW = 0.015
"""A gap between characters of neighbouring labels that touch, as a share of the font's size; kerning is mostly
negative."""
_WORD_GAP = 0.12
"""A gap between words, as a share of the font's size."""
_OVERLAP = 0.15
"""Share of the font's size by which parts of a label may lie over each other."""
_MOST_PARTS = 12
"""Parts of one label."""
_BESIDE = 0.4
"""Points by which labels of one axis may differ in their distance from their ticks."""
_SPACE = 0.75
"""Gap between words of a label, at most, as a share of the font's size; those of typewriters are wide."""
_LEAN_SNAP = 0.7
"""Points by which slanted labels of one row may differ in their distance from their ticks."""
_MOST_ATOMS = 120


def at_ticks(labels: list[Label], places: Sequence[float]) -> list[Label]:
    """Horizontal labels that touch each other or that were drawn word by word, cut and joined so that each is centred
    at a tick.

    They stay as they are where that does not come out even.
    """
    inner = [place for place in places if labels[0].box[0] - 3 <= place <= labels[-1].box[2] + 3]
    if not labels[0].is_horizontal or len(inner) < 2 or not all(label.places for label in labels):
        return labels
    over = max(sum(label.box[0] + 1 < place < label.box[2] - 1 for place in inner) for label in labels)
    atoms = [atom for label in labels for atom in _atoms(label)]
    if len(atoms) > _MOST_ATOMS:
        return labels
    groups = _centred([piece for atom in atoms for piece in _pieces(atom)], inner)
    # Spreadsheets draw ticks between categories.
    between = _centred(atoms, [(a + b) / 2 for a, b in itertools.pairwise(inner)]) if len(inner) > 2 else None
    if between is not None and len(between) >= len(labels) and (groups is None or len(between) > len(groups)):
        return [joined(group) for group in between]
    if over < 2 and all(min(abs(label.centre[0] - place) for place in inner) < SNAP for label in labels):
        return labels
    return labels if groups is None else [joined(group) for group in groups]


def _atoms(label: Label) -> list[Label]:
    """The parts of a label between gaps, also the narrowest."""
    cuts = [0]
    for k in range(1, len(label.text)):
        gap = label.places[k][0] - label.places[k - 1][1]
        one, other = label.text[k - 1], label.text[k]
        # Digits are not kerned, and words start with capitals.
        apart = gap > _NARROW * label.size or (one.isdigit() and other.isdigit() and gap < -_NARROW * label.size)
        new = (one.isdigit() and other.isalpha()) or (one.islower() and other.isupper())
        if other != " " and (apart or new or k in label.cuts):
            cuts.append(k)
    cuts.append(len(label.text))
    parts = [label.part(a, b) for a, b in itertools.pairwise(cuts)]
    return [part for part in parts if part.text.strip()]


def _pieces(part: Label) -> list[Label]:
    """The characters of numbers or times that run into each other, such as `1,0002,000`; else the whole."""
    text = part.text
    digits = sum(map(str.isdigit, text))
    runs_on = len(text) - digits <= digits and not any(map(str.isalpha, text)) and any(mark in text for mark in ",.:-")
    known = tick_numbers([text]) or named(text) is not None
    if not (runs_on and not known) and not (text.isdigit() and text[0] == "0"):
        return [part]
    return [part.part(k, k + 1) for k in range(len(text))]


def _centred(atoms: Sequence[Label], ticks: Sequence[float]) -> list[list[Label]] | None:
    """Neighbouring atoms as labels, each at a tick of its own, with the least distances from the ticks; None where
    they are far.

    The first and the last label may be shifted so that they end at their tick.
    """
    count, places = len(atoms), np.array(ticks)
    best: list[tuple[float, int, int] | None] = [None] * (count + 1)
    best[0] = (0.0, -1, -1)
    for end in range(1, count + 1):
        for start in range(end - 1, max(-1, end - _MOST_PARTS), -1):
            before = best[start]
            if start < end - 1:
                gap = atoms[start + 1].box[0] - atoms[start].box[2]
                if not -_OVERLAP * atoms[start].size < gap < 0.8 * atoms[start].size:
                    break
            if before is None:
                continue
            low, high = atoms[start].box[0], atoms[end - 1].box[2]
            tick = int(np.abs(places - (low + high) / 2).argmin())
            off = abs(float(places[tick]) - (low + high) / 2)
            if off > SNAP and start == 0:
                tick, off = int(np.abs(places - low).argmin()), float(np.abs(places - low).min())
            elif off > SNAP and end == count:
                tick, off = int(np.abs(places - high).argmin()), float(np.abs(places - high).min())
            if off > SNAP or tick <= before[1]:
                continue
            # More labels that are all in their places are likelier than fewer.
            cost = before[0] + off - 1.5
            known = best[end]
            if known is None or cost < known[0]:
                best[end] = (cost, tick, start)
    groups = []
    end = count
    while end > 0:
        found = best[end]
        if found is None:
            return None
        groups.append(list(atoms[found[2] : end]))
        end = found[2]
    return groups[::-1]


def joined(pieces: list[Label]) -> Label:
    """Labels of one line as one."""
    if len(pieces) == 1:
        return pieces[0]
    first, last = pieces[0], pieces[-1]
    box = (first.box[0], min(piece.box[1] for piece in pieces), last.box[2], max(piece.box[3] for piece in pieces))
    text = first.text.strip()
    for before, piece in itertools.pairwise(pieces):
        # A cut inside of a word is no space.
        apart = before.text.endswith(" ") or piece.box[0] - before.box[2] > _WORD_GAP * piece.size
        text += (" " if apart else "") + piece.text.strip()
    unseen = any(piece.unseen for piece in pieces)
    return Label(text, box, first.size, first.direction, first.start, last.end, first.colour, unseen=unseen)


def leaning_shift(anchors: Sequence[float], places: Sequence[float], size: float) -> float | None:
    """By how much all slanted labels of a row stand beside their ticks; None where that is not certain."""
    at = np.array(places)
    if len(at) < 2 or len(anchors) < 2:
        return None
    starts = np.array(anchors)
    tries = {round(float(place - start), 2) for start in starts[:6] for place in at if abs(place - start) < 1.2 * size}
    fits = []
    for shift in tries:
        count = int((np.abs(starts[:, None] + shift - at).min(1) < _LEAN_SNAP).sum())
        if count >= max(2, 0.8 * len(starts)):
            fits.append((-count, abs(shift), shift))
    fits.sort()
    if not fits or any(abs(shift - fits[0][2]) > 2 * _LEAN_SNAP and off < 2 * fits[0][1] for _, off, shift in fits[1:]):
        return None
    return fits[0][2]


def common_shift(centres: Sequence[float], places: Sequence[float]) -> float:
    """How far all labels stand beside their ticks, where minor ticks are nearer to some; the least, 0 if unknown."""
    at, middles = np.array(places), np.array(centres)
    if len(at) < 2 or len(middles) < 2:
        return 0.0
    tries = sorted((float(place - middles[0]) for place in at if abs(place - middles[0]) <= SNAP), key=abs)
    off = [np.abs(middles[:, None] + shift - at).min(1) for shift in tries]
    return next((shift for shift, miss in zip(tries, off, strict=True) if miss.max() < _BESIDE), 0.0)


def whole_lines(labels: Sequence[Label]) -> list[Label]:
    """Horizontal labels with the words beside them that were drawn apart."""
    groups: list[list[Label]] = []
    for label in sorted(labels, key=lambda label: (round(label.centre[1] * 2), label.box[0])):
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and label.is_horizontal
            and last.is_horizontal
            and abs(label.centre[1] - last.centre[1]) < 0.15 * label.size
            and 0 < label.box[0] - last.box[2] < _SPACE * label.size
        ):
            groups[-1].append(label)
        else:
            groups.append([label])
    return [joined(group) for group in groups]


def joined_rows(labels: list[Label]) -> list[tuple[Label, ...]]:
    """Horizontal labels beside a vertical axis: what stands in one line is one label."""
    groups: list[list[Label]] = []
    for label in labels:
        last = groups[-1][-1] if groups else None
        if last is not None and label.is_horizontal and abs(label.centre[1] - last.centre[1]) < 0.3 * label.size:
            groups[-1].append(label)
        else:
            groups.append([label])
    return [tuple(sorted(group, key=lambda label: label.box[0])) for group in groups]
