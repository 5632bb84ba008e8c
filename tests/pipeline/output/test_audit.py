"""The audit takes back what is broken and leaves each page once."""

from collections import Counter
from collections.abc import Sequence

import docpipe.pipeline.output.committed
import pytest
from docpipe.pipeline.output.audit import Mended, mend
from docpipe.pipeline.output.commit import CommitFile, commit_batch, committed_files
from docpipe.pipeline.output.committed import CommittedPages, PageCount, count_pages, page_numbers
from docpipe.pipeline.output.recovery import clear_leftovers
from docpipe.pipeline.output.store import Store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..conftest import PROVENANCE, rows

KEYS = st.tuples(st.sampled_from("ab"), st.integers(1, 4))


def pages_of(store: Store) -> Counter[tuple[str, int, str]]:
    found: Counter[tuple[str, int, str]] = Counter()
    for file in store.list_files("pages"):
        part = store.read_table(file.path, ["document_id", "page_number", "status"])
        found.update((row["document_id"], row["page_number"], row["status"]) for row in part.to_pylist())
    return found


def test_a_sound_output_is_left_as_it_is(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    commit(("a", 1), ("a", 2))
    commit(("b", 1))
    assert mend(store, PROVENANCE) == Mended(broken=0, doubled=0)


def test_a_batch_whose_child_file_is_gone_is_taken_back(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    name = commit(("a", 1))
    commit(("b", 1))
    store.delete(f"lines/{name}")
    assert mend(store, PROVENANCE).broken == 1
    assert count_pages(store, committed_files(store, "pages")) == {"b": PageCount(1, 1, 0)}


def test_a_batch_with_other_child_rows_than_promised_is_taken_back(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    name = commit(("a", 1))
    store.write_table(f"lines/{name}", rows(("a", 1), ("a", 2))["lines"], {})
    assert mend(store, PROVENANCE).broken == 1


def test_of_a_doubled_page_the_one_that_was_read_stays(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    commit(("a", 1), ("a", 2), failed=frozenset({("a", 1)}))
    commit(("a", 1), ("b", 1))
    assert mend(store, PROVENANCE).doubled == 1
    assert pages_of(store) == Counter([("a", 1, "ok"), ("a", 2, "ok"), ("b", 1, "ok")])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(batches=st.lists(st.lists(KEYS, min_size=1, max_size=4, unique=True), min_size=1, max_size=4))
def test_any_overlap_of_batches_ends_with_each_page_and_its_lines_once(tmp_path_factory, batches) -> None:  # type: ignore[no-untyped-def]
    store = Store(str(tmp_path_factory.mktemp("out")))
    for batch in batches:
        commit_batch(store, PROVENANCE, "pages", rows(*batch))
    mend(store, PROVENANCE)
    wanted = {key for batch in batches for key in batch}
    for table in ("pages", "lines", "blocks"):
        keys = [
            (row["document_id"], row["page_number"])
            for file in store.list_files(table)
            for row in store.read_table(file.path, ["document_id", "page_number"]).to_pylist()
        ]
        assert sorted(keys) == sorted(wanted)


def test_pages_are_counted_anew_only_where_files_have_changed(  # type: ignore[no-untyped-def]
    store: Store, commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []

    def counting(store: Store, files: Sequence[CommitFile]) -> dict[str, PageCount]:
        counted.append(len(files))
        return count_pages(store, files)

    monkeypatch.setattr(docpipe.pipeline.output.committed, "count_pages", counting)
    pages = CommittedPages(store)
    assert (pages.count(), counted) == (([], {}), [])
    name = commit(("a", 1), ("a", 2), failed=frozenset({("a", 2)}))
    assert mend(store, PROVENANCE, pages) == Mended(0, 0)
    for _ in range(2):
        assert pages.count()[1] == {"a": PageCount(2, 2, 1)}
    assert counted == [1]
    # The same pages have the same name, and may say something else.
    assert commit(("a", 1), ("a", 2)) == name
    assert (pages.count()[1], counted) == ({"a": PageCount(2, 2, 0)}, [1, 1])
    commit(("a", 2), ("b", 1))
    assert mend(store, PROVENANCE, pages).doubled == 1
    assert pages.count()[1] == {"a": PageCount(2, 2, 0), "b": PageCount(1, 1, 0)}


def test_page_numbers_are_those_of_the_documents_asked_for(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    commit(("a", 1), ("a", 3), ("b", 1))
    files = committed_files(store, "pages")
    assert page_numbers(store, files, ["a", "c"]) == {"a": {1, 3}, "c": set()}


def test_a_batch_that_is_no_longer_parquet_does_not_count(store: Store, commit) -> None:  # type: ignore[no-untyped-def]
    damaged = commit(("a", 1))
    commit(("b", 1))
    store.write_bytes(f"pages/{damaged}", b"PAR1 cut off")
    assert list(count_pages(store, committed_files(store, "pages"))) == ["b"]
    clear_leftovers(store)
    assert [file.name for file in store.list_files("lines")] == [f.name for f in committed_files(store, "pages")]


def test_many_files_are_counted_in_parts(store: Store, commit, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    for number in range(5):
        commit(("a", number + 1), (f"only {number}", 1))
    monkeypatch.setattr(docpipe.pipeline.output.committed, "_FILES_AT_ONCE", 2)
    counts = count_pages(store, committed_files(store, "pages"))
    assert counts["a"] == PageCount(5, 5, 0)
    assert len(counts) == 6
