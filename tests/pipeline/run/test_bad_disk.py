"""Files and disks that change, refuse or fill up under a job."""

import ctypes
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from docpipe.schemas.errors import JobBrokenError

from ..outputs import assert_sound, cli, pdf, results, run, texts, without_traceback, write_job

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


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


def obey_permissions() -> None:
    """Takes from a child process what lets root read and write everything."""
    libc = ctypes.CDLL(None)
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def test_what_may_not_be_read_or_written_is_told(tmp_path: Path) -> None:
    user = {"preexec_fn": obey_permissions}
    pdf(tmp_path / "in" / "good.pdf", "all is well")
    pdf(tmp_path / "in" / "secret.pdf", "secret").chmod(0)
    pdf(tmp_path / "in" / "closed" / "x.pdf", "secret").parent.chmod(0)
    (tmp_path / "in").chmod(0o755)
    job = write_job(tmp_path)
    planned = cli("plan", job, "--json", cwd=tmp_path, **user)
    assert planned.returncode == 0, planned.stderr
    report = json.loads(planned.stdout)
    assert (report["documents"], report["documents_failed"]) == (3, 2)
    (tmp_path / "out").mkdir(mode=0o555)
    refused = cli("run", job, cwd=tmp_path, **user)
    assert refused.returncode == 1, refused.stderr
    assert "writable" in refused.stderr
    without_traceback(refused.stderr)
    (tmp_path / "out").chmod(0o777)
    ran = cli("run", job, "--json", cwd=tmp_path, **user)
    (tmp_path / "in" / "closed").chmod(0o700)
    assert ran.returncode == 3, ran.stderr
    without_traceback(ran.stderr)
    found = results(tmp_path / "out")
    assert found == {"good.pdf": "text_layer", "secret.pdf": "permission_denied", "closed": "permission_denied"}
    assert_sound(tmp_path / "out")


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
