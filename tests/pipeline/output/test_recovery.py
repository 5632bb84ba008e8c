"""Whatever moment a writer is killed at, recovery leaves each page once or not at all, and children only with it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from docpipe.pipeline.output.commit import commit_batch, committed_files
from docpipe.pipeline.output.recovery import clear_leftovers, losing_batches, rewrite_batch, without_documents
from docpipe.pipeline.output.store import Store

from ..conftest import PROVENANCE, rows

ALL = {("a", 1), ("a", 2), ("b", 1)}


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the product catches it."""


@contextmanager
def killed_after(monkeypatch: pytest.MonkeyPatch, operations: int) -> Iterator[None]:
    """Let so many writes and deletions happen, then die."""
    left = operations

    def counted(method: Callable[..., None]) -> Callable[..., None]:
        def call(*args: object) -> None:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            method(*args)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Store, "write_bytes", counted(Store.write_bytes))
        patch.setattr(Store, "delete", counted(Store.delete))
        yield


def stored(store: Store, table: str) -> Counter[tuple[str, int]]:
    """Keys of every row in the files of a table, dead or alive, as a reader with a glob sees them."""
    keys: Counter[tuple[str, int]] = Counter()
    for file in store.list_files(table):
        part = store.read_table(file.path)
        keys.update(zip(part.column("document_id").to_pylist(), part.column("page_number").to_pylist(), strict=True))
    return keys


def assert_consistent(store: Store) -> set[tuple[str, int]]:
    pages = stored(store, "pages")
    assert set(pages.values()) <= {1}
    assert stored(store, "lines") == pages
    assert stored(store, "blocks") == pages
    return set(pages)


@pytest.mark.parametrize("operations", range(5))
def test_commit_killed_at_any_moment_is_all_or_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, operations: int
) -> None:
    try:
        with killed_after(monkeypatch, operations):
            commit_batch(store, PROVENANCE, "pages", rows(*sorted(ALL)))
    except Killed:
        pass
    clear_leftovers(store)
    assert assert_consistent(store) == (ALL if operations >= 3 else set())


@pytest.mark.parametrize("operations", range(16))
def test_rewrite_killed_at_any_moment_keeps_the_old_or_the_new(
    store: Store, monkeypatch: pytest.MonkeyPatch, operations: int
) -> None:
    name = commit_batch(store, PROVENANCE, "pages", rows(*sorted(ALL)))
    keep_a = {("a", 1), ("a", 2)}
    try:
        with killed_after(monkeypatch, operations):
            rewrite_batch(store, PROVENANCE, "pages", name, lambda _, table: pc.equal(table.column("document_id"), "a"))
    except Killed:
        pass
    clear_leftovers(store)
    assert assert_consistent(store) == (keep_a if operations >= 3 else ALL)


@pytest.mark.parametrize("operations", range(12))
def test_recovery_killed_at_any_moment_can_be_repeated(
    store: Store, monkeypatch: pytest.MonkeyPatch, operations: int
) -> None:
    name = commit_batch(store, PROVENANCE, "pages", rows(*sorted(ALL)))
    with pytest.raises(Killed), killed_after(monkeypatch, 3):
        rewrite_batch(store, PROVENANCE, "pages", name, lambda _, table: pc.equal(table.column("document_id"), "a"))
    try:
        with killed_after(monkeypatch, operations):
            clear_leftovers(store)
    except Killed:
        pass
    clear_leftovers(store)
    assert assert_consistent(store) == {("a", 1), ("a", 2)}


def test_orphans_and_half_written_files_are_cleared(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    name = commit(("a", 1))
    orphan = rows(("z", 9))["lines"]
    store.write_table("lines/part-" + "0123" * 8 + ".parquet", orphan, {})
    half = Path(store.full_path("_docpipe/tmp/half"))
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"PAR1")
    assert clear_leftovers(store) == 1
    assert not half.exists()
    assert [file.name for file in store.list_files("lines")] == [name]


def test_files_of_others_are_left_alone(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    commit(("a", 1))
    store.write_bytes("lines/notes.txt", b"mine")
    clear_leftovers(store)
    assert store.read_bytes("lines/notes.txt") == b"mine"


def test_rewrite_of_nothing_changes_nothing(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    name = commit(("a", 1))
    before = store.list_files("pages")
    assert rewrite_batch(store, PROVENANCE, "pages", name, lambda _, t: pa.array([True] * t.num_rows)) == 0
    assert store.list_files("pages") == before


def test_rewrite_that_drops_everything_takes_the_batch_back(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    name = commit(("a", 1), ("a", 2))
    assert rewrite_batch(store, PROVENANCE, "pages", name, lambda _, t: pa.array([False] * t.num_rows)) == 2
    assert committed_files(store, "pages") == []
    assert store.list_files("lines") == []


def test_batches_that_lose_rows_are_found_by_their_keys(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    names = [commit(("a", 1), ("b", 1)), commit(("b", 2)), commit(("c", 1))]
    assert losing_batches(store, "pages", names, without_documents(["b"])) == names[:2]
    assert losing_batches(store, "pages", [], without_documents(["b"])) == []
