"""The folder that an export writes to: one file per document, each written atomically."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from ...schemas.errors import MissingResourceError

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_OTHER = re.compile(r"[^A-Za-z0-9._-]+")


def file_stem(document_id: str) -> str:
    """The file name of a document without suffix, unique for each id.

    An id of up to 100 letters, digits, `.`, `_` and `-` is the name itself. For other ids the name is made of the
    permitted characters, `~`, and 16 hex digits of the SHA-256 of the id; no id of the first kind contains a `~`.
    """
    if _PLAIN.fullmatch(document_id):
        return document_id
    readable = _OTHER.sub("_", document_id).strip("._-")[:60]
    return f"{readable}~{hashlib.sha256(document_id.encode()).hexdigest()[:16]}"


def _list_name(to: str) -> str:
    return f"_docpipe-files-{to}.json"


@dataclass(frozen=True)
class ExportFolder:
    """A folder on a local disk or behind any fsspec URL."""

    url: str

    def __post_init__(self) -> None:
        self._target()

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """A local path to write to; the file there becomes the file `name`, unless an exception is raised."""
        fs, root = self._target()
        local = isinstance(fs, LocalFileSystem)
        if local:
            Path(root).mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".docpipe-", dir=root if local else None))
        try:
            written = scratch / "export"
            yield written
            if local:
                written.replace(Path(root) / name)
            else:
                fs.put_file(str(written), f"{root}/{name}")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def listed(self, to: str) -> dict[str, list[str]]:
        """The files that earlier exports in a format wrote here, by the name of their document; empty if not known."""
        fs, root = self._target()
        try:
            found = json.loads(fs.cat_file(f"{root}/{_list_name(to)}"))
        except (FileNotFoundError, ValueError):
            return {}
        entries = found.items() if isinstance(found, dict) else ()
        return {stem: [name for name in names if isinstance(name, str)] for stem, names in entries if names}

    def keep_list(self, to: str, files: Mapping[str, Sequence[str]]) -> None:
        with self.file(_list_name(to)) as path:
            path.write_text(json.dumps(files, ensure_ascii=False, indent=0), encoding="utf-8")

    def delete(self, name: str) -> None:
        """Delete a file of this folder; nothing happens where it is gone already."""
        fs, root = self._target()
        with suppress(FileNotFoundError):
            fs.rm_file(f"{root}/{name}")

    def _target(self) -> tuple[fsspec.AbstractFileSystem, str]:
        try:
            fs, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise MissingResourceError(f"--out: {self.url}: {error}") from error
        return fs, root.rstrip("/")
