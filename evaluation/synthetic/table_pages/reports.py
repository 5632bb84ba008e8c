"""What stands in tables of reports, accounts, price lists and timetables, beside the plain kinds of `contents`."""

from ..writing import Writer
from .contents import Content, amount, label
from .drawing import Item


def coefficients(writer: Writer) -> Content:
    """Estimates with stars, below each its standard error in brackets; below a ruling what is known of the models."""
    models = writer.whole(2, 5)
    items = [Item(0, column, f"({column})", align="centre") for column in range(1, models + 1)]
    row = 1
    for _ in range(writer.whole(3, 7)):
        items.append(Item(row, 0, label(writer, 1, 2)))
        for column in range(1, models + 1):
            if writer.chance(0.2):
                continue
            stars = writer.pick(("", "", "*", "**", "***"))
            value = round(float(writer.rng.uniform(-3, 3)), 3)
            error = round(float(writer.rng.uniform(0.01, 0.9)), 3)
            sign = "-" if value < 0 else ""
            text = f"{sign}{writer.number(abs(value), 3)}{stars}"
            items.append(Item(row, column, text, number=value, align="centre"))
            items.append(Item(row + 1, column, f"({writer.number(error, 3)})", align="centre"))
        row += 2
    for name, places in (("N", 0), ("R2", 2)):
        items.append(Item(row, 0, name))
        for column in range(1, models + 1):
            value = round(float(writer.rng.uniform(0.1, 0.99)), 2) if places else float(writer.whole(100, 9999))
            items.append(Item(row, column, writer.number(value, places), number=value, align="centre"))
        row += 1
    return tuple(items), 1


def three_levels(writer: Writer) -> Content:
    """A header of three rows: labels over labels over labels."""
    groups, halves, wide = 2, 2, 2
    items = [Item(0, 0, writer.title(1, 1), row_span=3)]
    column = 1
    for _ in range(groups):
        items.append(Item(0, column, writer.title(1, 3), column_span=halves * wide, align="centre"))
        for _ in range(halves):
            items.append(Item(1, column, writer.title(1, 1), column_span=wide, align="centre"))
            items += [Item(2, column + i, writer.title(1, 1), align="right") for i in range(wide)]
            column += wide
    for row in range(3, writer.whole(7, 14)):
        items.append(Item(row, 0, label(writer, 1, 3)))
        items += [amount(writer, row, at, places=1, high=999) for at in range(1, column)]
    return tuple(items), 3


def timetable(writer: Writer) -> Content:
    """Stations with the times of trains; where one does not stop there is a dash or a bar."""
    trains = writer.whole(5, 11)
    items = [Item(0, 0, writer.title(1, 1))]
    items += [
        Item(0, at, f"{writer.pick(('RE', 'IC', 'S'))} {writer.whole(1, 999)}", align="centre")
        for at in range(1, trains + 1)
    ]
    minute = [300 + 47 * at for at in range(trains)]
    for row in range(1, writer.whole(7, 18)):
        items.append(Item(row, 0, writer.pick(writer.language.cities)))
        for at in range(trains):
            minute[at] += writer.whole(2, 19)
            hours, minutes = divmod(minute[at] % 1440, 60)
            text = writer.pick(("–", "|")) if writer.chance(0.12) else f"{hours:02}:{minutes:02}"
            items.append(Item(row, at + 1, text, align="centre"))
    return tuple(items), 1


def bank(writer: Writer) -> Content:
    """Bookings: day, value day, a text of one to three lines, an amount; balances before and after."""
    items = [Item(0, at, writer.title(1, 1), align="right" if at == 3 else "left", bold=True) for at in range(4)]
    last = writer.whole(6, 13)
    for row in range(1, last + 1):
        if row in (1, last):
            items.append(Item(row, 2, writer.title(2, 3), bold=True))
        else:
            items += [Item(row, at, writer.date(form="{d}.{m}.")) for at in (0, 1)]
            items.append(Item(row, 2, f"{writer.name()} {writer.words(writer.whole(2, 12))}"))
        items.append(amount(writer, row, 3, places=2, high=5000))
    return tuple(items), 1


def prices(writer: Writer, *, framed: bool) -> Content:
    """Articles with number, text and price under headings that stand at the left, in frames over the whole width."""
    items = [Item(0, at, writer.title(1, 1), align="right" if at == 3 else "left", bold=True) for at in range(4)]
    row = 1
    for _ in range(writer.whole(2, 3)):
        items.append(Item(row, 0, writer.pick(writer.language.goods), column_span=4 if framed else 1, bold=True))
        row += 1
        for _ in range(writer.whole(2, 5)):
            price = round(float(writer.rng.uniform(1, 900)), 2)
            items += [
                Item(row, 0, writer.code()),
                Item(row, 1, f"{writer.pick(writer.language.goods)} {writer.words(writer.whole(0, 8))}".strip()),
                Item(row, 2, writer.pick(("St.", "kg", "m", "Set"))),
                Item(row, 3, writer.number(price, 2), number=price, align="right"),
            ]
            row += 1
    return tuple(items), 1


