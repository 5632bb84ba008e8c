"""A page to draw on that records the position of everything drawn."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .fonts import Face
from .labels import Box, Line, Word

Ink = int | tuple[int, int, int]


class Canvas:
    """A page in grey, or in RGB where `paper` is a triple."""

    def __init__(self, width: int, height: int, paper: Ink = 255) -> None:
        self.image = Image.new("L" if isinstance(paper, int) else "RGB", (width, height), paper)
        self.draw = ImageDraw.Draw(self.image)
        self.lines: list[Line] = []

    @classmethod
    def over(cls, pixels: NDArray[np.uint8]) -> "Canvas":
        """A canvas that continues with an image of shape (height, width, 3)."""
        canvas = cls(1, 1)
        canvas.image = Image.fromarray(pixels)
        canvas.draw = ImageDraw.Draw(canvas.image)
        return canvas

    @property
    def width(self) -> int:
        return self.image.width

    def text(self, x: float, y: float, text: str, face: Face, size: int, ink: Ink = 0, align: str = "left") -> Line:
        """Print `text` with its top near `y` and its left side, middle or right side (`align`) at `x`."""
        font = face.at(size)
        advances = _advances(face, size, text)
        length = float(advances[-1])
        left = round(x - {"left": 0.0, "middle": length / 2, "right": length}[align])
        base = round(y) + round(0.8 * size)
        self.draw.text((left, base), text, fill=ink, font=font, anchor="ls")
        line = _measured(text, left, base, face, size, advances)
        self.lines.append(line)
        return line

    def upward(self, x: float, middle: float, text: str, face: Face, size: int, ink: Ink = 0) -> Line:
        """Print `text` turned to run upwards, its left side at `x`, around the height `middle`.

        Its characters have no centres, since they are not upright.
        """
        length = int(text_width(text, face, size)) + 4
        strip = Image.new("L", (length, int(1.4 * size)), 0)
        ImageDraw.Draw(strip).text((2, size), text, fill=255, font=face.at(size), anchor="ls")
        mask = strip.transpose(Image.Transpose.ROTATE_90)
        top = round(middle - length / 2)
        self.image.paste(Image.new(self.image.mode, mask.size, ink), (round(x), top), mask)
        left, upper, right, lower = mask.getbbox() or (0, 0, 1, 1)
        box = (float(round(x) + left), float(top + upper), float(round(x) + right), float(top + lower))
        line = Line(text, box, (Word(text, box),), np.full((len(text), 2), np.nan, np.float32))
        self.lines.append(line)
        return line

    def rule(self, x0: float, y0: float, x1: float, y1: float, ink: Ink = 0, width: int = 1) -> None:
        self.draw.line((x0, y0, x1, y1), fill=ink, width=width)

    def box(self, box: Box, fill: Ink | None = None, outline: Ink | None = None, width: int = 1) -> None:
        self.draw.rectangle(box, fill=fill, outline=outline, width=width)

    def pixels(self, height: int | None = None) -> NDArray[np.uint8]:
        """The image, cut at `height`."""
        return np.array(self.image)[: height or self.image.height]


def text_width(text: str, face: Face, size: int) -> float:
    return float(_advances(face, size, text)[-1])


def wrapped(words: Sequence[str], face: Face, size: int, width: float) -> list[str]:
    """`words` in lines that are no wider than `width` where words allow."""
    lines: list[str] = []
    line, space = "", text_width(" ", face, size)
    used = 0.0
    for word in words:
        length = text_width(word, face, size)
        if line and used + space + length > width:
            lines.append(line)
            line, used = word, length
        else:
            line, used = (f"{line} {word}", used + space + length) if line else (word, length)
    return [*lines, line] if line else lines


def around(lines: Sequence[Line]) -> Box:
    """The box of several lines."""
    boxes = np.array([line.box for line in lines])
    return (*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())


_ADVANCES: dict[tuple[Face, int], dict[str, float]] = {}
_INK: dict[tuple[Face, int, str], tuple[float, float, float, float]] = {}


def _advances(face: Face, size: int, text: str) -> NDArray[np.float64]:
    """(characters + 1,): where each character begins, and where the last one ends."""
    known = _ADVANCES.setdefault((face, size), {})
    font = face.at(size)
    for letter in set(text) - known.keys():
        known[letter] = font.getlength(letter)
    starts = np.zeros(len(text) + 1)
    np.cumsum([known[letter] for letter in text], out=starts[1:])
    if text and starts[-1]:
        # Kerning moves single letters a little; the whole is made to fit.
        starts *= font.getlength(text) / starts[-1]
    return starts


def _measured(text: str, left: int, base: int, face: Face, size: int, starts: NDArray[np.float64]) -> Line:
    words: list[Word] = []
    begin = 0
    for word in text.split(" "):
        if word:
            x0, y0, x1, y1 = _ink_box(word, face, size)
            at = left + starts[begin]
            words.append(Word(word, (float(at + x0), base + y0, float(at + x1), base + y1)))
        begin += len(word) + 1
    boxes = np.array([word.box for word in words] or [(left, base - size, left + 1, base)])
    box: Box = (*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())
    middles = left + (starts[:-1] + starts[1:]) / 2
    # The middle of the letters' bodies: half an x-height above the base line.
    centres = np.stack([middles, np.full(len(text), base - 0.3 * size)], axis=1).astype(np.float32)
    return Line(text, box, tuple(words), centres)


def _ink_box(word: str, face: Face, size: int) -> tuple[float, float, float, float]:
    key = (face, size, word)
    if key not in _INK:
        if len(_INK) > 200_000:
            _INK.clear()
        _INK[key] = face.at(size).getbbox(word, anchor="ls")
    return _INK[key]
