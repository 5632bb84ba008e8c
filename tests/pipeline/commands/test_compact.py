"""Many small batches become few, with the same rows, and a reader never misses one."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from docpipe.pipeline.commands.compact import compact_output
from docpipe.pipeline.output.audit import Mended, mend
from docpipe.pipeline.output.commit import committed_files
from docpipe.pipeline.output.recovery import clear_leftovers
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.run.fingerprint import FINGERPRINT_PATH
from docpipe.schemas.errors import MissingResourceError

from ..conftest import PROVENANCE

BATCHES = 24


@pytest.fixture
def filled(store: Store, commit: Callable[..., str]) -> Store:
    store.write_bytes(FINGERPRINT_PATH, b"{}")
    for number in range(BATCHES):
        failed = frozenset({(f"d{number}", 1)} if number % 5 == 0 else ())
        commit((f"d{number}", 1), (f"d{number}", 2), failed=failed)
    return store


def keys(store: Store, table: str) -> Counter[tuple[str, int]]:
    """Rows of a table as a reader of all its files sees them; one that goes meanwhile is read in the next listing."""
    found: Counter[tuple[str, int]] = Counter()
    for file in store.list_files(table):
        rows = store.read_table(file.path, ["document_id", "page_number"]).to_pylist()
        found.update((row["document_id"], row["page_number"]) for row in rows)
    return found


def test_small_batches_are_joined_and_their_rows_stay(filled: Store) -> None:
    before = {table: keys(filled, table) for table in ("pages", "lines", "blocks", "errors")}
    counts = compact_output(filled.url)
    assert counts["pages"] == {"before": BATCHES, "after": 1}
    assert {table: keys(filled, table) for table in before} == before
    assert len(filled.list_files("pages")) == len(filled.list_files("lines")) == 1
    assert mend(filled, PROVENANCE) == Mended(0, 0)
    assert clear_leftovers(filled) == 0
    assert compact_output(filled.url)["pages"] == {"before": 1, "after": 1}


def test_batches_stop_at_the_size_asked_for(filled: Store) -> None:
    size = sum(file.size for table in ("pages", "lines", "blocks") for file in filled.list_files(table))
    after = compact_output(filled.url, batch_bytes=size // 3)["pages"]["after"]
    assert 2 < after < BATCHES


def test_schemas_and_metadata_are_those_of_any_batch(filled: Store) -> None:
    wanted = filled.read_footer(filled.list_files("lines")[0].path).schema.to_arrow_schema()
    compact_output(filled.url)
    (file,) = filled.list_files("lines")
    found = filled.read_footer(file.path).schema.to_arrow_schema()
    assert found.equals(wanted)
    assert found.metadata[b"docpipe.job_fingerprint"] == wanted.metadata[b"docpipe.job_fingerprint"]


def test_a_reader_never_misses_a_row(filled: Store) -> None:
    every = set(keys(filled, "pages"))
    missed: list[set[tuple[str, int]]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                seen = set(keys(filled, "pages"))
            except (FileNotFoundError, pa.ArrowInvalid):
                continue
            missed.append(every - seen)

    reader = threading.Thread(target=read)
    reader.start()
    compact_output(filled.url)
    done.set()
    reader.join()
    assert missed
    assert not any(missed)


@pytest.mark.parametrize("calls", range(0, 60, 7))
def test_killed_at_any_moment_it_loses_and_doubles_nothing(
    filled: Store, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    before = keys(filled, "pages")
    left = calls

    def stumble(name: str) -> None:
        real = getattr(Store, name)

        def step(*arguments: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError("killed")
            return real(*arguments, **options)

        monkeypatch.setattr(Store, name, step)

    for name in ("write_table", "delete"):
        stumble(name)
    with pytest.raises(OSError, match="killed"):
        compact_output(filled.url)
    monkeypatch.undo()
    clear_leftovers(filled)
    assert mend(filled, PROVENANCE) == Mended(0, 0)
    assert keys(filled, "pages") == before
    assert len({file.name for file in committed_files(filled, "pages")}) in (1, BATCHES)


def test_a_folder_without_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match="no output of docpipe"):
        compact_output(str(tmp_path))
