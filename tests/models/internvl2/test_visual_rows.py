"""A visual id never means two images, and rows in hand are never given away."""

import pytest
import torch
from docpipe.models.internvl2.visual_rows import IdsExhaustedError, NoRoomError, VisualEmbedding, VisualRing
from hypothesis import given
from hypothesis import strategies as st

VOCABULARY = 50


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 12)), max_size=80), st.integers(1, 20))
def test_ids_are_never_used_twice_and_rows_in_hand_never_overlap(steps: list[tuple[bool, int]], rows: int) -> None:
    ring, kept, used = VisualRing(rows, VOCABULARY), [], set()
    for reserve, number in steps:
        if reserve:
            try:
                stretch = ring.reserve(number)
            except (NoRoomError, ValueError):
                continue
            ids = {*ring.token_ids(stretch, False), *ring.token_ids(stretch, True)}
            assert len(ids) == 2 * number
            assert min(ids) >= 2 * VOCABULARY
            assert not ids & used
            used |= ids
            kept.append(stretch)
        elif kept:
            ring.release(kept.pop(number % len(kept)))
        held = [row for stretch in kept for row in ring.row_indices(stretch)]
        assert len(held) == len(set(held)) <= rows
    for stretch in kept:
        ring.release(stretch)
    assert ring.empty
    assert ring.reserve(rows).count == rows


def test_a_ring_says_when_it_is_full_too_small_or_out_of_ids() -> None:
    ring = VisualRing(10, VOCABULARY)
    first = ring.reserve(6)
    with pytest.raises(NoRoomError, match="5 rows are wanted, 4 of 10 are free"):
        ring.reserve(5)
    with pytest.raises(ValueError, match="do not fit a ring of 10"):
        ring.reserve(11)
    ring.release(first)
    with pytest.raises(ValueError, match="released before"):
        ring.release(first)
    ring._next = 2**30
    with pytest.raises(IdsExhaustedError):
        ring.reserve(1)
    ring.restart()
    assert ring.reserve(1).first == 0


def test_an_embedding_gives_text_and_rows_in_both_forms() -> None:
    text = torch.nn.Embedding(VOCABULARY, 4)
    embedding, ring = VisualEmbedding(text, 8), VisualRing(8, VOCABULARY)
    ring.release(ring.reserve(6))
    stretch = ring.reserve(4)
    features = torch.arange(16.0).reshape(4, 4)
    embedding.rows[torch.tensor(ring.row_indices(stretch))] = features
    for long in (False, True):
        ids = torch.tensor([ring.text_ids([3, 7], long) + ring.token_ids(stretch, long)])
        assert torch.equal(embedding(ids)[0, :2], text.weight[[3, 7]])
        assert torch.equal(embedding(ids)[0, 2:], features)
        assert embedding.is_long(ids).tolist() == [[long] * 6]
