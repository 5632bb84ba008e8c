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
        tokens: as the server counts them; None where it does not say.
        prompt_tokens: the same of the prompt, 0 where it does not say.
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
            ServerError: it is none of the protocol, or an error.
        """
        if not isinstance(event, dict):
            raise rubbish(f"a reply that is no object: {short(json.dumps(event))}")
        if event.get("error"):
            raise _error_within(event["error"])
        usage = event.get("usage")
        if isinstance(usage, dict) and isinstance(usage.get("completion_tokens"), int):
            self.tokens = usage["completion_tokens"]
        if isinstance(usage, dict) and isinstance(usage.get("prompt_tokens"), int):
            self.prompt_tokens = usage["prompt_tokens"]
        choices = event.get("choices")
        if not isinstance(choices, list) or (whole and not choices):
            raise rubbish("a reply without choices")
        if not choices:
            return
        choice = choices[0]
        message = choice.get("message" if whole else "delta") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            raise rubbish("a choice without a message")
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
            return self.answer(Outcome.FAILED, "the server's filter held the answer back")
        return self.answer(Outcome.STOPPED)


def decoded(data: bytes) -> Any:
    """JSON in UTF-8.

    Raises:
        ServerError: it is none.
    """
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise rubbish("a reply that is not UTF-8") from None
    except (ValueError, RecursionError):
        raise rubbish(f"a reply that is no JSON: {short(data.decode('utf-8', 'replace'))}") from None


def rubbish(what: str) -> ServerError:
    """The error of a reply that is none of the protocol; the same request would get the same."""
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
