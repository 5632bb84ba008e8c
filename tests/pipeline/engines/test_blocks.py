"""What travels through the engines arrives as it was sent, and an engine opens nothing but its own requests."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from docpipe.models.engine import Answer, ImageInput, Outcome
from docpipe.operators.inference.request import Request, RequestId, Result
from docpipe.operators.inference.work import ImageRequests, PageRequests, PageResults, ReadPage
from docpipe.pipeline.engines import blocks
from docpipe.pipeline.engines.blocks import WORK, WorkItem, pack, requests_for, seconds_of, unpack, with_results
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.page import PageReading

OCR = RequestId(Use.OCR)


def page(number: int) -> ReadPage:
    return ReadPage("d", "/d", PageReading(number, text=f"page {number}"))


def sent(number: int) -> PageRequests:
    image = ImageInput(np.full((2, 4, 4, 3), number, np.uint8), 2)
    return PageRequests(f"d/{number}", number, (ImageRequests(image, b"jpeg", 2, (Request(OCR, "read", 8, 5.0),)),))


def returned(text: str) -> PageResults:
    return PageResults({OCR: Result(OCR, Answer(text, text, 0.9, Outcome.STOPPED), 1, text)}, seconds=2.0)


def block() -> pa.Table:
    items = [WorkItem((page(n),), requests={"a": (sent(n),), "b": (sent(n + 10),)}) for n in (1, 2)]
    return pack([*items, WorkItem((page(3),))], {"read": 1.5})


def test_each_engine_finds_its_requests_and_each_page_its_results() -> None:
    after = block()
    assert [[one.page_number for one in row] for row in requests_for("b", after)] == [[11], [12], []]
    (arrived,) = requests_for("a", after)[1]
    assert (arrived.images[0].image.data == 2).all()
    after = with_results("a", after, [(returned("a1"),), (returned("a2"),), ()])
    assert requests_for("a", after) == [(), (), ()]
    after = with_results("b", after, [(returned("b1"),), (returned("b2"),), ()])
    assert after.schema.equals(WORK)
    items = unpack(after)
    texts = [{name: one.results[OCR].text for name, one in item.results_of(0).items()} for item in items[:2]]
    assert texts == [{"a": "a1", "b": "b1"}, {"a": "a2", "b": "b2"}]
    assert (items[2].results, [item.pages[0].reading.text for item in items]) == ({}, ["page 1", "page 2", "page 3"])
    assert seconds_of(after) == {"read": 1.5}


def test_blocks_may_be_cut_and_joined_on_the_way() -> None:
    """Ray slices and concatenates: offsets into shared buffers must not be confused."""
    whole = block()
    parts = pa.concat_tables([whole.slice(1), whole.slice(0, 1)])
    after = with_results("b", parts, [(returned("b2"),), (), (returned("b1"),)])
    assert [item.results_of(0)["b"].results[OCR].text if item.results else None for item in unpack(after)] == [
        "b2",
        None,
        "b1",
    ]
    assert [[one.page_number for one in row] for row in requests_for("a", after)] == [[2], [], [1]]


def test_an_engine_opens_nothing_but_its_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    load = blocks._load
    monkeypatch.setattr(blocks, "_load", lambda cell: opened.append(load(cell)) or opened[-1])
    whole = block()
    requests = requests_for("a", whole)
    with_results("a", whole, [tuple(PageResults({}) for _ in row) for row in requests])
    assert [one.page_number for pages in opened for one in pages] == [1, 2]


def test_arrays_are_copied_into_a_block_and_not_out_of_it() -> None:
    tiles = np.arange(4 * 100 * 100 * 3, dtype=np.int64).astype(np.uint8).reshape(4, 100, 100, 3)
    odd = (tiles, "text", np.zeros((0, 4), np.float32), tiles[::2, 5:9], [np.arange(3.0)])
    column = blocks._cells([blocks._dump("before"), blocks._dump(odd), blocks._dump(None)])
    cells = [cell.as_buffer() for cell in column]
    assert (blocks._load(cells[0]), blocks._load(cells[2])) == ("before", None)
    first, text, empty, part, (numbers,) = blocks._load(cells[1])
    assert (text, empty.shape, numbers.tolist()) == ("text", (0, 4), [0.0, 1.0, 2.0])
    assert np.array_equal(first, tiles)
    assert np.array_equal(part, tiles[::2, 5:9])
    assert np.shares_memory(first, np.frombuffer(cells[1], np.uint8))


def test_a_block_without_items_is_a_block() -> None:
    assert unpack(with_results("a", pack([]), [])) == []
