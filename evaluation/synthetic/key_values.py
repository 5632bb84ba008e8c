"""Business documents as readings, in many layouts and languages, with questions and where their values stand.

Nothing is drawn: the words and boxes are those that a reader would give. A layout is one choice for each part of a page
(how its head, its particulars, its goods and its sums are arranged), and `family` names them, so that a method can be
measured on layouts that it has not seen.
"""

import datetime
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from ...schemas.page import PageReading
from .languages import LANGUAGES
from .questions import ASKED
from .sheet import Box, Sheet, text_length
from .writing import Writer

HEADS = ("letterhead", "labelled", "sections", "window", "sections indented")
PARTICULARS = ("right", "left", "row", "boxes", "sentence", "far")
SUMS = ("right", "left", "row", "colon", "wide")
"""The choices for each part; a receipt, a form and a contract have their own."""

_LABELS_FILE = "key_value_labels.toml"
_ASKED_TOO: Mapping[str, tuple[str, ...]] = {
    "order_number": ("What is the order number?", "Which order does this refer to?"),
    "order_date": ("What is the order date?",),
    "delivery_date": ("What is the delivery date?",),
    "customer_number": ("What is the customer number?",),
    "contract_number": ("What is the contract number?",),
    "policy_number": ("What is the policy number?",),
    "due": ("What is the amount due for payment?", "What is the balance due?"),
    "paid": ("How much was paid?", "What amount was prepaid?"),
    "delivery": ("What is the shipping cost?", "What are the delivery costs?"),
    "discount": ("What is the discount?",),
    "tax_id": ("What is the VAT ID?", "What is the tax number?"),
    "phone": ("What is the phone number?",),
    "fax": ("What is the fax number?",),
    "email": ("What is the email address?",),
    "iban": ("What is the IBAN?",),
    "bic": ("What is the BIC?",),
    "contact": ("Who is the contact person?",),
    "birth_date": ("What is the date of birth?",),
    "start_date": ("What is the start date?", "When does the contract start?"),
    "end_date": ("What is the end date?", "When does the contract end?"),
    "landlord": ("Who is the landlord?",),
    "tenant": ("Who is the tenant?",),
    "employer": ("Who is the employer?",),
    "employee": ("Who is the employee?",),
    "rent": ("What is the rent?", "How much is the rent?"),
    "salary": ("What is the salary?",),
    "deposit": ("What is the security deposit?",),
    "notice_period": ("What is the notice period?",),
    "term": ("What is the term of the contract?",),
    "law": ("What is the governing law?",),
    "register": ("What is the company registration number?",),
    "seller_address": ("What is the address of the seller?", "What is the address of the company?"),
    "buyer_address": ("What is the address of the buyer?", "What is the address of the customer?"),
}
_NAMES = {"net": "tax_basis_total_amount", "tax": "tax_total_amount", "gross": "grand_total_amount"}
_RECEIPT = ("receipt_number", "company", "address", "total", "time", "cash", "change")
_NEVER = (
    "What is the passport number?", "What is the flight number?", "What is the total weight?", "What is the tip?",
    "Who is the insured person?", "What is the licence plate?", "What is the interest rate?", "Who is the witness?",
    "What is the room number?", "What is the name of the doctor?", "What is the date of departure?",
)  # fmt: skip
_TAX_RATES = (0.05, 0.06, 0.07, 0.1, 0.19, 0.2, 0.21, 0.22, 0.25)


@dataclass(frozen=True)
class KeyValueQuestion:
    """A question; without answers, the document does not hold one.

    Attributes:
        answers: every right form, as printed.
        boxes: where it stands, in points; any counts.
    """

    field: str
    ask: str
    answers: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class KeyValueDocument:
    """A document of one page.

    Attributes:
        family: the choices of its layout.
    """

    kind: str
    family: str
    language: str
    reading: PageReading
    questions: tuple[KeyValueQuestion, ...]


@cache
def _labels() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((Path(__file__).parent / _LABELS_FILE).read_text(encoding="utf-8"))


