"""Every file that was asked for is listed once, and what can't be listed is kept with its reason."""

import os
from pathlib import Path

import fsspec
import pytest
from docpipe.pipeline.inputs.listing import InputFile, list_inputs
from docpipe.schemas.errors import ErrorCode, MissingResourceError
from docpipe.schemas.job.model import Inputs
from docpipe.schemas.uri import local_path

ODD_NAMES = [
    "with space.pdf",
    "quo'te\".pdf",
    "new\nline.pdf",
    "ümläut-日本.pdf",
    "100%25.pdf",
    "[bracket].pdf",
    "a#b?.pdf",
]


def listed(base: Path, *paths: str, **options: object) -> list[InputFile]:
    inputs = Inputs(paths=tuple(p if "://" in p else str(base / p) for p in paths), **options)  # type: ignore[arg-type]
    return list_inputs(inputs, base, str(base / "out"))


def names(files: list[InputFile]) -> list[str]:
    return [Path(local_path(file.uri) or file.uri).name for file in files]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_found_in_a_folder_and_by_their_own_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(b"x")
    for path in ("in", f"in/{name}"):
        (file,) = listed(tmp_path, path)
        assert file.error is None
        assert Path(str(local_path(file.uri))).read_bytes() == b"x"


def test_name_that_is_not_utf8_gets_a_url_that_leads_back(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/bad-\xff.pdf"
    Path(os.fsdecode(raw)).write_bytes(b"x")
    (file,) = listed(tmp_path, ".")
    assert file.uri.startswith("file://")
    assert file.uri.isascii()
    assert os.fsencode(str(local_path(file.uri))) == raw


def test_folder_is_read_to_its_depths_without_hidden_files_and_the_output(tmp_path: Path) -> None:
    for name in ("a.pdf", "sub/b.png", "sub/.hidden.pdf", ".git/c.pdf", "out/pages/part-1.parquet"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert names(listed(tmp_path, ".")) == ["a.pdf", "b.png"]


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(b"x")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    assert names(listed(tmp_path, "in")) == ["a.pdf"]


def test_a_file_named_twice_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    assert names(listed(tmp_path, "a.pdf", "*.pdf", ".")) == ["a.pdf"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("**/draft-*", ["a.pdf", "b.pdf"]),
        ("sub", ["a.pdf"]),
        ("sub/*.pdf", ["a.pdf"]),
        ("*.pdf", ["b.pdf", "draft-c.pdf"]),
        ("**/*.png", ["a.pdf", "b.pdf", "draft-c.pdf"]),
    ],
)
def test_exclude(tmp_path: Path, pattern: str, left: list[str]) -> None:
    for name in ("a.pdf", "sub/b.pdf", "sub/draft-c.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(listed(tmp_path, ".", exclude=(pattern,))) == left


def test_glob_takes_files_of_any_depth(tmp_path: Path) -> None:
    for name in ("a.pdf", "x/b.pdf", "x/y/c.pdf", "x/y/d.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(listed(tmp_path, "**/*.pdf")) == ["a.pdf", "b.pdf", "c.pdf"]


def test_a_missing_file_is_kept_with_its_reason_beside_others(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    missing, there = sorted(listed(tmp_path, "gone.pdf", "a.pdf"), key=lambda f: f.error is None)
    assert missing.error is not None
    assert missing.error[0] is ErrorCode.NOT_FOUND
    assert there.error is None


@pytest.mark.parametrize("path", ["empty", "nothing.pdf", "none/*.pdf"])
def test_nothing_at_all_ends_the_job_with_the_path(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingResourceError, match=path.split("/")[0]):
        listed(tmp_path, path)


def test_unknown_url_scheme_names_it(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="nosuch"):
        listed(tmp_path, "nosuch://bucket/a.pdf")


def test_remote_folders_globs_and_files(tmp_path: Path) -> None:
    fs = fsspec.filesystem("memory")
    for name in ("/scans/a.pdf", "/scans/deep/b.png", "/scans/.hidden"):
        fs.pipe_file(name, b"x")
    folder = listed(tmp_path, "memory://scans/")
    assert [file.uri for file in folder] == ["memory:///scans/a.pdf", "memory:///scans/deep/b.png"]
    assert [file.size for file in folder] == [1, 1]
    assert len(listed(tmp_path, "memory://scans/*.pdf")) == 1
    assert len(listed(tmp_path, "memory://scans/a.pdf")) == 1


def test_version_changes_when_the_file_does(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"x")
    (before,) = listed(tmp_path, "a.pdf")
    path.write_bytes(b"y")
    os.utime(path, ns=(1, 2))
    (after,) = listed(tmp_path, "a.pdf")
    assert before.version != after.version
