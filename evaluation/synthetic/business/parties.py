"""The heads of invoices: who sells and who buys, in letterheads, address windows, labelled blocks and sections."""

from .pages import BusinessPages
from .sheet import text_length

HEADS = ("letterhead", "labelled", "sections", "window", "sections indented", "bare sections", "columns")


def any_party(page: BusinessPages) -> tuple[str, list[str]]:
    writer = page.writer
    name = writer.company() if writer.chance(0.8) else writer.name()
    lines = [writer.street(), writer.town()]
    if writer.chance(0.25):
        lines.append(
            writer.pick(("Germany", "France", "Deutschland", "Italia", "España", "Nederland", "United Kingdom"))
        )
    return name, lines


def _block(
    page: BusinessPages,
    x: float,
    y: float,
    name: str,
    lines: list[str],
    role: str,
    align: str = "left",
    large: bool = False,
) -> float:
    size = page.size * (1.5 if large else 1.0)
    if not large and page.writer.chance(0.12):
        page.put(x, y, f"{page.writer.pick(('GLN', 'No.', 'Nr.', 'ID'))} {page.writer.digits(9)}", align)
        y += page.pitch
    box = page.put(x, y, name, align, size)
    page.keep(role, name, box)
    y += size * 1.4
    boxes = []
    for line in lines:
        boxes.append(page.put(x, y, line, align))
        y += page.pitch
    page.keep(f"{role}_address", " ".join(lines), page.sheet.box_of(boxes))
    return y


def prose(page: BusinessPages, y: float) -> float:
    """Sentences that mention a day, an amount or a company which nobody asks for."""
    writer = page.writer
    for _ in range(writer.whole(1, 4)):
        words = writer.sentence(6, 10).split(" ")
        extra = writer.write(
            lambda: page.date(writer.day()),
            lambda: writer.money(writer.whole(5, 900), page.form),
            writer.company,
            writer.code,
        )
        words.insert(writer.whole(1, len(words)), extra)
        page.put(page.margin, y, " ".join(words)[:100])
        y += page.pitch
    return y + page.pitch * 0.5


def head(page: BusinessPages, style: str, top: float) -> float:
    writer, margin, right = page.writer, page.margin, page.sheet.width - page.margin
    seller, buyer = any_party(page), any_party(page)
    y = top + float(writer.whole(25, 60))
    if style == "bare sections":
        for role, party in (("seller", seller), ("buyer", buyer)):
            colon = writer.pick((":", ""))
            page.put(margin, y, page.label(role) + colon)
            y += page.pitch
            for _ in range(writer.whole(0, 2)):
                page.put(margin, y, f"{page.label('number')}: {writer.digits(9)}")
                y += page.pitch
            y = _block(page, margin, y, *party, role)
            if writer.chance(0.5):
                page.put(margin, y, f"{page.label('tax_id')}: {writer.language.code.upper()}{writer.digits(9)}")
                y += page.pitch
            y += page.pitch * 0.7
        if writer.chance(0.4):
            page.put(margin, y, writer.title(1, 3))
            y = _block(page, margin, y + page.pitch, *any_party(page), "other")
        return y
    if style == "columns":
        width = (right - margin) / 3
        named = [("seller", seller), ("buyer", buyer), ("ship", any_party(page))]
        ends = []
        for at, (role, party) in enumerate(named[: 3 if writer.chance(0.6) else 2]):
            page.put(margin + at * width, y, page.label(role))
            ends.append(_block(page, margin + at * width, y + page.pitch, *party, role))
        return max(ends)
    if style == "letterhead":
        at_right = writer.chance(0.5)
        end = _block(
            page,
            right if at_right else margin,
            y,
            *seller,
            "seller",
            "right" if at_right else "left",
            writer.chance(0.6),
        )
        if writer.chance(0.5):
            contacts(page, right - 150 if at_right else margin, end, inline=True)
            end += 3 * page.pitch
        if writer.chance(0.4):
            page.put(margin, end + 20, page.label("buyer") + writer.pick((":", "")))
            end += page.pitch
        return _block(page, margin, end + 20, *buyer, "buyer")
    if style == "window":
        if writer.chance(0.7):
            _block(page, right - 150, y, *seller, "seller", "left", writer.chance(0.5))
        small = f"{seller[0]} {writer.pick(('-', '|', '•', '·'))} " + f" {writer.pick(('-', '•', '|'))} ".join(
            seller[1]
        )
        box = page.put(margin, y + 60, small, size=page.size * 0.75)
        page.keep("seller", seller[0], (box[0], box[1], box[0] + text_length(seller[0], page.size * 0.75), box[3]))
        return _block(page, margin, y + 60 + 1.6 * page.pitch, *buyer, "buyer")
    if style == "labelled":
        if writer.chance(0.6):
            page.put(margin, y, writer.label("invoice"), size=page.size * 1.8)
            y += 30
        columns = writer.chance(0.6)
        colon = writer.pick((":", ""))
        first, second = (
            [("seller", seller), ("buyer", buyer)] if writer.chance(0.7) else [("buyer", buyer), ("seller", seller)]
        )
        page.put(margin, y, page.label(first[0]) + colon)
        end = _block(page, margin, y + page.pitch, *first[1], first[0])
        x, y = (page.sheet.width / 2 + writer.whole(-20, 40), y) if columns else (margin, end + 10)
        page.put(x, y, page.label(second[0]) + colon)
        end = max(end, _block(page, x, y + page.pitch, *second[1], second[0]))
        if writer.chance(0.4):
            beside = columns and writer.chance(0.5)
            level = y if beside else end + 8
            x = page.sheet.width * 0.7 if beside else margin
            page.put(x, level, page.label("ship") + colon)
            other = any_party(page)
            end = max(end, _block(page, x, level + page.pitch, *other, "ship"))
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


def contacts(page: BusinessPages, x: float, y: float, inline: bool) -> None:
    writer = page.writer
    site = writer.word().lower().strip(".,").replace(" ", "") or "firma"
    entries = [("phone", writer.phone()), ("fax", writer.phone()), ("email", f"info@{site}.com")]
    for name, text in writer.some(entries, 2):
        page.pair(x, y, page.label(name), name, text, 0 if inline else 70, ":")
        y += page.pitch
