"""A text reader of another package on GPUs is placed beside the engines, and nothing is placed that does not fit."""

from pathlib import Path
from typing import Any

import pytest
from docpipe.pipeline.cluster.session import RaySession
from docpipe.pipeline.engines.placement import ReaderPlacement, cpu_shares, engine_specs, reader_placement
from docpipe.pipeline.engines.tasks import page_plan
from docpipe.pipeline.run.fingerprint import fingerprint_inputs
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.load import load_job
from docpipe.schemas.job.model import Job
from hypothesis import given
from hypothesis import strategies as st

from ...shared import installed_package
from ..outputs import write_job

READER = """
from docpipe.models.extension import TextReaderSettings

class Engine:
    Settings = TextReaderSettings
    batch_size = 8

    @classmethod
    def identity(cls, settings):
        return {"version": "1"}

    def warm_up(self):
        pass

    def read(self, images):
        raise AssertionError("nothing is read here")
"""


def job(folder: Path, **keys: Any) -> Job:
    (folder / "in").mkdir(exist_ok=True)
    model = {"kind": "openai", "base_url": "http://127.0.0.1:1/v1", "model": "m"}
    engines = {"reader": {"kind": "others", **keys}, "model": model}
    return load_job(
        write_job(folder, tasks={"ocr": {"engine": "reader"}, "chart": {"engine": "model"}}, engines=engines)
    )


def session(gpus: float) -> RaySession:
    return RaySession(8, gpus, 1, None)


def test_a_text_reader_on_gpus_is_placed_in_actors(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with installed_package(tmp_path / "site", "others", READER):
        on_cpus = job(tmp_path)
        assert reader_placement(on_cpus, session(4)) is None
        on_gpus = job(tmp_path, device="cuda", replicas=4, gpus_per_replica=0.5)
        placed = reader_placement(on_gpus, session(2))
        assert placed == ReaderPlacement("reader", 4, 0.5)
        # A server takes no GPU of the cluster.
        assert [spec.gpus for spec in engine_specs(on_gpus, page_plan(on_gpus).engines, session(2), placed)] == [0]
        with pytest.raises(MissingResourceError, match=r"needs 2 GPUs \(reader: 4 × 0\.5\), 1 are available"):
            reader_placement(on_gpus, session(1))
        either = job(tmp_path, device="auto", replicas=2)
        assert reader_placement(either, session(0)) is None
        assert reader_placement(either, session(2)) == ReaderPlacement("reader", 2, 1)
        # Where it runs decides nothing about the text.
        assert fingerprint_inputs(on_gpus) == fingerprint_inputs(on_cpus)


@given(st.integers(1, 64), st.integers(0, 16), st.integers(1, 16))
def test_reading_actors_all_engines_and_a_commit_fit_at_the_same_time(cpus: int, replicas: int, readers: int) -> None:
    shares = cpu_shares(cpus, replicas, readers)
    assert shares.reading * readers + shares.engine * replicas + shares.commit <= cpus
