"""Letters of insurances and utilities that ask for money, and bank statements."""

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from .agreements import flow
from .pages import BusinessPages
from .parties import any_party
from .sheet import text_length


@cache
def words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((Path(__file__).parent / "letters.toml").read_text(encoding="utf-8"))


def letter(page: BusinessPages) -> str:
    """A letter: sender and recipient, a subject, a period, a table of parts with their sums, and remarks."""
    writer, texts = page.writer, words().get(page.writer.language.code) or words()["en"]
    style = writer.pick(("stacked", "window", "columns"))
    y = _parties(page, texts, style)
    y = _subject(page, texts, y)
    if writer.chance(0.5):
        page.put(page.margin, y, writer.pick(texts["greeting"]).format(name=writer.pick(writer.language.surnames)))
        y += page.pitch * 1.5
    day = writer.day()
    values = {
        "from_": page.date(day),
        "until": page.date(day + datetime.timedelta(writer.pick((90, 365)))),
        "due_date": page.date(day + datetime.timedelta(writer.whole(5, 40))),
        "iban": writer.iban(),
        "bic": "".join(writer.pick("ABCDEFGHKLMN") for _ in range(6)) + "2A",
        "other_date": page.date(writer.day()),
        "other_money": writer.money(writer.whole(5, 900), page.form),
    }
    y = flow(page, y, writer.pick(texts["openings"]), values, {}) + page.pitch * 0.3
    if writer.chance(0.7):
        y = flow(page, y, writer.pick(texts["dues"]), values, {})
    else:
        page.found.pop("due_date", None)
    sums = writer.pick(("right", "near"))
    y = _charges(page, texts, y + page.pitch, sums)
    for text in writer.some(texts["remarks"], writer.whole(1, 3)):
        y = flow(page, y, text, values, {}) + page.pitch * 0.4
    for name in ("from_", "until", "other_date", "other_money"):
        page.found.pop(name, None)
    return f"{style}/{sums}"


def _parties(page: BusinessPages, texts: Mapping[str, Sequence[str]], style: str) -> float:
    writer, y = page.writer, float(page.writer.whole(25, 60))
    seller, buyer = any_party(page), any_party(page)
    buyer = (writer.name(), buyer[1])
    second = page.margin if style != "columns" else page.sheet.width * 0.55
    level = y
    box = page.put(page.margin, y, seller[0], size=page.size * writer.pick((1.0, 1.4)))
    page.keep("seller", seller[0], box)
    y += page.pitch * 1.4
    if style != "window":
        boxes = [page.put(page.margin, y + at * page.pitch, line) for at, line in enumerate(seller[1])]
        page.keep("seller_address", " ".join(seller[1]), page.sheet.box_of(boxes))
        y += page.pitch * len(boxes)
    else:
        small = f"{seller[0]} · {' · '.join(seller[1])}"
        page.put(page.margin, y + 30, small, size=page.size * 0.75)
        y += 30 + page.pitch
    end = y
    y = level if style == "columns" else y + page.pitch * writer.pick((0.0, 1.0))
    if writer.chance(0.6):
        page.put(second, y, writer.pick(texts["honorific"]))
        y += page.pitch
    page.value("buyer", second, y, buyer[0])
    y += page.pitch
    boxes = [page.put(second, y + at * page.pitch, line) for at, line in enumerate(buyer[1])]
    page.keep("buyer_address", " ".join(buyer[1]), page.sheet.box_of(boxes))
    y = max(end, y + page.pitch * len(boxes))
    if writer.chance(0.6):
        for name, text in (("phone", writer.phone()), ("fax", writer.phone())):
            y += page.pitch
            page.pair(page.margin, y, page.label(name), name, text, 0, ":")
    return y + page.pitch * 2


def _subject(page: BusinessPages, texts: Mapping[str, Sequence[str]], y: float) -> float:
    """Subject, date and number, of which the date often has no label."""
    writer, day = page.writer, page.date(page.writer.day())
    town = writer.pick(("", "", f"{writer.pick(writer.language.cities)}, "))
    label = writer.pick(("", "", f"{page.label('invoice_date')}: "))
    right = page.sheet.width - page.margin
    level = y if writer.chance(0.6) else y - page.pitch * 2
    box = page.put(right, level, town + label + day, "right")
    page.keep("invoice_date", day, (box[2] - text_length(day, page.size), *box[1:]))
    number, subject = writer.code(), writer.pick(texts["subjects"])
    sign = writer.pick(texts["numbers"])
    name = "policy_number" if sign.startswith(("Polic", "VSNR", "Versich", "Póliza")) else "number"
    if "ontra" in sign or "Vertrag" in sign:
        name = "contract_number"
    elif sign.startswith("Kunden"):
        name = "customer_number"
    if writer.chance(0.5):
        page.put(page.margin, y, subject)
        y += page.pitch
        words_before = f"{sign} "
    else:
        words_before = f"{subject} {sign} "
        name = "invoice_number" if name == "number" else name
    box = page.put(page.margin, y, words_before + number)
    page.keep(name, number, (box[0] + text_length(words_before, page.size), *box[1:]))
    return y + page.pitch * 1.8


