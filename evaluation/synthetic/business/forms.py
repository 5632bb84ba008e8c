"""Forms and contracts: labels that no lexicon has, fields that were left open, sentences between particulars."""

from collections.abc import Callable

from .pages import BusinessPages
from .sheet import Box, text_length

_STYLES = (
    "beside", "beside", "below", "below", "two columns", "inline", "table", "above", "before",
    "grid", "grid", "captions", "captions",
)  # fmt: skip
_ACROSS = {"two columns": 2, "table": 2, "grid": 3, "captions": 3}
_LONG = frozenset(["iban", "email"])
"""What does not fit into the columns of a grid."""


def form(page: BusinessPages) -> str:
    """Labels with values, of which many are words that no lexicon has."""
    writer = page.writer
    style = writer.pick(_STYLES)
    y = float(writer.whole(30, 60))
    page.put(page.margin, y, writer.title(2, 4), size=page.size * 1.5)
    y += page.pitch * 2.5
    known: dict[str, Callable[[], str]] = {
        "policy_number": writer.code, "customer_number": writer.code, "contract_number": writer.code,
        "phone": writer.phone,
        "birth_date": lambda: page.date(writer.day()), "start_date": lambda: page.date(writer.day()),
        "end_date": lambda: page.date(writer.day()), "rent": lambda: writer.money(writer.whole(300, 2500), page.form),
        "salary": lambda: writer.money(writer.whole(1500, 9000), page.form),
        "deposit": lambda: writer.money(writer.whole(300, 4000), page.form),
        "landlord": writer.name, "tenant": writer.name, "employer": writer.company, "employee": writer.name,
        "email": lambda: f"{writer.pick(writer.language.surnames).lower()}@example.org", "iban": writer.iban,
        "notice_period": lambda: writer.pick(("3 months", "4 Wochen", "1 mois", "30 days", "3 mesi")),
    }  # fmt: skip
    columns = _ACROSS.get(style, 1) + (style == "grid" and writer.chance(0.3))
    fitting = [name for name in known if columns < 3 or name not in _LONG]
    entries = [(name, page.label(name), known[name]()) for name in writer.some(fitting, writer.whole(4, 9))]
    for _ in range(writer.whole(1, 5)):
        value = writer.write(
            writer.code,
            writer.name,
            lambda: writer.words(2),
            lambda: page.date(writer.day()),
            lambda: writer.number(writer.whole(1, 9999), 0),
        )
        entries.append(("own", writer.title(1, 2), value))
    entries = [entries[i] for i in writer.rng.permutation(len(entries)).tolist()]
    colon = writer.pick((":", "", ":"))
    # Captions are labels in small type, above or below the value.
    small = page.size * writer.pick((0.65, 0.75, 0.85)) if style == "captions" else page.size
    below = style in ("below", "table") or (style in ("grid", "captions") and writer.chance(0.5))
    above = style == "above" or (style in ("grid", "captions") and not below)
    width = (page.sheet.width - 2 * page.margin) / columns
    gap = min(max(text_length(label + colon, page.size) for _, label, _ in entries) + 15, 0.75 * width)
    own: list[tuple[str, str, int, Box]] = []
    for at, (name, label, text) in enumerate(entries):
        x = page.margin + (at % columns) * width
        if writer.chance(0.08):
            # A field that was left open.
            page.put(x, y + page.pitch * above, label + colon, size=small)
        else:
            if above:
                page.value(name, x, y, text)
                page.put(x, y + page.pitch, label, size=small)
            elif style == "before":
                page.value(name, x, y, text)
                page.put(x + max(gap, text_length(text, page.size) + 12), y, label)
            elif below:
                page.put(x, y, label + colon, size=small)
                page.value(name, x, y + page.pitch, text)
            else:
                page.pair(x, y, label, name, text, 0 if style == "inline" else gap, colon)
            if name == "own":
                own.append((label, *page.found["own"][-1]))
        if at % columns == columns - 1:
            y += page.pitch * (2.4 if below or above else 1.3)
    page.found.pop("own", None)
    for label, text, number, box in own:
        page.found[f"own {label}"] = [(text, number, box)]
        asked = (
            f"What is the value of '{label}'?",
            f"What stands in the field '{label}'?",
            f"What is the {label.lower()}?",
        )
        page.asks[f"own {label}"] = asked
    return style


def contract(page: BusinessPages) -> str:
    """Sentences that name parties, dates and amounts, with or without a table of particulars."""
    writer, style = page.writer, page.writer.pick(("particulars", "clauses", "numbered", "prose", "prose"))
    y = float(writer.whole(30, 60))
    page.put(page.sheet.width / 2, y, writer.title(2, 3), "middle", page.size * 1.5)
    y += page.pitch * 2.5
    roles = writer.pick((("landlord", "tenant"), ("employer", "employee")))
    if style == "prose":
        return _prose(page, y, roles)
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


_OPENINGS = {
    "en": ("This Agreement is made on", "between", "and"),
    "de": ("Dieser Vertrag wird geschlossen am", "zwischen", "und"),
    "fr": ("Le présent contrat est conclu le", "entre", "et"),
    "es": ("El presente contrato se celebra el", "entre", "y"),
    "it": ("Il presente contratto è stipulato il", "tra", "e"),
    "nl": ("Deze overeenkomst wordt gesloten op", "tussen", "en"),
}


def _prose(page: BusinessPages, y: float, roles: tuple[str, str]) -> str:
    """Parties and dates within sentences, each with the term that the contract defines for it."""
    writer = page.writer
    made, between, joined = _OPENINGS[writer.language.code]
    date = page.date(writer.day())
    defined = writer.chance(0.5)
    term = page.label("start_date").title()
    words = f"{made} {date}" + (f' (the "{term}")' if defined else "")
    box = page.put(page.margin, y, words)
    begin = box[0] + text_length(f"{made} ", page.size)
    for name in ("contract_date", "start_date")[: 2 if defined else 1]:
        page.keep(name, date, (begin, y, begin + text_length(date, page.size), box[3]))
    y += page.pitch * 1.4
    for word, role in ((between, roles[0]), (joined, roles[1])):
        name = writer.pick((writer.company, writer.name))()
        article = writer.pick(("the ", "", "hereinafter "))
        quotes = writer.pick(('""', "“”"))
        line = f"{word} {name} ({article}{quotes[0]}{page.label(role).title()}{quotes[1]})"
        box = page.put(page.margin, y, line)
        begin = box[0] + text_length(f"{word} ", page.size)
        page.keep(role, name, (begin, y, begin + text_length(name, page.size), box[3]))
        y += page.pitch
        page.put(page.margin, y, f"{writer.street()}, {writer.town()}")
        y += page.pitch * 1.3
    for _ in range(writer.whole(3, 8)):
        page.put(page.margin, y, writer.sentence(8, 12)[:95])
        y += page.pitch
    kept = [
        (name, text)
        for name, text in (
            ("contract_number", writer.code()),
            ("end_date", page.date(writer.day())),
            ("notice_period", writer.pick(("3 months", "4 weeks", "30 days", "6 Wochen"))),
        )
        if writer.chance(0.5)
    ]
    for name, text in kept:
        page.pair(page.margin, y, page.label(name), name, text, writer.pick((0, 150)), ":")
        y += page.pitch * 1.3
    return "prose"
