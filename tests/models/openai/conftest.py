"""The misbehaving server on a free port, and short pauses between attempts."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from .bad_server import BadServer


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are a hundredth of the real ones."""
    monkeypatch.setattr("docpipe.models.openai.failures._FIRST_DELAY", 0.005)


@pytest.fixture
def bad_server(short_pauses: None) -> Iterator[BadServer]:
    """Listens on a free port of this machine."""
    server = BadServer()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 26), loop
    ).result()
    server.port = listening.sockets[0].getsockname()[1]
    yield server

    async def stop() -> None:
        listening.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
