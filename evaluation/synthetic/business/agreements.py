"""Contracts in clauses: parties, dates, terms, notice and law within sentences that go over lines."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .pages import BusinessPages
from .sheet import text_length

_VALUE = re.compile(r"\{(\w+)\}")


@cache
def clauses() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "clauses.toml").read_text(encoding="utf-8"))


def agreement(page: BusinessPages) -> str:
    writer = page.writer
    texts = clauses().get(writer.language.code) or clauses()["en"]
    style = writer.pick(("numbered", "headed", "run in", "plain"))
    y = float(writer.whole(35, 70))
    page.put(page.sheet.width / 2, y, _cased(page, writer.pick(texts["titles"])), "middle", page.size * 1.5)
    y += page.pitch * 2.2
    if writer.chance(0.25):
        y = _pair(page, y, "contract_number", writer.code())
    first, role_first, second, role_second = writer.pick(texts["roles"])
    day = writer.day()
    law = writer.pick(texts["laws"])
    values = {
        "contract_date": page.date(day),
        "first": writer.company() if writer.chance(0.6) else writer.name(),
        "second": writer.company() if writer.chance(0.5) else writer.name(),
        "role_first": role_first,
        "role_second": role_second,
        "start_date": page.date(writer.day()),
        "end_date": page.date(writer.day()),
        "term": writer.pick(texts["periods"]),
        "notice_period": writer.pick(texts["periods"]),
        "law": law,
    }
    names = {"first": first, "second": second}
    y = flow(page, y, writer.pick(texts["openings"]), values, names) + page.pitch
    kinds = [kind for kind in ("term", "notice", "law", "pay") if writer.chance(0.8)]
    kinds = [kinds[at] for at in writer.rng.permutation(len(kinds)).tolist()]
    if writer.chance(0.7):
        kinds.insert(writer.whole(0, len(kinds)), "own")
    for number, kind in enumerate(kinds, start=1):
        if y > page.sheet.height - 150:
            page.turn()
            y = float(writer.whole(40, 70))
        text = writer.pick(texts[kind]) if kind != "own" else writer.sentence(20, 40)
        if writer.chance(0.3):
            text = f"{text} {writer.sentence(8, 16)}"
        head = texts["heads"][kind]
        if style == "run in":
            text = f"{number}. {head}. {text}"
        elif style != "plain":
            page.put(page.margin, y, f"{number}. {head}" if style == "numbered" else _cased(page, head))
            y += page.pitch * 1.2
        y = flow(page, y, text, values, names) + page.pitch * 0.8
    if writer.chance(0.5):
        for x, name in ((page.margin, "first"), (page.sheet.width / 2, "second")):
            page.put(x, y + 40, "_" * 24)
            page.value(names[name], x, y + 40 + page.pitch, values[name])
    return style


def flow(page: BusinessPages, y: float, text: str, values: Mapping[str, str], names: Mapping[str, str]) -> float:
    """Write a paragraph of the page's width; its values stay on one line. Returns where the next one may begin.

    Args:
        values: text of each name in braces.
        names: the field that a value is kept as, where that is another name.
    """
    lines: list[list[tuple[str, str]]] = [[]]
    room = page.sheet.width - 2 * page.margin
    for token in text.split(" "):
        found = _VALUE.search(token)
        shown, name = token, ""
        if found is not None:
            name = found[1]
            shown = token.replace(found[0], values[name] if name in values else _other(page, name))
        length = text_length(" ".join([*(word for word, _ in lines[-1]), shown]), page.size)
        if lines[-1] and length > room:
            lines.append([])
        lines[-1].append((shown, name))
    for line in lines:
        words = " ".join(shown for shown, _ in line)
        x0, _, _, bottom = page.put(page.margin, y, words)
        for at, (shown, name) in enumerate(line):
            if name in values and not name.startswith("role"):
                before = " ".join([*(word for word, _ in line[:at]), ""])
                begin = x0 + text_length(before + shown[: shown.find(values[name])], page.size)
                box = (begin, y, begin + text_length(values[name], page.size), bottom)
                # Whose law it is can be said without the article.
                page.keep(
                    names.get(name, name), values[name].removeprefix("the ") if name == "law" else values[name], box
                )
        y += page.pitch
    return y


def _other(page: BusinessPages, name: str) -> str:
    writer = page.writer
    if name == "address":
        return f"{writer.street()}, {writer.town()}"
    if name == "other_money":
        return writer.money(writer.whole(5, 90000), page.form)
    return str(writer.pick((clauses().get(writer.language.code) or clauses()["en"])["periods"]))


def _cased(page: BusinessPages, text: str) -> str:
    return text.upper() if page.writer.chance(0.4) else text


def _pair(page: BusinessPages, y: float, name: str, text: str) -> float:
    page.pair(page.margin, y, page.label(name), name, text, page.writer.pick((0, 150)), ":")
    return y + page.pitch * 1.6