def key_value_document(seed: int | Sequence[int], kind: str | None = None) -> KeyValueDocument:
    """The document of a seed; `kind` is `invoice`, `receipt`, `form` or `contract`."""
    rng = np.random.default_rng(seed)
    spoken = [language for language in LANGUAGES if language.code in _labels()]
    index = int(rng.integers(len(spoken) + 2))
    writer = Writer(rng, spoken[max(0, index - 2)])
    kind = kind or writer.pick(("invoice", "invoice", "invoice", "receipt", "receipt", "form", "contract"))
    drawing: Mapping[str, Callable[[_Page], str]] = {
        "invoice": _invoice, "receipt": _receipt, "form": _form, "contract": _contract,
    }  # fmt: skip
    page = _Page(writer)
    family = drawing[kind](page)
    reading = page.sheet.reading(recognised=kind == "receipt" or writer.chance(0.2))
    return KeyValueDocument(kind, f"{kind} {family}", writer.language.code, reading, tuple(page.questions()))


@dataclass
class _Page:
    """What is written on a page so far, and where each value stands."""

    writer: Writer
    sheet: Sheet = field(default_factory=Sheet)
    size: float = 10.0
    found: dict[str, list[tuple[str, Box]]] = field(default_factory=dict)
    asks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    receipt: bool = False

    def __post_init__(self) -> None:
        self.size = float(self.writer.rng.uniform(8, 11.5))
        self.pitch = self.size * float(self.writer.rng.uniform(1.25, 1.7))
        self.margin = float(self.writer.rng.uniform(35, 75))
        self.form = self.writer.money_form()
        self.dates = self.writer.pick(self.writer.language.dates)

    def label(self, name: str) -> str:
        text = self.writer.pick(_labels()[self.writer.language.code][name])
        return text.upper() if self.writer.chance(0.08) else text

    def put(self, x: float, y: float, text: str, align: str = "left", size: float = 0.0) -> Box:
        return self.sheet.text(x, y, text, size or self.size, align)

    def value(self, name: str, x: float, y: float, text: str, align: str = "left") -> Box:
        box = self.put(x, y, text, align)
        self.found.setdefault(name, []).append((text, box))
        return box

    def keep(self, name: str, text: str, box: Box) -> None:
        self.found.setdefault(name, []).append((text, box))

    def questions(self) -> list[KeyValueQuestion]:
        made = []
        for name, places in self.found.items():
            asked = self._asked(name)
            if asked:
                texts = tuple(dict.fromkeys(text for text, _ in places))
                made.append(KeyValueQuestion(name, self.writer.pick(asked), texts, tuple(box for _, box in places)))
        missing = [name for name in (*_ASKED_TOO, *_NAMES, "due_date", "invoice_number", "buyer") if name not in self.found]
        if not self.receipt:
            missing += ["cash", "change"]
        else:
            missing = [name for name in missing if name not in ("seller_address", "invoice_number", "gross")]
        if "seller" in self.found or "company" in self.found:
            missing = [name for name in missing if name not in ("seller_address",)]
        if "gross" in self.found or "total" in self.found:
            missing = [name for name in missing if name not in ("due", "gross")]
        for name in self.writer.some(missing, 4):
            made.append(KeyValueQuestion(name, self.writer.pick(self._asked(name))))
        made += [KeyValueQuestion("never", ask) for ask in self.writer.some(_NEVER, 2)]
        return made

    def _asked(self, name: str) -> tuple[str, ...]:
        return self.asks.get(name) or _ASKED_TOO.get(name) or ASKED.get(_NAMES.get(name, name)) or ()

    def date(self, day: datetime.date) -> str:
        return self.writer.date(day, self.dates)

    def pair(self, x: float, y: float, label: str, name: str, text: str, gap: float, colon: str) -> None:
        if gap <= 0:
            words = f"{label}{colon or ':'} {text}"
            box = self.put(x, y, words)
            begin = text_length(f"{label}{colon or ':'} ", self.size)
            self.keep(name, text, (x + begin, y, box[2], box[3]))
        else:
            self.put(x, y, label + colon)
            self.value(name, x + gap, y, text)


def _invoice(page: _Page) -> str:
    writer = page.writer
    head, particulars, sums = writer.pick(HEADS), writer.pick(PARTICULARS), writer.pick(SUMS)
    y = _head(page, head)
    y = _particulars(page, particulars, y)
    y, net = _goods(page, y + writer.whole(5, 25))
    _sums(page, sums, y, net)
    _foot(page)
    return f"{head}/{particulars}/{sums}"


