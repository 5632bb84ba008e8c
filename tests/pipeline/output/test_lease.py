"""The lease on an output in an object store: one holder, whatever the clocks say and however the store answers."""

import json
import threading
import time
from collections.abc import Callable

import pytest
from docpipe.operators.files.remote import STORE_SECONDS_VARIABLE
from docpipe.pipeline.output import lease
from docpipe.pipeline.output.lease import LOCK_PATH
from docpipe.pipeline.output.lock import LockLostError, check_holds, holds, output_lock, running_holder
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import InvalidJobError

from ..s3_server import S3Server


@pytest.fixture(autouse=True)
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 4.0)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.2)


@pytest.fixture
def output(s3: S3Server) -> Store:
    return Store(f"{s3.bucket()}/out")


def abandoned(output: Store, **more: object) -> None:
    """The lock of a run that was killed."""
    content = {"run_id": "dead", "host": "elsewhere", "pid": 7, "beat": 3, **more}
    output.write_bytes(LOCK_PATH, json.dumps(content).encode())


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_second_run_is_refused_with_the_name_of_the_first(output: Store) -> None:
    with output_lock(output, "one"):
        assert "run one" in str(running_holder(output))
        with pytest.raises(InvalidJobError, match="run one"), output_lock(output, "two"):
            pass
        assert holds(output, "one")
    assert running_holder(output) is None
    with output_lock(output, "two"):
        assert holds(output, "two")
        assert not holds(output, "one")


def test_a_dead_run_is_not_shown_as_running(output: Store) -> None:
    abandoned(output)
    assert running_holder(output) is None


@pytest.mark.parametrize("skew", [-1e6, 0.0, 1e6])
def test_clocks_do_not_matter(output: Store, monkeypatch: pytest.MonkeyPatch, skew: float) -> None:
    real = time.time
    with output_lock(output, "one"):
        monkeypatch.setattr(time, "time", lambda: real() + skew)
        with pytest.raises(InvalidJobError, match="run one"), output_lock(output, "two"):
            pass
        monkeypatch.undo()


def test_a_lease_is_taken_over_only_after_it_was_watched_for_a_whole_lease(output: Store) -> None:
    abandoned(output)
    told: list[str] = []
    began = time.monotonic()
    with output_lock(output, "new", told.append):
        assert time.monotonic() - began >= lease.LEASE_SECONDS
        assert holds(output, "new")
    assert "run dead" in told[0]


def test_of_many_that_find_a_dead_lease_one_takes_it_over(output: Store) -> None:
    abandoned(output)
    winners: list[str] = []
    refused: list[str] = []
    done = threading.Event()

    def compete(name: str) -> None:
        try:
            with output_lock(output, name):
                winners.append(name)
                done.wait(20)
        except InvalidJobError as error:
            refused.append(str(error))

    runs = [threading.Thread(target=compete, args=(f"run-{n}",)) for n in range(5)]
    for run in runs:
        run.start()
    assert until(lambda: len(refused) == 4)
    done.set()
    for run in runs:
        run.join()
    assert len(winners) == 1
    assert all(winners[0] in message for message in refused)


def test_a_holder_learns_that_it_was_taken_over(output: Store) -> None:
    lost = threading.Event()
    with output_lock(output, "one", on_lost=lost.set):
        abandoned(output, run_id="thief")
        assert lost.wait(20)
        assert not holds(output, "one")
        with pytest.raises(LockLostError, match="taken over"):
            check_holds(output, "one")
    assert b"thief" in output.read_bytes(LOCK_PATH)


@pytest.mark.parametrize("kind", ["SlowDown", "InternalError", "reset", "lost"])
def test_renewals_that_fail_or_whose_answers_get_lost_do_not_lose_the_lease(
    output: Store, s3: S3Server, kind: str
) -> None:
    lost = threading.Event()
    with output_lock(output, "one", on_lost=lost.set):
        fault = s3.fail(kind, "PUT", "lock", times=4)
        assert until(lambda: fault.met == 4)
        renewed = output.read_bytes(LOCK_PATH)
        assert until(lambda: output.read_bytes(LOCK_PATH) != renewed)
        assert not lost.is_set()
        assert holds(output, "one")


def test_a_store_that_was_away_for_longer_than_a_lease_gives_it_back_to_its_holder(
    output: Store, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_SECONDS_VARIABLE, "0.2")
    lost = threading.Event()
    with output_lock(output, "one", on_lost=lost.set):
        assert holds(output, "one")
        s3.fail("ServiceUnavailable", "PUT")
        time.sleep(lease.LEASE_SECONDS * 1.2)
        s3.reset()
        check_holds(output, "one")
        assert not lost.is_set()


def test_a_writer_whose_run_renews_no_more_stops(output: Store) -> None:
    abandoned(output)
    assert holds(output, "dead")
    assert until(lambda: not holds(output, "dead"))
    assert b"dead" in output.read_bytes(LOCK_PATH)


def test_a_store_that_ignores_conditions_is_told_of(output: Store, s3: S3Server) -> None:
    s3.knows_conditions = False
    told: list[str] = []
    with output_lock(output, "one", told.append):
        assert holds(output, "one")
    assert "ignores conditional writes" in told[0]


def test_a_file_system_without_conditions_is_locked_too() -> None:
    memory = Store("memory://lease-of-another-file-system")
    with output_lock(memory, "one"), pytest.raises(InvalidJobError, match="run one"), output_lock(memory, "two"):
        pass
    with output_lock(memory, "two"):
        assert holds(memory, "two")
