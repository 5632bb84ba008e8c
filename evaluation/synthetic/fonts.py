"""Fonts to print with: those of a folder, of the system, or at least the ones that come with the packages."""

import hashlib
import io
import shutil
import subprocess
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from PIL import ImageFont

# Letters of the languages that are written; a font that lacks one of them is not used.
NEEDED = "AaGgÄäÖöÜüßÉéÈèÇçÑñŁłĘęŚśŽžÅåØøÆæŐőŠšÃãÕõ0123456789€£%&@#*+-–—/\\()[]:;.,!?'\"„“”’«»§°"
_SAMPLE = "Hamburgefonstiv QRSTW 0123456789"
_SUFFIXES = (".ttf", ".otf", ".ttc")
# Fonts of symbols, emoji and music, which have letters that nobody prints a document in.
_NO_TEXT = (
    "symbol",
    "emoji",
    "music",
    "dingbat",
    "icons",
    "d050000l",
    "standardsymbols",
    "math",
    "braille",
    "keyboard",
)


@dataclass(frozen=True)
class Face:
    """One font file.

    Attributes:
        name: family and style, by which faces are sorted.
        source: path of the file, or its bytes.
    """

    name: str
    source: str | bytes = field(repr=False)

    @cached_property
    def mono(self) -> bool:
        font = self.at(40)
        return abs(font.getlength("i") - font.getlength("W")) < 1

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The font at `size` pixels."""
        return _load(self.source, size)


@lru_cache(maxsize=2048)
def _load(source: str | bytes, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout: Latin script needs no shaping, and it is several times faster.
    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    return ImageFont.truetype(opened, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4)
def find_faces(folder: Path | None = None) -> tuple[Face, ...]:
    """Every usable face of `folder`, else of the system, else built in, sorted by name; never empty.

    Faces that draw the same letters, such as one family's many scripts, count once.

    Raises:
        ValueError: `folder` holds no font for the languages that are written.
    """
    if folder is not None:
        files: Iterable[Path] = (path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
        if faces := _usable(sorted(files)):
            return faces
        raise ValueError(f"{folder}: holds no .ttf or .otf font with the Latin letters of European languages")
    return _usable(_system_fonts()) or built_in_faces()


def built_in_faces() -> tuple[Face, ...]:
    """The base fonts that PyMuPDF carries: sans, serif and mono, regular and bold."""
    import pymupdf

    names = ("helv", "hebo", "tiro", "tibo", "cour", "cobo")
    faces = [(font.name, bytes(font.buffer)) for font in map(pymupdf.Font, names)]
    return tuple(sorted((Face(name, data) for name, data in faces), key=lambda face: face.name))


def _system_fonts() -> list[Path]:
    if shutil.which("fc-list") is None:
        return []
    listed = subprocess.run(["fc-list", "--format", "%{file}\n"], capture_output=True, text=True, check=False).stdout
    return [path for path in sorted({Path(line) for line in listed.splitlines()}) if path.suffix.lower() in _SUFFIXES]


def _usable(files: Sequence[Path]) -> tuple[Face, ...]:
    faces: dict[str, Face] = {}
    for path in files:
        if any(word in path.name.lower() for word in _NO_TEXT):
            continue
        try:
            font = _load(str(path), 24)
            name = " ".join(part for part in font.getname() if part)
            if _has_letters(font):
                faces.setdefault(_look(font), Face(name, str(path)))
        except (OSError, ValueError):
            continue
    return tuple(sorted(faces.values(), key=lambda face: (face.name, str(face.source))))


def _has_letters(font: ImageFont.FreeTypeFont) -> bool:
    missing = _drawn(font, "\uffff")
    return all(_drawn(font, letter) not in (missing, None) for letter in NEEDED)


def _look(font: ImageFont.FreeTypeFont) -> str:
    mask = font.getmask(_SAMPLE)
    return hashlib.sha256(repr(mask.size).encode() + bytes(mask)).hexdigest()


def _drawn(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes] | None:
    mask = font.getmask(letter)
    return (mask.size, bytes(mask)) if mask.size[0] and mask.size[1] else None


def plain_letters(text: str) -> str:
    """`text` with typographic quotes and dashes as a keyboard has them, in Unicode's composed form."""
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


_PLAIN = str.maketrans({"„": '"', "“": '"', "”": '"', "’": "'", "–": "-", "—": "-", "\u00a0": " "})
