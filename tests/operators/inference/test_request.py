"""The ladder of attempts: what may come out better is asked again, what would not is not."""

import asyncio

import numpy as np
import pytest
from docpipe.models.engine import EngineLostError, ImageInput, Outcome
from docpipe.operators.inference.request import RETRY_TEMPERATURE, Asked, Request, ask_all
from docpipe.schemas.errors import ErrorCode

from ..scripted_engine import Script, ScriptedEngine

FINE, COARSE = ImageInput(np.zeros(1, np.uint8), 13), ImageInput(np.zeros(1, np.uint8), 5)


def ask(script: Script, *requests: Request) -> tuple[list[Asked], ScriptedEngine]:
    engine = ScriptedEngine(script)
    return asyncio.run(ask_all(engine, [FINE], requests or [Request("q", 8, 5.0)], lambda: [COARSE])), engine


def test_a_good_answer_is_asked_for_once() -> None:
    (asked,), engine = ask(lambda *_: "12.50")
    assert (asked.answer.text, asked.attempts, asked.code) == ("12.50", 1, None)
    assert engine.asked == [("q", 0.0, 13)]
    assert asked.retried == ()


def test_a_loop_is_tried_sampled_and_then_with_fewer_tiles() -> None:
    (asked,), engine = ask(lambda *_: Outcome.REPETITION)
    assert (asked.attempts, asked.code) == (3, ErrorCode.REPETITION)
    assert asked.retried == (ErrorCode.REPETITION,) * 2
    assert engine.asked == [("q", 0.0, 13), ("q", RETRY_TEMPERATURE, 13), ("q", 0.0, 5)]


def test_what_comes_right_with_fewer_tiles_stands() -> None:
    (asked,), _ = ask(lambda _, __, images: "yes" if images[0].tiles == 5 else Outcome.REPETITION)
    assert (asked.answer.text, asked.attempts, asked.code) == ("yes", 3, None)


def test_an_answer_that_its_check_refuses_is_asked_again() -> None:
    request = Request("q", 8, 5.0, lambda text: None if text == "right" else "is wrong")
    (asked,), _ = ask(lambda _, temperature, __: "right" if temperature else "odd", request)
    assert (asked.answer.text, asked.attempts, asked.code) == ("right", 2, None)
    assert asked.retried == (ErrorCode.BAD_OUTPUT,)
    (refused,), _ = ask(lambda *_: "odd", request)
    assert (refused.attempts, refused.code, refused.message) == (3, ErrorCode.BAD_OUTPUT, "is wrong")


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.TRUNCATED, ErrorCode.TRUNCATED_OUTPUT), (Outcome.TIMEOUT, ErrorCode.TIMEOUT)],
)
def test_what_ran_out_of_tokens_or_time_is_not_asked_again(outcome: Outcome, code: ErrorCode) -> None:
    (asked,), engine = ask(lambda *_: outcome)
    assert (asked.attempts, asked.code, len(engine.asked)) == (1, code, 1)
    assert asked.retried == ()


def test_one_bad_question_does_not_cost_the_others_their_answers() -> None:
    requests = [Request(name, 8, 5.0) for name in "abc"]
    asked, engine = ask(lambda prompt, *_: Outcome.FAILED if prompt == "b" else prompt, *requests)
    assert [one.code for one in asked] == [None, ErrorCode.ENGINE_FAILED, None]
    assert [one.attempts for one in asked] == [1, 3, 1]
    assert engine.held == 0


def test_a_third_attempt_that_can_not_be_made_costs_no_answer_that_stands() -> None:
    engine = ScriptedEngine(lambda prompt, *_: "12.50" if prompt == "good" else Outcome.REPETITION)

    def no_coarser() -> list[ImageInput]:
        raise MemoryError

    requests = [Request("good", 8, 5.0), Request("bad", 8, 5.0)]
    good, bad = asyncio.run(ask_all(engine, [FINE], requests, no_coarser))
    assert (good.code, good.text, bad.code, bad.attempts) == (None, "12.50", ErrorCode.REPETITION, 3)


def test_an_engine_that_is_lost_is_no_answer() -> None:
    def script(_: str, temperature: float, __: object) -> Exception | Outcome:
        return EngineLostError("gone") if temperature else Outcome.REPETITION

    with pytest.raises(EngineLostError):
        ask(script)
