"""SIGTERM: outside of units it ends a run at once, within it lets them end, for a while."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.pipeline.output.recovery import clear_leftovers
from docpipe.pipeline.output.stop_request import StopRequest
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.run.stopping import STOP_SECONDS_VARIABLE, Stopping, stop_seconds
from docpipe.pipeline.stages.extract import ModelContext, commit_models, read_for_models
from docpipe.pipeline.stages.read import COMMITTED, UNIT, PageTasks, WorkerContext, read_and_commit_unit

from ..conftest import PROVENANCE

RUN = PROVENANCE.run_id


def terminate() -> None:
    # To this thread: another one might take a signal to the process, and the handler would run after the test.
    signal.raise_signal(signal.SIGTERM)


@pytest.fixture
def stopping(store: Store) -> Stopping:
    return Stopping(store, RUN)


@pytest.fixture
def announced(stopping: Stopping) -> Iterator[list[float]]:
    """Seconds that were announced while the run listens."""
    seconds: list[float] = []
    before = signal.getsignal(signal.SIGTERM)
    with stopping.listening(seconds.append):
        yield seconds
    assert signal.getsignal(signal.SIGTERM) == before


def wait_for_marker(store: Store) -> None:
    deadline = time.monotonic() + 30
    while not StopRequest(store, RUN).is_made():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_outside_of_units_it_ends_the_run_at_once(stopping: Stopping, store: Store, announced: list[float]) -> None:
    with pytest.raises(KeyboardInterrupt):
        terminate()
    assert not stopping.asked
    assert not StopRequest(store, RUN).is_made()


def test_units_in_hand_end_and_workers_are_told(stopping: Stopping, store: Store, announced: list[float]) -> None:
    ended = []

    def two_units() -> None:
        with stopping.units_may_end():
            terminate()
            assert stopping.asked
            wait_for_marker(store)
            ended.append("in hand")
        ended.append("another")

    with pytest.raises(KeyboardInterrupt):
        two_units()
    assert ended == ["in hand"]
    assert announced == [stop_seconds()]


def test_a_second_signal_ends_at_once(stopping: Stopping, announced: list[float]) -> None:
    with stopping.units_may_end():
        terminate()
        with pytest.raises(KeyboardInterrupt):
            terminate()
        stopping.asked = False


@pytest.mark.parametrize("ignored", [False, True])
def test_units_that_take_too_long_are_dropped(
    ignored: bool, stopping: Stopping, announced: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STOP_SECONDS_VARIABLE, "0.05")
    before = signal.getsignal(signal.SIGINT)
    if ignored:
        # As shells have it for what runs in the background.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stopping.units_may_end():
            terminate()
            with pytest.raises(KeyboardInterrupt):
                time.sleep(60)
            stopping.asked = False
    finally:
        signal.signal(signal.SIGINT, before)


def test_nothing_is_left_of_a_stop(store: Store) -> None:
    stopping = Stopping(store, RUN)
    with stopping.listening(lambda _: None), stopping.units_may_end():
        terminate()
        wait_for_marker(store)
        stopping.asked = False
    assert not StopRequest(store, RUN).is_made()
    store.write_bytes(f"_docpipe/stop-{RUN}", b"")
    clear_leftovers(store)
    assert not StopRequest(store, RUN).is_made()


def test_the_grace_is_a_number_of_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = stop_seconds()
    for text, seconds in (("3.5", 3.5), ("0", 0.0), ("soon", usual), ("-1", usual), ("inf", usual), ("nan", usual)):
        monkeypatch.setenv(STOP_SECONDS_VARIABLE, text)
        assert stop_seconds() == seconds


def test_workers_of_a_stopping_run_begin_and_commit_nothing(store: Store, tmp_path: Path) -> None:
    context = WorkerContext(store, PROVENANCE, ReadSettings(), 60.0, 2048)
    unit = {"document_id": "d", "uri": str(tmp_path / "gone.pdf"), "version": "", "pages": [1, 2], "questions": None}
    block = pa.Table.from_pylist([unit], schema=UNIT)
    store.write_bytes(f"_docpipe/stop-{RUN}", b"")
    assert read_and_commit_unit(block, context).equals(COMMITTED.empty_table())
    models = ModelContext(PageTasks(), {})
    work = read_for_models(block, context, models)
    assert work.num_rows == 0
    assert commit_models(work, context, models).equals(COMMITTED.empty_table())
    assert store.list_files("pages") == []


def test_a_handler_that_ray_puts_in_place_is_replaced(tmp_path: Path) -> None:
    stopping = Stopping(Store(str(tmp_path)), "run")
    with stopping.listening(lambda seconds: None):
        mine = signal.getsignal(signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stopping.listen_again()
        assert signal.getsignal(signal.SIGTERM) == mine
    before = signal.getsignal(signal.SIGTERM)
    stopping.listen_again()
    assert signal.getsignal(signal.SIGTERM) == before
