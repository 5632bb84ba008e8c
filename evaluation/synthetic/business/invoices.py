"""Invoices of one or two pages; each part has one of several layouts."""

import datetime

from .pages import BusinessPages
from .parties import HEADS, prose
from .parties import head as draw_head
from .sheet import text_length

PARTICULARS = ("right", "left", "row", "boxes", "sentence", "far")
SUMS = ("right", "left", "row", "colon", "wide")
_TAX_RATES = (0.05, 0.06, 0.07, 0.1, 0.19, 0.2, 0.21, 0.22, 0.25)


def invoice(page: BusinessPages) -> str:
    writer = page.writer
    head, particulars, sums = writer.pick(HEADS), writer.pick(PARTICULARS), writer.pick(SUMS)
    y = 0.0
    if particulars == "sentence" and writer.chance(0.5):
        y = _particulars(page, particulars, float(writer.whole(20, 40)))
        particulars = "title"
    y = draw_head(page, head, y)
    if particulars != "title":
        y = _particulars(page, particulars, y)
    if writer.chance(0.4):
        y = prose(page, y + page.pitch)
    if writer.chance(0.25):
        if writer.chance(0.5):
            _foot(page)
        page.turn()
        y = float(writer.whole(25, 60))
    y, net = _goods(page, y + writer.whole(5, 25))
    _sums(page, sums, y, net)
    _foot(page)
    return f"{head}/{particulars}/{sums}"


def _facts(page: BusinessPages) -> list[tuple[str, str]]:
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
    return (
        everything if writer.chance(0.7) else [everything[i] for i in writer.rng.permutation(len(everything)).tolist()]
    )


def _particulars(page: BusinessPages, style: str, y: float) -> float:
    writer, margin = page.writer, page.margin
    entries = _facts(page)
    y += writer.whole(8, 30)
    if style != "sentence" and writer.chance(0.2):
        # A date without a label, as letters have it, often behind the name of a place.
        date = dict(entries)["invoice_date"]
        entries = [entry for entry in entries if entry[0] != "invoice_date"]
        place = writer.pick(("", "", f"{writer.pick(writer.language.cities)}, "))
        box = page.put(page.sheet.width - margin, y, place + date, "right")
        page.keep("invoice_date", date, (box[2] - text_length(date, page.size), *box[1:]))
        if writer.chance(0.5):
            page.put(margin, y, f"{writer.label('invoice')} {writer.title(1, 2)}")
        y += 1.6 * page.pitch
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
            for column, (name, _) in enumerate(entries[start : start + across]):
                page.put(margin + column * width, y, page.label(name))
            y += page.pitch
            for column, (name, text) in enumerate(entries[start : start + across]):
                page.value(name, margin + column * width, y, text)
            y += 1.5 * page.pitch
        return y
    known = dict(entries)
    number, date = known.pop("invoice_number"), known.pop("invoice_date")
    between = {"en": "dated", "de": "vom", "fr": "du", "es": "de", "it": "del", "nl": "van"}[writer.language.code]
    sign = writer.pick(("Nr.", "#", "No.", "N°", ""))
    kind = writer.pick(("", "", "(380) ", f"{writer.title(1, 1)} "))
    words = f"{writer.label('invoice')} {kind}{sign} ".replace("  ", " ")
    box = page.put(margin, y, f"{words}{number} {between} {date}", size=page.size)
    begin = text_length(words, page.size)
    page.keep(
        "invoice_number", number, (box[0] + begin, box[1], box[0] + begin + text_length(number, page.size), box[3])
    )
    page.keep("invoice_date", date, (box[2] - text_length(date, page.size), box[1], box[2], box[3]))
    y += 1.8 * page.pitch
    for name, text in known.items():
        page.pair(margin, y, page.label(name), name, text, 0 if writer.chance(0.5) else 150, colon)
        y += page.pitch
    return y


def _goods(page: BusinessPages, y: float) -> tuple[float, float]:
    writer, margin = page.writer, page.margin
    right = page.sheet.width - margin
    # Each row may name its tax, or go on with a remark that has an amount: neither is a sum of the invoice.
    taxed = writer.pick(
        ("", "", f"{writer.pick((7, 19, 20))} % {writer.label('tax')}", f"{writer.pick((7, 19, 20))} %")
    )
    remarked = writer.chance(0.2)
    columns = (margin, right - 190, right - 90, right) if not taxed else (margin, right - 250, right - 155, right)
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
        if taxed:
            page.put(right - 68, y, taxed, "right", page.size * 0.9)
        y += page.pitch
        if remarked and writer.chance(0.5):
            page.put(
                margin + 10,
                y,
                f"{writer.pick((writer.label('unit_price'), page.label('discount')))}: {writer.money(price)}",
            )
            y += page.pitch
    return y + page.pitch * 0.8, round(total, 2)


def _amounts(page: BusinessPages, net: float) -> list[tuple[str, float]]:
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


def _sums(page: BusinessPages, style: str, y: float, net: float) -> None:
    writer, margin = page.writer, page.margin
    right = page.sheet.width - margin
    entries = _amounts(page, net)
    form = page.form
    if writer.chance(0.45) and style != "row":
        y = _breakdown(page, y, dict(entries))
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
            page.value(
                name, x + gap if style == "left" else right, y, texts[name], "left" if style == "left" else "right"
            )
        y += page.pitch * 1.1


def _breakdown(page: BusinessPages, y: float, entries: dict[str, float]) -> float:
    """A table of surcharges or of taxes before the sums, with amounts that are not the totals."""
    writer, margin = page.writer, page.margin
    right = page.sheet.width - margin
    columns = (margin, margin + 170, margin + 290, right)
    of_taxes = "net" in entries and writer.chance(0.6)
    if of_taxes:
        heads = (writer.label("tax"), page.label("rate"), page.label("net"), page.label("tax"))
        net, tax = entries["net"], entries["tax"]
        part = round(net * float(writer.rng.uniform(0.3, 0.7)), 2)
        cut = round(tax * float(writer.rng.uniform(0.3, 0.7)), 2)
        rows = [("A", "7 %", part, cut), ("B", "19 %", round(net - part, 2), round(tax - cut, 2))]
    else:
        heads = (page.label("discount"), page.label("rate"), writer.label("amount"), writer.label("tax"))
        rows = [(writer.word(), f"{writer.whole(2, 20)} %", writer.whole(5, 300) + 0.5, writer.whole(1, 40) + 0.25)]
    for at, (x, text) in enumerate(zip(columns, heads, strict=True)):
        page.put(x, y, text, "right" if at == 3 else "left")
    y += page.pitch
    for name, rate, first, second in rows:
        page.put(columns[0], y, name)
        page.put(columns[1], y, rate)
        page.put(columns[2], y, writer.money(first))
        page.put(columns[3], y, writer.money(second), "right")
        y += page.pitch
    return y + page.pitch


def _foot(page: BusinessPages) -> None:
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
