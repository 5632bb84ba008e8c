"""Chart tables: values are compared where their names agree."""

from docpipe.evaluation.metrics.charts import Point, score_chart
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.lists(st.text("abcdefgh", min_size=3, max_size=8), min_size=1, max_size=6, unique=True)


@given(NAMES, st.randoms(use_true_random=False))
def test_a_table_read_exactly_in_any_order_is_perfect(names: list[str], random: object) -> None:
    points = [Point((name,), float(place + 1)) for place, name in enumerate(names)]
    score = score_chart(points, points[::-1])
    assert score.recall == score.f1 == 1
    assert score.rms_f1 > 1 - 1e-9


def test_values_within_five_percent_count_and_others_do_not() -> None:
    wanted = [Point(("2019",), 100.0), Point(("2020",), 200.0)]
    found = [Point(("2019",), 104.0), Point(("2020",), 220.0)]
    score = score_chart(wanted, found)
    assert (score.within, score.recall) == (1, 0.5)
    assert 0.9 < score.rms_f1 < 1


def test_a_value_under_another_name_is_not_found() -> None:
    assert score_chart([Point(("Europe",), 1.0)], [Point(("Japan",), 1.0)]).within == 0


def test_invented_values_lower_f1_but_not_recall() -> None:
    wanted = [Point(("aaa",), 1.0)]
    score = score_chart(wanted, [*wanted, Point(("zzz",), 1.0)])
    assert score.recall == 1
    assert score.f1 == 2 / 3


def test_series_tell_values_of_one_category_apart() -> None:
    wanted = [Point(("2019", "Men"), 1.0), Point(("2019", "Women"), 2.0)]
    assert score_chart(wanted, [Point(("2019", "Women"), 2.0), Point(("2019", "Men"), 1.0)]).within == 2
