"""A small HTTP server of the tests' own that behaves as badly as a test says."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Write = Callable[[bytes], Awaitable[None]]
Behaviour = Callable[[Any, Write], Awaitable[None]]
"""Takes the decoded body of a request, writes the raw reply; the connection is closed after it."""


@dataclass
class BadServer:
    """Each request is dealt with by the next of `behaviours`, the last one for ever.

    Attributes:
        requests: bodies received.
        headers: heads received, as text.
        most: requests that were open at once.
        broken: connections that the client ended before the reply was whole.
    """

    behaviours: list[Behaviour] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    port: int = 0
    open: int = 0
    most: int = 0
    broken: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length")), "0"
            )
            body = await reader.readexactly(int(length))
            number = len(self.requests)
            self.headers.append(head)
            self.requests.append(json.loads(body) if body else None)
            self.open += 1
            self.most = max(self.most, self.open)
            try:
                await self.behaviours[min(number, len(self.behaviours) - 1)](self.requests[number], write)
            finally:
                self.open -= 1
        except (ConnectionError, asyncio.IncompleteReadError):
            self.broken += 1
        finally:
            writer.close()


def reply(body: bytes, status: int = 200, kind: str = "application/json", headers: str = "") -> Behaviour:
    """A whole reply with this body."""

    async def behave(request: Any, write: Write) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        await write(head.encode() + body)

    return behave


def error(status: int, message: str = "broken", headers: str = "") -> Behaviour:
    """An error as OpenAI writes it."""
    return reply(json.dumps({"error": {"message": message}}).encode(), status, headers=headers)


def whole(text: str, finish: str = "stop", logprobs: list[float] | None = None, tokens: int = 7) -> Behaviour:
    """An answer in one piece."""
    choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    if logprobs is not None:
        choice["logprobs"] = {"content": [{"token": "x", "logprob": value} for value in logprobs]}
    return reply(json.dumps({"choices": [choice], "usage": {"completion_tokens": tokens}}).encode())


def event(text: str | None = None, finish: str | None = None, logprob: float | None = None) -> bytes:
    """A piece of an answer."""
    choice: dict[str, Any] = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}
    if logprob is not None:
        choice["logprobs"] = {"content": [{"token": "x", "logprob": logprob}]}
    return data({"choices": [choice]})


def data(value: Mapping[str, Any]) -> bytes:
    """An event that holds `value`."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def stream(*pieces: bytes, pause: float = 0.0, then: Callable[[], Awaitable[None]] | None = None) -> Behaviour:
    """Server-sent events, written piece by piece; the connection ends after `then`."""

    async def behave(request: Any, write: Write) -> None:
        await write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n")
        for piece in pieces:
            await write(piece)
            await asyncio.sleep(pause)
        if then is not None:
            await then()

    return behave


async def hang() -> None:
    """Longer than any test."""
    await asyncio.sleep(3600)


async def hanging(request: Any, write: Write) -> None:
    """No answer at all."""
    await hang()


async def hung_up(request: Any, write: Write) -> None:
    """The connection is closed without a word."""
