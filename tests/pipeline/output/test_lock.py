"""Two runs never write to one output; a dead run's lock is not in the way."""

import os
import signal
import subprocess
import sys

import pytest
from docpipe.pipeline.output.lock import holds, output_lock, running_holder
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import InvalidJobError

HOLD = """
import sys, time
from docpipe.pipeline.output.lock import output_lock
from docpipe.pipeline.output.store import Store
with output_lock(Store(sys.argv[1]), "other-run"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(store: Store):  # type: ignore[no-untyped-def]
    process = subprocess.Popen([sys.executable, "-c", HOLD, store.url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_second_run_is_refused_with_the_name_of_the_first(store: Store, holder) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidJobError, match=f"other-run, process {holder.pid}"), output_lock(store, "mine"):
        pass
    assert "other-run" in str(running_holder(store))


def test_lock_of_a_killed_run_is_not_in_the_way(store: Store, holder) -> None:  # type: ignore[no-untyped-def]
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with output_lock(store, "mine"):
        assert holds(store, "mine")
        assert not holds(store, "other-run")
    assert not holds(store, "mine")
    assert running_holder(store) is None
