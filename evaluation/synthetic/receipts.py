"""Till receipts: narrow, often in a mono-spaced font."""

from collections.abc import Sequence

from .canvas import Canvas, around, text_width
from .fonts import Face
from .labels import LabelledQuestion, SyntheticPage
from .questions import absent, ask
from .writing import Writer

_FIELDS = (
    "company",
    "address",
    "date",
    "total",
    "receipt_number",
    "time",
    "phone",
    "subtotal",
    "tax",
    "cash",
    "change",
)


def receipt(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    mono = [face for face in faces if face.mono]
    face = writer.pick(mono if mono and writer.chance(0.5) else faces)
    width, size = writer.whole(380, 560), writer.whole(17, 25)
    canvas = Canvas(width, 3000, writer.whole(242, 255))
    return _Receipt(writer, face, size, canvas, upper=writer.chance(0.5)).drawn()


class _Receipt:
    def __init__(self, writer: Writer, face: Face, size: int, canvas: Canvas, upper: bool) -> None:
        self.writer, self.face, self.size, self.canvas, self.upper = writer, face, size, canvas, upper
        self.ink = writer.whole(0, 70)
        self.margin = writer.whole(12, 40)
        self.pitch = size * writer.rng.uniform(1.2, 1.6)
        self.y = float(writer.whole(15, 60))
        self.centred = writer.chance(0.75)
        self.form = writer.money_form() if writer.chance(0.3) else "{}"
        self.questions: list[LabelledQuestion] = []

    def drawn(self) -> SyntheticPage:
        writer = self.writer
        self._head()
        self.y += self.pitch * writer.rng.uniform(0.2, 1)
        self._dates()
        self._separator()
        total = self._goods()
        self._separator()
        self._sums(total)
        if writer.chance(0.7):
            self.y += self.pitch * 0.6
            self._middle(writer.label("thanks"))
        height = int(self.y + writer.whole(15, 70))
        present = [question.field for question in self.questions]
        questions = (*self.questions, *absent(writer, present, (*_FIELDS, "discount", "tip")))
        return SyntheticPage(
            "receipt", writer.language.code, self.canvas.pixels(height), tuple(self.canvas.lines), questions
        )

    def _fits(self, text: str) -> str:
        text = text.upper() if self.upper else text
        while text_width(text, self.face, self.size) > self.canvas.width - 2 * self.margin and " " in text:
            text = text.rpartition(" ")[0]
        return text

    def _middle(self, text: str, larger: int = 0) -> None:
        x = self.canvas.width / 2 if self.centred else self.margin
        self.canvas.text(
            x, self.y, self._fits(text), self.face, self.size + larger, self.ink, "middle" if self.centred else "left"
        )
        self.y += self.pitch + larger

    def _pair(self, label: str, value: str) -> None:
        """A label at the left and its value at the right, or behind a colon."""
        self.canvas.text(self.margin, self.y, self._fits(label), self.face, self.size, self.ink)
        self.canvas.text(self.canvas.width - self.margin, self.y, value, self.face, self.size, self.ink, "right")
        self.y += self.pitch

    def _asks(self, field: str, answer: str, lines: int = 1, last: int = 0) -> None:
        """Ask for the content of this number of printed lines; `last` lines were printed since."""
        end = len(self.canvas.lines) - last
        box = around(self.canvas.lines[end - lines : end])
        self.questions.append(ask(self.writer, field, (answer,), (box,)))

    def _head(self) -> None:
        writer = self.writer
        self._middle(writer.company(), larger=writer.whole(0, 4))
        self._asks("company", self.canvas.lines[-1].text)
        if writer.chance(0.85):
            self._middle(writer.street())
            self._middle(writer.town())
            self._asks("address", " ".join(line.text for line in self.canvas.lines[-2:]), 2)
        if writer.chance(0.6):
            number = writer.phone()
            self._middle(f"{writer.label('phone')}{writer.pick((' ', ': '))}{number}")
            self._asks("phone", number)

    def _dates(self) -> None:
        writer = self.writer
        date, time = writer.date(), writer.time()
        date = date.upper() if self.upper else date
        colon = writer.pick((" ", ": ", " : "))
        number = writer.code() if writer.chance(0.7) else ""
        if number:
            self._left(f"{writer.label('receipt_number')}{colon}{number}")
            self._asks("receipt_number", number)
        form = writer.whole(0, 2)
        if form == 0:
            self._left(f"{date} {time}")
        elif form == 1:
            self._left(f"{writer.label('date')}{colon}{date}")
        else:
            self._pair(date, time)
        self._asks("date", date, last=1 if form == 2 else 0)
        if form != 1:
            self._asks("time", time)

    def _left(self, text: str) -> None:
        self.canvas.text(self.margin, self.y, text, self.face, self.size, self.ink)
        self.y += self.pitch

    def _separator(self) -> None:
        kind = self.writer.whole(0, 3)
        if kind == 0:
            self.canvas.rule(self.margin, self.y + 4, self.canvas.width - self.margin, self.y + 4, self.ink)
        if kind == 1:
            step = self.writer.whole(6, 12)
            for x in range(self.margin, self.canvas.width - self.margin - step, step):
                self.canvas.rule(x, self.y + 4, x + step * 0.6, self.y + 4, self.ink)
        self.y += self.pitch * 0.6

    def _goods(self) -> float:
        writer, total = self.writer, 0.0
        two_lines = writer.chance(0.3)
        for goods in writer.some(writer.language.goods, writer.whole(1, 8)):
            count = writer.pick((1, 1, 1, 2, 3))
            price = round(float(writer.rng.uniform(0.5, 60)), 2)
            total += count * price
            if two_lines:
                self._left(self._fits(goods))
                self._pair(f"  {count} x {writer.money(price)}".strip(), writer.money(count * price))
            else:
                self._pair(goods if count == 1 else f"{count} {goods}", writer.money(count * price))
        return total

    def _sums(self, total: float) -> None:
        writer = self.writer
        tax = total * writer.pick((0.06, 0.07, 0.1, 0.19, 0.2, 0.25))
        if writer.chance(0.4):
            self._sum("subtotal", writer.label("subtotal"), total - tax)
        if writer.chance(0.5):
            self._sum("tax", writer.label("tax"), tax)
        self._sum("total", writer.label("total"), total, self.form)
        if writer.chance(0.5):
            given = total + float(writer.pick((0.0, 5.0, 3.5, 10.0)))
            self._sum("cash", writer.label("cash"), given)
            self._sum("change", writer.label("change"), given - total)

    def _sum(self, field: str, label: str, value: float, form: str = "{}") -> None:
        text = self.writer.money(value, form)
        self._pair(label + self.writer.pick(("", ":")), text)
        self._asks(field, text)
