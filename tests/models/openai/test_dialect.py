"""Parameters that a server refuses are left out."""

import asyncio
from typing import Any

import pytest
from docpipe.models.engine import Answer, Outcome
from docpipe.models.openai import OpenAIServed

from .asking import FINE, ask
from .bad_server import BadServer, Behaviour, Write, error, whole


@pytest.mark.parametrize("status", [400, 422])
def test_a_bad_request_fails_once_it_is_not_about_what_is_optional(bad_server: BadServer, status: int) -> None:
    answer = ask(bad_server, error(status, "the prompt is too long"))
    assert (answer.outcome, len(bad_server.requests)) == (Outcome.FAILED, 2)
    assert "the prompt is too long" in answer.message


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