def _party(page: _Page) -> tuple[str, list[str]]:
    writer = page.writer
    name = writer.company() if writer.chance(0.8) else writer.name()
    lines = [writer.street(), writer.town()]
    if writer.chance(0.25):
        lines.append(writer.pick(("Germany", "France", "Deutschland", "Italia", "España", "Nederland", "United Kingdom")))
    return name, lines


def _block(page: _Page, x: float, y: float, name: str, lines: list[str], role: str, align: str = "left", large: bool = False) -> float:
    size = page.size * (1.5 if large else 1.0)
    box = page.put(x, y, name, align, size)
    page.keep(role, name, box)
    y += size * 1.4
    boxes = []
    for line in lines:
        boxes.append(page.put(x, y, line, align))
        y += page.pitch
    page.keep(f"{role}_address", " ".join(lines), page.sheet.box_of(boxes))
    return y


def _head(page: _Page, style: str) -> float:
    writer, margin, right = page.writer, page.margin, page.sheet.width - page.margin
    seller, buyer = _party(page), _party(page)
    y = float(writer.whole(25, 60))
    if style == "letterhead":
        at_right = writer.chance(0.5)
        end = _block(page, right if at_right else margin, y, *seller, "seller", "right" if at_right else "left", writer.chance(0.6))
        if writer.chance(0.5):
            _contacts(page, right - 150 if at_right else margin, end, inline=True)
            end += 3 * page.pitch
        if writer.chance(0.4):
            page.put(margin, end + 20, page.label("buyer") + writer.pick((":", "")))
            end += page.pitch
        return _block(page, margin, end + 20, *buyer, "buyer")
    if style == "window":
        if writer.chance(0.7):
            _block(page, right - 150, y, *seller, "seller", "left", writer.chance(0.5))
        small = f"{seller[0]} {writer.pick(('-', '|', '•', '·'))} " + f" {writer.pick(('-', '•', '|'))} ".join(seller[1])
        box = page.put(margin, y + 60, small, size=page.size * 0.75)
        page.keep("seller", seller[0], (box[0], box[1], box[0] + text_length(seller[0], page.size * 0.75), box[3]))
        return _block(page, margin, y + 60 + 1.6 * page.pitch, *buyer, "buyer")
    if style == "labelled":
        if writer.chance(0.6):
            page.put(margin, y, writer.label("invoice"), size=page.size * 1.8)
            y += 30
        columns = writer.chance(0.6)
        colon = writer.pick((":", ""))
        first, second = [("seller", seller), ("buyer", buyer)] if writer.chance(0.7) else [("buyer", buyer), ("seller", seller)]
        page.put(margin, y, page.label(first[0]) + colon)
        end = _block(page, margin, y + page.pitch, *first[1], first[0])
        x, y = (page.sheet.width / 2 + writer.whole(-20, 40), y) if columns else (margin, end + 10)
        page.put(x, y, page.label(second[0]) + colon)
        end = max(end, _block(page, x, y + page.pitch, *second[1], second[0]))
        if writer.chance(0.3):
            page.put(margin, end + 8, page.label("ship") + colon)
            other = _party(page)
            end = _block(page, margin, end + 8 + page.pitch, *other, "ship")
        return end
    # Sections of pairs: a heading, and below it name, address and numbers each with a label.
    indented = style == "sections indented"
    for role, party in (("seller", seller), ("buyer", buyer)):
        page.put(margin, y, page.label(role) + writer.pick((":", "")), size=page.size * writer.pick((1.0, 1.2)))
        y += page.pitch * 1.2
        x, gap = margin + (15 if indented else 0), writer.whole(110, 190)
        colon = writer.pick((":", ""))
        if writer.chance(0.5):
            page.put(x, y, page.label("number") + colon)
            page.put(x + gap, y, writer.code())
            y += page.pitch
        page.put(x, y, page.label("name") + colon)
        page.value(role, x + gap, y, party[0])
        y += page.pitch
        page.put(x, y, page.label("address") + colon)
        boxes = []
        for line in party[1]:
            boxes.append(page.put(x + gap, y, line))
            y += page.pitch
        page.keep(f"{role}_address", " ".join(party[1]), page.sheet.box_of(boxes))
        y += page.pitch * 0.7
    return y


