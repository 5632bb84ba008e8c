"""`inputs.reuse` takes page texts of an earlier output over, where they were read in the same way."""

import json
from pathlib import Path

import pytest
from docpipe.schemas.errors import MissingResourceError

from ..outputs import Heard, assert_sound, done, pdf, query, run, write_job


def test_reuse_takes_page_texts_over_and_reads_only_what_is_new(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    run(job, ray)
    pdf(tmp_path / "in" / "c.pdf", "c one")
    # Ids of the manifest differ from those of the earlier output: what hangs on a page must follow.
    manifest = "".join(json.dumps({"uri": f"in/{n}.pdf", "document_id": f"doc-{n}"}) + "\n" for n in "abc")
    (tmp_path / "list.jsonl").write_text(manifest)
    other = write_job(
        tmp_path,
        inputs={"manifest": "list.jsonl", "reuse": "out"},
        output={"path": "out2"},
        on_error={"abort_after": 1},
    )
    heard = Heard()
    summary = run(other, ray, heard=heard)
    assert any("4 pages from" in message for message in heard.messages)
    assert done(summary) == (5, 0, 0)
    new = tmp_path / "out2"
    assert_sound(new)
    seconds = "SELECT text, seconds FROM pages WHERE text NOT LIKE 'c%' ORDER BY text"
    assert query(new, seconds) == query(out, seconds)
    assert {i for (i,) in query(new, "SELECT document_id FROM lines")} == {"doc-a", "doc-b", "doc-c"}
    assert query(new, "SELECT line_id FROM lines WHERE NOT starts_with(line_id, document_id)") == []
    assert query(new, "SELECT DISTINCT run_id FROM pages") == [(summary.run_id,)]


def test_reuse_takes_nothing_that_was_read_in_another_way(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    run(job, ray)
    heard = Heard()
    summary = run(job, ray, "tasks.ocr.engine=text_layer", "output.path=out2", "inputs.reuse=out", heard=heard)
    assert any("0 pages from" in message and "another way" in message for message in heard.messages)
    assert done(summary) == (4, 0, 0)
    assert_sound(tmp_path / "out2")
    with pytest.raises(MissingResourceError, match=r"inputs\.reuse.*no output of docpipe"):
        run(job, ray, "output.path=out3", "inputs.reuse=in")
