"""Compiled models are kept on disk, checked before they are used, and made anew where that fails."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docpipe.models.rapidocr.files import DETECTOR_FILE
from docpipe.models.rapidocr.processor import choose_runtime

if choose_runtime().name != "openvino":
    pytest.skip("OpenVINO is not used on this processor", allow_module_level=True)

from docpipe.models.rapidocr import compiled

PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "docpipe" / "ocr"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Loads the detector and says whether it was compiled for that."""
    compilations: list[Any] = []

    def graph(model: Any) -> Any:
        compilations.append(model)
        return model

    def load_once() -> bool:
        before = len(compilations)
        model, _ = compiled.load_compiled(DETECTOR_FILE, graph, PROPERTIES)
        assert len(model.inputs) == 1
        return len(compilations) > before

    return load_once


def test_a_model_is_compiled_once_and_again_where_its_file_is_damaged_or_gone(
    folder: Path, load: Callable[[], bool]
) -> None:
    assert load()
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    good = path.read_bytes()
    assert not load()
    for bad in (good[: len(good) // 2], good[:-1] + bytes([good[-1] ^ 1])):
        path.write_bytes(bad)
        assert load()
        assert compiled._unpacked(path.read_bytes())
    path.unlink()
    assert load()
    assert [found.name for found in folder.iterdir()] == [path.name]


def test_what_openvino_does_not_take_is_compiled_anew(folder: Path, load: Callable[[], bool]) -> None:
    assert load()
    (path,) = folder.iterdir()
    path.write_bytes(compiled._packed({}, b"exported by something else"))
    assert load()


def test_a_folder_that_others_can_write_is_not_used(folder: Path, load: Callable[[], bool]) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert compiled.cache_folder() is None
    assert load()
    assert not list(folder.iterdir())


def test_a_home_that_cannot_be_written_costs_the_cache_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: Callable[[], bool]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert compiled.cache_folder() is None
    assert load()


def test_another_precision_or_processor_is_another_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = compiled.model_path(DETECTOR_FILE)
    names = {compiled._key(source, PROPERTIES), compiled._key(source, {**PROPERTIES, "INFERENCE_NUM_THREADS": 2})}
    monkeypatch.setattr(compiled, "processor_flags", lambda: frozenset({"avx2"}))
    names.add(compiled._key(source, PROPERTIES))
    assert len(names) == 3


@pytest.mark.parametrize("error", [ValueError("I/O operation on closed file"), RuntimeError("no"), MemoryError()])
def test_a_model_that_cannot_be_exported_is_used_all_the_same(
    folder: Path, load: Callable[[], bool], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr("openvino.CompiledModel.export_model", fails)
    assert [load(), load()] == [True, True]
    assert list(folder.glob("*.openvino")) == []


def test_a_signal_after_the_last_model_is_gone_reaches_its_handler() -> None:
    program = """
import gc, signal
from docpipe.models.rapidocr.engine import RapidOcr

signal.signal(signal.SIGTERM, lambda *_: print("handled"))
RapidOcr.load()
gc.collect()
signal.raise_signal(signal.SIGTERM)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "handled\n"), done.stderr
