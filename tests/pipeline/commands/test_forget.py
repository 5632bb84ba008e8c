"""A forgotten document stands in no file of the output any more, and nothing else is touched."""

from pathlib import Path

import pytest
from docpipe.pipeline.commands.forget import forget_document
from docpipe.pipeline.output import commit
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import InvalidJobError, MissingResourceError

from ...shared import SHARED, writable_copy
from ..outputs import Docpipe, Heard, assert_sound, page_rows, pdf, query, run, write_job


def has_run(folder: Path, ray: str) -> Path:
    """A job in `folder` that has run; returns its output."""
    for name in ("secret", "other", "third"):
        pdf(folder / "in" / f"{name}.pdf", f"{name} page one", f"{name} page two")
    (folder / "in" / "broken.pdf").write_bytes(b"%PDF-1.7\nsecret and broken")
    run(write_job(folder, on_error={"max_failed_documents": 1}), ray)
    return folder / "out"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, ray: str) -> Path:
    return SHARED.add(has_run(tmp_path_factory.mktemp("written"), ray))


@pytest.fixture
def out(written: Path, tmp_path: Path) -> Path:
    return writable_copy(written, tmp_path / "out")


def id_of(out: Path, name: str) -> str:
    ((document_id,),) = query(out, f"SELECT document_id FROM documents WHERE uris[1] LIKE '%/{name}.pdf'")
    return str(document_id)


def holding(out: Path, text: str) -> list[str]:
    """Parquet files in which a text stands, read value by value: their bytes are compressed."""
    store = Store(str(out))
    paths = [path.relative_to(out).as_posix() for path in out.rglob("*.parquet")]
    return [path for path in paths if text in str(store.read_table(path).to_pylist())]


def test_a_document_is_gone_from_every_table_and_the_inventory(out: Path) -> None:
    document_id, rows = id_of(out, "secret"), page_rows(out)
    assert len(holding(out, "secret page")) >= 2
    gone = forget_document(str(out), document_id)
    assert (gone["pages"], gone["documents"]) == (2, 1)
    assert holding(out, document_id) == []
    assert holding(out, "secret page") == []
    assert holding(out, "/secret.pdf") == []
    assert page_rows(out) == {key: row for key, row in rows.items() if key[0] != document_id}
    assert_sound(out)


def test_a_document_that_failed_is_forgotten_too(out: Path) -> None:
    forget_document(str(out), id_of(out, "broken"))
    assert holding(out, "/broken.pdf") == []
    assert_sound(out)


def test_killed_at_any_write_or_deletion_the_same_command_finishes(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = id_of(out, "secret")
    steps = 0

    def stumble(name: str) -> None:
        real = getattr(Store, name)

        def step(*arguments: object, **options: object) -> object:
            nonlocal steps
            # The first call always fails, then one more succeeds each time.
            if len(done) >= steps:
                steps += 1
                done.clear()
                raise OSError("killed")
            done.append(name)
            return real(*arguments, **options)

        monkeypatch.setattr(Store, name, step)

    done: list[str] = []
    for name in ("write_table", "delete"):
        stumble(name)
    for _ in range(100):
        done.clear()
        try:
            forget_document(str(out), document_id)
            break
        except OSError:
            continue
    monkeypatch.undo()
    assert steps > 4
    assert holding(out, document_id) == []
    assert len(page_rows(out)) == 4
    assert_sound(out)


def test_the_next_run_reads_it_again_only_while_it_is_among_the_inputs(tmp_path: Path, ray: str) -> None:
    out = has_run(tmp_path, ray)
    forget_document(str(out), id_of(out, "secret"))
    forget_document(str(out), id_of(out, "other"))
    (tmp_path / "in" / "other.pdf").unlink()
    summary = run(tmp_path / "job.yaml", ray, heard=Heard())
    assert summary.pages_ok == 2
    assert holding(out, "other page") == []
    assert len(holding(out, "secret page")) >= 2
    assert_sound(out)


def test_unknown_documents_and_folders_are_refused(docpipe: Docpipe, out: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidJobError, match="no document 'nobody' here"):
        forget_document(str(out), "nobody")
    with pytest.raises(MissingResourceError, match="no output of docpipe"):
        forget_document(str(tmp_path / "in"), "nobody")
    assert docpipe("forget", out, "nobody").returncode == 2


def test_files_keep_what_they_say_of_their_job(out: Path) -> None:
    store = Store(str(out))
    before = {file.text_fingerprint for file in commit.committed_files(store, "pages")}
    forget_document(str(out), id_of(out, "secret"))
    assert {file.text_fingerprint for file in commit.committed_files(store, "pages")} == before
