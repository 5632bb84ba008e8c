"""Seconds are counted by stage, also where a stage fails, and `take` resets them."""

import time

import pytest
from docpipe.operators.reading.timing import StageSeconds


def test_seconds_add_up_by_stage_and_are_taken_once() -> None:
    spent = StageSeconds()
    began = time.perf_counter()
    for stage in ("read", "read", "ocr"):
        with spent.time(stage):
            time.sleep(0.002)
    took = time.perf_counter() - began
    spent.add({"ocr": 2.0, "engine": 1.0})
    taken = spent.take()
    assert taken.keys() == {"read", "ocr", "engine"}
    assert taken["engine"] == 1.0
    assert 0.004 <= taken["read"] <= took
    assert 2.002 <= taken["ocr"] <= 2.0 + took
    assert spent.take() == {}


def test_what_fails_is_counted_too() -> None:
    spent = StageSeconds()
    with pytest.raises(ValueError, match="bad page"), spent.time("read"):
        raise ValueError("bad page")
    assert spent.take()["read"] > 0
