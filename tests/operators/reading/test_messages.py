"""`unpack` restores the readings that `pack` concatenates."""

from dataclasses import replace

import numpy as np
import pytest
from docpipe.operators.reading.messages import pack, unpack
from docpipe.schemas.page import Blocks, PageReading, TextLines
from hypothesis import given
from hypothesis import strategies as st


@st.composite
def readings(draw: st.DrawFn) -> PageReading:
    """A page with up to three lines of up to three words each, some of them rotated."""
    words = draw(st.lists(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=3), max_size=3))
    lines, count = len(words), sum(len(line) for line in words)
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    turned = draw(st.lists(st.booleans(), min_size=lines, max_size=lines))
    text = TextLines(
        text=[" ".join(line) for line in words],
        boxes=rng.random((lines, 4), np.float32),
        polygons=[rng.random((4, 2), np.float32) if turn else None for turn in turned],
        confidence=rng.random(lines, np.float32),
        block=np.arange(lines, dtype=np.int32),
        word_text=[word for line in words for word in line],
        word_boxes=rng.random((count, 4), np.float32),
        word_confidence=rng.random(count, np.float32),
        word_line=np.repeat(np.arange(lines, dtype=np.int32), [len(line) for line in words]),
    )
    blocks = Blocks(["text"] * lines, rng.random((lines, 4), np.float32), list(text.text), np.ones(lines, np.float32))
    return PageReading(draw(st.integers(1, 9)), 100.0, 200.0, "pt", text="".join(text.text), lines=text, blocks=blocks)


def same(a: PageReading, b: PageReading) -> bool:
    return _flat(a) == _flat(b)


def _flat(reading: PageReading) -> list[object]:
    plain = replace(reading, lines=TextLines(), blocks=Blocks())
    values = [*vars(reading.lines).values(), *vars(reading.blocks).values()]
    lists = [[None if v is None else np.asarray(v).tolist() for v in value] for value in values]
    types = [value.dtype for value in values if isinstance(value, np.ndarray)]
    return [{k: v for k, v in vars(plain).items() if k not in ("lines", "blocks")}, lists, types]


@given(st.lists(readings(), min_size=1, max_size=4))
def test_unpacking_undoes_packing(pages: list[PageReading]) -> None:
    found = unpack(pack(pages))
    assert len(found) == len(pages)
    assert all(same(a, b) for a, b in zip(found, pages, strict=True))


@given(st.lists(readings(), min_size=1, max_size=4).filter(lambda pages: any(len(page.lines) for page in pages)))
def test_arrays_that_are_shorter_than_the_texts_are_refused(pages: list[PageReading]) -> None:
    packed = pack(pages)
    with pytest.raises(ValueError, match="different lengths"):
        unpack(replace(packed, word_boxes=packed.word_boxes[1:]))
