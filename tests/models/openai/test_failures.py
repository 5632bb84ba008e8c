"""What servers say when they fail, and how long to wait then."""

import datetime
import email.utils

import pytest
from docpipe.models.openai.failures import delay, said_by, seconds_of
from docpipe.models.repetition import is_text_repeating
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"message": "too long", "code": 400}}', "too long"),
        (b'{"error": "too long"}', "too long"),
        (b'{"object": "error", "message": "too long"}', "too long"),
        (b'{"detail": [{"loc": ["body"], "msg": "too long"}]}', "too long"),
        (b"<h1>\nBad\x00 Gateway\n</h1>", "<h1> Bad Gateway </h1>"),
        (b"", ""),
    ],
)
def test_the_message_is_found_in_the_forms_that_servers_use(body: bytes, said: str) -> None:
    assert said_by(body) == said


@given(st.binary())
def test_any_body_gives_a_short_line(body: bytes) -> None:
    said = said_by(body)
    assert len(said) <= 301
    assert said.isprintable()


def test_retry_after_is_seconds_or_a_date() -> None:
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=100)
    assert seconds_of("12") == 12
    assert seconds_of(email.utils.format_datetime(later, usegmt=True)) == pytest.approx(100, abs=5)
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert [seconds_of(text) for text in (None, "soon", "nan", "inf", "-5")] == [None, None, None, None, 0]


def test_pauses_grow_up_to_half_a_minute_and_are_shared_out() -> None:
    assert 0.25 <= delay(1, None) <= 0.5
    assert 15 <= delay(100, None) <= 30
    assert len({delay(5, None) for _ in range(10)}) > 1
    assert 7 <= delay(1, 7.0) <= 7.5


@given(st.text("abc |\n", min_size=1, max_size=300), st.integers(8, 20), st.text(max_size=50))
def test_a_passage_over_and_over_is_repeating_and_only_at_the_end(passage: str, times: int, before: str) -> None:
    loop = passage * max(times, 512 // len(passage) + 1)
    assert is_text_repeating(before + loop)
    assert not is_text_repeating(before + loop[: 8 * len(passage)] + " 0123456789 the end")


def test_a_table_of_equal_cells_and_dots_of_a_list_of_contents_are_not_repeating() -> None:
    assert not is_text_repeating("Year | 0 | 0 | 0\n" + "| 0 " * 60)
    assert not is_text_repeating("Introduction " + "." * 200 + " 1\nMethods " + "." * 200)
