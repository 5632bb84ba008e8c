"""Values whose place in a document is known, and values made from them that are false."""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Box = tuple[float, float, float, float]
WORD = re.compile(r"\w+(?:[.,'/:-]\w+)*")
KINDS = {"date": "date", "invoice_date": "date", "total": "money"}


@dataclass(frozen=True)
class Value:
    """A value asked for in one document; `boxes` are (page, box in shares), `false` says how it was made, if it is."""

    source: str
    file: str
    text: str
    kind: str
    question: str
    boxes: tuple[tuple[int, Box], ...]
    own: tuple[tuple[int, Box], ...] = ()
    page: int | None = None
    false: str = ""
    field: str = ""


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def shares(box: list[float], width: float, height: float) -> Box:
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def true_values(corpus: Path) -> Iterator[Value]:
    sizes = {row["file"]: (row["width"], row["height"]) for row in rows(corpus / "receipts/ocr.jsonl")}
    for row in rows(corpus / "receipts/qa.jsonl"):
        boxes = tuple((1, shares(box, *sizes[row["file"]])) for box in row.get("boxes", ()))
        kind = KINDS.get(row["field"], "string")
        yield Value("receipts", row["file"], row["answers"][0], kind, row["question"], boxes, field=row["field"])
    for row in rows(corpus / "receipts/ocr.jsonl"):
        for line in row["lines"]:
            same = tuple(
                (1, shares(other["box"], *sizes[row["file"]]))
                for other in row["lines"]
                if other["text"] == line["text"]
            )
            yield Value("receipt lines", row["file"], line["text"], "string", "", same)
    for row in rows(corpus / "invoices/qa.jsonl"):
        boxes = tuple((b["page"], shares(b["box"], row["width"], row["height"])) for b in row["boxes"])
        kind = "money" if row["field"].endswith("amount") else KINDS.get(row["field"], "string")
        for source in ("invoices", "invoices by OCR"):
            yield Value(source, row["file"], row["answers"][0], kind, row["question"], boxes, field=row["field"])
    pages = defaultdict(list)
    for row in rows(corpus / "tables/tables.jsonl"):
        pages[row["file"], row["page"]].append(row)
    for (file, page), tables in pages.items():
        cells = [(table, cell) for table in tables for cell in table["cells"] if cell["text"].strip() and "box" in cell]
        by_text = defaultdict(list)
        for table, cell in cells:
            by_text[cell["text"]].append((page, shares(cell["box"], table["width"], table["height"])))
        for table, cell in cells:
            heads = [
                other["text"]
                for other in table["cells"]
                if (other["row"] == cell["row"] and other["col"] == 0)
                or (other["col"] <= cell["col"] <= other["col_end"] and other["row"] <= 1)
            ]
            own = ((page, shares(cell["box"], table["width"], table["height"])),)
            question = " ".join(head for head in heads if head != cell["text"])
            yield Value("tables", file, cell["text"], "string", question, tuple(by_text[cell["text"]]), own, page)


def false_values(values: list[Value], printed: dict[tuple[str, str], str], rng: random.Random) -> Iterator[Value]:
    """For each true value one of another document, one with a digit changed, one with a word changed."""
    others: dict[tuple[str, str], list[Value]] = defaultdict(list)
    for value in values:
        others[value.source, value.field].append(value)
    for value in values:
        candidates = [
            (how, text)
            for how, text in (
                ("other", rng.choice(others[value.source, value.field]).text),
                ("digit", with_digit_changed(value.text, rng)),
                ("word", with_word_changed(value.text, rng.choice(others[value.source, value.field]).text, rng)),
            )
            if text
        ]
        for how, text in candidates:
            mine = spaced_words(text)
            there = printed[value.source, value.file]
            # Labels are printed glued to what stands beside them; a number is another one where digits stand beside it.
            within = mine.replace(" ", "") in there.replace(" ", "") and not any(map(str.isdigit, mine))
            if mine.strip() and mine not in there and not within:
                yield replace(value, text=text, false=how, boxes=(), own=())


def with_digit_changed(text: str, rng: random.Random) -> str:
    places = [index for index, character in enumerate(text) if character.isdigit()]
    if not places:
        return ""
    at = rng.choice(places)
    return text[:at] + rng.choice([digit for digit in "0123456789" if digit != text[at]]) + text[at + 1 :]


def with_word_changed(text: str, other: str, rng: random.Random) -> str:
    words = text.split()
    places = [index for index, word in enumerate(words) if word.isalpha() and len(word) > 3]
    spare = [word for word in other.split() if word.isalpha() and len(word) > 3 and word not in words]
    if len(words) < 3 or not places or not spare:
        return ""
    words[rng.choice(places)] = rng.choice(spare)
    return " ".join(words)


def spaced_words(text: str) -> str:
    """Words and numbers without case and without punctuation at their ends, between spaces."""
    return f" {' '.join(WORD.findall(text.casefold()))} "
