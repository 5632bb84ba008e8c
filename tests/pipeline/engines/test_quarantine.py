"""A page that crashes its engine is found and given up; an exclusive lock is granted in turn."""

import asyncio
import random

from docpipe.pipeline.engines.quarantine import CrashCounts, SharedExclusiveLock


def test_a_page_that_ends_is_no_suspect_any_more() -> None:
    crash_counts = CrashCounts()
    assert (crash_counts.begin("a"), crash_counts.begin("b")) == (0, 0)
    crash_counts.end("a")
    assert (crash_counts.begin("a"), crash_counts.begin("b")) == (0, 1)


def test_a_suspect_is_counted_only_where_it_runs_alone() -> None:
    crash_counts = CrashCounts()
    assert [crash_counts.begin("a") for _ in range(3)] == [0, 1, 1]
    crash_counts.begin_alone("a")
    assert crash_counts.begin("a") == 2


def test_nobody_is_inside_together_with_one_that_is_alone() -> None:
    draw = random.Random(3)
    inside: list[str] = []
    finished = 0

    async def visit(lock: SharedExclusiveLock, alone: bool) -> None:
        nonlocal finished
        await asyncio.sleep(draw.random() * 0.02)
        async with lock.exclusive() if alone else lock.shared():
            inside.append("alone" if alone else "together")
            assert inside == ["alone"] or "alone" not in inside
            await asyncio.sleep(draw.random() * 0.003)
            inside.remove("alone" if alone else "together")
        finished += 1

    async def all_of_them() -> None:
        lock = SharedExclusiveLock()
        await asyncio.gather(*(visit(lock, draw.random() < 0.3) for _ in range(120)))

    asyncio.run(all_of_them())
    assert finished == 120


def test_one_that_gives_up_waiting_keeps_nobody_out() -> None:
    async def scene() -> None:
        lock = SharedExclusiveLock()
        async with lock.shared():
            waiting = asyncio.create_task(_enter_alone(lock))
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            async with asyncio.timeout(1):
                await _enter_together(lock)

    asyncio.run(scene())


async def _enter_alone(lock: SharedExclusiveLock) -> None:
    async with lock.exclusive():
        pass


async def _enter_together(lock: SharedExclusiveLock) -> None:
    async with lock.shared():
        pass
