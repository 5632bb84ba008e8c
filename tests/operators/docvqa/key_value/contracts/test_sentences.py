"""Sentences of contracts answer over the ends of their lines, and only where all of them say the same."""

import datetime
import textwrap

import pytest
from docpipe.operators.docvqa.key_value.answer import Declined, KeyValueAnswer, answer
from docpipe.operators.values.locale import NO_HINT
from docpipe.schemas.page import PageReading

from ..pages import page

OPENING = (
    "This Services Agreement is entered into as of February 9, 2022 (the “Effective Date”), by and between Ostrava"
    " Analytics, Inc., a Delaware corporation with its principal place of business in Portland, Oregon (“Client”), and"
    " Pinecrest Data Services LLC, a Texas limited liability company (hereinafter the “Provider”)."
)
CLAUSES = (
    OPENING,
    "2. Term. The initial term of this Agreement shall begin on the Effective Date and shall continue for a period of"
    " thirty-six (36) months, unless it is terminated earlier as provided herein by either of the parties to it.",
    "3. Termination. Either party may terminate this Agreement for convenience upon the giving of not less than sixty"
    " (60) days' prior written notice to the other party.",
    "4. Law. This Agreement shall be governed by and construed in all respects in accordance with the laws of the State"
    " of Oregon. Any dispute is settled there.",
)


def contract(clauses: tuple[str, ...] = CLAUSES) -> PageReading:
    lines, y = [], 60.0
    for clause in clauses:
        for line in textwrap.wrap(clause, 92):
            lines.append((50.0, y, line))
            y += 14
        y += 8
    return page(lines)


def sure(ask: str, reading: PageReading) -> str | None:
    found = answer(ask, [reading], NO_HINT)
    return found.text if isinstance(found, KeyValueAnswer) and found.confidence >= 0.9 else None


@pytest.mark.parametrize(
    ("ask", "right"),
    [
        ("Who is the client?", "Ostrava Analytics, Inc."),
        ("Who is the provider?", "Pinecrest Data Services LLC"),
        ("What is the governing law?", "State of Oregon"),
        ("What is the notice period?", "sixty (60) days"),
        ("What is the term of the agreement?", "thirty-six (36) months"),
        ("What is the effective date of the agreement?", "February 9, 2022"),
        ("When does the agreement end?", None),
        ("Who is the landlord?", None),
        ("What is the contract number?", None),
    ],
)
def test_a_contract_in_sentences(ask: str, right: str | None) -> None:
    assert sure(ask, contract()) == right


def test_the_answer_is_marked_on_each_of_its_lines() -> None:
    found = answer("What is the notice period?", [contract()], NO_HINT)
    assert isinstance(found, KeyValueAnswer)
    assert " ".join(place.text for place in found.places).startswith("sixty (60) days")


def test_sentences_that_differ_settle_nothing() -> None:
    other = "9. Law. This Agreement is governed in matters of data by the laws of Ireland and by nothing else at all."
    assert isinstance(answer("What is the governing law?", [contract((*CLAUSES, other))], NO_HINT), Declined)


def test_dates_with_an_ordinal_are_read() -> None:
    reading = contract(
        ("THIS LEASE AGREEMENT is made this 18th day of August, 2023, between the parties that are named below here.",)
    )
    found = answer("When was the lease made?", [reading], NO_HINT, "date")
    assert isinstance(found, KeyValueAnswer)
    assert found.date == datetime.date(2023, 8, 18)


@pytest.mark.parametrize(
    ("clause", "ask", "right"),
    [
        (
            "Zwischen der Nordlicht Systeme AG, Speicherstraße 12, 20457 Hamburg (im Folgenden „Auftraggeber“ genannt)"
            " und der Kernbit GmbH, 80539 München (im Folgenden „Auftragnehmer“) wird ein Vertrag geschlossen.",
            "Wer ist der Auftragnehmer?",
            "Kernbit GmbH",
        ),
        (
            "Le présent contrat est conclu entre la société Vermeil Distribution SAS, dont le siège est à Nantes "
            " (ci-après « l'Employeur »), et M. Karim Benali, demeurant à Saint-Nazaire (ci-après « le Salarié »).",
            "Qui est le salarié ?",
            "Karim Benali",
        ),
    ],
)
def test_parties_in_other_languages(clause: str, ask: str, right: str) -> None:
    assert sure(ask, contract((clause,))) == right


@pytest.mark.parametrize(
    ("clause", "ask"),
    [
        (
            "Upon a default under this Agreement the Client may cure it within thirty (30) days after written notice,"
            " and the other party may terminate it only then.",
            "What is the notice period?",
        ),
        (
            "Ostrava Inc., a corporation organized and existing under the laws of the State of Delaware, makes this"
            " agreement, which is governed by what the parties have chosen.",
            "What is the governing law?",
        ),
        (
            "The duties under this Agreement survive the term of the Agreement for a period of five (5) years in all of"
            " the cases that are named here.",
            "What is the term of the agreement?",
        ),
        (
            "If the Tenant's guarantor (the “Guarantor”) fails to pay, the Landlord may turn to any other person that"
            " this Lease agreement names.",
            "Who is the guarantor?",
        ),
    ],
)
def test_sentences_about_something_else_do_not_answer(clause: str, ask: str) -> None:
    assert sure(ask, contract((clause,))) is None
