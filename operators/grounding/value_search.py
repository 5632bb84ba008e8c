"""Searches the evidence for a value: as a number, a date or a text, in every printed form."""

from ..values.answers import answer_kind
from ..values.currencies import currencies_differ
from ..values.dates import PrintedDate, end_of_time, read_date, same_day, times_differ
from ..values.normalization import printed_forms
from ..values.numbers import Form, PrintedNumber, read_number, single_number
from .evidence import Evidence
from .places import places_of
from .query import Query
from .result import Grounding, GroundingKind
from .support import NOT_FOUND, NOT_FOUND_BY_OCR, Match, support_of
from .text_search import text_matches

_MOST = 400


def number_matches(value: str, evidence: Evidence, *, with_words: bool) -> list[Match]:
    """Places of the number in `value`; with `with_words`, other words (a unit) may surround it in `value`."""
    target = read_number(value) or (single_number(value) if with_words else None)
    if target is None:
        return []
    printed = value[target.start : target.end]
    found = {
        (number.start, number.end): number
        for amount in target.amounts
        for number in evidence.numbers.get(amount, ())[:_MOST]
    }
    return [_judged_number(target, printed, number, evidence) for number in found.values()]


def date_matches(value: str, evidence: Evidence) -> list[Match]:
    """Places at which the day in `value` is printed."""
    value = value.strip()
    target = read_date(value)
    if target is None:
        return []
    found = {
        (date.start, date.end): date
        for day in target.days
        for date in evidence.dates.get(day, ())[:_MOST]
        if same_day(target, date)
    }
    return [_judged_date(value, target, date, evidence) for date in found.values()]


def _judged_number(target: PrintedNumber, printed: str, number: PrintedNumber, evidence: Evidence) -> Match:
    there = evidence.plain[number.start : number.end]
    form = number.form
    if form == Form.SAME and not printed_forms(there) & printed_forms(printed):
        more_precise = len(_digits(printed)) > len(_digits(there)) and number.currency is None
        form = Form.PADDED if more_precise else Form.OTHER
    bare = target.outer == (target.start, target.end) or form == Form.CONFUSED
    return Match(
        number.start,
        number.end,
        (number.start, number.end) if bare else number.outer,
        len(_digits(printed)),
        conflicts=int(not target.signs & number.signs) + int(currencies_differ(target.currency, number.currency)),
        loose_ends=_glued(evidence, *number.outer),
        form=form,
        recognised=evidence.is_recognised(number.start),
    )


def _judged_date(value: str, target: PrintedDate, date: PrintedDate, evidence: Evidence) -> Match:
    there = evidence.text[date.start : date.end]
    same = bool(printed_forms(there) & printed_forms(value[target.start : target.end]))
    return Match(
        date.start,
        date.end,
        (date.start, end_of_time(evidence.plain, date.end)),
        8,
        conflicts=int(times_differ(value[target.end :], evidence.plain[date.end : date.end + 16])),
        form=Form.SAME if same else Form.OTHER,
        recognised=evidence.is_recognised(date.start),
    )


def _digits(text: str) -> str:
    """The digits and fractions of a number."""
    return "".join(filter(str.isnumeric, text))


def _glued(evidence: Evidence, start: int, end: int) -> int:
    """Ends at which a letter, or the next part of a date or a reference, follows without a space."""
    text = evidence.plain
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    ends = 0
    if before[-1:].isalnum() or (before[-1:] in tuple("/:-.,") and before[:1].isdigit() and len(before) == 2):
        ends += 1
    if after[:1].isalnum() or (after[:1] in tuple("/:-.,") and after[1:].isdigit()):
        ends += 1
    return ends


_CONVINCING = 0.5


def find_matches(value: str, evidence: Evidence, kind: str = "string") -> list[Match]:
    """All places that may contain a value, including weak matches; `kind` as in `ground_value`."""
    search = answer_kind(kind).search
    matches = number_matches(value, evidence, with_words=search == "amount") + date_matches(value, evidence)
    # For a whole number or date a text match would be wrong: letters alone determine neither sign nor month.
    whole = read_number(value) is not None or read_date(value) is not None
    if matches and (whole or (search in ("amount", "date") and any(map(_is_convincing, matches)))):
        return matches
    return matches + text_matches(Query(value), evidence)


def _is_convincing(match: Match) -> bool:
    return support_of(match) > _CONVINCING


def is_exact(forms: frozenset[str], match: Match, evidence: Evidence) -> bool:
    """Whether the match, or the span for display, is printed in one of `forms`, the printed forms of a value."""
    return any(forms & printed_forms(evidence.text[slice(*part)]) for part in {(match.start, match.end), match.shown})


def grounded(value: str, match: Match, evidence: Evidence) -> Grounding:
    """The grounding of a value at a match."""
    kind = GroundingKind.EXACT if is_exact(printed_forms(value), match, evidence) else GroundingKind.FUZZY
    return Grounding(kind, support_of(match), places_of(evidence, *match.shown))


def not_found(evidence: Evidence, best: float = 0.0) -> Grounding:
    """The grounding of a value that was not found; `best` is the support of its best match, 0 for none."""
    nothing = NOT_FOUND_BY_OCR if evidence.words.recognised.any() else NOT_FOUND
    return Grounding(GroundingKind.NONE, max(best, nothing))
