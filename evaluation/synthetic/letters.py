"""Letters: sender, recipient, date, subject, paragraphs, signature."""

from collections.abc import Sequence

from .canvas import Canvas, wrapped
from .fonts import Face
from .invoices import sheet
from .labels import LabelledQuestion, SyntheticPage
from .questions import absent, ask
from .writing import Writer


def letter(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    canvas = Canvas(*sheet(writer), 255)
    face, size, ink = writer.pick(faces), writer.whole(16, 22), writer.whole(0, 60)
    pitch, margin = size * writer.rng.uniform(1.25, 1.6), writer.whole(60, 120)
    width, questions, y = canvas.width - 2 * margin, list[LabelledQuestion](), float(writer.whole(40, 90))

    def line(text: str, x: float = margin, align: str = "left", gap: float = 1.0, field: str = "") -> None:
        nonlocal y
        drawn = canvas.text(x, y, text, face, size, ink, align)
        y += gap * pitch
        if field:
            questions.append(ask(writer, field, (text,), (drawn.box,)))

    sender = writer.name()
    head_right = writer.chance(0.4)
    for text in (writer.pick((sender, writer.company())), writer.street(), writer.town()):
        line(text, canvas.width - margin if head_right else margin, "right" if head_right else "left")
    y += pitch
    line(writer.name(), field="recipient")
    line(writer.street())
    line(writer.town(), gap=2)
    date_right = writer.chance(0.5)
    line(
        writer.date(),
        canvas.width - margin if date_right else margin,
        "right" if date_right else "left",
        gap=2,
        field="letter_date",
    )
    if writer.chance(0.8):
        subject = writer.title(2, 4)
        start = f"{writer.label('subject')}: " if writer.chance(0.5) else ""
        drawn = canvas.text(margin, y, start + subject, face, size, ink)
        questions.append(ask(writer, "subject", (subject,), (drawn.box,)))
        y += 2 * pitch
    line(writer.label("dear"), gap=1.6)
    for _ in range(writer.whole(1, 3)):
        sentences = " ".join(writer.sentence() for _ in range(writer.whole(1, 3)))
        for text in wrapped(sentences.split(), face, size, width):
            line(text)
        y += pitch * 0.6
    line(writer.label("regards"), gap=writer.rng.uniform(1.5, 3))
    line(sender, field="sender")
    present = [question.field for question in questions]
    fields = ("recipient", "letter_date", "subject", "sender")
    height = int(y + margin) if writer.chance(0.5) else None
    return SyntheticPage(
        "letter",
        writer.language.code,
        canvas.pixels(height),
        tuple(canvas.lines),
        (*questions, *absent(writer, present, fields)),
    )
