"""One request to a model, its result, and the ladder of attempts between them."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from ...models.boxes.parse import parse_boxes
from ...models.engine import Answer, Engine, EngineLostError, ImageInput, Outcome
from ...schemas.errors import ErrorCode
from ...schemas.geometry import Box
from .tasks import Use

# The second attempt samples: high enough to leave a loop, low enough to stay with what the page says.
RETRY_TEMPERATURE = 0.4

_BOX = "<box>"


class RequestId(NamedTuple):
    """Names a request among all about one page.

    Attributes:
        use: the task that it belongs to.
        block: index into the page's blocks of the region that it is about; None for the whole page.
        question: id of the question; None for other tasks.
    """

    use: Use
    block: int | None = None
    question: str | None = None


class OutputError(ValueError):
    """What a model wrote cannot be the output of its task; the message says why."""


class Parse(Protocol):
    """Reads a model's text once, where it arrives. Requests travel between processes, so it must be picklable."""

    def __call__(self, text: str, cut: bool) -> object:
        """What `text` means; with `cut`, what can be kept of an output that broke off.

        Raises OutputError.
        """


@dataclass(frozen=True)
class AnyText:
    """For a task whose output is the text itself."""

    def __call__(self, text: str, cut: bool) -> object:
        return text


@dataclass(frozen=True)
class Request:
    """One prompt about an image.

    Attributes:
        prompt: without image tokens.
        max_new_tokens: its budget.
        seconds: wall seconds for each attempt.
        parse: reads the output; what it refuses is requested again.
    """

    id: RequestId
    prompt: str
    max_new_tokens: int
    seconds: float
    parse: Parse = AnyText()


@dataclass(frozen=True)
class Result:
    """What came of a request after all attempts.

    Attributes:
        answer: of the last attempt.
        attempts: how many were made.
        value: what the request's `parse` made of it; None where it refused the text.
        code: why it failed; None for a good answer.
        message: for a person; empty for a good answer.
        retried: why further attempts were made, one code each.
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
        """What the model wrote, without the markup of boxes."""
        return without_boxes(self.answer)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Boxes that the model itself gave, in shares of its image: claims, to be checked."""
        return boxes_in(self.answer.tagged)


def without_boxes(answer: Answer) -> str:
    """The text of an answer without the markup of boxes, where it has any."""
    return parse_boxes(answer.tagged).text.strip() if _BOX in answer.tagged else answer.text


def boxes_in(tagged: str) -> tuple[Box, ...]:
    """The boxes that a text marks with tags; rows of numbers without tags are no boxes."""
    return tuple(Box(*box.bbox) for box in parse_boxes(tagged).boxes) if _BOX in tagged else ()


def failed(request: Request, code: ErrorCode, message: str) -> Result:
    """The result of a request that could not be made."""
    return Result(request.id, Answer("", "", None, Outcome.FAILED, message), 1, None, code, message)


async def run_requests(
    engine: Engine,
    image: ImageInput,
    requests: Sequence[Request],
    coarser: Callable[[], ImageInput],
) -> list[Result]:
    """The results of all `requests` about one image, in their order; a failed one is repeated, three times in all.

    The first attempt takes the most probable tokens, the second samples at RETRY_TEMPERATURE, the third is about the
    image that `coarser` gives, which is cut into fewer tiles. What ran out of time or of tokens is not repeated: that
    costs as much and ends alike.
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
    """The last attempts; empty where they could not be made, which must not cost the results that there are."""
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
    """Why the attempt after this result is made, and those before it."""
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
        value = request.parse(without_boxes(answer), code is not None)
    except OutputError as error:
        if code is None:
            code, message = ErrorCode.BAD_OUTPUT, str(error)
    except Exception as error:
        # Models write anything at all: what our parsers do not survive costs this request, never the page.
        reason = " ".join(str(error).split())[:200]
        code = code or ErrorCode.BAD_OUTPUT
        message = message or f"the output could not be parsed ({type(error).__name__}: {reason}); please report it"
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
