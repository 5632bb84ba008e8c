"""AUC and reliability obey their definitions."""

import pytest
from docpipe.evaluation.metrics.calibration import auc, calibration_error, reliability
from hypothesis import given
from hypothesis import strategies as st

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30)


@given(PAIRS)
def test_auc_is_the_probability_of_the_right_order(pairs: list[tuple[float, bool]]) -> None:
    values, right = [value for value, _ in pairs], [ok for _, ok in pairs]
    good, bad = [v for v, ok in pairs if ok], [v for v, ok in pairs if not ok]
    area = auc(values, right)
    if not good or not bad:
        assert area is None
    else:
        wins = sum((a > b) + 0.5 * (a == b) for a in good for b in bad)
        assert area == pytest.approx(wins / (len(good) * len(bad)))


@given(PAIRS)
def test_every_confidence_is_in_one_bin(pairs: list[tuple[float, bool]]) -> None:
    bins = reliability([value for value, _ in pairs], [ok for _, ok in pairs])
    assert sum(entry.count for entry in bins) == len(pairs)
    assert 0 <= calibration_error(bins) <= 1


def test_confidences_that_mean_what_they_say_have_no_error() -> None:
    assert calibration_error(reliability([0.75] * 4, [True, True, True, False])) == pytest.approx(0)
    assert calibration_error(reliability([1.0, 1.0], [False, False])) == 1
