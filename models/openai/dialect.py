"""Which optional parts of the protocol a server takes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .failures import ServerError

_REFUSALS = frozenset({400, 422, 501})


@dataclass(frozen=True)
class Dialect:
    """What a request asks for beyond the minimum.

    Attributes:
        stream: pieces of the answer as they are written, so that a loop can be stopped.
        usage: the number of tokens at the end of a stream.
        logprobs: the probabilities of the tokens.
        budget: the name under which the server takes the number of new tokens.
    """

    stream: bool = True
    usage: bool = True
    logprobs: bool = True
    budget: str = "max_tokens"

    def body(self, model: str, urls: Sequence[str], question: str, *, max_new_tokens: int, temperature: float) -> bytes:
        """The request as JSON.

        Args:
            urls: as data URLs; several are named `Image-1: ` and so on, as InternVL2 was trained
                (OpenGVLab/InternVL, eval/mpdocvqa/evaluate_vqa.py).
        """
        request: dict[str, Any] = {
            "model": model,
            "messages": [{"role": "user", "content": _content(urls, question)}],
            self.budget: max_new_tokens,
            "temperature": temperature,
        }
        if self.stream:
            request["stream"] = True
            if self.usage:
                request["stream_options"] = {"include_usage": True}
        if self.logprobs:
            request["logprobs"] = True
        return json.dumps(request).encode()

    def after(self, error: ServerError, *, proven: bool) -> "Dialect | None":
        """What to try after the server refused this one; None where the refusal is about something else.

        Args:
            proven: whether the server has answered in this dialect before; else it may be refused without a reason.
        """
        if error.status not in _REFUSALS:
            return None
        less = self
        if self.usage and "stream_options" in error.body:
            less = replace(less, usage=False)
        if self.logprobs and "logprobs" in error.body:
            less = replace(less, logprobs=False)
        if self.budget == "max_tokens" and "max_completion_tokens" in error.body:
            less = replace(less, budget="max_completion_tokens")
        if less is self and self.stream and "stream" in error.body:
            less = replace(less, stream=False, usage=False)
        if less is self and self.logprobs and not proven:
            less = replace(less, logprobs=False, usage=False)
        return None if less is self else less


def _content(urls: Sequence[str], question: str) -> list[dict[str, Any]]:
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    if len(images) < 2:
        return [*images, {"type": "text", "text": question}]
    parts: list[dict[str, Any]] = []
    for number, image in enumerate(images, 1):
        parts += [{"type": "text", "text": f"Image-{number}: "}, image]
    return [*parts, {"type": "text", "text": f"\n{question}"}]
