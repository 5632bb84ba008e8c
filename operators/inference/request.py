"""Asks a model about images and does not take its first answer for granted: guards, and a ladder of attempts."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...models.boxes.parse import parse_boxes
from ...models.engine import Answer, Engine, EngineLostError, ImageInput, Outcome
from ...schemas.errors import ErrorCode
from ...schemas.geometry import Box

# The second attempt samples: high enough to leave a loop, low enough to stay with what the page says.
RETRY_TEMPERATURE = 0.4

_BOX = "<box>"

Check = Callable[[str], str | None]
"""Why a text can't be the answer, or None where it may be."""


@dataclass(frozen=True)
class Request:
    """One question to a model about some images.

    Attributes:
        prompt: without image tokens.
        max_new_tokens: its budget.
        seconds: wall seconds for each attempt.
        check: looks at the text; what it refuses is asked again.
    """

    prompt: str
    max_new_tokens: int
    seconds: float
    check: Check = lambda text: None


@dataclass(frozen=True)
class Asked:
    """What came of a request after all attempts.

    Attributes:
        answer: of the last attempt.
        attempts: how often it was asked.
        code: why it failed; None where the answer stands.
        message: for a person; empty where the answer stands.
        retried: why it was asked again, each time.
    """

    answer: Answer
    attempts: int
    code: ErrorCode | None = None
    message: str = ""
    retried: tuple[ErrorCode, ...] = ()

    @property
    def text(self) -> str:
        """What the model wrote, without the mark-up of boxes."""
        return spoken(self.answer)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Boxes that the model itself gave, in shares of its image: claims, to be checked."""
        return boxes_in(self.answer.tagged)


def spoken(answer: Answer) -> str:
    """An answer without the mark-up of boxes, where it has any."""
    return parse_boxes(answer.tagged).text.strip() if _BOX in answer.tagged else answer.text


def boxes_in(tagged: str) -> tuple[Box, ...]:
    """The boxes that a text marks with tags; rows of numbers without tags are no boxes."""
    return tuple(Box(*box.bbox) for box in parse_boxes(tagged).boxes) if _BOX in tagged else ()


async def ask_all(
    engine: Engine,
    images: Sequence[ImageInput],
    requests: Sequence[Request],
    coarser: Callable[[], Sequence[ImageInput]],
) -> list[Asked]:
    """Ask all `requests` about the same `images` at once; a failed one is asked again, three times in all.

    First for the most probable tokens, then sampled at RETRY_TEMPERATURE, then about the images that `coarser`
    gives, which are cut into fewer tiles. What ran out of time or of tokens is not asked again: that costs as much
    and ends alike.
    """
    if not requests:
        return []
    async with engine.hold(images) as held:
        asked = list(await asyncio.gather(*(_twice(engine, held, request) for request in requests)))
    again = [place for place, one in enumerate(asked) if _may_differ(one)]
    if again:
        third = await _third(engine, [requests[place] for place in again], coarser)
        for place, one in zip(again, third, strict=True):
            before = asked[place]
            stands = one if one is not None and one.code is None else before
            asked[place] = replace(stands, attempts=3, retried=_after(before))
    return asked


async def _third(
    engine: Engine, requests: Sequence[Request], coarser: Callable[[], Sequence[ImageInput]]
) -> Sequence[Asked | None]:
    """The last attempts; None where they could not be made, which must not cost what stands already."""
    try:
        async with engine.hold(await asyncio.to_thread(coarser)) as held:
            return await asyncio.gather(*(_ask(engine, held, request, 0.0) for request in requests))
    except EngineLostError:
        raise
    except Exception:
        return [None] * len(requests)


async def _twice(engine: Engine, held: object, request: Request) -> Asked:
    first = await _ask(engine, held, request, 0.0)
    if not _may_differ(first):
        return first
    return replace(await _ask(engine, held, request, RETRY_TEMPERATURE), attempts=2, retried=_after(first))


def _after(failed: Asked) -> tuple[ErrorCode, ...]:
    """Why the next attempt is made."""
    return failed.retried if failed.code is None else (*failed.retried, failed.code)


async def _ask(engine: Engine, held: object, request: Request, temperature: float) -> Asked:
    started = time.monotonic()
    answer = await engine.ask(
        held,
        request.prompt,
        max_new_tokens=request.max_new_tokens,
        seconds=request.seconds,
        temperature=temperature,
    )
    code, message = _fault(answer, request, time.monotonic() - started)
    return Asked(answer, 1, code, message)


def _may_differ(asked: Asked) -> bool:
    return asked.code in (ErrorCode.REPETITION, ErrorCode.BAD_OUTPUT, ErrorCode.ENGINE_FAILED)


def _fault(answer: Answer, request: Request, seconds: float) -> tuple[ErrorCode | None, str]:
    match answer.outcome:
        case Outcome.STOPPED:
            refused = request.check(spoken(answer))
            return (None, "") if refused is None else (ErrorCode.BAD_OUTPUT, refused)
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
