"""Tables with and without rules, with questions for their cells."""

from collections.abc import Sequence

from .canvas import Canvas, text_width
from .fonts import Face
from .labels import LabelledQuestion, SyntheticPage
from .questions import absent, ask
from .writing import Writer


def table(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    face, size, ink = writer.pick(faces), writer.whole(15, 22), writer.whole(0, 60)
    columns, rows = writer.whole(2, 5), writer.whole(2, 9)
    header, cells = _cells(writer, columns, rows)
    padding = writer.whole(10, 26)
    widths = [
        max(text_width(text, face, size) for text in column) + 2 * padding
        for column in zip(header, *cells, strict=True)
    ]
    margin, pitch = writer.whole(20, 60), size * writer.rng.uniform(1.4, 2.0)
    has_title = writer.chance(0.6)
    title = writer.title(1, 3)
    width = int(max(sum(widths), text_width(title, face, size + 5)) + 2 * margin)
    canvas = Canvas(width, int((rows + 4) * pitch + 2 * margin), 255)
    y, questions = float(margin), list[LabelledQuestion]()
    if has_title:
        line = canvas.text(margin, y, title, face, size + 5, ink)
        questions.append(ask(writer, "title", (title,), (line.box,)))
        y += 1.8 * pitch
    style, top = writer.whole(0, 3), y
    if style == 3:
        canvas.box((margin, y - 2, margin + sum(widths), y + pitch - 2), fill=writer.whole(195, 235))
    boxes = []
    for number, row in enumerate((header, *cells)):
        x = float(margin)
        for place, text in enumerate(row):
            right = place > 0 and number > 0
            at = x + widths[place] - padding if right else x + padding
            line = canvas.text(at, y + 0.2 * (pitch - size), text, face, size, ink, "right" if right else "left")
            boxes.append((number, place, text, line.box))
            x += widths[place]
        y += pitch
        if style in (0, 1) or (style == 2 and number == 0):
            canvas.rule(margin, y - 2, margin + sum(widths), y - 2, 120)
    if style == 0:
        x = float(margin)
        for step in (0.0, *widths):
            x += step
            canvas.rule(x, top - 2, x, y - 2, 120)
        canvas.rule(margin, top - 2, margin + sum(widths), top - 2, 120)
    candidates = [entry for entry in boxes if entry[0] > 0 and entry[1] > 0]
    for number, place, text, box in writer.some(candidates, 4):
        asked = f'What is the "{header[place]}" of "{cells[number - 1][0]}"?'
        questions.append(LabelledQuestion("cell", asked, (text,), (box,)))
    questions += absent(writer, [question.field for question in questions], () if has_title else ("title",), 1)
    return SyntheticPage(
        "table", writer.language.code, canvas.pixels(int(y + margin)), tuple(canvas.lines), tuple(questions)
    )


def _cells(writer: Writer, columns: int, rows: int) -> tuple[list[str], list[list[str]]]:
    """Different names at the head of each row and column, numbers or words in the cells."""
    header = [writer.title(1, 1) for _ in range(columns)]
    header = [f"{text} {place}" if header.index(text) < place else text for place, text in enumerate(header)]
    names = dict.fromkeys(writer.write(writer.name, writer.code, lambda: writer.title(1, 2)) for _ in range(rows))
    kinds = [writer.whole(0, 3) for _ in range(columns)]
    places = writer.whole(0, 2)

    def cell(kind: int) -> str:
        if kind == 0:
            return writer.word()
        if kind == 1:
            return str(writer.whole(0, 2000))
        if kind == 2:
            return writer.number(float(writer.rng.uniform(0, 9000)), places)
        return f"{writer.number(float(writer.rng.uniform(0, 100)), 1)}%"

    return header, [[name, *(cell(kind) for kind in kinds[1:])] for name in names]
