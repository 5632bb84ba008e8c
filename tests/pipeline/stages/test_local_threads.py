"""Threads of this process work on blocks until Ray takes what is left: each block once, and no error is lost."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.stages import datasets
from docpipe.pipeline.stages.local_threads import LOCAL_THREADS_VARIABLE, LocalThreads, LocalWork, thread_count
from docpipe.pipeline.stages.read import WorkerContext, close_reader, page_reader
from docpipe.pipeline.telemetry.log import log_failures
from docpipe.schemas.errors import InvalidJobError
from docpipe.schemas.tables import TABLES

from ..conftest import PROVENANCE, rows


def blocks(count: int) -> Iterator[pa.Table]:
    return (pa.table({"n": [number]}) for number in range(count))


def numbers(results: Iterator[pa.Table]) -> list[int]:
    return [number for block in results for number in block["n"].to_pylist()]


def doubled(block: pa.Table) -> pa.Table:
    return pa.table({"n": [2 * block["n"][0].as_py()]})


@pytest.fixture
def threads() -> Iterator[LocalThreads]:
    with LocalThreads(3, lambda: False, lambda: None) as held:
        yield held


def test_each_block_goes_through_all_functions_once(threads: LocalThreads) -> None:
    for count in (0, 1, 50):
        work = threads.begin(blocks(count), [doubled, doubled], lambda: False)
        assert sorted(numbers(work.results())) == [4 * number for number in range(count)]


def test_an_error_of_a_function_reaches_whoever_asks_for_results(threads: LocalThreads) -> None:
    def fails(block: pa.Table) -> pa.Table:
        if block["n"][0].as_py() == 3:
            raise OSError("the disk is full")
        return block

    work = threads.begin(blocks(6), [fails], lambda: False)
    with pytest.raises(OSError, match="the disk is full"):
        list(work.results())
    work.close()
    # The threads go on.
    assert len(list(threads.begin(blocks(5), [doubled], lambda: False).results())) == 5


def test_blocks_are_taken_as_they_are_worked_on_and_none_after_a_stop(threads: LocalThreads) -> None:
    taken: list[int] = []
    stopped = threading.Event()

    def endless() -> Iterator[pa.Table]:
        for number in range(10**9):
            taken.append(number)
            yield pa.table({"n": [number]})

    work = threads.begin(endless(), [doubled], stopped.is_set)
    found = 0
    for _ in work.results():
        found += 1
        if found == 20:
            stopped.set()
    assert 20 <= found == len(taken) < 10**6


def test_what_is_left_for_others_is_not_worked_on_here(threads: LocalThreads) -> None:
    gate = threading.Event()

    def waits(block: pa.Table) -> pa.Table:
        assert gate.wait(60)
        return block

    work = threads.begin(blocks(20), [waits], lambda: False)
    while work._begun < threads.count:
        time.sleep(0.001)
    rest = list(work.leave(keep=2))
    gate.set()
    here = numbers(work.results())
    assert len(here) == threads.count + 2
    assert sorted(here + numbers(iter(rest))) == list(range(20))


def test_each_thread_has_a_page_reader_of_its_own_which_ends_with_it(tmp_path: Path) -> None:
    context = WorkerContext(Store(str(tmp_path)), PROVENANCE, ReadSettings(), 60.0, 2048)
    readers: dict[str, list[object]] = {}
    together = threading.Barrier(2)

    def reads(block: pa.Table) -> pa.Table:
        together.wait(60)
        reader = page_reader(context)
        reader.start()
        readers.setdefault(threading.current_thread().name, []).append(reader)
        return block

    with LocalThreads(2, lambda: False, lambda: None) as threads:
        list(threads.begin(blocks(4), [reads], lambda: False).results())
        parsers = [one[0]._parser for one in readers.values()]  # type: ignore[attr-defined]
        assert all(parser.pid for parser in parsers)
    assert [len(set(map(id, one))) for one in readers.values()] == [1, 1]
    assert len({id(one[0]) for one in readers.values()}) == 2
    assert [parser.pid for parser in parsers] == [None, None]
    try:
        assert page_reader(context) not in [one[0] for one in readers.values()]
    finally:
        close_reader()


def test_failures_are_in_the_log_of_threads_only_as_json(
    threads: LocalThreads, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = rows(("d", 1), failed=frozenset({("d", 1)}))["errors"]
    assert errors.schema.equals(TABLES["errors"])

    def logged() -> str:
        def logs(block: pa.Table) -> pa.Table:
            log_failures(errors)
            return block

        list(threads.begin(blocks(1), [logs], lambda: False).results())
        return capsys.readouterr().err

    assert logged() == ""
    monkeypatch.setenv("DOCPIPE_LOG_FORMAT", "json")
    assert '"level": "warning"' in logged()


def test_the_environment_says_how_many_threads_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LOCAL_THREADS_VARIABLE, raising=False)
    assert [thread_count(cpus) for cpus in (1, 2, 64)] == [1, 2, 4]
    for text, count in (("0", 0), ("1", 1), ("16", 16)):
        monkeypatch.setenv(LOCAL_THREADS_VARIABLE, text)
        assert thread_count(2) == count
    for text in ("-1", "two", "1.5"):
        monkeypatch.setenv(LOCAL_THREADS_VARIABLE, text)
        with pytest.raises(InvalidJobError, match=r"DOCPIPE_LOCAL_THREADS: .* is no number of threads"):
            thread_count(2)


class RayAfter:
    """Says that Ray is there once some blocks are done, and notes when it is joined."""

    def __init__(self, blocks_done: int) -> None:
        self._left = blocks_done
        self.joined = 0

    def count(self, block: pa.Table) -> pa.Table:
        self._left -= 1
        return pa.table({"n": block["n"], "here": [True]})

    def is_ready(self) -> bool:
        return self._left <= 0

    def join(self) -> None:
        self.joined += 1


def elsewhere(block: pa.Table) -> pa.Table:
    return pa.table({"n": block["n"], "here": [False]})


def stream(monkeypatch: pytest.MonkeyPatch, after: RayAfter, count: int, stop: Callable[[], bool]) -> list[bool]:
    task = datasets._Task(elsewhere, {})
    monkeypatch.setattr(task, "call", after.count)
    with LocalThreads(2, after.is_ready, after.join) as threads:
        found = list(datasets._stream(blocks(count), (task, []), stop, threads))
    assert sorted(row["n"] for row in found) == list(range(count))
    return [row["here"] for row in found]


def test_ray_gets_what_is_left_once_it_is_there(ray: str, monkeypatch: pytest.MonkeyPatch) -> None:
    after = RayAfter(5)
    places = Counter(stream(monkeypatch, after, 40, lambda: False))
    # Between the fifth block and the look at it, the threads may have begun some more.
    assert places[True] >= 5
    assert (places[False] > 0) == (after.joined == 1)


def test_ray_is_not_joined_for_work_that_is_done_before_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    after = RayAfter(1000)
    assert stream(monkeypatch, after, 40, lambda: False) == [True] * 40
    assert after.joined == 0


def test_ray_is_not_joined_for_a_run_that_stops() -> None:
    after = RayAfter(1000)
    stopped = threading.Event()

    def stops(block: pa.Table) -> pa.Table:
        stopped.set()
        return after.count(block)

    task = datasets._Task(stops, {})
    with LocalThreads(2, after.is_ready, after.join) as threads:
        found = list(datasets._stream(blocks(40), (task, []), stopped.is_set, threads))
    assert 1 <= len(found) <= 3
    assert after.joined == 0


def test_closed_work_begins_no_further_block(threads: LocalThreads) -> None:
    work: LocalWork = threads.begin(blocks(10**6), [doubled], lambda: False)
    next(work.results())
    work.close()
    begun = work._begun
    assert len(list(work.results())) == begun - 1 < 10**6
