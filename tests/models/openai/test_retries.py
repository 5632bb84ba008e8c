"""What the engine tries again, what it gives up at once, and what it says of both."""

import socket
import time

import pytest
from docpipe.models.engine import Outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .asking import FINE, KEY, ask
from .bad_server import DONE, BadServer, Behaviour, data, error, event, hung_up, reply, stream, whole


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


def test_the_key_is_in_no_message(bad_server: BadServer) -> None:
    answer = ask(bad_server, error(401, f"Incorrect API key provided: {KEY}"))
    assert "***" in answer.message
    assert KEY not in answer.message


def test_a_server_that_stays_down_fails_after_its_attempts(bad_server: BadServer) -> None:
    answer = ask(bad_server, error(503, "loading"), attempts=3)
    assert (answer.outcome, len(bad_server.requests)) == (Outcome.FAILED, 3)
    assert "HTTP 503: loading (tried 3 times)" in answer.message


@pytest.mark.usefixtures("short_pauses")
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
        (reply(b"<html><h1>It works!</h1></html>", kind="text/html"), "not JSON: <html>"),
        (reply(b'{"choices": [{"message"'), "not JSON"),
        (reply(b'{"choices": []}'), "without choices"),
        (reply(b"{}"), "without choices"),
        (reply(b"[1, 2]"), "not an object"),
        (reply(b'{"choices": [7]}'), "without a message"),
        (reply('{"choices": [{"message": {"content": "é"}}]}'.encode("latin-1")), "not UTF-8"),
        (reply(b"[" * 100_000), "not JSON"),
        (stream(b"data: <html>\n\n"), "not JSON: <html>"),
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


def test_a_filter_is_a_failure(bad_server: BadServer) -> None:
    answer = ask(bad_server, whole("", finish="content_filter"))
    assert answer.outcome is Outcome.FAILED
    assert "filter" in answer.message


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
