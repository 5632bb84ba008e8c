"""Samples: bounded, with something of everything, and the same each time."""

import numpy as np
from docpipe.pipeline.report.histogram import Histogram
from docpipe.pipeline.report.sampling import ANY, EACH, Sample
from hypothesis import given
from hypothesis import strategies as st


def sampled(batches: list[int], limit: int) -> list[tuple[int, tuple[str, ...]]]:
    """Of rows 0, 1, 2 …: the rare ones (every 97th), those of least score (the last), and any."""
    sample: Sample[int] = Sample()
    start = 0
    for size in batches:
        rows = np.arange(start, start + size)
        sample.offer_at_random(f"{EACH}rare", 2, rows % 97 == 0, lambda i, s=start: s + i)
        sample.offer("least", 3, np.where(rows % 2 == 0, -rows, np.nan), lambda i, s=start: s + i)
        sample.offer_at_random(ANY, limit, np.ones(size, np.bool_), lambda i, s=start: s + i)
        start += size
    return [(chosen.key, chosen.reasons) for chosen in sample.take(limit)]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.integers(1, 60))
def test_a_sample_is_bounded_different_and_complete_where_it_can_be(batches: list[int], limit: int) -> None:
    chosen = sampled(batches, limit)
    keys = [key for key, _ in chosen]
    assert len(keys) == len(set(keys)) == min(limit, sum(batches))
    assert sampled(batches, limit) == chosen


def test_each_stratum_has_its_rows_and_only_telling_reasons_are_given() -> None:
    chosen = dict(sampled([100, 500, 400], 20))
    least = [998, 996, 994]
    assert all(chosen[key] == ("least",) for key in least)
    assert sum(key % 97 == 0 for key in chosen) >= 2
    assert all(reasons in ((), ("least",)) for reasons in chosen.values())


def test_a_histogram_counts_shares_and_keeps_nulls_apart() -> None:
    import pyarrow as pa

    histogram = Histogram()
    histogram.add(pa.array([0.0, 0.49, 0.5, 1.0, None, float("nan")], pa.float32()))
    assert (histogram.total, histogram.unknown) == (4, 2)
    assert [histogram.counts[i] for i in (0, 9, 10, 19)] == [1, 1, 1, 1]
