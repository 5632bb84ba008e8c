"""Settings for all tests, and the Ray that they share."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from .shared import ROOT, SHARED

if "PYTEST_XDIST_WORKER" in os.environ:
    # Several processes with as many threads as processors each would spend their time waiting for one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Speed is measured in benchmarks/; a busy machine must not fail a law.
settings.register_profile("docpipe", deadline=None)
settings.load_profile("docpipe")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that end what their file shares come last in it, and slow files first where processes share the files.

    The processes then end together. Both sorts keep the random order otherwise.
    """
    files = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (files[item.path], item.get_closest_marker("last") is not None))
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """How to run the tests in the same order again, which only the header says that `-q` leaves out."""
    seed = getattr(terminalreporter.config.option, "randomly_seed", None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"The order of the tests: -p randomly --randomly-seed={seed}")


@pytest.fixture(scope="session")
def documents_of_the_repository() -> None:
    for folder in (ROOT / "tests" / "data", ROOT / "jobs" / "quickstart"):
        SHARED.add(folder, read_only=False)


@pytest.fixture(scope="module", autouse=True)
def shared_folders_are_left_alone(documents_of_the_repository: None) -> Iterator[None]:
    """No file of tests changes what others share with it, be it only for a moment."""
    yield
    assert SHARED.changes() == [], "this file of tests, or one beside it in another process, touched what others share"


@pytest.fixture
def docpipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command line in this process, where runs find a Ray that was joined."""
    from docpipe.cli import main

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["docpipe", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return subprocess.CompletedProcess(list(arguments), ended.value.code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def ray_address() -> Iterator[str]:
    """A Ray that the runs of a test session join instead of starting one each."""
    from docpipe.pipeline.cluster.session import SPARE_WORKERS, available_cpus
    from docpipe.pipeline.output.arrow_threads import keep_arrow_threads

    keep_arrow_threads()
    from ray.cluster_utils import Cluster

    from .pipeline.outputs import leave_ray

    settings = {"num_workers_soft_limit": available_cpus() + SPARE_WORKERS}
    head = {"num_cpus": available_cpus(), "include_dashboard": False, "_system_config": settings}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    yield cluster.address
    leave_ray()
    cluster.shutdown()


@pytest.fixture(scope="module")
def ray(ray_address: str) -> Iterator[str]:
    """The Ray of the test session, joined for the runs of a file."""
    from .pipeline.outputs import joined

    # What a file before left in cycles of references may hold actors with their processors.
    gc.collect()
    with joined(ray_address) as address:
        yield address
