"""A model behind a server, as an engine."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence

import httpx2

from ..engine import Answer, ImageInput, Outcome
from ..usage import Usage, UsageMeter
from .dialect import Dialect
from .failures import ServerError, delay, status_error
from .images import data_url
from .replies import Reply, decoded, protocol_error

Held = tuple[str, ...]
"""Images as data URLs; a server keeps no state between two requests."""

_CONNECT_SECONDS, _END_SECONDS = 10.0, 2.0
_MOST_BYTES, _LONGEST_EVENT = 64 << 20, 1 << 20
_DONE = b"[DONE]"


class OpenAIServed:
    """Answers come from a server that speaks the OpenAI protocol; see `Engine` in `models/engine.py`.

    What may pass (no connection, 408, 409, 429, 5xx, an answer that breaks off) is tried again, with growing pauses and
    as the server's Retry-After asks; what is permanent (another 4xx, a reply that violates the protocol) fails at once.
    """

    def __init__(
        self, base_url: str, model: str, api_key: str | None = None, *, max_in_flight: int = 16, attempts: int = 8
    ) -> None:
        """Open no connection yet.

        Args:
            base_url: of the API, usually ending in `/v1`.
            model: the name under which the server offers it.
            api_key: never shown.
            max_in_flight: how many requests the server has to deal with at once; others wait here.
            attempts: how often a question is sent at most; eight are a good minute of trying.
        """
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._model = model
        self._key = api_key
        self._attempts = attempts
        self._slots = asyncio.Semaphore(max_in_flight)
        self._meter = UsageMeter()
        self._waiting = 0
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            # The question's own deadline ends everything else.
            timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=max_in_flight, max_keepalive_connections=max_in_flight),
        )
        self._dialect = Dialect()
        self._proven = False
        self._closed = False
        self._running: set[asyncio.Task[Answer]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shutting: asyncio.Task[None] | None = None

    @property
    def model(self) -> str:
        """The name under which the server offers the model."""
        return self._model

    @contextlib.asynccontextmanager
    async def hold(self, images: Sequence[ImageInput]) -> AsyncIterator[Held]:
        """Make the images ready to be sent with each question."""
        yield tuple(map(data_url, images))

    async def ask(
        self, held: Held, question: str, *, max_new_tokens: int, seconds: float, temperature: float = 0.0
    ) -> Answer:
        """Ask one question about all images of `held`; `seconds` include the time of waiting for other requests."""
        if self._closed:
            return Reply().answer(Outcome.FAILED, "the engine was closed")
        self._loop = asyncio.get_running_loop()
        task = self._loop.create_task(self._answer(held, question, max_new_tokens, seconds, temperature))
        self._running.add(task)
        try:
            await asyncio.wait([task])
        finally:
            self._running.discard(task)
            task.cancel()
        return Reply().answer(Outcome.FAILED, "the engine was closed") if task.cancelled() else task.result()

    def usage(self) -> Usage:
        """Tokens are those that the server counts, 0 for prompts where it does not."""
        return self._meter.usage(self._waiting, len(self._running) - self._waiting)

    def close(self) -> None:
        """Cancel running requests and close all connections; may be called from any thread."""
        self._closed = True
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._shut, self._loop)

    def _shut(self, loop: asyncio.AbstractEventLoop) -> None:
        for task in self._running:
            task.cancel()
        self._shutting = loop.create_task(self._client.aclose())

    async def _answer(
        self, held: Held, question: str, max_new_tokens: int, seconds: float, temperature: float
    ) -> Answer:
        reply = Reply()
        try:
            async with asyncio.timeout(seconds) as limit, self._slot():
                return await self._persist(reply, held, question, max_new_tokens, temperature, limit.when())
        except TimeoutError:
            if reply.finish:
                return reply.finished()
            return reply.answer(Outcome.TIMEOUT, f"{self._url}: no whole answer within {seconds:g} s")
        finally:
            self._meter.answered(reply.prompt_tokens, reply.new_tokens)

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """One of those that the server has to deal with at once."""
        began = time.perf_counter()
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
            self._meter.spent(wait=time.perf_counter() - began)
        began = time.perf_counter()
        try:
            yield
        finally:
            self._slots.release()
            self._meter.spent(server=time.perf_counter() - began)

    async def _persist(
        self,
        reply: Reply,
        held: Held,
        question: str,
        max_new_tokens: int,
        temperature: float,
        deadline: float | None,
    ) -> Answer:
        """Send the question until it is answered or nothing is left to try."""
        loop = asyncio.get_running_loop()
        dialect, attempt = self._dialect, 1
        while True:
            body = dialect.body(self._model, held, question, max_new_tokens=max_new_tokens, temperature=temperature)
            reply.clear()
            try:
                answer = await self._send(body, reply)
            except ServerError as error:
                less = dialect.after(error, proven=self._proven and dialect == self._dialect)
                if less is not None:
                    dialect = less
                    continue
                pause = delay(attempt, error.retry_after)
                if not error.may_pass:
                    return self._failed(str(error))
                if attempt >= self._attempts:
                    return self._failed(f"{error} (tried {attempt} times)")
                if deadline is not None and loop.time() + pause >= deadline:
                    return self._failed(f"{error} (tried {attempt} times, no time is left for another)")
                await asyncio.sleep(pause)
                attempt += 1
            else:
                # What was refused before is not asked for again.
                self._dialect, self._proven = dialect, True
                return answer

    async def _send(self, body: bytes, reply: Reply) -> Answer:
        """One request.

        Raises:
            ServerError: no answer came of it.
        """
        headers = {"Content-Type": "application/json"}
        try:
            async with self._client.stream("POST", self._url, content=body, headers=headers) as response:
                if response.status_code != 200:
                    data = await _whole(response)
                    wait, location = (response.headers.get(name) for name in ("retry-after", "location"))
                    raise status_error(response.status_code, data, wait, location)
                if response.headers.get("content-type", "").startswith("text/event-stream"):
                    return await _streamed(response, reply)
                reply.add(decoded(await _whole(response)), whole=True)
                reply.finish = reply.finish or "stop"
                return reply.finished()
        except httpx2.TransportError as error:
            reason = str(error) or type(error).__name__
            lasting = (
                isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError) or "CERTIFICATE" in reason
            )
            raise ServerError(reason, may_pass=not lasting) from None
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise ServerError(str(error) or type(error).__name__, may_pass=False) from None

    def _failed(self, reason: str) -> Answer:
        if self._key:
            reason = reason.replace(self._key, "***")
        return Reply().answer(Outcome.FAILED, f"{self._url}: {reason}")


async def _whole(response: httpx2.Response) -> bytes:
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > _MOST_BYTES:
            raise protocol_error(f"a reply of more than {_MOST_BYTES >> 20} MiB")
    return bytes(data)


async def _streamed(response: httpx2.Response, reply: Reply) -> Answer:
    """An answer in server-sent events, each of one line `data: {…}`, the last one `data: [DONE]`."""
    events = _events(response)
    async for data in events:
        if data == _DONE:
            reply.finish = reply.finish or "stop"
        else:
            reply.add(decoded(data))
        if reply.finish:
            break
        if reply.is_repeating():
            return reply.answer(Outcome.REPETITION)
    if not reply.finish:
        raise ServerError("the server broke off in mid-answer", may_pass=True)
    # Its number of tokens may follow; and a connection that is read to its end serves the next question too.
    with contextlib.suppress(TimeoutError, ServerError):
        async with asyncio.timeout(_END_SECONDS):
            async for data in events:
                if data != _DONE:
                    reply.add(decoded(data))
    return reply.finished()


async def _events(response: httpx2.Response) -> AsyncIterator[bytes]:
    """The data of each event; other fields and comments are ignored."""
    rest, received = b"", 0
    async for piece in response.aiter_bytes():
        received += len(piece)
        if received > _MOST_BYTES:
            raise protocol_error(f"a reply of more than {_MOST_BYTES >> 20} MiB")
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _LONGEST_EVENT:
            raise protocol_error(f"an event of more than {_LONGEST_EVENT >> 20} MiB")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[len(b"data:") :].strip()
    if rest.startswith(b"data:"):
        yield rest[len(b"data:") :].strip()
