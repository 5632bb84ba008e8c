"""Compiled models on disk: OpenVINO needs seconds to compile the models, and a fraction of that to load the result.

A file holds the SHA-256 of all that follows, the model's metadata, and what OpenVINO exported. Its name holds a hash of
everything that it depends on. Files are written aside and renamed, and may be deleted at any time; one that is
damaged, or that OpenVINO does not take, is compiled anew.
"""

import hashlib
import io
import json
import os
import struct
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import openvino

from ..processor import processor_flags, processor_name
from .files import model_path

METADATA = ("character",)
"""The keys that are kept of what the models' authors stored in their files."""

_FORMAT = b"docpipe compiled model 1\n"
_LENGTH = struct.Struct("<Q")
_GRAPH_VERSION = 1
"""To be raised when a graph is changed after it is read from the wheel."""


def load_compiled(
    file_name: str, graph: Callable[[Any], Any], properties: Mapping[str, Any]
) -> tuple[Any, Mapping[str, str]]:
    """A compiled model of the rapidocr wheel with the metadata of its file, from the cache where that has it.

    Args:
        graph: changes the graph before it is compiled.
        properties: of OpenVINO, which decide what is compiled.

    Raises:
        MissingResourceError: the model is not installed.
    """
    source = model_path(file_name)
    core = _core()
    folder = cache_folder()
    path = folder / f"{source.stem}-{_key(source, properties)}.openvino" if folder else None
    if path is not None:
        # OpenVINO raises RuntimeError for what another build has exported.
        with suppress(OSError, ValueError, RuntimeError):
            metadata, exported = _unpacked(path.read_bytes())
            return core.import_model(exported, "CPU", dict(properties)), metadata
    model = core.read_model(source)
    metadata = {
        name: str(model.get_rt_info(["framework", name]).value)
        for name in METADATA
        if model.has_rt_info(["framework", name])
    }
    compiled = core.compile_model(graph(model), "CPU", dict(properties))
    if path is not None:
        # A full disk, a folder that may not be written, or no memory for the export costs the cache, not the page.
        with suppress(OSError, ValueError, RuntimeError, MemoryError):
            stream = io.BytesIO()
            compiled.export_model(stream)
            _write(path, _packed(metadata, stream.getvalue()))
    return compiled, metadata


@cache
def _core() -> openvino.Core:
    """The one Core of the process, which stays.

    On some processors, OpenVINO's CPU plugin gives the thread that loads it a stack for signal handlers. It unmaps that
    stack with the last Core and does not take it back: the next signal would end the process with SIGSEGV.
    """
    return openvino.Core()


def cache_folder() -> Path | None:
    """The folder of compiled models; None where there is none that only this user can write."""
    try:
        # RuntimeError where the user has no home.
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "docpipe" / "ocr"
        folder.mkdir(0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except (OSError, RuntimeError):
        return None
    return folder if status.st_uid == os.geteuid() and not status.st_mode & 0o022 else None


def _key(source: Path, properties: Mapping[str, Any]) -> str:
    status = source.stat()
    parts = [_GRAPH_VERSION, openvino.__version__, str(source), status.st_size, status.st_mtime_ns]
    parts += [processor_name(), *sorted(processor_flags()), os.environ.get("ONEDNN_MAX_CPU_ISA"), *properties.items()]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _packed(metadata: Mapping[str, str], exported: bytes) -> bytes:
    head = json.dumps(dict(metadata)).encode()
    body = _LENGTH.pack(len(head)) + head + exported
    return _FORMAT + hashlib.sha256(body).digest() + body


def _unpacked(content: bytes) -> tuple[dict[str, str], bytes]:
    """What `_packed` packed; raises ValueError for anything else."""
    start = len(_FORMAT) + hashlib.sha256().digest_size
    body = memoryview(content)[start:]
    if content[: len(_FORMAT)] != _FORMAT or hashlib.sha256(body).digest() != content[len(_FORMAT) : start]:
        raise ValueError("the file of a compiled model is damaged")
    end = _LENGTH.size + _LENGTH.unpack(body[: _LENGTH.size])[0]
    return json.loads(bytes(body[_LENGTH.size : end])), bytes(body[end:])


def _write(path: Path, content: bytes) -> None:
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
