"""Single words, lines and blocks of lines: what a reader learns first."""

from collections.abc import Callable, Sequence

from .canvas import Canvas, text_width
from .fonts import Face
from .labels import SyntheticPage
from .writing import Writer

_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzäöüßéèçñłęśžåøæ.,:;-/()%€$£&+*#@'\"!?°"


def word(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    """One short word somewhere on one tile, in a large font."""
    return _tile(writer, faces, "word", 1, (30, 64), lambda: _one(writer))


def line(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    """One line of up to six words."""
    return _tile(writer, faces, "line", 1, (18, 40), lambda: _text(writer, 6))


def block(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    """Two to eight lines, each beginning anywhere."""
    return _tile(writer, faces, "block", writer.whole(2, 8), (15, 26), lambda: _text(writer, 5))


def _one(writer: Writer) -> str:
    number = writer.number(writer.whole(0, 99999), 2)
    text = writer.write(writer.word, writer.word, writer.word, writer.code, lambda: number)
    return text if writer.chance(0.5) else writer.pick((text.upper(), text.title()))


def _text(writer: Writer, words: int) -> str:
    kind = writer.rng.random()
    if kind < 0.6:
        return " ".join(_one(writer) for _ in range(writer.whole(1, words)))
    if kind < 0.75:
        return "".join(writer.pick(_SYMBOLS) for _ in range(writer.whole(3, 16)))
    return writer.write(
        writer.sentence, writer.date, writer.phone, writer.company, writer.street, writer.iban, writer.town
    )


def _tile(
    writer: Writer, faces: Sequence[Face], kind: str, count: int, sizes: tuple[int, int], text: Callable[[], str]
) -> SyntheticPage:
    canvas = Canvas(448, 448, writer.whole(225, 255))
    face, size, ink = writer.pick(faces), writer.whole(*sizes), writer.whole(0, 90)
    pitch = size * writer.rng.uniform(1.2, 1.8)
    ragged = writer.chance(0.3)
    margin = writer.whole(6, 120)
    count = min(count, int(430 // pitch))
    y = float(writer.rng.uniform(4, max(5.0, 440 - count * pitch)))
    for _ in range(count):
        written = text()
        while text_width(written, face, size) > 440 - 6 and len(written) > 1:
            written = written.rpartition(" ")[0] if " " in written else written[:-1]
        room = 442 - text_width(written, face, size)
        x = writer.rng.uniform(4, max(5.0, room)) if ragged else min(float(margin), max(4.0, room))
        canvas.text(x, y, written, face, size, ink)
        y += pitch
    return SyntheticPage(kind, writer.language.code, canvas.pixels(), tuple(canvas.lines))
