"""Synthetic business documents: true answers stand where their boxes say, and a seed gives the same document again."""

import numpy as np
from docpipe.evaluation.synthetic.business.documents import key_value_document
from hypothesis import example, given, settings
from hypothesis import strategies as st

KINDS = ("invoice", "receipt", "form", "contract", "agreement", "letter", "statement")


@settings(max_examples=40, deadline=None)
# The foot of the first begins low, the sums of the second do, and their lines are far apart.
@example(18214, "invoice")
@example(35630, "invoice")
@given(st.integers(0, 10**9), st.sampled_from(KINDS))
def test_answers_stand_in_their_boxes(seed: int, kind: str) -> None:
    made = key_value_document(seed, kind)
    assert made.kind == kind
    assert any(question.answers for question in made.questions)
    assert any(not question.answers for question in made.questions)
    for question in made.questions:
        assert len(question.boxes) >= bool(question.answers)
        for number, box in question.boxes:
            reading = made.readings[number - 1]
            size = np.array([reading.width, reading.height] * 2, float)
            words = reading.lines.word_boxes * size
            shared = np.minimum(words[:, 2:], box[2:]) - np.maximum(words[:, :2], box[:2])
            assert (shared > 0).all(1).any()


def test_a_seed_gives_the_same_document_again() -> None:
    first, second = key_value_document(7), key_value_document(7)
    assert first.questions == second.questions
    assert [page.text for page in first.readings] == [page.text for page in second.readings]


def test_layouts_are_many() -> None:
    assert len({key_value_document(seed).family for seed in range(200)}) > 60
