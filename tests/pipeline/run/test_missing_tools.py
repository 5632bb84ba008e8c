"""A tool that an engine needs and that is missing ends the job with exit code 4 before anything starts."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docpipe.cli.entry import main
from docpipe.models import text_readers
from docpipe.schemas.errors import MissingResourceError

from ...shared import installed_package
from ..outputs import write_job

ENGINE = """
from docpipe.models.extension import LocalEngine, TextReaderSettings

class Engine:
    Settings = {settings}
    batch_size = 1

    @classmethod
    def identity(cls, settings):
        raise FileNotFoundError("the program othersd is not on the path; install it with your system's packages")

    def __init__(self, *arguments):
        raise AssertionError("not before it is known that nothing is missing")

    warm_up = read = answer = close = __init__
"""


def ray_runs() -> bool:
    ray = sys.modules.get("ray")
    return ray is not None and bool(ray.is_initialized())


def refused(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **sections: Any) -> str:
    """What a run says that ends with exit code 4, and has neither started Ray nor made an output."""
    (folder / "in").mkdir()
    (folder / "in" / "a.png").write_bytes(b"")
    job = write_job(folder, **sections)
    begun = ray_runs()
    monkeypatch.setattr(sys, "argv", ["docpipe", "run", str(job)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 4
    assert ray_runs() == begun
    assert not (folder / "out").exists()
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "tasks", "keys"),
    [
        ("TextReaderSettings", {"ocr": {"engine": "x"}}, {}),
        ("LocalEngine", {"chart": {"engine": "x"}}, {"model": "m", "device": "cpu"}),
    ],
)
def test_of_an_engine_from_another_package(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    tasks: Mapping[str, Any],
    keys: Mapping[str, Any],
) -> None:
    (tmp_path / "site").mkdir()
    with installed_package(tmp_path / "site", "others", ENGINE.format(settings=settings)):
        said = refused(tmp_path, capsys, monkeypatch, tasks=tasks, engines={"x": {"kind": "others", **keys}})
    assert "others-engine 2.5, others_engine:Engine: FileNotFoundError: the program othersd is not on the path" in said


def test_of_the_text_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Mapping[str, str]:
        raise MissingResourceError("tasks.ocr: the models of rapidocr are not there")

    readers = text_readers.LOADABLE_READERS
    monkeypatch.setitem(readers, "rapidocr", replace(readers["rapidocr"], identity=missing))  # type: ignore[arg-type]
    said = refused(tmp_path, capsys, monkeypatch, tasks={"ocr": {"engine": "rapidocr"}})
    assert "the models of rapidocr are not there" in said
