"""Metrics on text: character error rate, word F1, ANLS, relaxed accuracy."""

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

ANLS_THRESHOLD = 0.5
RELAXED_TOLERANCE = 0.05
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def character_error_rate(truth: str, read: str) -> float:
    """Edit distance over the length of `truth`; may exceed 1. An empty truth gives 0 for an empty reading, else 1."""
    if not truth:
        return float(bool(read))
    return Levenshtein.distance(truth, read) / len(truth)


def corpus_error_rate(pairs: Sequence[tuple[str, str]]) -> float:
    """All edit distances over all lengths of the truth, of (truth, read) pairs; 0 without any truth."""
    length = sum(len(truth) for truth, _ in pairs)
    return sum(Levenshtein.distance(truth, read) for truth, read in pairs) / length if length else 0.0


def normalised(text: str, *, ignore_case: bool = False) -> str:
    """White space as single spaces, nothing around; lower case where `ignore_case`."""
    text = " ".join(text.split())
    return text.casefold() if ignore_case else text


def word_counts(truth: str, read: str) -> tuple[int, int, int]:
    """Words in both as multisets, in `read`, and in `truth`."""
    a, b = Counter(truth.split()), Counter(read.split())
    return (a & b).total(), b.total(), a.total()


def f1(hits: int, found: int, wanted: int) -> float:
    """Harmonic mean of precision and recall; 1 where nothing is wanted and nothing found."""
    return 2 * hits / (found + wanted) if found + wanted else 1.0


def word_f1(truth: str, read: str) -> float:
    """F1 of the words as a multiset, regardless of order: the score of ICDAR 2019 SROIE's text task."""
    return f1(*word_counts(truth, read))


def anls(answers: Sequence[str], given: str) -> float:
    """Average normalised Levenshtein similarity of one question: the best over `answers`, below 0.5 taken as 0.

    The distance is that of lower-cased texts with single spaces, divided by the longer of the raw texts, as
    OpenGVLab/InternVL computes it (eval/vqa/infographicsvqa_eval.py); Biten et al., "Scene Text Visual Question
    Answering", ICCV 2019.
    """
    best = max((_similarity(answer, given) for answer in answers), default=0.0)
    return best if best >= ANLS_THRESHOLD else 0.0


def _similarity(answer: str, given: str) -> float:
    longest = max(len(answer), len(given))
    a, b = " ".join(answer.lower().split()), " ".join(given.lower().split())
    return 1 - Levenshtein.distance(a, b) / longest if longest else 1.0


def exact_match(answers: Sequence[str], given: str) -> bool:
    """Whether `given` is one of `answers`, case and white space aside."""
    return normalised(given, ignore_case=True) in {normalised(answer, ignore_case=True) for answer in answers}


def relaxed_accuracy(answers: Sequence[str], given: str, tolerance: float = RELAXED_TOLERANCE) -> bool:
    """ChartQA's measure: a number within 5 % of the truth, other texts equal regardless of case.

    A trailing % divides by 100; a target of 0 is compared as text (OpenGVLab/InternVL, eval/vqa/evaluate_vqa.py; Masry
    et al., "ChartQA", 2022).
    """
    return any(_relaxed(answer, given, tolerance) for answer in answers)


def _relaxed(target: str, given: str, tolerance: float) -> bool:
    wanted, found = _as_float(target), _as_float(given)
    if wanted and found is not None:
        return abs(found - wanted) / abs(wanted) <= tolerance
    return target.strip().lower() == given.strip().lower()


def _as_float(text: str) -> float | None:
    text = text.strip()
    percent = text.endswith("%")
    bare = text.rstrip("%").strip()
    if not _NUMBER.fullmatch(bare):
        return None
    return float(bare) / 100 if percent else float(bare)
