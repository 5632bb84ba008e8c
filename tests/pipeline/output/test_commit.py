"""A batch has one name, counts only with its commit file, and can be replaced."""

import json

import pyarrow.parquet as pq
from docpipe.pipeline.output.commit import (
    CHILDREN_KEY,
    batch_name,
    commit_batch,
    committed_files,
    delete_batch,
    write_empty_tables,
)
from docpipe.pipeline.output.store import Store
from docpipe.schemas.tables import TABLES
from hypothesis import given
from hypothesis import strategies as st

from ..conftest import PROVENANCE, rows

PAGES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50)), min_size=1, max_size=6, unique=True)


@given(PAGES, st.randoms())
def test_name_depends_on_the_keys_and_not_on_their_order(pages: list[tuple[str, int]], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(pages, len(pages))
    first, second = (rows(*keys)["pages"] for keys in (pages, shuffled))
    assert batch_name("f", "pages", first) == batch_name("f", "pages", second)


@given(PAGES, PAGES)
def test_other_keys_give_another_name(one: list[tuple[str, int]], other: list[tuple[str, int]]) -> None:
    names = {batch_name("f", "pages", rows(*keys)["pages"]) for keys in (one, other)}
    assert (len(names) == 1) == (set(one) == set(other))


def test_name_depends_on_fingerprint_table_and_what_it_replaces() -> None:
    pages = rows(("a", 1))["pages"]
    names = {
        batch_name("f", "pages", pages),
        batch_name("g", "pages", pages),
        batch_name("f", "pages", pages, ["part-x.parquet"]),
        batch_name("f", "documents", pages),
    }
    assert len(names) == 4


def test_committing_again_overwrites_the_same_files(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    assert commit(("a", 1), ("a", 2)) == commit(("a", 1), ("a", 2))
    assert len(store.list_files("pages")) == len(store.list_files("lines")) == 1


def test_every_file_says_where_it_comes_from(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    name = commit(("a", 1))
    for table in ("pages", "lines", "blocks"):
        metadata = pq.read_schema(store.full_path(f"{table}/{name}")).metadata
        assert metadata[b"docpipe.schema_version"] == b"2"
        assert metadata[b"docpipe.table"] == table.encode()
        assert metadata[b"docpipe.run_id"] == b"run-1"
        assert metadata[b"docpipe.job_fingerprint"] == b"f" * 32
    promised = json.loads(pq.read_schema(store.full_path(f"pages/{name}")).metadata[CHILDREN_KEY.encode()])
    assert promised == {"lines": 1, "blocks": 1}


def test_empty_tables_have_every_column_with_its_type(store: Store) -> None:
    write_empty_tables(store, PROVENANCE)
    for table, schema in TABLES.items():
        (file,) = store.list_files(table)
        read = pq.read_table(store.full_path(file.path))
        assert read.num_rows == 0
        assert read.schema.equals(schema)
    assert committed_files(store, "pages") == []


def test_a_listed_file_is_dead_even_while_it_is_there(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    old = commit(("a", 1), ("a", 2))
    new = commit_batch(store, PROVENANCE, "pages", rows(("a", 1)), replaces=[old])
    assert {file.name for file in store.list_files("pages")} == {old, new}
    assert [file.name for file in committed_files(store, "pages")] == [new]


def test_taking_a_batch_back_leaves_nothing_of_it(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    name = commit(("a", 1))
    delete_batch(store, "pages", name)
    assert not any(store.list_files(table) for table in ("pages", "lines", "blocks", "errors"))
