"""Many requests at once, closing, and giving up."""

import asyncio
import json
import threading
from typing import Any

import pytest
from docpipe.models.engine import Answer, Outcome
from docpipe.models.openai import OpenAIServed

from .asking import FINE
from .bad_server import BadServer, Write, event, hanging, stream, whole


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
