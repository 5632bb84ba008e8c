"""How often the page that holds an answer is among the pages that a question is put to.

    python benchmarks/questions/page_choice.py CORPUS/invoices CORPUS/tables CORPUS/pdfs_plain

The first folder holds qa.jsonl and its PDFs. Each question is asked of its own document, and of a document of 40 and of
200 pages in which that one stands among pages of the PDFs of the other folders.
"""

import argparse
import json
import platform
import random
from collections.abc import Sequence
from pathlib import Path

from docpipe.operators.docvqa.page_ranking import PAGES_PER_QUESTION, PageRanking
from docpipe.operators.inference.work import Question
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.schemas.errors import DocumentError

LENGTHS = (40, 200)
PAGES_OF_ONE = 20

Asked = tuple[Question, str, set[int]]
Case = tuple[Question, Sequence[str], set[int]]
"""A question, the pages it is asked of, and the indices of those that hold the answer."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("others", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in (arguments.folder / "qa.jsonl").read_text().splitlines()]
    others = sorted(path for folder in arguments.others for path in folder.glob("*.pdf"))
    with PageReader(ReadSettings(engine="text_layer")) as reader:
        texts = {name: page_texts(reader, arguments.folder / name) for name in sorted({row["file"] for row in rows})}
        strange = [text for path in others for text in page_texts(reader, path) if text.strip()]
    print(
        f"{platform.machine()}; {len(texts)} documents of {sum(map(len, texts.values()))} pages; {len(strange)} others"
    )
    asked = [(question_of(row), row["file"], {box["page"] - 1 for box in row["boxes"]}) for row in rows]
    report("own document", [(question, texts[name], right) for question, name, right in asked])
    for length in LENGTHS:
        draw = random.Random(arguments.seed)
        report(f"{length} pages", [hidden(case, texts, strange, length, draw) for case in asked])


def hidden(
    asked: tuple[Question, str, set[int]],
    texts: dict[str, list[str]],
    strange: list[str],
    length: int,
    draw: random.Random,
) -> Case:
    """The question's document somewhere among other pages."""
    question, name, right = asked
    pages = draw.sample(strange, length - len(texts[name]))
    place = draw.randrange(len(pages) + 1)
    return question, [*pages[:place], *texts[name], *pages[place:]], {page + place for page in right}


def report(what: str, cases: Sequence[Case]) -> None:
    ranks = [min(PageRanking(texts).order(q).index(page) for page in right) for q, texts, right in cases]
    shares = "  ".join(f"@{k} {sum(rank < k for rank in ranks) / len(ranks):.3f}" for k in (1, PAGES_PER_QUESTION, 5))
    print(f"{what}: {len(cases)} questions, recall {shares}")


def question_of(row: dict[str, str]) -> Question:
    field = row["field"].lower()
    kind = "money" if "total" in field or "amount" in field else "date" if "date" in field else "string"
    return Question(row["field"], row["question"], kind)  # type: ignore[arg-type]


def page_texts(reader: PageReader, path: Path) -> list[str]:
    try:
        count = min(reader.probe(str(path)).page_count, PAGES_OF_ONE)
    except DocumentError:
        return []
    return [reading.text or "" for reading in reader.read_many(str(path), range(1, count + 1))]


if __name__ == "__main__":
    main()
