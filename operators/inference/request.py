"""Requests to a model, their results, and the retries of failed requests."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from ...models.boxes.parse import parse_boxes
from ...models.engine import Answer, Engine, EngineLostError, ImageInput, Outcome
from ...schemas.errors import ErrorCode
from ...schemas.geometry import Box
from ...schemas.job.tasks import Use
from ...schemas.printable import brief
from ..wrapping.output import BOX, only_thinks, said, words_said

# The second attempt samples: high enough to leave a repetition loop, low enough to stay with the printed text.
RETRY_TEMPERATURE = 0.4


class RequestId(NamedTuple):
    """Identifies a request among all requests about one page.

    Attributes:
        use: the task of the request.
        block: the region of the request as an index into the page's blocks; None for the whole page.
        question: id of the question; None for other tasks.
        region: a region that is no block, in shares of the page.
    """

    use: Use
    block: int | None = None
    question: str | None = None
    region: Box | None = None


class OutputError(ValueError):
    """A model's text is not a valid output of its task; the message names the reason."""


class Parse(Protocol):
    """Parses a model's text into the value of its task.

    A parser is a part of the request and must be picklable, since requests are sent between processes.
    """

    def __call__(self, text: str, cut: bool) -> object:
        """The value of `text`; with `cut`, the usable part of an output that was cut off.

        Raises OutputError.
        """


@dataclass(frozen=True)
class AnyText:
    """The parser of a task whose output is the text itself."""

    def __call__(self, text: str, cut: bool) -> object:
        return text


@dataclass(frozen=True)
class Follows:
    """The condition of a request that follows others in a cascade; `cascade.is_wanted` has the rule.

    Attributes:
        engines: names of the models that are asked before, in order; at least one.
    """

    engines: tuple[str, ...]
    accept: float
    verify: bool = False


@dataclass(frozen=True)
class Request:
    """One prompt about an image.

    Attributes:
        prompt: the prompt without image tokens.
        max_new_tokens: upper limit of the tokens of its output.
        seconds: wall seconds for each attempt.
        parse: parses the output; a request whose output it rejects is retried.
        follows: the condition under which the request is made; None if it is made in any case.
    """

    id: RequestId
    prompt: str
    max_new_tokens: int
    seconds: float
    parse: Parse = AnyText()
    follows: Follows | None = None