def _facts(page: _Page) -> list[tuple[str, str]]:
    """Particulars of an invoice in a usual order."""
    writer, day = page.writer, page.writer.day()
    entries = [("invoice_number", writer.code()), ("invoice_date", page.date(day))]
    if writer.chance(0.3):
        entries.reverse()
    more = [
        ("due_date", page.date(day + datetime.timedelta(writer.whole(7, 60)))),
        ("order_number", writer.code()),
        ("order_date", page.date(day - datetime.timedelta(writer.whole(5, 40)))),
        ("delivery_date", page.date(day - datetime.timedelta(writer.whole(1, 4)))),
        ("customer_number", writer.code()),
        ("contract_number", writer.code()),
        ("contact", writer.name()),
    ]
    kept = [entry for entry in more if writer.chance(0.4)]
    everything = entries + kept
    return everything if writer.chance(0.7) else [everything[i] for i in writer.rng.permutation(len(everything)).tolist()]


def _particulars(page: _Page, style: str, y: float) -> float:
    writer, margin = page.writer, page.margin
    entries = _facts(page)
    y += writer.whole(8, 30)
    colon = writer.pick((":", "", " :"))
    if style in ("right", "left", "far"):
        x = margin if style != "right" else page.sheet.width * float(writer.rng.uniform(0.52, 0.6))
        gap = {"right": writer.whole(90, 130), "left": writer.whole(100, 160), "far": writer.whole(220, 300)}[style]
        gap = 0 if style != "far" and writer.chance(0.4) else gap
        at = y if style != "right" else max(60.0, y - writer.whole(60, 140))
        for name, text in entries:
            page.pair(x, at, page.label(name), name, text, gap, colon)
            at += page.pitch
        return max(at, y)
    if style in ("row", "boxes"):
        entries = entries[: 4 if style == "row" else 6]
        across = len(entries) if style == "row" else 3
        width = (page.sheet.width - 2 * margin) / across
        for start in range(0, len(entries), across):
            for place, (name, _) in enumerate(entries[start : start + across]):
                page.put(margin + place * width, y, page.label(name))
            y += page.pitch
            for place, (name, text) in enumerate(entries[start : start + across]):
                page.value(name, margin + place * width, y, text)
            y += 1.5 * page.pitch
        return y
    known = dict(entries)
    number, date = known.pop("invoice_number"), known.pop("invoice_date")
    between = {"en": "dated", "de": "vom", "fr": "du", "es": "de", "it": "del", "nl": "van"}[writer.language.code]
    sign = writer.pick(("Nr.", "#", "No.", "N°", ""))
    words = f"{writer.label('invoice')} {sign} ".replace("  ", " ")
    box = page.put(margin, y, f"{words}{number} {between} {date}", size=page.size)
    begin = text_length(words, page.size)
    page.keep("invoice_number", number, (box[0] + begin, box[1], box[0] + begin + text_length(number, page.size), box[3]))
    page.keep("invoice_date", date, (box[2] - text_length(date, page.size), box[1], box[2], box[3]))
    y += 1.8 * page.pitch
    for name, text in known.items():
        page.pair(margin, y, page.label(name), name, text, 0 if writer.chance(0.5) else 150, colon)
        y += page.pitch
    return y


def _goods(page: _Page, y: float) -> tuple[float, float]:
    writer, margin = page.writer, page.margin
    right = page.sheet.width - margin
    columns = (margin, right - 190, right - 90, right)
    for place, (x, name) in enumerate(zip(columns, ("description", "quantity", "unit_price", "amount"), strict=True)):
        page.put(x, y, writer.label(name), "right" if place else "left")
    y += page.pitch * 1.2
    total = 0.0
    for goods in writer.some(writer.language.goods, writer.whole(1, 8)):
        count, price = writer.whole(1, 20), round(float(writer.rng.uniform(1, 400)), 2)
        total += round(count * price, 2)
        form = page.form if writer.chance(0.5) else "{}"
        cells = (goods, str(count), writer.money(price, form), writer.money(count * price, form))
        for place, (x, cell) in enumerate(zip(columns, cells, strict=True)):
            page.put(x, y, cell, "right" if place else "left")
        y += page.pitch
    return y + page.pitch * 0.8, round(total, 2)


