"""What the engine asks of a server, and what it makes of the answer."""

import asyncio
import math

import pytest
from docpipe.models.engine import Answer, Outcome
from docpipe.models.openai import OpenAIServed
from docpipe.models.usage import Usage

from .asking import FINE, KEY, PICTURES, ask
from .bad_server import DONE, BadServer, data, event, hang, hanging, stream, whole


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


def test_several_images_are_named_in_their_order(bad_server: BadServer) -> None:
    ask(bad_server, FINE, images=PICTURES)
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


def test_halves_of_a_character_in_two_pieces_are_one_and_a_half_alone_can_be_written(bad_server: BadServer) -> None:
    assert ask(bad_server, stream(event("\ud83d"), event("\ude00", finish="stop"), DONE)).text == "😀"
    ask(bad_server, stream(event("a\ud83d", finish="stop"), DONE)).text.encode()
