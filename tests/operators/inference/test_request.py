"""Retries: a request that may succeed in another attempt is retried, any other is not."""

import asyncio

import numpy as np
import pytest
from docpipe.models.engine import EngineLostError, ImageInput, Outcome
from docpipe.operators.inference.request import (
    RETRY_TEMPERATURE,
    OutputError,
    Request,
    RequestId,
    Result,
    run_requests,
)
from docpipe.schemas.errors import ErrorCode
from docpipe.schemas.job.tasks import Use

from ..scripted_engine import Script, ScriptedEngine

FINE, COARSE = ImageInput(np.zeros(1, np.uint8), 13), ImageInput(np.zeros(1, np.uint8), 5)


def request(prompt: str = "q", **more: object) -> Request:
    return Request(RequestId(Use.DOCVQA, question=prompt), prompt, 8, 5.0, **more)  # type: ignore[arg-type]


def ask(script: Script, *requests: Request) -> tuple[list[Result], ScriptedEngine]:
    engine = ScriptedEngine(script)
    return asyncio.run(run_requests(engine, FINE, requests or [request()], lambda: COARSE)), engine


def only_right(text: str, cut: bool) -> str:
    if text != "right":
        raise OutputError("is wrong")
    return text.upper()


def test_a_good_answer_needs_one_attempt() -> None:
    (result,), engine = ask(lambda *_: "12.50")
    assert (result.answer.text, result.attempts, result.code) == ("12.50", 1, None)
    assert engine.requests == [("q", 0.0, 13)]
    assert result.retried == ()


def test_a_loop_is_tried_sampled_and_then_with_fewer_tiles() -> None:
    (result,), engine = ask(lambda *_: Outcome.REPETITION)
    assert (result.attempts, result.code) == (3, ErrorCode.REPETITION)
    assert result.retried == (ErrorCode.REPETITION,) * 2
    assert engine.requests == [("q", 0.0, 13), ("q", RETRY_TEMPERATURE, 13), ("q", 0.0, 5)]


def test_what_comes_right_with_fewer_tiles_stands() -> None:
    (result,), _ = ask(lambda _, __, images: "yes" if images[0].tiles == 5 else Outcome.REPETITION)
    assert (result.answer.text, result.attempts, result.code) == ("yes", 3, None)


def test_an_answer_that_the_parser_rejects_is_retried() -> None:
    strict = request(parse=only_right)
    (result,), _ = ask(lambda _, temperature, __: "right" if temperature else "odd", strict)
    assert (result.answer.text, result.value, result.attempts, result.code) == ("right", "RIGHT", 2, None)
    assert result.retried == (ErrorCode.BAD_OUTPUT,)
    (refused,), _ = ask(lambda *_: "odd", strict)
    assert (refused.attempts, refused.code, refused.message) == (3, ErrorCode.BAD_OUTPUT, "is wrong")
    assert refused.value is None


def test_a_parser_that_breaks_costs_its_request_only() -> None:
    def breaks(text: str, cut: bool) -> object:
        return 1 // 0

    broken, fine = ask(lambda prompt, *_: prompt, request("a", parse=breaks), request("b"))[0]
    assert (broken.code, fine.code, fine.value) == (ErrorCode.BAD_OUTPUT, None, "b")
    assert "could not be parsed (ZeroDivisionError" in broken.message


def test_an_output_that_was_cut_off_is_parsed_as_such() -> None:
    seen: list[bool] = []

    def notes(text: str, cut: bool) -> object:
        seen.append(cut)
        return "part"

    (result,), _ = ask(lambda *_: Outcome.TRUNCATED, request(parse=notes))
    assert (result.value, result.code, seen) == ("part", ErrorCode.TRUNCATED_OUTPUT, [True])


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.TRUNCATED, ErrorCode.TRUNCATED_OUTPUT), (Outcome.TIMEOUT, ErrorCode.TIMEOUT)],
)
def test_what_ran_out_of_tokens_or_time_is_not_retried(outcome: Outcome, code: ErrorCode) -> None:
    (result,), engine = ask(lambda *_: outcome)
    assert (result.attempts, result.code, len(engine.requests)) == (1, code, 1)
    assert result.retried == ()


def test_one_bad_question_does_not_cost_the_others_their_answers() -> None:
    requests = [request(name) for name in "abc"]
    results, engine = ask(lambda prompt, *_: Outcome.FAILED if prompt == "b" else prompt, *requests)
    assert [one.code for one in results] == [None, ErrorCode.ENGINE_FAILED, None]
    assert [one.attempts for one in results] == [1, 3, 1]
    assert engine.held == 0
    assert [one.id for one in results] == [one.id for one in requests]


def test_a_third_attempt_that_cannot_be_made_costs_no_earlier_answer() -> None:
    engine = ScriptedEngine(lambda prompt, *_: "12.50" if prompt == "good" else Outcome.REPETITION)

    def no_coarser() -> ImageInput:
        raise MemoryError

    good, bad = asyncio.run(run_requests(engine, FINE, [request("good"), request("bad")], no_coarser))
    assert (good.code, good.text, bad.code, bad.attempts) == (None, "12.50", ErrorCode.REPETITION, 3)


def test_an_engine_that_is_lost_is_no_answer() -> None:
    def script(_: str, temperature: float, __: object) -> Exception | Outcome:
        return EngineLostError("gone") if temperature else Outcome.REPETITION

    with pytest.raises(EngineLostError):
        ask(script)