def _amounts(page: _Page, net: float) -> list[tuple[str, float]]:
    writer = page.writer
    entries: list[tuple[str, float]] = []
    if writer.chance(0.25):
        off = round(net * writer.pick((0.02, 0.05, 0.1)), 2)
        entries.append(("discount", -off if writer.chance(0.5) else off))
        net -= off
    if writer.chance(0.25):
        cost = round(float(writer.rng.uniform(3, 30)), 2)
        entries.append(("delivery", cost))
        net += cost
    net = round(net, 2)
    tax = round(net * writer.pick(_TAX_RATES), 2)
    gross = round(net + tax, 2)
    entries += [("net", net), ("tax", tax), ("gross", gross)]
    if writer.chance(0.12):
        entries = [entry for entry in entries if entry[0] not in ("net", "tax")]
    if writer.chance(0.35):
        paid = round(gross * writer.pick((0.0, 0.1, 0.25, 0.3)), 2) if writer.chance(0.6) else 0.0
        if paid or writer.chance(0.3):
            entries.append(("paid", -paid if writer.chance(0.4) else paid))
        entries.append(("due", round(gross - paid, 2)))
    return entries


def _sums(page: _Page, style: str, y: float, net: float) -> None:
    writer, margin = page.writer, page.margin
    right = page.sheet.width - margin
    entries = _amounts(page, net)
    form = page.form
    texts = {name: writer.money(abs(value), form) for name, value in entries}
    texts = {name: ("-" if dict(entries)[name] < 0 else "") + text for name, text in texts.items()}
    if style == "row":
        chosen = entries[:6]
        width = (right - margin) / len(chosen)
        for place, (name, _) in enumerate(chosen):
            page.put(margin + (place + 1) * width, y, page.label(name), "right")
        y += page.pitch
        if writer.chance(0.3) and {"net", "tax", "gross"} <= texts.keys():
            # The same table for each rate of tax, and the totals in its last row.
            for _ in range(2):
                for place in range(len(chosen)):
                    page.put(margin + (place + 1) * width, y, writer.money(float(writer.rng.uniform(1, 200))), "right")
                y += page.pitch
        for place, (name, _) in enumerate(chosen):
            page.value(name, margin + (place + 1) * width, y, texts[name], "right")
        return
    if writer.chance(0.3):
        page.put(margin, y, page.label("summary"), size=page.size * 1.2)
        y += page.pitch * 1.3
    gap = {"right": writer.whole(130, 200), "left": writer.whole(130, 220), "wide": 330, "colon": 0}[style]
    x = right - gap - 60 if style == "right" else margin
    split = style in ("right", "wide") and writer.chance(0.15)
    currency = "EUR" if "€" in form or "EUR" in form else "USD"
    for name, _ in entries:
        label = page.label(name)
        if style == "colon":
            page.pair(x, y, label, name, texts[name], 0, ":")
        else:
            page.put(x, y, label + writer.pick(("", "", ":")))
            if split:
                page.put(right - 75, y, currency, "right")
            page.value(name, x + gap if style == "left" else right, y, texts[name], "left" if style == "left" else "right")
        y += page.pitch * 1.1


def _contacts(page: _Page, x: float, y: float, inline: bool) -> None:
    writer = page.writer
    site = writer.word().lower().strip(".,").replace(" ", "") or "firma"
    entries = [("phone", writer.phone()), ("fax", writer.phone()), ("email", f"info@{site}.com")]
    for name, text in writer.some(entries, 2):
        page.pair(x, y, page.label(name), name, text, 0 if inline else 70, ":")
        y += page.pitch


