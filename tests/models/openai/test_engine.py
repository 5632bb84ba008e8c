"""The engine against a server that misbehaves."""

import asyncio
import json
import math
import socket
import threading
import time
from typing import Any

import numpy as np
import pytest
from docpipe.models.engine import Answer, Engine, Outcome, Picture
from docpipe.models.openai import OpenAIServed, prepare_file
from docpipe.models.usage import Usage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .bad_server import (
    DONE,
    BadServer,
    Behaviour,
    Write,
    data,
    error,
    event,
    hang,
    hanging,
    hung_up,
    reply,
    stream,
    whole,
)

KEY = "sk-very-secret"
PICTURES = [prepare_file(np.full((20, 30, 3), shade, np.uint8), 1) for shade in (0, 255)]
FINE = stream(event("4"), event("2", logprob=-0.5), event(finish="stop"), DONE)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are a hundredth of the real ones."""
    monkeypatch.setattr("docpipe.models.openai.failures._FIRST_DELAY", 0.005)


def ask(
    server: BadServer | str,
    *behaviours: Behaviour,
    pictures: list[Picture] = PICTURES[:1],
    question: str = "How much?",
    seconds: float = 30.0,
    attempts: int = 8,
    temperature: float = 0.0,
) -> Answer:
    """Ask one question of a new engine."""
    if isinstance(server, BadServer):
        server.behaviours = list(behaviours)

    async def asked() -> Answer:
        url = server if isinstance(server, str) else server.url
        engine: Engine = OpenAIServed(url, "tiny", KEY, attempts=attempts)
        async with engine.hold(pictures) as held:
            answer = await engine.ask(held, question, max_new_tokens=9, seconds=seconds, temperature=temperature)
        engine.close()
        return answer

    return asyncio.run(asked())


def test_an_answer_comes_in_pieces_with_its_confidence(bad_server: BadServer) -> None:
    usage = data({"choices": [], "usage": {"completion_tokens": 3}})
    answer = ask(
        bad_server, stream(event("4", logprob=-0.1), event("2", logprob=-0.5), event(finish="stop"), usage, DONE)
    )
    assert answer == Answer("42", "42", pytest.approx(math.exp(-0.3)), Outcome.STOPPED, "", 3)


def test_its_usage_is_what_the_server_counts_and_what_is_in_hand(bad_server: BadServer) -> None:
    usage = data({"choices": [], "usage": {"prompt_tokens": 70, "completion_tokens": 3}})
    bad_server.behaviours = [stream(event("4"), event(finish="stop"), usage, DONE)] * 3

    async def asked() -> tuple[Usage, Usage]:
        engine = OpenAIServed(bad_server.url, "tiny", max_in_flight=1)
        async with engine.hold(PICTURES[:1]) as held:
            answers = [
                asyncio.create_task(engine.ask(held, "How much?", max_new_tokens=9, seconds=30.0)) for _ in range(3)
            ]
            while not engine.usage().waiting:
                await asyncio.sleep(0)
            early = engine.usage()
            await asyncio.gather(*answers)
        late = engine.usage()
        engine.close()
        return early, late

    early, late = asyncio.run(asked())
    assert early.waiting + early.running <= 3
    assert early.running >= 1
    assert (late.prompt_tokens, late.generated_tokens, late.waiting, late.running) == (210, 9, 0, 0)
    assert late.seconds["wait"] > 0
    assert late.seconds["server"] > 0


def test_the_request_is_that_of_the_protocol(bad_server: BadServer) -> None:
    ask(bad_server, FINE, temperature=0.7)
    (request,), (head,) = bad_server.requests, bad_server.headers
    image, text = request["messages"][0]["content"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    assert text == {"type": "text", "text": "How much?"}
    assert (request["model"], request["max_tokens"], request["temperature"]) == ("tiny", 9, 0.7)
    assert request["stream"]
    assert request["logprobs"]
    assert head.startswith("POST /v1/chat/completions HTTP/1.1")
    assert f"authorization: bearer {KEY}" in head.lower()


def test_several_pictures_are_named_in_their_order(bad_server: BadServer) -> None:
    ask(bad_server, FINE, pictures=PICTURES)
    parts = bad_server.requests[0]["messages"][0]["content"]
    assert [part.get("text") for part in parts] == ["Image-1: ", None, "Image-2: ", None, "\nHow much?"]
    assert parts[1] != parts[3]


def test_a_server_that_answers_in_one_piece_is_understood(bad_server: BadServer) -> None:
    answer = ask(bad_server, whole(" 42 ", logprobs=[-0.1, -0.5]))
    assert answer == Answer("42", "42", pytest.approx(math.exp(-0.3)), Outcome.STOPPED, "", 7)


def test_an_answer_that_its_budget_cut_is_truncated(bad_server: BadServer) -> None:
    assert ask(bad_server, stream(event("4"), event("2", finish="length"), DONE)).outcome is Outcome.TRUNCATED
    assert ask(bad_server, whole("42", finish="length")).outcome is Outcome.TRUNCATED


def test_a_loop_is_stopped_while_it_is_written(bad_server: BadServer) -> None:
    answer = ask(bad_server, stream(*[event("and so on, ")] * 4000, then=hang))
    assert answer.outcome is Outcome.REPETITION
    assert 500 < len(answer.text) < 2000


def test_a_loop_in_one_piece_is_told_from_an_answer(bad_server: BadServer) -> None:
    assert ask(bad_server, whole("and so on, " * 200, finish="length")).outcome is Outcome.REPETITION


def test_time_that_runs_out_keeps_what_was_written(bad_server: BadServer) -> None:
    answer = ask(bad_server, stream(event("4"), event("2"), then=hang), seconds=1.0)
    assert (answer.outcome, answer.text) == (Outcome.TIMEOUT, "42")
    answer = ask(bad_server, hanging, seconds=0.3)
    assert (answer.outcome, answer.text) == (Outcome.TIMEOUT, "")
    assert bad_server.url in answer.message


def test_an_answer_is_whole_even_where_the_stream_stays_open(bad_server: BadServer) -> None:
    answer = ask(bad_server, stream(event("42", finish="stop"), then=hang), seconds=1.0)
    assert (answer.outcome, answer.text) == (Outcome.STOPPED, "42")


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(bad_server: BadServer, status: int) -> None:
    answer = ask(bad_server, error(status), error(status), FINE)
    assert (answer.outcome, answer.text, len(bad_server.requests)) == (Outcome.STOPPED, "42", 3)


@pytest.mark.parametrize(
    "broken",
    [
        hung_up,
        stream(event("wro")),
        stream(event("wro"), data({"error": "out of memory"})),
        stream(event("wro"), event(finish="abort"), DONE),
        reply(b'{"choices": [', headers="Transfer-Encoding: chunked\r\n"),
    ],
    ids=["no word", "mid-answer", "error in the stream", "aborted", "half a body"],
)
def test_a_server_that_dies_in_mid_answer_is_asked_again_from_the_start(
    bad_server: BadServer, broken: Behaviour
) -> None:
    answer = ask(bad_server, broken, FINE)
    assert (answer.outcome, answer.text, len(bad_server.requests)) == (Outcome.STOPPED, "42", 2)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 413, 415])
def test_what_cannot_pass_fails_at_once_and_says_why(bad_server: BadServer, status: int) -> None:
    answer = ask(bad_server, error(status, "no such thing"))
    assert (answer.outcome, len(bad_server.requests)) == (Outcome.FAILED, 1)
    assert answer.message.startswith(f"{bad_server.url}/chat/completions: HTTP {status}: no such thing")


@pytest.mark.parametrize("status", [400, 422])
def test_a_bad_request_fails_once_it_is_not_about_what_is_optional(bad_server: BadServer, status: int) -> None:
    answer = ask(bad_server, error(status, "the prompt is too long"))
    assert (answer.outcome, len(bad_server.requests)) == (Outcome.FAILED, 2)
    assert "the prompt is too long" in answer.message


def test_the_key_is_in_no_message(bad_server: BadServer) -> None:
    answer = ask(bad_server, error(401, f"Incorrect API key provided: {KEY}"))
    assert "***" in answer.message
    assert KEY not in answer.message


def test_a_server_that_stays_down_fails_after_its_attempts(bad_server: BadServer) -> None:
    answer = ask(bad_server, error(503, "loading"), attempts=3)
    assert (answer.outcome, len(bad_server.requests)) == (Outcome.FAILED, 3)
    assert "HTTP 503: loading (tried 3 times)" in answer.message


def test_no_server_at_all_is_tried_and_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        answer = ask(url, attempts=2)
    assert answer.outcome is Outcome.FAILED
    assert url in answer.message
    assert "tried 2 times" in answer.message


def test_retry_after_is_honoured_and_never_beyond_the_deadline(bad_server: BadServer) -> None:
    start = time.monotonic()
    answer = ask(bad_server, error(429, headers="Retry-After: 0.4\r\n"), FINE)
    assert answer.text == "42"
    assert time.monotonic() - start >= 0.4
    answer = ask(bad_server, error(429, "slow down", headers="Retry-After: 3600\r\n"), seconds=5.0)
    assert answer.outcome is Outcome.FAILED
    assert "slow down" in answer.message
    assert "no time" in answer.message


@pytest.mark.parametrize(
    ("rubbish", "reason"),
    [
        (reply(b"<html><h1>It works!</h1></html>", kind="text/html"), "no JSON: <html>"),
        (reply(b'{"choices": [{"message"'), "no JSON"),
        (reply(b'{"choices": []}'), "without choices"),
        (reply(b"{}"), "without choices"),
        (reply(b"[1, 2]"), "no object"),
        (reply(b'{"choices": [7]}'), "without a message"),
        (reply('{"choices": [{"message": {"content": "é"}}]}'.encode("latin-1")), "not UTF-8"),
        (reply(b"[" * 100_000), "no JSON"),
        (stream(b"data: <html>\n\n"), "no JSON: <html>"),
        (stream(b'data: {"choices": [{"delta": {"content": "\xe9"}}]}\n\n'), "not UTF-8"),
        (stream(b"data: " + b"x" * (2 << 20)), "more than 1 MiB"),
        (reply(b"", status=301, headers="Location: http://elsewhere/v1\r\n"), "elsewhere"),
        (reply(b"x", headers="Content-Encoding: gzip\r\n"), ""),
        (stream(data({"error": {"message": "context is full", "code": 400}})), "context is full"),
    ],
)
def test_rubbish_fails_at_once_and_says_what_came(bad_server: BadServer, rubbish: Behaviour, reason: str) -> None:
    answer = ask(bad_server, rubbish)
    assert (answer.outcome, len(bad_server.requests)) == (Outcome.FAILED, 1)
    assert reason in answer.message
    assert answer.message.startswith(bad_server.url)


def test_halves_of_a_character_in_two_pieces_are_one_and_a_half_alone_can_be_written(bad_server: BadServer) -> None:
    assert ask(bad_server, stream(event("\ud83d"), event("\ude00", finish="stop"), DONE)).text == "😀"
    ask(bad_server, stream(event("a\ud83d", finish="stop"), DONE)).text.encode()


def test_a_filter_is_a_failure(bad_server: BadServer) -> None:
    answer = ask(bad_server, whole("", finish="content_filter"))
    assert answer.outcome is Outcome.FAILED
    assert "filter" in answer.message


def refusing(*words: str) -> Behaviour:
    """Refuses requests with these keys, else answers."""

    async def behave(request: Any, write: Write) -> None:
        found = [word for word in words if word in request]
        await (error(400, f"Unsupported: {', '.join(found)}") if found else whole("42", logprobs=None))(request, write)

    return behave


@pytest.mark.parametrize("word", ["logprobs", "stream_options", "stream"])
def test_what_a_server_refuses_is_left_out_and_not_asked_for_again(bad_server: BadServer, word: str) -> None:
    bad_server.behaviours = [refusing(word)]

    async def twice() -> list[Answer]:
        engine = OpenAIServed(bad_server.url, "tiny")
        return [await engine.ask((), "How much?", max_new_tokens=9, seconds=30) for _ in range(2)]

    answers = asyncio.run(twice())
    assert [answer.text for answer in answers] == ["42", "42"]
    assert [word in request for request in bad_server.requests] == [True, False, False]
    assert answers[0].confidence is None


def test_a_server_with_another_name_for_the_budget_gets_it(bad_server: BadServer) -> None:
    async def behave(request: Any, write: Write) -> None:
        wrong = error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        await (wrong if "max_tokens" in request else whole("42"))(request, write)

    assert ask(bad_server, behave).text == "42"
    assert bad_server.requests[1]["max_completion_tokens"] == 9


def test_a_refusal_without_a_reason_costs_the_log_probabilities_only_where_that_helps(bad_server: BadServer) -> None:
    bad_server.behaviours = [error(400, "no"), error(400, "no"), FINE]

    async def twice() -> list[Answer]:
        engine = OpenAIServed(bad_server.url, "tiny")
        return [await engine.ask((), "How much?", max_new_tokens=9, seconds=30) for _ in range(2)]

    first, second = asyncio.run(twice())
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.STOPPED)
    assert ["logprobs" in request for request in bad_server.requests] == [True, False, True]


def test_no_more_requests_than_allowed_are_open_at_once(bad_server: BadServer) -> None:
    async def behave(request: Any, write: Write) -> None:
        await asyncio.sleep(0.02)
        await whole("42")(request, write)

    bad_server.behaviours = [behave]

    async def many() -> list[Answer]:
        engine = OpenAIServed(bad_server.url, "tiny", max_in_flight=3)
        return await asyncio.gather(*(engine.ask((), "?", max_new_tokens=9, seconds=60) for _ in range(20)))

    assert {answer.text for answer in asyncio.run(many())} == {"42"}
    assert bad_server.most == 3


def test_one_slow_question_does_not_keep_others(bad_server: BadServer) -> None:
    async def behave(request: Any, write: Write) -> None:
        slow = "slow" in json.dumps(request["messages"])
        await (hanging if slow else FINE)(request, write)

    bad_server.behaviours = [behave]

    async def both() -> list[Answer]:
        engine = OpenAIServed(bad_server.url, "tiny", max_in_flight=2)
        return await asyncio.gather(
            engine.ask((), "slow", max_new_tokens=9, seconds=2), engine.ask((), "fast", max_new_tokens=9, seconds=30)
        )

    assert [answer.outcome for answer in asyncio.run(both())] == [Outcome.TIMEOUT, Outcome.STOPPED]


def test_closing_fails_what_runs_and_what_comes_later(bad_server: BadServer) -> None:
    bad_server.behaviours = [hanging]

    async def closed() -> list[Answer]:
        engine = OpenAIServed(bad_server.url, "tiny")
        running = asyncio.create_task(engine.ask((), "?", max_new_tokens=9, seconds=60))
        while not bad_server.open:
            await asyncio.sleep(0.01)
        thread = threading.Thread(target=engine.close)
        thread.start()
        answers = [await running, await engine.ask((), "?", max_new_tokens=9, seconds=60)]
        thread.join()
        return answers

    assert {(answer.outcome, answer.message) for answer in asyncio.run(closed())} == {
        (Outcome.FAILED, "the engine was closed")
    }


def test_a_question_that_is_given_up_ends_its_request(bad_server: BadServer) -> None:
    bad_server.behaviours = [stream(*[event("x")] * 2000, pause=0.01)]

    async def given_up() -> None:
        engine = OpenAIServed(bad_server.url, "tiny")
        task = asyncio.create_task(engine.ask((), "?", max_new_tokens=9, seconds=60))
        while not bad_server.open:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while not bad_server.broken:
            await asyncio.sleep(0.01)

    asyncio.run(given_up())


FAULTS = [
    *(hung_up, error(500), error(429), error(400)),
    *(stream(event("x")), reply(b"<html>"), whole("42", "length"), FINE),
]


@given(faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_server_does_an_answer_says_so(bad_server: BadServer, faults: list[Behaviour]) -> None:
    bad_server.requests.clear()
    answer = ask(bad_server, *faults, seconds=20, attempts=4)
    assert answer.outcome in (Outcome.STOPPED, Outcome.TRUNCATED, Outcome.FAILED)
    assert (answer.text == "42") == (answer.outcome is not Outcome.FAILED)
    assert (answer.message == "") == (answer.outcome is not Outcome.FAILED)
    assert len(bad_server.requests) <= 2 * 4
