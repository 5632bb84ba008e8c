"""How one text stands in a stretch of another: which letters agree, which OCR may have confused, which differ."""

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from .text_normal_form import LOOKALIKES

_MISSING = 0.5
_WRONG = 1.0


@dataclass(frozen=True)
class Alignment:
    """A text against its best stretch of another.

    Attributes:
        start, end: the stretch.
        equal: letters of the text that stand there.
        confused: letters that stand there as a lookalike of OCR.
        wrong: letters of the text that do not stand there, and letters there that the text has not.
        digits: those of `wrong` that are digits.
        pairs: (index in the text, index in the other text) of runs that agree, with their length.
    """

    start: int
    end: int
    equal: int
    confused: int
    wrong: int
    digits: int
    pairs: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class _Piece:
    """A run that agrees loosely (`same`), or a difference, between the text's i0:i1 and the window's j0:j1."""

    same: bool
    i0: int
    i1: int
    j0: int
    j1: int

    @property
    def gain(self) -> float:
        if self.same:
            return self.i1 - self.i0
        return -_WRONG * (self.j1 - self.j0) - _MISSING * max(0, (self.i1 - self.i0) - (self.j1 - self.j0))


def align(value: str, value_loose: str, window: str, window_loose: str, offset: int = 0) -> Alignment | None:
    """The best stretch of `window` for `value`; None where not one letter agrees.

    All are letters (`text_normal_form`), with their loose forms; `offset` is added to positions in the window.
    Takes a time of len(value) * len(window) / 64.
    """
    pieces = _best_run(_pieces(value_loose, window_loose))
    if not pieces:
        return None
    pieces = _grown(pieces, value_loose, window_loose)
    equal = confused = wrong = digits = 0
    pairs = []
    missing = value[: pieces[0].i0] + value[pieces[-1].i1 :]
    wrong += len(missing)
    digits += _digit_count(missing)
    for piece in pieces:
        mine, there = value[piece.i0 : piece.i1], window[piece.j0 : piece.j1]
        if piece.same:
            agreeing = sum(a == b for a, b in zip(mine, there, strict=True)) if mine != there else len(mine)
            equal += agreeing
            confused += len(mine) - agreeing
            pairs.append((piece.i0, piece.j0 + offset, len(mine)))
        elif (mine, there) in LOOKALIKES or (there, mine) in LOOKALIKES:
            confused += len(mine)
        else:
            wrong += max(len(mine), len(there))
            digits += max(_digit_count(mine), _digit_count(there))
    return Alignment(pieces[0].j0 + offset, pieces[-1].j1 + offset, equal, confused, wrong, digits, tuple(pairs))


def _pieces(value: str, window: str) -> list[_Piece]:
    """Runs that agree and, as one each, what lies between them."""
    pieces: list[_Piece] = []
    for op in Levenshtein.opcodes(value, window):
        same = op.tag == "equal"
        if not same and pieces and not pieces[-1].same:
            last = pieces.pop()
            pieces.append(_Piece(False, last.i0, op.src_end, last.j0, op.dest_end))
        else:
            pieces.append(_Piece(same, op.src_start, op.src_end, op.dest_start, op.dest_end))
    return pieces


def _best_run(pieces: list[_Piece]) -> list[_Piece]:
    """The consecutive pieces of the greatest sum of gains (Kadane); begins and ends with one that agrees."""
    best, best_range = 0.0, (0, 0)
    total, start = 0.0, 0
    for index, piece in enumerate(pieces):
        if total <= 0:
            total, start = 0.0, index
        total += piece.gain
        if total > best:
            best, best_range = total, (start, index + 1)
    return pieces[best_range[0] : best_range[1]]


def _grown(pieces: list[_Piece], value: str, window: str) -> list[_Piece]:
    """Pieces with the letters that agree right before and after them: of equally cheap alignments not all are tight."""
    first, last = pieces[0], pieces[-1]
    before = after = 0
    while min(first.i0, first.j0) > before and value[first.i0 - before - 1] == window[first.j0 - before - 1]:
        before += 1
    while max(last.i1 + after - len(value), last.j1 + after - len(window)) < 0 and (
        value[last.i1 + after] == window[last.j1 + after]
    ):
        after += 1
    pieces = [_Piece(True, first.i0 - before, first.i1, first.j0 - before, first.j1), *pieces[1:]]
    last = pieces[-1]
    return [*pieces[:-1], _Piece(True, last.i0, last.i1 + after, last.j0, last.j1 + after)]


def _digit_count(text: str) -> int:
    return sum(map(str.isdigit, text))