def _foot(page: _Page) -> None:
    writer = page.writer
    y = page.sheet.height - float(writer.whole(50, 80))
    code = "".join(writer.pick("ABCDEFGHKLMNPRSTUVWXZ") for _ in range(4))
    entries = [
        ("iban", writer.iban()),
        ("bic", f"{code}{writer.language.code.upper()}2A{writer.pick(('', 'XXX'))}"),
        ("tax_id", f"{writer.language.code.upper()}{writer.digits(9)}"),
        ("phone", writer.phone()),
        ("register", writer.code()),
    ]
    taken = [entry for entry in entries if entry[0] not in page.found and writer.chance(0.5)]
    columns = writer.chance(0.5)
    x = page.margin
    for name, text in taken:
        page.pair(x, y, page.label(name), name, text, 0, writer.pick((":", "", " :")) if not columns else ":")
        if columns:
            x += 170
            if x > page.sheet.width - 180:
                x, y = page.margin, y + page.pitch
        else:
            y += page.pitch


def _receipt(page: _Page) -> str:
    writer = page.writer
    page.receipt = True
    page.sheet.width, page.sheet.height = float(writer.whole(220, 330)), 900.0
    page.size, page.margin = float(writer.rng.uniform(9, 13)), float(writer.whole(8, 20))
    page.pitch = page.size * float(writer.rng.uniform(1.15, 1.5))
    width, right = page.sheet.width, page.sheet.width - page.margin
    centred = writer.chance(0.75)
    upper = writer.chance(0.6)
    y = float(writer.whole(10, 40))

    def shown(text: str) -> str:
        return text.upper() if upper else text

    def line(text: str, size: float = 0.0) -> Box:
        nonlocal y
        box = page.put(width / 2 if centred else page.margin, y, shown(text), "middle" if centred else "left", size)
        y += page.pitch
        return box

    if writer.chance(0.25):
        line(writer.pick((writer.digits(8), "*** COPY ***", writer.title(1, 2), "WELCOME")))
    name = writer.company()
    page.keep("company", shown(name), line(name, page.size * writer.pick((1.0, 1.0, 1.3))))
    if writer.chance(0.4):
        line(f"({writer.digits(6)}-{writer.pick('ABDHKMPTVWX')})")
    street, town = writer.street(), writer.town()
    lines = [street, town]
    if writer.chance(0.6):
        second = f"{writer.pick(('Level', 'Unit', 'Lot', 'No.', 'Suite'))} {writer.whole(1, 99)}, {writer.title(1, 2)}"
        lines.insert(writer.whole(0, 1), second)
    if writer.chance(0.3):
        lines = [f"{lines[0]},", *lines[1:]]
    boxes = [line(text) for text in lines]
    page.keep("address", " ".join(shown(text) for text in lines), page.sheet.box_of(boxes))
    if writer.chance(0.7):
        phone = writer.phone()
        box = line(f"{page.label('phone')}{writer.pick((': ', ' ', ':'))}{phone}")
        page.keep("phone", phone, box)
    if writer.chance(0.6):
        line(f"{writer.pick(('GST ID', 'GST Reg No', 'VAT No', 'Tax ID', page.label('tax_id')))}: {writer.digits(12)}")
    y += page.pitch * 0.5
    if writer.chance(0.5):
        line(writer.pick(("TAX INVOICE", "RECEIPT", writer.label("invoice"), "CASH RECEIPT")))
    day = page.date(writer.day())
    time = writer.time()
    number = writer.code()
    order = ["date", "number", "staff"]
    for what in [order[i] for i in writer.rng.permutation(3).tolist()]:
        if what == "date":
            label = writer.pick((writer.label("date") + ": ", writer.label("date") + " ", "", writer.label("date") + " : "))
            tail = f" {time}" if writer.chance(0.5) else ""
            box = page.put(page.margin, y, label + day + tail)
            begin = box[0] + text_length(label, page.size)
            page.keep("date", day, (begin, box[1], begin + text_length(day, page.size), box[3]))
            if tail:
                page.keep("time", time, (box[2] - text_length(time, page.size), box[1], box[2], box[3]))
            y += page.pitch
        elif what == "number" and writer.chance(0.7):
            page.pair(page.margin, y, writer.label("receipt_number"), "receipt_number", number, writer.pick((0, 110)), ":")
            y += page.pitch
        elif what == "staff" and writer.chance(0.6):
            page.put(page.margin, y, f"{writer.pick(('Cashier', 'Served by', 'Table', 'Counter'))}: {writer.pick((writer.name(), writer.digits(2)))}")
            y += page.pitch
    y += page.pitch * 0.5
    total, count = 0.0, 0
    two_rows = writer.chance(0.4)
    suffix = writer.pick(("", "", " SR", " S", "SR"))
    for goods in writer.some(writer.language.goods, writer.whole(1, 9)):
        amount, price = writer.whole(1, 4), round(float(writer.rng.uniform(0.5, 40)), 2)
        total, count = total + amount * price, count + amount
        page.put(page.margin, y, shown(goods))
        if two_rows:
            y += page.pitch
            page.put(page.margin + 10, y, f"{amount} x {writer.money(price)}")
        page.put(right, y, writer.money(amount * price) + suffix, "right")
        y += page.pitch
    y += page.pitch * 0.5
    return _receipt_sums(page, y, round(total, 2), count, shown)


