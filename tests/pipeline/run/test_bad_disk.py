"""Files and disks that change or fill up under a job."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from docpipe.schemas.errors import JobBrokenError

from ..outputs import assert_sound, pdf, results, run, texts, write_job


def test_a_file_that_changes_or_goes_while_the_job_runs_is_told(tmp_path: Path, out: Path, ray: str) -> None:
    from docpipe.pipeline.run import pages as module

    pdf(tmp_path / "in" / "a.pdf", "a one")
    pdf(tmp_path / "in" / "b.pdf", "b one")
    pdf(tmp_path / "in" / "c.pdf", "c one")
    pack = module.pack_units

    def meddle(*arguments: object, **options: object) -> object:
        (tmp_path / "in" / "a.pdf").unlink()
        pdf(tmp_path / "in" / "b.pdf", "b rewritten")
        return pack(*arguments, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "pack_units", meddle)
        run(write_job(tmp_path), ray)
    assert results(out) == {"a.pdf": "not_found", "b.pdf": "unreadable", "c.pdf": "text_layer"}
    assert_sound(out)
    run(tmp_path / "job.yaml", ray)
    assert "b rewritten" in texts(out)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of 192 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=192k", "docpipe-test", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small disk: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_ends_the_job_and_the_next_run_goes_on(tmp_path: Path, small_disk: Path, ray: str) -> None:
    for number in range(6):
        pages = [f"document {number} page {n} {os.urandom(200).hex()}" for n in range(120)]
        pdf(tmp_path / "in" / f"{number}.pdf", *pages)
    out = small_disk / "out"
    job = write_job(tmp_path, output={"path": str(out)})
    for _ in range(2):
        with pytest.raises(JobBrokenError, match="No space left on device while writing"):
            run(job, ray)
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    summary = run(job, ray)
    assert (summary.pages, summary.pages_failed) == (720, 0)
    assert summary.pages_ok + summary.pages_skipped == 720
    assert_sound(out)
