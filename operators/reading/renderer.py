"""Renders pages for display, in a sandboxed process."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import DocumentError, ErrorCode
from ..sandbox.sandbox import Sandbox

_PARSER = f"{__package__}.parser:Parser"


class PageRenderer:
    """Renders pages; owns a parser process.

    Args:
        passwords: tried in order on an encrypted document.
        seconds: wall seconds for a page.
        memory_mb: address space of the process in MiB.
    """

    def __init__(self, passwords: Sequence[str] = (), seconds: float = 60.0, memory_mb: int = 2048) -> None:
        self._passwords = tuple(passwords)
        self._seconds = seconds
        self._parser = Sandbox(_PARSER, memory_mb=memory_mb, recycle_rss_mb=max(512.0, memory_mb / 2))

    def __enter__(self) -> "PageRenderer":
        return self

    def __exit__(self, *_: object) -> None:
        self._parser.close()

    def render(self, path: str, page_number: int, long_side: int) -> NDArray[np.uint8]:
        """The page as displayed, (H, W, 3) RGB, at most `long_side` pixels high and wide; raises DocumentError."""
        self._parser.start()
        arguments = (path, page_number, long_side, self._passwords)
        image: NDArray[np.uint8] = self._parser.call("render", *arguments, deadline=time.monotonic() + self._seconds)
        sound = isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3 and image.size > 0
        if not sound or image.shape[2] != 3 or max(image.shape) > long_side:
            raise DocumentError(ErrorCode.CRASHED, "the parser process sent an invalid reply")
        return image
