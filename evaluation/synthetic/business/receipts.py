"""Till receipts as OCR reads them."""

from collections.abc import Callable

import numpy as np

from .pages import BusinessPages
from .sheet import Box, text_length


def receipt(page: BusinessPages) -> str:
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
        number = writer.digits(12)
        box = line(f"{writer.pick(('GST ID', 'GST Reg No', 'VAT No', 'Tax ID', page.label('tax_id')))}: {number}")
        page.keep("tax_id", number, (box[2] - text_length(number, page.size), *box[1:]))
    y += page.pitch * 0.5
    if writer.chance(0.5):
        line(writer.pick(("TAX INVOICE", "RECEIPT", writer.label("invoice"), "CASH RECEIPT")))
    day = page.date(writer.day())
    time = writer.time()
    number = writer.code()
    order = ["date", "number", "staff"]
    for what in [order[i] for i in writer.rng.permutation(3).tolist()]:
        if what == "date":
            label = writer.pick(
                (writer.label("date") + ": ", writer.label("date") + " ", "", writer.label("date") + " : ")
            )
            tail = f" {time}" if writer.chance(0.5) else ""
            box = page.put(page.margin, y, label + day + tail)
            begin = box[0] + text_length(label, page.size)
            page.keep("date", day, (begin, box[1], begin + text_length(day, page.size), box[3]))
            if tail:
                page.keep("time", time, (box[2] - text_length(time, page.size), box[1], box[2], box[3]))
            y += page.pitch
        elif what == "number" and writer.chance(0.7):
            page.pair(
                page.margin, y, writer.label("receipt_number"), "receipt_number", number, writer.pick((0, 110)), ":"
            )
            y += page.pitch
        elif what == "staff" and writer.chance(0.6):
            post = writer.pick(("Cashier", "Served by", "Table", "Counter"))
            page.put(page.margin, y, f"{post}: {writer.pick((writer.name(), writer.digits(2)))}")
            y += page.pitch
    y += page.pitch * 0.5
    total, count = 0.0, 0
    two_rows, coded = writer.chance(0.4), writer.chance(0.35)
    suffix = writer.pick(("", "", " SR", " S", "SR"))
    for goods in writer.some(writer.language.goods, writer.whole(1, 9)):
        amount, price = writer.whole(1, 4), round(float(writer.rng.uniform(0.5, 40)), 2)
        total, count = total + amount * price, count + amount
        code = f"{writer.digits(writer.pick((5, 8, 12, 13)))} " if coded else ""
        page.put(page.margin, y, code + shown(goods))
        if two_rows:
            y += page.pitch
            page.put(page.margin + 10, y, f"{amount} x {writer.money(price)}")
        page.put(right, y, writer.money(amount * price) + suffix, "right")
        y += page.pitch
    y += page.pitch * 0.5
    return _receipt_sums(page, y, round(total, 2), count, shown)


def _receipt_sums(page: BusinessPages, y: float, total: float, count: int, shown: Callable[[str], str]) -> str:
    writer, right = page.writer, page.sheet.width - page.margin
    included = writer.chance(0.5)
    tax = round(total * writer.pick((0.06, 0.07, 0.1, 0.2)), 2)
    net = total
    gross = total if included else round(total + tax, 2)
    entries: list[tuple[str, str, str]] = []
    if writer.chance(0.5):
        entries.append(("subtotal", writer.label("subtotal"), writer.money(net)))
    if writer.chance(0.5):
        entries.append(
            (
                "tax",
                writer.pick((writer.label("tax"), f"{writer.label('tax')} {writer.whole(5, 20)}%")),
                writer.money(tax),
            )
        )
    if writer.chance(0.3):
        entries.append(("count", writer.pick(("Total Qty", "Item count", "TOTAL ITEMS")), str(count)))
    rounding = round(-gross % 0.05, 2) if writer.chance(0.3) else 0.0
    if rounding:
        label = writer.pick(("Total Sales", "Total incl. GST", "Total Amount", "TOTAL SALES (INCLUSIVE GST)"))
        entries.append(("before rounding", label, writer.money(gross)))
        entries.append(("rounding", writer.pick(("Rounding", "Rounding Adj", "ROUND ADJ")), writer.money(rounding)))
        gross = round(gross + rounding, 2)
    form = writer.pick(("{}", "{}", page.form))
    label = writer.pick(
        (writer.label("total"), writer.label("total"), "NET TOTAL", "Total", "TOTAL (INCL. GST)", "Total Inclusive GST")
    )
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
        page.put(page.margin, y, "SR 6%")
        page.value("subtotal", right - 70, y, writer.money(net), "right")
        page.value("tax", right, y, writer.money(tax), "right")
        y += page.pitch
    if writer.chance(0.7):
        page.put(page.sheet.width / 2, y + page.pitch, shown(writer.label("thanks")), "middle")
    return f"{align}/{'included' if included else 'added'}/{'rounded' if rounding else 'plain'}"
