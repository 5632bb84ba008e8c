"""The files of a document in a format that has none or several for each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Part:
    """A file of a document.

    Attributes:
        name: what follows the document's name in that of the file.
        write: writes it to a path.
    """

    name: str
    write: Callable[[Path], None]


@dataclass(frozen=True)
class Parts:
    """The files of a document, and the number of its pages."""

    pages: int
    files: tuple[Part, ...]
