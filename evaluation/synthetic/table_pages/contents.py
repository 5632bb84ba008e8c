"""What stands in tables: statistics, statements, items, lists of words, timetables."""

from collections.abc import Callable

from ..writing import Writer
from .drawing import Item

Content = tuple[tuple[Item, ...], int]
"""The cells of a table, and the number of its header rows."""


def amount(writer: Writer, row: int, column: int, *, places: int = 0, high: float = 90000, **more: object) -> Item:
    """A number in the form of the language; now and then a negative one, in brackets or with a minus."""
    value = round(float(writer.rng.uniform(0, high)), places)
    text = writer.number(value, places)
    if writer.chance(0.12):
        value, text = -value, writer.pick((f"({text})", f"-{text}"))
    return Item(row, column, text, number=value, align="right", **more)  # type: ignore[arg-type]


def statistics(writer: Writer) -> Content:
    """Labels with numbers in columns, a header of years or words."""
    rows, columns = writer.whole(4, 14), writer.whole(2, 6)
    years = writer.chance(0.4)
    first = writer.whole(1998, 2019)
    items = [Item(0, 0, writer.title(1, 2), bold=True)]
    for column in range(1, columns + 1):
        text = str(first + column) if years else writer.title(1, 2)
        number = float(text) if years else None
        items.append(Item(0, column, text, number=number, align="right", bold=True))
    places = writer.whole(0, 2)
    for row in range(1, rows + 1):
        items.append(Item(row, 0, label(writer, 1, 4)))
        items += [amount(writer, row, column, places=places) for column in range(1, columns + 1)]
    return tuple(items), 1


def grouped_header(writer: Writer) -> Content:
    """Labels over two or three columns each, with labels of their own below."""
    groups, wide, rows = writer.whole(2, 3), writer.whole(2, 3), writer.whole(4, 10)
    items = [Item(0, 0, writer.title(1, 2), row_span=2)]
    for group in range(groups):
        at = 1 + group * wide
        items.append(Item(0, at, writer.title(1, 2), column_span=wide, align="centre", bold=True))
        items += [Item(1, at + i, writer.title(1, 1), align="right") for i in range(wide)]
    for row in range(2, rows + 2):
        items.append(Item(row, 0, label(writer, 1, 3)))
        items += [amount(writer, row, column) for column in range(1, groups * wide + 1)]
    return tuple(items), 2


def row_groups(writer: Writer) -> Content:
    """A first column whose cells span several rows each."""
    columns = writer.whole(2, 4)
    items = [Item(0, column, writer.title(1, 1), bold=True) for column in range(columns + 2)]
    row = 1
    for _ in range(writer.whole(2, 4)):
        count = writer.whole(2, 4)
        items.append(Item(row, 0, writer.title(1, 2), row_span=count))
        for _ in range(count):
            items.append(Item(row, 1, label(writer, 1, 2)))
            items += [amount(writer, row, column + 2, high=900) for column in range(columns)]
            row += 1
    return tuple(items), 1


def words(writer: Writer, *, low: int = 3, high: int = 12) -> Content:
    """A table of texts of several lines."""
    rows, columns = writer.whole(3, 7), writer.whole(2, 4)
    items = [Item(0, column, writer.title(1, 2), bold=True) for column in range(columns)]
    for row in range(1, rows + 1):
        items.append(Item(row, 0, writer.title(1, 2)))
        items += [Item(row, column, writer.sentence(low, high)) for column in range(1, columns)]
    return tuple(items), 1


def short_words(writer: Writer) -> Content:
    """Names, places and codes, a line each."""
    rows = writer.whole(5, 12)
    ways: list[Callable[[], str]] = [writer.name, lambda: writer.pick(writer.language.cities), writer.date, writer.code]
    ways = writer.some(ways, writer.whole(3, 4))
    items = [Item(0, column, writer.title(1, 1), bold=True) for column in range(len(ways))]
    for row in range(1, rows + 1):
        items += [Item(row, column, way()) for column, way in enumerate(ways)]
    return tuple(items), 1


def statement(writer: Writer) -> Content:
    """Headings, indented labels with leaders, two years, totals, brackets for negative amounts."""
    year = writer.whole(2001, 2024)
    items = [
        Item(0, column, str(year - column + 1), number=float(year - column + 1), align="right", bold=True)
        for column in (1, 2)
    ]
    row = 1
    for _ in range(writer.whole(2, 4)):
        items.append(Item(row, 0, f"{writer.title(1, 3)}:", bold=True))
        row += 1
        for _ in range(writer.whole(2, 5)):
            items.append(Item(row, 0, label(writer, 1, 4), indent=10, leaders=True))
            items += [_signed(writer, row, column) for column in (1, 2)]
            row += 1
        items.append(Item(row, 0, f"Total {label(writer, 1, 2)}", indent=20))
        items += [_signed(writer, row, column) for column in (1, 2)]
        row += 1
    return tuple(items), 1


