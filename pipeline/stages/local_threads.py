"""Runs stages in threads of this process, for as long as there is no Ray.

Ray takes seconds to start, and its workers take as long again until their parsers run. Threads that drive parsers of
their own have read hundreds of pages by then, and a small job needs no Ray at all. What takes time happens in the
parsers and in code that releases the interpreter's lock, so that a few threads keep as many processors busy.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from types import TracebackType

import pyarrow as pa

from ...schemas.errors import InvalidJobError
from ..telemetry.log import failures_only_as_json
from .read import own_page_reader

LOCAL_THREADS_VARIABLE = "DOCPIPE_LOCAL_THREADS"

_MOST_THREADS = 4
"""More of them would wait for the interpreter's lock."""

_POLL_SECONDS = 0.05
_END_SECONDS = 10.0

BlockFunction = Callable[[pa.Table], pa.Table]


def thread_count(cpus: int) -> int:
    """How many threads to start on a machine of so many processors; the environment may say so, and 0 is none.

    Raises InvalidJobError.
    """
    wanted = os.environ.get(LOCAL_THREADS_VARIABLE)
    if not wanted:
        return min(cpus, _MOST_THREADS)
    if not wanted.isdecimal():
        raise InvalidJobError(f"{LOCAL_THREADS_VARIABLE}: {wanted!r} is no number of threads; 0 leaves all work to Ray")
    return int(wanted)


class LocalThreads:
    """Threads, each with its own page reader from its first block to the end; a context manager that ends them.

    Args:
        count: number of threads.
        ray_is_ready: whether Ray is there to take what is left.
        join_ray: called in the thread of the caller before blocks are left to Ray.
    """

    def __init__(self, count: int, ray_is_ready: Callable[[], bool], join_ray: Callable[[], object]) -> None:
        self.count, self.ray_is_ready, self.join_ray = count, ray_is_ready, join_ray
        self._work: SimpleQueue[LocalWork | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "LocalThreads":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in self._threads:
            self._work.put(None)
        if error is None:
            for thread in self._threads:
                thread.join(_END_SECONDS)

    def begin(
        self, blocks: Iterable[pa.Table], functions: Sequence[BlockFunction], stop: Callable[[], bool]
    ) -> "LocalWork":
        """Have all threads apply the functions to blocks, one after another, until `stop`, or until it is closed."""
        work = LocalWork(blocks, functions, stop)
        for _ in range(self.count):
            self._work.put(work)
        while len(self._threads) < self.count:
            # Daemons: whoever interrupts the run does not wait for them, and a commit of theirs fails for its lock.
            thread = threading.Thread(target=self._serve, name=f"local-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        return work

    def _serve(self) -> None:
        with ExitStack() as held:
            held.enter_context(own_page_reader())
            held.enter_context(failures_only_as_json())
            while (work := self._work.get()) is not None:
                work.do()


class LocalWork:
    """Blocks that threads work on, and the results of those that are done."""

    def __init__(
        self, blocks: Iterable[pa.Table], functions: Sequence[BlockFunction], stop: Callable[[], bool]
    ) -> None:
        self._left, self._functions, self._stop = iter(blocks), functions, stop
        self._lock = threading.Lock()
        self._begun = self._received = 0
        self._exhausted = False
        self._results: SimpleQueue[pa.Table | BaseException] = SimpleQueue()

    def do(self) -> None:
        """Work until no block is left."""
        while (block := self._take()) is not None:
            try:
                for function in self._functions:
                    block = function(block)
                self._results.put(block)
            except BaseException as error:
                self._results.put(error)

    def _take(self) -> pa.Table | None:
        with self._lock:
            block = None if self._stop() else next(self._left, None)
            self._begun += block is not None
            self._exhausted = block is None
            return block

    def results(self, until: Callable[[], bool] = lambda: False) -> Iterator[pa.Table]:
        """Results in the order of their completion, until no block is left or in work, or until `until` says so.

        Raises what a function raised.
        """
        while not self._all_received():
            if until():
                return
            try:
                yield self._received_one(self._results.get(timeout=_POLL_SECONDS))
            except Empty:
                continue

    def results_so_far(self) -> Iterator[pa.Table]:
        """Results that are there already; raises what a function raised."""
        while True:
            try:
                yield self._received_one(self._results.get_nowait())
            except Empty:
                return

    def leave(self, keep: int) -> Iterator[pa.Table]:
        """The blocks that are left for others; the threads go on with at most `keep` of those not yet begun."""
        with self._lock:
            rest = self._left
            self._left = iter([block for _, block in zip(range(keep), rest, strict=False)])
        return rest

    def close(self) -> None:
        """Begin no further block."""
        self.leave(0)

    def _all_received(self) -> bool:
        with self._lock:
            return self._exhausted and self._received == self._begun

    def _received_one(self, result: pa.Table | BaseException) -> pa.Table:
        self._received += 1
        if isinstance(result, BaseException):
            raise result
        return result
