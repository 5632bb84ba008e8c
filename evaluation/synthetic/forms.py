"""Forms: labels with values on lines, in boxes, or in a grid."""

from collections.abc import Callable, Sequence

from .canvas import Canvas, text_width
from .fonts import Face
from .labels import LabelledQuestion, SyntheticPage
from .questions import absent
from .writing import Writer

_KNOWN = ("name", "surname", "birth_date", "address", "city", "phone", "iban", "customer_number", "date")


def form(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    width = writer.whole(560, 900)
    canvas = Canvas(width, 1400, 255)
    label_face, value_face = writer.pick(faces), writer.pick(faces)
    size, ink, margin = writer.whole(16, 22), writer.whole(0, 70), writer.whole(30, 70)
    y = float(writer.whole(30, 60))
    canvas.text(margin, y, writer.title(2, 3), label_face, size + writer.whole(4, 10), ink)
    y += size * 3
    style, questions, labels = writer.whole(0, 2), list[LabelledQuestion](), _labels(writer)
    longest = max(text_width(label + ":", label_face, size) for label, _ in labels)
    beside = longest < 0.4 * width and writer.chance(0.6)
    for label, value in labels:
        canvas.text(margin, y, label + writer.pick(("", ":")), label_face, size, ink)
        x = margin + longest + 20 if beside else margin + writer.whole(0, 8)
        top = y if beside else y + size * 1.35
        if style == 0:
            canvas.box((x - 6, top - 5, width - margin, top + size * 1.25), outline=120)
        if style == 1:
            canvas.rule(x - 4, top + size * 1.2, width - margin, top + size * 1.2, 90)
        answers: tuple[str, ...] = ()
        box = None
        if value and text_width(value, value_face, size) < width - margin - x:
            box = canvas.text(x, top, value, value_face, size, ink).box
            answers = (value,)
        asked = writer.pick((f"What is the value of '{label}'?", f"What stands in the field '{label}'?"))
        questions.append(LabelledQuestion("form_field", asked, answers, (box,) if box else ()))
        y = top + size * writer.rng.uniform(1.7, 2.2)
    height = int(y + writer.whole(20, 80))
    printed = " ".join(label for label, _ in labels)
    asked_too = [field for field in ("phone", "iban") if writer.language.labels[field][0] in printed]
    questions += absent(writer, asked_too, count=1)
    return SyntheticPage("form", writer.language.code, canvas.pixels(height), tuple(canvas.lines), tuple(questions))


def _labels(writer: Writer) -> list[tuple[str, str]]:
    """Labels with their values; an empty value is a field that was left open."""
    values: dict[str, Callable[[], str]] = {
        "name": lambda: writer.pick(writer.language.forenames),
        "surname": lambda: writer.pick(writer.language.surnames),
        "birth_date": writer.date,
        "address": writer.street,
        "city": lambda: writer.pick(writer.language.cities),
        "phone": writer.phone,
        "iban": writer.iban,
        "customer_number": writer.code,
        "date": writer.date,
    }
    entries = [(writer.label(field), values[field]()) for field in writer.some(_KNOWN, writer.whole(2, 6))]
    for _ in range(writer.whole(0, 4)):
        value = writer.write(writer.code, writer.name, lambda: writer.words(writer.whole(1, 3)))
        entries.append((writer.title(1, 2), value))
    unique = dict(entries)
    return [(label, "" if writer.chance(0.12) else value) for label, value in unique.items()]