def _receipt_sums(page: _Page, y: float, total: float, count: int, shown: Callable[[str], str]) -> str:
    writer, right = page.writer, page.sheet.width - page.margin
    included = writer.chance(0.5)
    tax = round(total * writer.pick((0.06, 0.07, 0.1, 0.2)), 2)
    net = round(total - tax, 2) if included else total
    gross = total if included else round(total + tax, 2)
    entries: list[tuple[str, str, str]] = []
    if writer.chance(0.5):
        entries.append(("subtotal", writer.label("subtotal"), writer.money(net)))
    if writer.chance(0.5):
        entries.append(("tax", writer.pick((writer.label("tax"), f"{writer.label('tax')} {writer.whole(5, 20)}%")), writer.money(tax)))
    if writer.chance(0.3):
        entries.append(("count", writer.pick(("Total Qty", "Item count", "TOTAL ITEMS")), str(count)))
    rounding = round(-gross % 0.05, 2) if writer.chance(0.3) else 0.0
    if rounding:
        label = writer.pick(("Total Sales", "Total incl. GST", "Total Amount", "TOTAL SALES (INCLUSIVE GST)"))
        entries.append(("before rounding", label, writer.money(gross)))
        entries.append(("rounding", writer.pick(("Rounding", "Rounding Adj", "ROUND ADJ")), writer.money(rounding)))
        gross = round(gross + rounding, 2)
    form = writer.pick(("{}", "{}", page.form))
    label = writer.pick((writer.label("total"), writer.label("total"), "NET TOTAL", "Total", "TOTAL (INCL. GST)", "Total Inclusive GST"))
    entries.append(("total", label, writer.money(gross, form)))
    if writer.chance(0.7):
        given = gross if writer.chance(0.4) else float(np.ceil(gross / 10) * 10)
        entries.append(("cash", writer.label("cash"), writer.money(given)))
        if given > gross or writer.chance(0.4):
            entries.append(("change", writer.label("change"), writer.money(round(given - gross, 2))))
    colon = writer.pick(("", ":", " :"))
    align = writer.pick(("left", "left", "right"))
    for name, text, value in entries:
        x = page.margin if align == "left" else right - 70
        page.put(x, y, shown(text) + colon, "left" if align == "left" else "right")
        if name in ("count", "before rounding", "rounding"):
            page.put(right, y, value, "right")
        else:
            page.value(name, right, y, value, "right")
        y += page.pitch
    if writer.chance(0.4):
        y += page.pitch
        for x, text in ((page.margin, "GST Summary"), (right - 70, "Amount"), (right, "Tax")):
            page.put(x, y, text, "left" if x == page.margin else "right")
        y += page.pitch
        for x, text in ((page.margin, "SR 6%"), (right - 70, writer.money(net)), (right, writer.money(tax))):
            page.put(x, y, text, "left" if x == page.margin else "right")
        y += page.pitch
    if writer.chance(0.7):
        page.put(page.sheet.width / 2, y + page.pitch, shown(writer.label("thanks")), "middle")
    return f"{align}/{'included' if included else 'added'}/{'rounded' if rounding else 'plain'}"


