"""A page of words with boxes that is not drawn: the reading that a text layer or OCR would give of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ....schemas.page import PageReading, TextLines
from ..writing import Writer

Box = tuple[float, float, float, float]

_ALIKE = {"0": "O", "O": "0", "1": "l", "l": "1", "I": "l", "5": "S", "S": "5", "8": "B", "B": "8", "m": "rn", "e": "c"}
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]1 "), frozenset("mwMWQGO@%")


@dataclass
class Sheet:
    """Words with boxes in points, origin at the top left."""

    width: float = 595.0
    height: float = 842.0
    lines: list[tuple[str, list[tuple[str, Box]]]] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, size: float = 10.0, align: str = "left") -> Box:
        """Put a line with its top at `y` and its left side, middle or right side (`align`) at `x`; its box.

        A line that would end below the page makes the page longer.
        """
        self.height = max(self.height, y + size)
        length = text_length(text, size)
        at = x - {"left": 0.0, "middle": length / 2, "right": length}[align]
        words: list[tuple[str, Box]] = []
        for word in text.split(" "):
            end = at + text_length(word, size)
            if word:
                words.append((word, (at, y, end, y + size)))
            at = end + 0.28 * size
        self.lines.append((text, words))
        boxes = np.array([box for _, box in words])
        return (*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())

    def misread(self, writer: Writer) -> None:
        """Change words as OCR does: letters that look alike, letters and spaces that are lost."""
        for at, (_, words) in enumerate(self.lines):
            read: list[tuple[str, Box]] = []
            for word, box in words:
                if writer.chance(0.015) and len(word) > 2:
                    cut = writer.whole(0, len(word) - 1)
                    word = word[:cut] + writer.pick(("", _ALIKE.get(word[cut], word[cut]))) + word[cut + 1 :]
                elif writer.chance(0.012):
                    word = "".join(_ALIKE.get(c, c) for c in word)
                if read and writer.chance(0.02):
                    before, left = read.pop()
                    word, box = before + word, (left[0], left[1], box[2], box[3])
                read.append((word, box))
            self.lines[at] = " ".join(word for word, _ in read), read

    def box_of(self, words: Sequence[Box]) -> Box:
        boxes = np.array(words)
        return (*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())

    def reading(self, page_number: int = 1, *, recognised: bool = False) -> PageReading:
        """The page as it would be read; `recognised`: by OCR, which has a confidence for each word."""
        scale = np.array([self.width, self.height, self.width, self.height])
        words = [(word, box, index) for index, (_, line) in enumerate(self.lines) for word, box in line]
        boxes = np.array([box for _, box, _ in words], np.float64).reshape(-1, 4) / scale
        around = np.array([self.box_of([box for _, box in line]) for _, line in self.lines]).reshape(-1, 4) / scale
        sure = 0.98 if recognised else np.nan
        lines = TextLines(
            text=[text for text, _ in self.lines],
            boxes=np.clip(around, 0, 1).astype(np.float32),
            polygons=[None] * len(self.lines),
            confidence=np.full(len(self.lines), sure, np.float32),
            block=np.full(len(self.lines), -1, np.int32),
            word_text=[word for word, _, _ in words],
            word_boxes=np.clip(boxes, 0, 1).astype(np.float32),
            word_confidence=np.full(len(words), sure, np.float32),
            word_line=np.array([index for _, _, index in words], np.int32),
        )
        return PageReading(
            page_number,
            self.width,
            self.height,
            "pt",
            0,
            text_source="rapidocr" if recognised else "text_layer",
            text="\n".join(lines.text),
            lines=lines,
        )


def text_length(text: str, size: float) -> float:
    """The width of a text in a usual proportional font, roughly."""
    widths = (0.3 if c in _NARROW else 0.85 if c in _WIDE else 0.66 if c.isupper() else 0.54 for c in text)
    return size * sum(widths)