def _charges(page: BusinessPages, texts: Mapping[str, Sequence[str]], y: float, style: str) -> float:
    writer = page.writer
    right = (
        page.sheet.width - page.margin if style == "right" else page.sheet.width * float(writer.rng.uniform(0.5, 0.8))
    )
    form = page.form

    def row(label: str, value: str, name: str = "") -> None:
        nonlocal y
        page.put(page.margin, y, label + writer.pick(("", "", ":")))
        box = page.put(right, y, value, "right")
        if name:
            page.keep(name, value.strip("()"), box)
        y += page.pitch * 1.1

    net = 0.0
    for part in writer.some(texts["parts"], writer.whole(1, 4)):
        amount = round(float(writer.rng.uniform(0, 400)), 2) if writer.chance(0.9) else 0.0
        net = round(net + amount, 2)
        row(part, writer.money(amount, form))
    tax = round(net * writer.pick((0.19, 0.2, 0.07, 0.21)), 2)
    if writer.chance(0.5):
        row(writer.pick(texts["net"]), writer.money(net, form), "net")
        row(writer.pick(texts["tax"]), writer.money(tax, form), "tax")
        gross = round(net + tax, 2)
        row(writer.pick(texts["gross"]), writer.money(gross, form), "gross")
    else:
        gross = net
        row(writer.pick(texts["gross"]), writer.money(gross, form), "gross")
        shown = writer.money(tax, form)
        row(
            writer.pick(texts["included"]),
            f"({shown})" if writer.chance(0.6) and form.endswith(("€", "EUR")) else shown,
            "tax",
        )
    kind = writer.pick(("", "open", "paid", ""))
    if kind:
        other = round(float(writer.rng.uniform(5, max(gross, 6))), 2)
        minus = "-" if kind == "paid" and writer.chance(0.5) else ""
        row(writer.pick(texts[kind]), minus + writer.money(other, form), kind)
        due = gross + other if kind == "open" else gross - other
        row(writer.pick(texts["due"]), writer.money(round(due, 2), form), "due")
    return y + page.pitch


def statement(page: BusinessPages) -> str:
    """A bank statement: account, holder, period, balances, and a table of entries of which nobody asks."""
    writer, texts = page.writer, words().get(page.writer.language.code) or words()["en"]
    style = writer.pick(("left", "right", "row"))
    y = float(writer.whole(30, 60))
    page.put(page.margin, y, writer.company(), size=page.size * 1.4)
    y += page.pitch * 2
    page.put(page.margin, y, writer.pick(texts["statement"]), size=page.size * 1.3)
    y += page.pitch * 2
    balance = round(float(writer.rng.uniform(-500, 9000)), 2)
    first, entries = balance, []
    for _ in range(writer.whole(3, 12)):
        amount = round(float(writer.rng.uniform(-900, 1500)), 2)
        balance = round(balance + amount, 2)
        entries.append(
            (page.date(writer.day()), writer.pick(texts["entries"]), writer.money(amount), writer.money(balance))
        )
    pairs = [
        ("account_number", writer.pick(texts["account"]), writer.digits(writer.whole(7, 10))),
        ("iban", "IBAN", writer.iban()),
        ("account_holder", writer.pick(texts["holder"]), writer.name()),
        ("statement date", writer.label("date"), page.date(writer.day())),
        ("opening balance", writer.pick(texts["opening_balance"]), writer.money(first, page.form)),
        ("closing balance", writer.pick(texts["closing_balance"]), writer.money(balance, page.form)),
    ]
    kept = [pair for pair in pairs if writer.chance(0.8)]
    x = page.margin if style != "right" else page.sheet.width * 0.5
    if style == "row":
        width = (page.sheet.width - 2 * page.margin) / max(len(kept), 1)
        shown = kept[:4]
        for at, (_, label, _) in enumerate(shown):
            page.put(page.margin + at * max(width, 125), y, label)
        y += page.pitch
        for at, (name, _, text) in enumerate(shown):
            page.value(name, page.margin + at * max(width, 125), y, text)
        kept = kept[4:]
        y += page.pitch * 1.5
    for name, label, text in kept:
        page.pair(x, y, label, name, text, writer.pick((0, 120)), ":")
        y += page.pitch * 1.2
    for name in ("opening balance", "closing balance"):
        if name in page.found:
            label = next(label for other, label, _ in pairs if other == name)
            page.asks[name] = (f"What is the {label.lower()}?", f"How much is the '{label}'?")
    page.asks["account_number"] = ("What is the account number?",)
    page.asks["account_holder"] = ("Who is the account holder?",)
    page.asks["statement date"] = ("What is the date?",)
    y += page.pitch
    right = page.sheet.width - page.margin
    columns = (page.margin, page.margin + 90, right - 90, right)
    for row in (texts["columns"], *entries):
        for at, (x, text) in enumerate(zip(columns, row, strict=True)):
            page.put(x, y, text, "left" if at < 2 else "right")
        y += page.pitch
    return style
