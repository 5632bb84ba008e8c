from pathlib import Path

import pytest
from docpipe.schemas.job.load import load_job
from docpipe.schemas.locations import is_url

from .job_texts import MINIMAL, write


def test_paths_start_from_the_folder_of_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/reader")
    text = MINIMAL.replace(
        "[a.pdf]", "[../a/*.pdf, /b, '~/c', 's3://bucket/d/', 'file:///e'], manifest: m.csv, reuse: r"
    )
    folder = tmp_path / "jobs"
    folder.mkdir()
    engine = "engines: {x: {kind: internvl2, model: models/m}}"
    job = load_job(write(folder, text + engine), ["output.path=out/x"])
    assert job.inputs.paths == (f"{tmp_path}/a/*.pdf", "/b", "/home/reader/c", "s3://bucket/d/", "file:///e")
    assert (job.inputs.manifest, job.inputs.reuse) == (f"{folder}/m.csv", f"{folder}/r")
    assert job.output.path == f"{folder}/out/x"
    assert job.engines["x"].model == f"{folder}/models/m"
    monkeypatch.chdir(folder)
    assert load_job("job.yaml", ["output.path=out/x"]) == job


def test_signs_of_a_glob_in_the_folder_of_the_job_mean_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "[2024]"
    folder.mkdir()
    (folder / "a.pdf").touch()
    [pattern] = load_job(write(folder, MINIMAL.replace("a.pdf", "'*.pdf'"))).inputs.paths
    assert list(Path("/").glob(pattern.lstrip("/"))) == [folder / "a.pdf"]


@pytest.mark.parametrize("location", ["s3://b/k", "file:///a", "zip://a.pdf::s3://b/k.zip", "filecache::s3://b/k"])
def test_urls(location: str) -> None:
    assert is_url(location)


@pytest.mark.parametrize("location", ["a/b.pdf", "/a://b", "a:b", "C:/x", "", "**/*.pdf"])
def test_local_paths(location: str) -> None:
    assert not is_url(location)
