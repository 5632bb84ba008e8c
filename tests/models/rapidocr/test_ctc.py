"""Columns of scores become characters: repeats merge, blanks go, likely spaces come."""

from itertools import groupby

import numpy as np
import pytest
from docpipe.models.rapidocr.ctc import BLANK, NUMBER_ODDS, SPACE_ODDS, decode, of_numbers
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

SPACE = 4
CHARACTERS = ["", "a", "b", "1", " "]
NUMERIC = of_numbers(CHARACTERS)
# So far apart, or equal, that no rounding decides.
EIGHTHS = st.integers(-64, 64).map(lambda n: n / 8)
SCORES = st.integers(1, 12).flatmap(lambda n: arrays(np.float32, (n, SPACE + 1), elements=EIGHTHS))


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


def _columns(path: list[int], **changed: float) -> np.ndarray:
    """Logits that name `path`, a symbol a column; `cN=x` sets the odds of a space in column N."""
    scores = np.full((len(path), SPACE + 1), -10, np.float32)
    scores[np.arange(len(path)), path] = 5
    for column, odds in changed.items():
        scores[int(column[1:]), SPACE] = 5 + np.log(odds)
    return scores


@given(SCORES)
def test_without_added_spaces_it_is_greedy_decoding(scores: np.ndarray) -> None:
    line = decode(scores, NUMERIC, logits=True)
    best = scores.argmax(axis=1).tolist()
    plain = [symbol for symbol, _ in groupby(best) if symbol not in (BLANK, SPACE)]
    assert [symbol for symbol in line.symbol.tolist() if symbol != SPACE] == plain
    assert (line.start < line.end).all()
    assert (np.diff(line.start) >= 0).all()
    assert not ((line.symbol[1:] == SPACE) & (line.symbol[:-1] == SPACE)).any() or best.count(SPACE) > 1


@given(SCORES)
def test_logits_and_probabilities_give_the_same(scores: np.ndarray) -> None:
    one, other = decode(scores, NUMERIC, logits=True), decode(_softmax(scores), NUMERIC, logits=False)
    assert one.symbol.tolist() == other.symbol.tolist()
    assert one.start.tolist() == other.start.tolist()
    assert np.allclose(one.probability, other.probability, atol=1e-3)


@pytest.mark.parametrize(("odds", "text"), [(SPACE_ODDS / 2, [1, 2]), (SPACE_ODDS * 2, [1, SPACE, 2])])
def test_a_likely_space_splits_words(odds: float, text: list[int]) -> None:
    line = decode(_columns([1, BLANK, BLANK, 2], c2=odds), NUMERIC, logits=True)
    assert line.symbol.tolist() == text
    assert line.columns == 4
    assert len(line.start) == len(line.end) == len(line.probability) == len(text)


def test_a_space_is_not_doubled() -> None:
    line = decode(_columns([1, SPACE, BLANK, 2], c2=0.9), NUMERIC, logits=True)
    assert line.symbol.tolist() == [1, SPACE, 2]


def test_spaces_before_and_after_a_line_are_not_added() -> None:
    line = decode(_columns([BLANK, 1, BLANK], c0=0.9, c2=0.9), NUMERIC, logits=True)
    assert line.symbol.tolist() == [1]


@pytest.mark.parametrize(("odds", "text"), [(0.9 * NUMBER_ODDS, [3, 3]), (1.1 * NUMBER_ODDS, [3, SPACE, 3])])
def test_a_number_is_split_only_where_a_space_is_much_likelier(odds: float, text: list[int]) -> None:
    assert odds > SPACE_ODDS
    assert decode(_columns([3, BLANK, 3], c1=odds), NUMERIC, logits=True).symbol.tolist() == text


def test_digits_and_what_stands_between_them_are_of_numbers() -> None:
    assert of_numbers(["", "a", "7", ".", "-", " ", "("]).tolist() == [False, False, True, True, True, False, False]
