"""How one text stands in a stretch of another: which letters agree, which OCR may have confused, which differ."""

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from ..values.normalization import LOOKALIKES, loose

# Pieces are cut out of loose letters.
_LOOKALIKES = frozenset((loose(a), loose(b)) for a, b in LOOKALIKES)
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
    lookalike: bool = False

    @property
    def gain(self) -> float:
        if self.same or self.lookalike:
            return self.i1 - self.i0
        return -_WRONG * (self.j1 - self.j0) - _MISSING * max(0, (self.i1 - self.i0) - (self.j1 - self.j0))


def align(value: str, value_loose: str, window: str, window_loose: str, offset: int = 0) -> Alignment | None:
    """The best stretch of `window` for `value`; None where not one letter agrees.

    All are letters (`normalization`), with their loose forms; `offset` is added to positions in the window.
    Takes a time of len(value) * len(window) / 64.
    """
    at = window_loose.find(value_loose)
    if at >= 0:
        pieces = [_Piece(True, 0, len(value), at, at + len(value))] if value else []
    else:
        pieces = _grown(_best_run(_pieces(value_loose, window_loose)), value_loose, window_loose)
    if not pieces:
        return None
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
        elif piece.lookalike and not min(mine, there, key=len).isdigit():
            # Two letters are taken for one letter, never for a digit: `c1` is no 0.
            confused += len(mine)
        else:
            wrong += max(len(mine), len(there))
            digits += max(_digit_count(mine), _digit_count(there))
    return Alignment(pieces[0].j0 + offset, pieces[-1].j1 + offset, equal, confused, wrong, digits, tuple(pairs))


def _pieces(value: str, window: str) -> list[_Piece]:
    """Runs that agree and, as one each, what lies between them."""
    pieces: list[_Piece] = []
    for op in Levenshtein.opcodes(value, window):
        i0, j0 = op.src_start, op.dest_start
        if op.tag == "equal":
            pieces.append(_Piece(True, i0, op.src_end, j0, op.dest_end))
            continue
        if pieces and not pieces[-1].same:
            last = pieces.pop()
            i0, j0 = last.i0, last.j0
        mine, there = value[i0 : op.src_end], window[j0 : op.dest_end]
        lookalike = (mine, there) in _LOOKALIKES or (there, mine) in _LOOKALIKES
        pieces.append(_Piece(False, i0, op.src_end, j0, op.dest_end, lookalike))
    return pieces


def _best_run(pieces: list[_Piece]) -> list[_Piece]:
    """The longest consecutive pieces of the greatest sum of gains (Kadane); with one that agrees at either end."""
    best, best_range = 0.0, (0, 0)
    total, start = 0.0, 0
    for index, piece in enumerate(pieces):
        if total < 0:
            total, start = 0.0, index
        total += piece.gain
        if total >= best and (piece.same or piece.lookalike):
            best, best_range = total, (start, index + 1)
    run = pieces[best_range[0] : best_range[1]]
    while run and not (run[0].same or run[0].lookalike):
        run = run[1:]
    return run


def _grown(pieces: list[_Piece], value: str, window: str) -> list[_Piece]:
    """Pieces with the letters that agree right before and after them: of equally cheap alignments not all are tight."""
    if not pieces:
        return []
    first, last = pieces[0], pieces[-1]
    before = after = 0
    while min(first.i0, first.j0) > before and value[first.i0 - before - 1] == window[first.j0 - before - 1]:
        before += 1
    while max(last.i1 + after - len(value), last.j1 + after - len(window)) < 0 and (
        value[last.i1 + after] == window[last.j1 + after]
    ):
        after += 1
    grown = [_Piece(True, first.i0 - before, first.i0, first.j0 - before, first.j0)] if before else []
    grown += pieces
    return [*grown, _Piece(True, last.i1, last.i1 + after, last.j1, last.j1 + after)] if after else grown


def _digit_count(text: str) -> int:
    return sum(map(str.isdigit, text))
