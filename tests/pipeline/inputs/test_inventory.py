"""What is known of input files: the newest facts of each, in any number of files and rows."""

from pathlib import Path

import pytest
from docpipe.pipeline.inputs import inventory
from docpipe.pipeline.inputs.inventory import FileFacts, append_inventory, document_ids, forget_files, read_inventory
from docpipe.pipeline.output.store import Store


def test_the_newest_facts_of_each_file_win_and_gone_ones_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "_ROWS_AT_A_TIME", 3)
    store = Store(str(tmp_path))
    old = [FileFacts(f"/{number}", "old", 1, page_count=1) for number in range(10)]
    new = [FileFacts(f"/{number}", "new", 2, "id", "sha", "application/pdf", 2, True, "title") for number in range(4)]
    append_inventory(store, new, sequence=2)
    append_inventory(store, old, sequence=1)
    forget_files(store, ["/9"], sequence=3)
    known = read_inventory(store)
    assert known == {fact.uri: fact for fact in [*new, *old[4:9]]}
    assert document_ids(store, {"/0", "/1"}) == {"id"}
    assert document_ids(store, {"/3", "/8", "/9"}) == {"id", None}
    assert document_ids(store, set()) == set()


def test_a_damaged_file_of_the_inventory_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    append_inventory(store, [FileFacts("/a", "v", 1)], sequence=1)
    store.write_bytes(f"{inventory.FOLDER}/part-cut.parquet", b"PAR1")
    assert set(read_inventory(store)) == {"/a"}
