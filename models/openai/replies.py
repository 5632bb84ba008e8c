"""What a server answers, whole or piece by piece."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from ..engine import Answer, Outcome
from ..repetition import is_text_repeating
from .failures import ServerError, short

_CHECK_CHARACTERS = 64
_ABORTED = frozenset({"abort", "error", "cancelled"})


@dataclass
class Reply:
    """An answer as far as it has come.

    Attributes:
        finish: why the server ended it; empty where it has not.
        tokens: the server's count; None if it reports none.
        prompt_tokens: the same for the prompt; 0 if it reports none.
    """

    pieces: list[str] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish: str = ""
    tokens: int | None = None
    prompt_tokens: int = 0
    _characters: int = 0
    _checked: int = 0

    def clear(self) -> None:
        """Forget everything, for another attempt."""
        self.pieces, self.logprobs, self.finish, self.tokens, self.prompt_tokens = [], [], "", None, 0
        self._characters = self._checked = 0

    def add(self, event: Any, *, whole: bool = False) -> None:
        """Take a piece, or a `whole` reply, as decoded from JSON.

        Raises:
            ServerError: it violates the protocol, or is an error.
        """
        if not isinstance(event, dict):
            raise protocol_error(f"a reply that is not an object: {short(json.dumps(event))}")
        if event.get("error"):
            raise _error_within(event["error"])
        usage = event.get("usage")
        if isinstance(usage, dict) and isinstance(usage.get("completion_tokens"), int):
            self.tokens = usage["completion_tokens"]
        if isinstance(usage, dict) and isinstance(usage.get("prompt_tokens"), int):
            self.prompt_tokens = usage["prompt_tokens"]
        choices = event.get("choices")
        if not isinstance(choices, list) or (whole and not choices):
            raise protocol_error("a reply without choices")
        if not choices:
            return
        choice = choices[0]
        message = choice.get("message" if whole else "delta") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            raise protocol_error("a choice without a message")
        text = _text(message.get("content"))
        self.pieces.append(text)
        self._characters += len(text)
        self.logprobs += _logprobs(choice.get("logprobs"))
        if isinstance(choice.get("finish_reason"), str):
            self.finish = choice["finish_reason"]
        if self.finish in _ABORTED:
            raise ServerError(f"the server gave up: {short(self.finish)}", may_pass=True)

    def is_repeating(self) -> bool:
        """Whether it goes round in a circle; looked at now and then while it grows, and at its end."""
        if not self.finish and self._characters < self._checked + _CHECK_CHARACTERS:
            return False
        self._checked = self._characters
        return is_text_repeating("".join(self.pieces))

    def answer(self, outcome: Outcome, message: str = "") -> Answer:
        """What has come, with this end."""
        # Halves of one character may come in two pieces; a half alone cannot be written as UTF-8.
        text = "".join(self.pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
        known = [value for value in self.logprobs if math.isfinite(value) and value <= 0]
        confidence = math.exp(sum(known) / len(known)) if known else None
        return Answer(text, text, confidence, outcome, message, self.new_tokens)

    @property
    def new_tokens(self) -> int:
        """As the server counts them, else as well as the reply shows."""
        return self.tokens if self.tokens is not None else len(self.logprobs) or sum(map(bool, self.pieces))

    def finished(self) -> Answer:
        """The answer of a reply that the server ended."""
        if self.is_repeating():
            return self.answer(Outcome.REPETITION)
        if self.finish == "length":
            return self.answer(Outcome.TRUNCATED)
        if self.finish == "content_filter":
            return self.answer(Outcome.FAILED, "the server's content filter withheld the answer")
        return self.answer(Outcome.STOPPED)


def decoded(data: bytes) -> Any:
    """JSON in UTF-8.

    Raises:
        ServerError: it is not one.
    """
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise protocol_error("a reply that is not UTF-8") from None
    except (ValueError, RecursionError):
        raise protocol_error(f"a reply that is not JSON: {short(data.decode('utf-8', 'replace'))}") from None


def protocol_error(what: str) -> ServerError:
    """The error of a reply that violates the protocol; repeating the request would not help."""
    return ServerError(f"{what}; is this the API of an OpenAI-compatible server?", may_pass=False)


def _error_within(error: Any) -> ServerError:
    """An error that comes with status 200, in a stream that has begun."""
    message, code = (error.get("message"), error.get("code")) if isinstance(error, dict) else (error, None)
    lasting = isinstance(code, int) and 400 <= code < 500 and code not in (408, 409, 429)
    return ServerError(f"the server gave up: {short(str(message))}", may_pass=not lasting)


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _logprobs(found: Any) -> list[float]:
    """Of the protocol for chats, `content: [{logprob}]`; or of the older one, `token_logprobs: […]`."""
    if not isinstance(found, dict):
        return []
    if isinstance(entries := found.get("content"), list):
        values = [entry.get("logprob") for entry in entries if isinstance(entry, dict)]
    else:
        older = found.get("token_logprobs")
        values = older if isinstance(older, list) else []
    return [float(value) for value in values if isinstance(value, int | float)]