def _signed(writer: Writer, row: int, column: int) -> Item:
    value = float(writer.whole(1, 99999))
    text = writer.number(value, 0)
    if writer.chance(0.3):
        return Item(row, column, f"({text})", number=-value, align="right")
    if writer.chance(0.07):
        return Item(row, column, "–", align="right")
    return Item(row, column, text, number=value, align="right")


def goods(writer: Writer) -> Content:
    """Items of an invoice: position, description of one to three lines, quantity, price, sum."""
    heads = ("Pos.", writer.title(1, 1), writer.title(1, 1), writer.title(1, 1), writer.title(1, 1))
    items = [Item(0, at, text, align="right" if at > 1 else "left", bold=True) for at, text in enumerate(heads)]
    for row in range(1, writer.whole(3, 9)):
        count, price = writer.whole(1, 30), round(float(writer.rng.uniform(1, 900)), 2)
        text = writer.pick(writer.language.goods)
        if writer.chance(0.5):
            text += f" {writer.words(writer.whole(4, 10))}"
        items += [
            Item(row, 0, str(row), number=float(row)),
            Item(row, 1, text),
            Item(row, 2, str(count), number=float(count), align="right"),
            Item(row, 3, writer.number(price, 2), number=price, align="right"),
            Item(row, 4, writer.number(count * price, 2), number=round(count * price, 2), align="right"),
        ]
    return tuple(items), 1


def sections(writer: Writer) -> Content:
    """Numbers under headings in the middle of the whole table."""
    columns = writer.whole(2, 5)
    items = [Item(0, column, writer.title(1, 2), align="right" if column else "left") for column in range(columns + 1)]
    row = 1
    for _ in range(writer.whole(2, 4)):
        items.append(Item(row, 0, writer.title(2, 4), column_span=columns + 1, align="centre", bold=True))
        row += 1
        for _ in range(writer.whole(2, 5)):
            items.append(Item(row, 0, label(writer, 1, 3)))
            items += [amount(writer, row, column) for column in range(1, columns + 1)]
            row += 1
    return tuple(items), 1


def dollars(writer: Writer) -> Content:
    """Amounts with the sign of their currency at the left end of the column in the first and in the last row."""
    columns, rows = writer.whole(2, 4), writer.whole(4, 9)
    items = [Item(0, column, writer.title(1, 2), align="right", bold=True) for column in range(1, columns + 1)]
    for row in range(1, rows + 1):
        items.append(Item(row, 0, label(writer, 1, 4), leaders=writer.chance(0.3)))
        sign = "$" if row in (1, rows) else ""
        items += [amount(writer, row, column, prefix=sign) for column in range(1, columns + 1)]
    return tuple(items), 1


def pairs(writer: Writer) -> Content:
    """A name and a number in each row."""
    items = [Item(0, 0, writer.title(1, 2)), Item(0, 1, writer.title(1, 2), align="right")]
    places = writer.whole(0, 2)
    for row in range(1, writer.whole(5, 12)):
        items += [Item(row, 0, label(writer, 1, 5)), amount(writer, row, 1, places=places)]
    return tuple(items), 1


def account(writer: Writer) -> Content:
    """An account: date, text, debit or credit, balance; one of debit and credit is empty in each row."""
    items = [Item(0, at, writer.title(1, 1), align="right" if at > 1 else "left", bold=True) for at in range(5)]
    for row in range(1, writer.whole(8, 22)):
        items += [Item(row, 0, writer.date(form="{d}.{m}.{y}")), Item(row, 1, label(writer, 1, 4))]
        items += [amount(writer, row, writer.pick((2, 3)), places=2), amount(writer, row, 4, places=2)]
    return tuple(items), 1


def sparse(writer: Writer) -> Content:
    """Half of the places are empty."""
    rows, columns = writer.whole(6, 12), writer.whole(4, 7)
    items = [Item(0, column, writer.title(1, 1), bold=True) for column in range(columns + 1)]
    for row in range(1, rows + 1):
        items.append(Item(row, 0, label(writer, 1, 2)))
        held = [column for column in range(1, columns + 1) if writer.chance(0.5)]
        items += [amount(writer, row, column, high=999) for column in held or [1]]
    return tuple(items), 1


def hebrew(writer: Writer) -> Content:
    """A table in Hebrew, column 0 at the right; words are in the order in which they are stored."""
    letters = "אבגדהוזחטילמנסעפצקרשת"

    def name() -> str:
        return " ".join("".join(writer.pick(letters) for _ in range(writer.whole(3, 6))) for _ in range(2))

    columns = writer.whole(2, 4)
    items = [Item(0, column, name()) for column in range(columns + 1)]
    for row in range(1, writer.whole(4, 10)):
        items.append(Item(row, 0, name()))
        items += [
            Item(row, column, f"{value:,}", number=float(value))
            for column in range(1, columns + 1)
            for value in (writer.whole(1, 99999),)
        ]
    return tuple(items), 1


def label(writer: Writer, low: int, high: int) -> str:
    text = " ".join(writer.pick(writer.language.words) for _ in range(writer.whole(low, high)))
    return text[0].upper() + text[1:]