def annual(writer: Writer) -> Content:
    """A statement of a year: headings, numbers of notes, two years, sums without a label."""
    year = writer.whole(2001, 2024)
    items = [Item(0, 0, writer.pick(("in GBP", "EUR m", "in TEUR", "USD"))), Item(0, 1, "Note", align="right")]
    for column in (2, 3):
        items.append(Item(0, column, str(year - column + 2), number=float(year - column + 2), align="right", bold=True))
    row = 1
    for _ in range(writer.whole(2, 3)):
        items.append(Item(row, 0, writer.pick(writer.language.goods), bold=True))
        row += 1
        for _ in range(writer.whole(2, 5)):
            items.append(Item(row, 0, label(writer, 1, 4), indent=8))
            if writer.chance(0.4):
                note = writer.whole(1, 30)
                items.append(Item(row, 1, str(note), number=float(note), align="right"))
            items += [amount(writer, row, column) for column in (2, 3)]
            row += 1
        if writer.chance(0.6):
            items.append(Item(row, 0, f"Total {writer.pick(writer.language.goods)}", bold=True))
        items += [amount(writer, row, column, bold=True) for column in (2, 3)]
        row += 1
    return tuple(items), 1


def ticks(writer: Writer) -> Content:
    """What has which feature: yes, no, a cross, or nothing."""
    columns, marks = writer.whole(3, 6), writer.pick((("x", ""), ("Yes", "No"), ("+", "-"), ("A", "B", "C", "")))
    items = [Item(0, 0, writer.title(1, 2))]
    items += [Item(0, column, writer.title(1, 1), align="centre") for column in range(1, columns + 1)]
    for row in range(1, writer.whole(6, 14)):
        items.append(Item(row, 0, label(writer, 1, 4)))
        chosen = [(column, writer.pick(marks)) for column in range(1, columns + 1)]
        items += [Item(row, column, mark, align="centre") for column, mark in chosen if mark]
    return tuple(items), 1


def ranking(writer: Writer) -> Content:
    """Places, names, times and what they are behind the first."""
    items = [Item(0, at, writer.title(1, 1), align="right" if at > 2 else "left") for at in range(5)]
    for row in range(1, writer.whole(8, 25)):
        behind = f"+{row // 7}:{(row * 13) % 60:02}" if row > 1 else ""
        items += [
            Item(row, 0, f"{row}."),
            Item(row, 1, writer.name()),
            Item(row, 2, writer.pick(writer.language.cities)),
            Item(row, 3, f"{writer.whole(1, 3)}:{writer.whole(10, 59)}:{writer.whole(10, 59)}", align="right"),
        ]
        if behind:
            items.append(Item(row, 4, behind, align="right"))
    return tuple(items), 1


def marked(writer: Writer) -> Content:
    """Percentages and amounts with marks of footnotes."""
    columns = writer.whole(2, 4)
    items = [Item(0, column, writer.title(1, 2), align="right") for column in range(1, columns + 1)]
    for row in range(1, writer.whole(5, 11)):
        items.append(Item(row, 0, label(writer, 1, 3)))
        for column in range(1, columns + 1):
            value = round(float(writer.rng.uniform(0, 90)), 1)
            mark = writer.pick(("", "", "", "*", " 1)", "†" if writer.language.code == "en" else " a)"))
            unit = writer.pick(("", " %", "%")) if column == 1 else ""
            text = f"{writer.number(value, 1)}{unit}{mark}"
            items.append(
                Item(row, column, text.encode("latin-1", "ignore").decode("latin-1"), number=value, align="right")
            )
    return tuple(items), 1


def sums(writer: Writer) -> Content:
    """Goods, and below them sums whose labels span all columns but the last."""
    items = [Item(0, at, writer.title(1, 1), align="right" if at > 1 else "left", bold=True) for at in range(4)]
    row = 1
    for _ in range(writer.whole(2, 7)):
        count, price = writer.whole(1, 30), round(float(writer.rng.uniform(1, 900)), 2)
        items += [
            Item(row, 0, f"{writer.pick(writer.language.goods)} {writer.words(writer.whole(0, 7))}".strip()),
            Item(row, 1, str(count), number=float(count), align="right"),
            Item(row, 2, writer.number(price, 2), number=price, align="right"),
            Item(row, 3, writer.number(count * price, 2), number=round(count * price, 2), align="right"),
        ]
        row += 1
    for _ in range(writer.whole(1, 3)):
        items.append(Item(row, 0, writer.title(1, 3), column_span=3, align="right"))
        items.append(amount(writer, row, 3, places=2))
        row += 1
    return tuple(items), 1


def week(writer: Writer) -> Content:
    """Days as columns, hours as rows, with entries of several lines and many places without."""
    items = [Item(0, column, writer.title(1, 1), align="centre") for column in range(1, 6)]
    for row in range(1, writer.whole(5, 9)):
        items.append(Item(row, 0, f"{7 + row:02}:00"))
        held = [column for column in range(1, 6) if writer.chance(0.55)] or [1]
        items += [Item(row, column, writer.words(writer.whole(1, 4))) for column in held]
    return tuple(items), 1