def _form(page: _Page) -> str:
    """Labels with values, of which many are words that no lexicon has."""
    writer, style = page.writer, page.writer.pick(("beside", "below", "two columns", "inline", "table"))
    y = float(writer.whole(30, 60))
    page.put(page.margin, y, writer.title(2, 4), size=page.size * 1.5)
    y += page.pitch * 2.5
    known: dict[str, Callable[[], str]] = {
        "policy_number": writer.code, "customer_number": writer.code, "contract_number": writer.code, "phone": writer.phone,
        "birth_date": lambda: page.date(writer.day()), "start_date": lambda: page.date(writer.day()),
        "end_date": lambda: page.date(writer.day()), "rent": lambda: writer.money(writer.whole(300, 2500), page.form),
        "salary": lambda: writer.money(writer.whole(1500, 9000), page.form), "deposit": lambda: writer.money(writer.whole(300, 4000), page.form),
        "landlord": writer.name, "tenant": writer.name, "employer": writer.company, "employee": writer.name,
        "email": lambda: f"{writer.pick(writer.language.surnames).lower()}@example.org", "iban": writer.iban,
        "notice_period": lambda: writer.pick(("3 months", "4 Wochen", "1 mois", "30 days", "3 mesi")),
    }  # fmt: skip
    entries = [(name, page.label(name), known[name]()) for name in writer.some(list(known), writer.whole(4, 9))]
    for _ in range(writer.whole(1, 5)):
        value = writer.write(writer.code, writer.name, lambda: writer.words(2), lambda: page.date(writer.day()), lambda: writer.number(writer.whole(1, 9999), 0))
        entries.append(("own", writer.title(1, 2), value))
    entries = [entries[i] for i in writer.rng.permutation(len(entries)).tolist()]
    colon = writer.pick((":", "", ":"))
    columns = 2 if style in ("two columns", "table") else 1
    width = (page.sheet.width - 2 * page.margin) / columns
    gap = min(max(text_length(label + colon, page.size) for _, label, _ in entries) + 15, 0.75 * width)
    own: list[tuple[str, str, Box]] = []
    for at, (name, label, text) in enumerate(entries):
        x = page.margin + (at % columns) * width
        if writer.chance(0.08):
            # A field that was left open.
            page.put(x, y, label + colon)
        else:
            if style in ("below", "table"):
                page.put(x, y, label + colon)
                page.value(name, x, y + page.pitch, text)
            else:
                page.pair(x, y, label, name, text, 0 if style == "inline" else gap, colon)
            if name == "own":
                own.append((label, *page.found["own"][-1]))
        if at % columns == columns - 1:
            y += page.pitch * (2.4 if style in ("below", "table") else 1.3)
    page.found.pop("own", None)
    for label, text, box in own:
        page.found[f"own {label}"] = [(text, box)]
        asked = (f"What is the value of '{label}'?", f"What stands in the field '{label}'?", f"What is the {label.lower()}?")
        page.asks[f"own {label}"] = asked
    return style


def _contract(page: _Page) -> str:
    """Sentences that name parties, dates and amounts, with or without a table of particulars."""
    writer, style = page.writer, page.writer.pick(("particulars", "clauses", "numbered"))
    y = float(writer.whole(30, 60))
    page.put(page.sheet.width / 2, y, writer.title(2, 3), "middle", page.size * 1.5)
    y += page.pitch * 2.5
    roles = writer.pick((("landlord", "tenant"), ("employer", "employee")))
    money = "rent" if roles[0] == "landlord" else "salary"
    entries = [
        (roles[0], writer.pick((writer.company, writer.name))()),
        (roles[1], writer.name()),
        ("start_date", page.date(writer.day())),
        (money, writer.money(writer.whole(500, 6000), page.form)),
        ("notice_period", writer.pick(("3 months", "4 weeks", "30 days", "6 Wochen"))),
        ("contract_number", writer.code()),
    ]
    kept = [entry for at, entry in enumerate(entries) if at < 2 or writer.chance(0.7)]
    gap = writer.pick((0, 150, 180))
    for at, (name, text) in enumerate(kept):
        prefix = f"{at + 1}. " if style == "numbered" else ""
        page.pair(page.margin, y, prefix + page.label(name), name, text, gap, ":")
        y += page.pitch * 1.3
        if style == "clauses" and writer.chance(0.6):
            for _ in range(writer.whole(1, 3)):
                page.put(page.margin, y, writer.sentence(8, 12)[:95])
                y += page.pitch
            y += page.pitch * 0.5
    for _ in range(writer.whole(4, 14)):
        page.put(page.margin, y, writer.sentence(8, 12)[:95])
        y += page.pitch
    return style
