"""A whole job from S3 to S3 on a cluster of two nodes, with the store failing in the middle of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from docpipe.operators.files.remote import STORE_SECONDS_VARIABLE
from docpipe.pipeline.commands.inspect import inspect_output
from docpipe.pipeline.output import lease
from docpipe.pipeline.output.lease import LOCK_PATH
from docpipe.pipeline.output.lock import output_lock
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import CommandError, InvalidJobError, JobBrokenError

from ..outputs import Heard, assert_sound, joined, leave_ray, page_rows, pdf, run, texts, write_job
from ..s3_server import ACCESS_KEY, SECRET_KEY, S3Server

pytestmark = pytest.mark.integration
DOCUMENTS, PAGES = 6, 40


@pytest.fixture(scope="module")
def ray(s3_module: S3Server) -> Iterator[str]:
    """Two nodes whose workers find the S3 server, and give up on it soon."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STORE_SECONDS_VARIABLE, "6")
        leave_ray()
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        cluster.add_node(num_cpus=1)
        with joined(cluster.address) as address:
            yield address
        leave_ray()
        cluster.shutdown()


@pytest.fixture(autouse=True)
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 3.0)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.3)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for number in range(DOCUMENTS):
        pdf(folder / f"{number}.pdf", *(f"document {number} page {page}" for page in range(PAGES)))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nno page anywhere")
    return folder


@pytest.fixture
def bucket(s3: S3Server, documents: Path) -> str:
    url = s3.bucket()
    fsspec.filesystem("s3").put(str(documents) + "/", f"{url}/in/", recursive=True)
    return url


@pytest.fixture
def job(tmp_path: Path, bucket: str) -> Path:
    return write_job(
        tmp_path,
        inputs={"paths": [f"{bucket}/in/"]},
        output={"path": f"{bucket}/out"},
        on_error={"max_failed_documents": 1},
    )


def downloaded(bucket: str, tmp_path: Path) -> Path:
    """A copy of the output on this disk, as readers of the tables would see it."""
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    fsspec.filesystem("s3").get(f"{bucket}/out", str(copy), recursive=True)
    return copy


WANTED = sorted(f"document {number} page {page}" for number in range(DOCUMENTS) for page in range(PAGES))


def test_a_job_from_store_to_store_and_again_leaves_no_credentials(
    job: Path, bucket: str, tmp_path: Path, ray: str
) -> None:
    heard = Heard()
    summary = run(job, ray, heard=heard)
    assert (summary.documents, summary.pages_ok, summary.document_counts.failed) == (7, 240, 1)
    out = downloaded(bucket, tmp_path)
    assert_sound(out)
    assert texts(out) == WANTED
    files = [path for path in out.rglob("*") if path.is_file()]
    content = [path.read_bytes() for path in files] + ["\n".join(heard.messages).encode()]
    assert len(files) > 10
    for secret in (ACCESS_KEY, SECRET_KEY):
        assert not any(secret.encode() in data for data in content)
    before = page_rows(out)
    again = run(job, ray)
    assert (again.pages_ok, again.pages_skipped, again.changes.same) == (0, 240, 7)
    assert page_rows(downloaded(bucket, tmp_path)) == before
    assert inspect_output(f"{bucket}/out")["pages_by_status"] == {"ok": 240}


def test_a_store_that_falters_in_the_middle_of_writing_loses_nothing(
    job: Path, bucket: str, tmp_path: Path, ray: str, s3: S3Server
) -> None:
    written, read = [f"/out/{table}/" for table in ("lines", "pages", "_docpipe")], "/in/"
    faults = [
        s3.fail(kind, "GET HEAD" if place == read else "PUT", place, times=1)
        for kind in ("SlowDown", "reset", "lost")
        for place in (*written, read)
    ]
    summary = run(job, ray)
    assert [fault.met for fault in faults] == [1] * 12
    assert summary.pages_ok == 240
    s3.reset()
    out = downloaded(bucket, tmp_path)
    assert_sound(out)
    assert texts(out) == WANTED


def test_a_store_that_refuses_too_long_ends_the_job_and_the_next_run_goes_on(
    job: Path, bucket: str, tmp_path: Path, ray: str, s3: S3Server
) -> None:
    class Outage(Heard):
        def start(self, documents: int, pages: int) -> None:
            # From now on workers write, not the driver.
            s3.fail("ServiceUnavailable", "PUT", "/out/pages/part-")

    with pytest.raises(JobBrokenError) as caught:
        run(job, ray, heard=Outage())
    assert "has not responded" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert s3.faults[0].met > 2
    s3.reset()
    summary = run(job, ray)
    assert summary.pages_ok + summary.pages_skipped == 240
    out = downloaded(bucket, tmp_path)
    assert_sound(out)
    assert texts(out) == WANTED


def test_a_second_run_is_refused_while_the_first_lives(job: Path, bucket: str, ray: str) -> None:
    output = Store(f"{bucket}/out")
    with output_lock(output, "run-x"), pytest.raises(InvalidJobError, match="run-x"):
        run(job, ray)


def test_a_run_that_was_taken_over_stops_and_leaves_the_output_alone(
    job: Path, bucket: str, ray: str, s3: S3Server
) -> None:
    class Thief(Heard):
        def start(self, documents: int, pages: int) -> None:
            output.write_bytes(LOCK_PATH, b'{"run_id": "thief", "host": "h", "pid": 1, "beat": 1}')
            # Time for the renewal that fails; by then no batch may be committed any more.
            s3.fail("slow", "PUT", "/out/lines/", seconds=1.0)

    output = Store(f"{bucket}/out")
    with pytest.raises(CommandError, match="taken over"):
        run(job, ray, heard=Thief())
    assert [file.name for file in output.list_files("pages") if "0" * 32 not in file.name] == []
    assert b"thief" in output.read_bytes(LOCK_PATH)
