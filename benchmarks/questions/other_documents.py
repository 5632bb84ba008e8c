"""The engine key_value on documents that neither training nor its synthetic documents know.

    python benchmarks/questions/other_documents.py [--accept 0.9] [--wrong]

`other_documents.txt` holds contracts, orders, statements, pay slips, forms and invoices in five languages, written by
hand, with questions in a user's words, of which a third ask for what the document does not say. They are laid out as
words with boxes. Types are inferred from the question where none is given. Precision is the share of answers that are
right, coverage the share of answerable questions that are answered.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from docpipe.benchmarks.questions.key_value import is_right
from docpipe.evaluation.synthetic.business.sheet import Sheet, text_length
from docpipe.operators.docvqa.key_value.answer import Declined, answer
from docpipe.operators.docvqa.key_value.facts import read_facts
from docpipe.operators.docvqa.key_value.question import read_question
from docpipe.operators.docvqa.question_type import question_type
from docpipe.operators.values.locale import locale_hint
from docpipe.schemas.answer_types import ANSWER_TYPES, AnswerType

_ALIGN = {">": "right", "=": "middle"}
_PITCH, _LEFT, _WIDE = 1.35, 50.0, 495.0


@dataclass(frozen=True)
class Question:
    ask: str
    kind: AnswerType
    answers: tuple[str, ...]


@dataclass
class Document:
    name: str
    layout: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def documents(path: Path) -> Iterator[Document]:
    current: Document | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            if current is not None:
                yield current
            current = Document(line[3:])
        elif current is not None and line.startswith("? "):
            ask, kind, answers = (part.strip() for part in line[2:].split(" | "))
            known = next((name for name in ANSWER_TYPES if name == kind), question_type(ask))
            current.questions.append(Question(ask, known, tuple(filter(None, answers.split("||")))))
        elif current is not None:
            current.layout.append(line)
    if current is not None:
        yield current


def drawn(layout: list[str]) -> Sheet:
    sheet, columns, size, y = Sheet(), ["50"], 10.0, 50.0
    for line in layout:
        directive, _, rest = line.partition(" ")
        if directive == "@cols":
            columns = rest.split()
        elif directive == "@size":
            size = float(rest)
        elif directive == "@p":
            for text in wrapped(rest, size):
                sheet.text(_LEFT, y, text, size)
                y += size * _PITCH
            y += size * 0.4
        else:
            for column, cell in zip(columns, line.split("|"), strict=False):
                if cell.strip():
                    sheet.text(float(column.strip("<>=")), y, cell.strip(), size, _ALIGN.get(column[0], "left"))
            y += size * _PITCH
    return sheet


def wrapped(text: str, size: float) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and text_length(f"{line} {word}", size) > _WIDE:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", type=float, default=0.9)
    parser.add_argument("--wrong", action="store_true", help="print what is answered wrongly")
    arguments = parser.parse_args()
    answerable = given = right = without = answered = 0
    found = list(documents(Path(__file__).parent / "other_documents.txt"))
    for document in found:
        reading = drawn(document.layout).reading()
        hint = locale_hint(reading.text or "")
        facts = read_facts([reading], hint)
        for question in document.questions:
            got = answer(question.ask, facts, hint, question.kind)
            sure = None if isinstance(got, Declined) or got.confidence < arguments.accept else got
            answerable, without = answerable + bool(question.answers), without + (not question.answers)
            if sure is None:
                continue
            kind = read_question(question.ask, question.kind).kind
            good = bool(question.answers) and is_right(sure.text, question.answers, kind, hint)
            given, right = given + bool(question.answers), right + good
            answered += not question.answers
            if arguments.wrong and not good:
                print(f"wrong: {document.name}: {question.ask} {sure.text!r}, not {question.answers}")
    print(f"documents {len(found)}, questions {answerable}, coverage {given / answerable:.3f}")
    print(f"precision {right / max(given, 1):.3f} ({right} of {given})")
    print(f"questions without an answer {without}, answered {answered}")


if __name__ == "__main__":
    main()