@dataclass(frozen=True)
class Result:
    """The result of a request after all attempts.

    Attributes:
        answer: the engine's answer in the last attempt.
        attempts: number of attempts.
        value: the value that the request's `parse` returned; None where it rejected the text.
        code: the reason of the failure; None for a good answer.
        message: the reason in words; empty for a good answer.
        retried: for each retry the failure that caused it.
    """

    id: RequestId
    answer: Answer
    attempts: int
    value: object = None
    code: ErrorCode | None = None
    message: str = ""
    retried: tuple[ErrorCode, ...] = ()

    @property
    def text(self) -> str:
        """What the model said, without the mark-up of boxes."""
        return text_of(self.answer)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Boxes that the model returned, in shares of its image; they are claims that grounding has to check."""
        return boxes_in(said(self.answer.tagged))


def text_of(answer: Answer) -> str:
    """What an answer says, without the mark-up of boxes."""
    return words_said(tagged_text(answer))


def tagged_text(answer: Answer) -> str:
    """What an answer says, with the mark-up of its boxes where it has any."""
    tagged = said(answer.tagged)
    return tagged if BOX in tagged else said(answer.text)


def boxes_in(tagged: str) -> tuple[Box, ...]:
    """The boxes that a text marks with tags; numbers without tags are not boxes."""
    return tuple(Box(*box.bbox) for box in parse_boxes(tagged).boxes) if BOX in tagged else ()


def failed(request: Request, code: ErrorCode, message: str) -> Result:
    """The result of a request that could not be made."""
    return Result(request.id, Answer("", "", None, Outcome.FAILED, message), 1, None, code, message)


async def run_requests(
    engine: Engine,
    image: ImageInput,
    requests: Sequence[Request],
    coarser: Callable[[], ImageInput],
) -> list[Result]:
    """The results of all `requests` about one image, in their order; each request has at most three attempts.

    The first attempt takes the most probable tokens, the second samples at RETRY_TEMPERATURE, the third uses the image
    that `coarser` returns, which is cut into fewer tiles. A request that ran out of time or of tokens is not retried:
    a retry would cost as much and fail in the same way.
    """
    if not requests:
        return []
    async with engine.hold([image]) as held:
        results = list(await asyncio.gather(*(_twice(engine, held, request) for request in requests)))
    again = {result.id: request for request, result in zip(requests, results, strict=True) if _may_differ(result)}
    if not again:
        return results
    third = await _third(engine, list(again.values()), coarser)
    return [_after_third(result, third) if result.id in again else result for result in results]


def _after_third(second: Result, third: Mapping[RequestId, Result]) -> Result:
    last = third.get(second.id)
    kept = last if last is not None and last.code is None else second
    return replace(kept, attempts=3, retried=_reasons(second))


async def _third(
    engine: Engine, requests: Sequence[Request], coarser: Callable[[], ImageInput]
) -> dict[RequestId, Result]:
    """The third attempts; empty where they fail as a whole, so that the earlier results are kept."""
    try:
        async with engine.hold([await asyncio.to_thread(coarser)]) as held:
            results = await asyncio.gather(*(_once(engine, held, request, 0.0) for request in requests))
    except EngineLostError:
        raise
    except Exception:
        return {}
    return {result.id: result for result in results}


async def _twice(engine: Engine, held: object, request: Request) -> Result:
    first = await _once(engine, held, request, 0.0)
    if not _may_differ(first):
        return first
    return replace(await _once(engine, held, request, RETRY_TEMPERATURE), attempts=2, retried=_reasons(first))


def _reasons(result: Result) -> tuple[ErrorCode, ...]:
    """The reasons of the retries up to the one after this result."""
    return result.retried if result.code is None else (*result.retried, result.code)


async def _once(engine: Engine, held: object, request: Request, temperature: float) -> Result:
    started = time.monotonic()
    answer = await engine.ask(
        held,
        request.prompt,
        max_new_tokens=request.max_new_tokens,
        seconds=request.seconds,
        temperature=temperature,
    )
    code, message = _fault(answer, time.monotonic() - started)
    value = None
    try:
        if code is None and only_thinks(answer.text):
            raise OutputError("the output is a thought without an answer; switch thinking off or raise max_new_tokens")
        value = request.parse(text_of(answer), code is not None)
    except OutputError as error:
        if code is None:
            code, message = ErrorCode.BAD_OUTPUT, str(error)
    except Exception as error:
        # Model output is arbitrary text: an exception in a parser fails this request, never the page.
        code = code or ErrorCode.BAD_OUTPUT
        message = message or f"the output could not be parsed ({brief(error)}); please report it"
    return Result(request.id, answer, 1, value, code, message)


def _may_differ(result: Result) -> bool:
    return result.code in (ErrorCode.REPETITION, ErrorCode.BAD_OUTPUT, ErrorCode.ENGINE_FAILED)


def _fault(answer: Answer, seconds: float) -> tuple[ErrorCode | None, str]:
    match answer.outcome:
        case Outcome.STOPPED:
            return None, ""
        case Outcome.TRUNCATED:
            return ErrorCode.TRUNCATED_OUTPUT, (
                f"the answer was cut off after {answer.tokens} tokens; raise max_new_tokens of the engine, where "
                "the model's window allows it"
            )
        case Outcome.REPETITION:
            return ErrorCode.REPETITION, f"the model repeated itself and was stopped after {answer.tokens} tokens"
        case Outcome.TIMEOUT:
            return ErrorCode.TIMEOUT, f"no answer within {seconds:.0f} s"
        case Outcome.FAILED:
            return ErrorCode.ENGINE_FAILED, answer.message or "the engine failed"
