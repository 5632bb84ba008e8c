"""Invoices on a sheet of paper."""

from collections.abc import Sequence

from .canvas import Canvas, around, text_width
from .fonts import Face
from .labels import LabelledQuestion, Line, SyntheticPage
from .questions import absent, ask
from .writing import Writer

_FIELDS = (
    "invoice_number",
    "invoice_date",
    "due_date",
    "customer_number",
    "seller",
    "buyer",
    "grand_total_amount",
    "tax_basis_total_amount",
    "tax_total_amount",
)


def invoice(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    width, height = sheet(writer)
    return _Invoice(writer, writer.pick(faces), writer.pick(faces), Canvas(width, height, 255)).drawn()


def sheet(writer: Writer) -> tuple[int, int]:
    """Width and height of an A4 or letter page at about 110 dpi."""
    width = writer.whole(820, 960)
    return width, round(width * writer.pick((1.4142, 1.4142, 1.294)))


class _Invoice:
    def __init__(self, writer: Writer, face: Face, heading: Face, canvas: Canvas) -> None:
        self.writer, self.face, self.heading, self.canvas = writer, face, heading, canvas
        self.size = writer.whole(15, 19)
        self.ink = writer.whole(0, 60)
        self.pitch = self.size * writer.rng.uniform(1.25, 1.6)
        self.margin = writer.whole(50, 90)
        self.form = writer.money_form()
        self.questions: list[LabelledQuestion] = []

    def drawn(self) -> SyntheticPage:
        writer, right = self.writer, self.canvas.width - self.margin
        mirrored = writer.chance(0.5)
        top = float(writer.whole(40, 80))
        seller = self._block(right - 280 if mirrored else self.margin, top, writer.company(), True)
        self.questions.append(ask(writer, "seller", (seller.text,), (seller.box,)))
        y = top + 5 * self.pitch + writer.whole(10, 60)
        label = writer.chance(0.5)
        if label:
            self._text(self.margin, y, writer.label("to"))
        name = writer.pick((writer.company, writer.name))()
        buyer = self._block(self.margin, y + self.pitch * label, name, False)
        self.questions.append(ask(writer, "buyer", (buyer.text,), (buyer.box,)))
        meta_y = y if writer.chance(0.5) else y + 5 * self.pitch
        end = self._meta(self.canvas.width * writer.rng.uniform(0.52, 0.6), meta_y)
        y = max(end, y + 5 * self.pitch) + writer.whole(10, 40)
        self.canvas.text(
            self.margin, y, writer.label("invoice"), self.heading, self.size + writer.whole(6, 16), self.ink
        )
        y += 2.2 * self.pitch + 12
        y = self._sums(*self._items(y))
        self._foot(max(y + 2 * self.pitch, self.canvas.image.height - writer.whole(60, 120)))
        present = [question.field for question in self.questions]
        questions = (*self.questions, *absent(writer, present, (*_FIELDS, "discount")))
        return SyntheticPage("invoice", writer.language.code, self.canvas.pixels(), tuple(self.canvas.lines), questions)

    def _text(self, x: float, y: float, text: str, align: str = "left") -> Line:
        return self.canvas.text(x, y, text, self.face, self.size, self.ink, align)

    def _block(self, x: float, y: float, name: str, large: bool) -> Line:
        face, size = (self.heading, self.size + 3) if large else (self.face, self.size)
        x = min(x, self.canvas.width - text_width(name, face, size) - 20)
        first = self.canvas.text(x, y, name, face, size, self.ink)
        y += self.pitch + 3 * large
        for text in (self.writer.street(), self.writer.town()):
            self._text(x, y, text)
            y += self.pitch
        return first

    def _meta(self, x: float, y: float) -> float:
        writer = self.writer
        day, form = writer.day(), writer.pick(writer.language.dates)
        entries = [
            ("invoice_number", "invoice_number", writer.code()),
            ("invoice_date", "date", writer.date(day, form)),
            ("due_date", "due_date", writer.date(day.replace(year=day.year + 1), form)) if day.day < 29 else None,
            ("customer_number", "customer_number", writer.code()),
        ]
        kept = [entry for i, entry in enumerate(entries) if entry and (i < 2 or writer.chance(0.5))]
        gap, colon = writer.rng.uniform(150, 190), writer.pick(("", ":"))
        for field, label, value in kept:
            self._text(x, y, writer.label(label) + colon)
            line = self._text(x + gap, y, value)
            self.questions.append(ask(writer, field, (value,), (line.box,)))
            y += self.pitch
        return y

    def _items(self, y: float) -> tuple[float, float]:
        writer, canvas = self.writer, self.canvas
        right, ruled = canvas.width - self.margin, writer.chance(0.6)
        columns = (self.margin, right - 300, right - 130, right)
        names = ("description", "quantity", "unit_price", "amount")
        if writer.chance(0.3):
            canvas.box((self.margin - 4, y - 4, right + 4, y + self.pitch), fill=writer.whole(200, 235))
        for place, (x, name) in enumerate(zip(columns, names, strict=True)):
            self._text(x, y, writer.label(name), "right" if place else "left")
        y += self.pitch * 1.2
        if ruled:
            canvas.rule(self.margin, y - 3, right, y - 3, self.ink)
        net = 0.0
        for goods in writer.some(writer.language.goods, writer.whole(1, 7)):
            count, price = writer.whole(1, 20), round(float(writer.rng.uniform(1, 400)), 2)
            net += count * price
            cells = (goods, str(count), writer.money(price), writer.money(count * price))
            for place, (x, cell) in enumerate(zip(columns, cells, strict=True)):
                self._text(x, y, cell, "right" if place else "left")
            y += self.pitch
            if ruled and writer.chance(0.8):
                canvas.rule(self.margin, y - 3, right, y - 3, 170)
        return y + self.pitch * 0.6, net

    def _sums(self, y: float, net: float) -> float:
        writer, right = self.writer, self.canvas.width - self.margin
        tax = net * writer.pick((0.07, 0.1, 0.19, 0.2, 0.21, 0.25))
        x = right - writer.whole(260, 330)
        for field, label, value in (
            ("tax_basis_total_amount", "subtotal", net),
            ("tax_total_amount", "tax", tax),
            ("grand_total_amount", "total", net + tax),
        ):
            if field != "grand_total_amount" and writer.chance(0.2):
                continue
            text, name = writer.money(value, self.form), writer.label(label)
            room = right - text_width(text, self.face, self.size) - text_width(name, self.face, self.size)
            self._text(min(x, room - 20), y, name)
            line = self._text(right, y, text, "right")
            self.questions.append(ask(writer, field, (text,), (line.box,)))
            y += self.pitch * 1.1
        return y

    def _foot(self, y: float) -> None:
        writer = self.writer
        if writer.chance(0.6):
            iban = writer.iban()
            line = self._text(self.margin, y, f"{writer.label('iban')}{writer.pick((': ', ' '))}{iban}")
            self.questions.append(ask(writer, "iban", (iban,), (around([line]),)))
        if writer.chance(0.5):
            number = writer.phone()
            line = self._text(self.margin, y + self.pitch, f"{writer.label('phone')} {number}")
            self.questions.append(ask(writer, "phone", (number,), (around([line]),)))
