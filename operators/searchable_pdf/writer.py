"""Writes searchable PDFs in a sandboxed process."""

import time
from collections.abc import Iterable, Sequence

from ..sandbox.sandbox import Sandbox
from .words import OverlayWord

_TARGET = f"{__package__}.document:SearchablePdf"
_PAGE_SECONDS = 60.0
_SAVE_SECONDS = 600.0
# Native code leaks memory: the process is replaced each time it has written this number of documents.
_DOCUMENTS = 100


class PdfWriter:
    """Writes documents one after the other; owns a sandboxed process, which keeps state during one document."""

    def __init__(self, passwords: Sequence[str] = (), memory_mb: int = 4096) -> None:
        self._passwords = tuple(passwords)
        # The sandbox itself must not replace the process in the middle of a document.
        self._process = Sandbox(_TARGET, memory_mb=memory_mb, recycle_calls=1 << 60, recycle_rss_mb=float("inf"))
        self._documents = 0

    def __enter__(self) -> "PdfWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    def write(self, source: str, target: str, pages: Iterable[tuple[int, Sequence[OverlayWord]]]) -> int:
        """Write the document at `source` to `target` with invisible words on some pages; returns the page count.

        Args:
            pages: page numbers in ascending order, with words whose quads are in shares of the page as displayed.

        Raises:
            DocumentError: the document or one of its pages cannot be read or written.
        """
        self._documents += 1
        if self._documents % _DOCUMENTS == 0:
            self._process.close()
        count = self._call("begin", _PAGE_SECONDS, source, self._passwords)
        for number, words in pages:
            self._call("add", _PAGE_SECONDS, number, list(words))
        self._call("save", _SAVE_SECONDS, target)
        return int(count)

    def _call(self, method: str, seconds: float, *arguments: object) -> int:
        self._process.start()
        result: int = self._process.call(method, *arguments, deadline=time.monotonic() + seconds)
        return result
