"""The parser process imports only what its job needs."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.operators.sandbox.sandbox import Sandbox
from docpipe.schemas.errors import DocumentError

DATA = Path(__file__).parents[2] / "data" / "documents"
PROBE = """
import sys
from docpipe.operators.reading.parser_entry import start_parser
class Probe:
    def __init__(self, layout): start_parser(layout)
    def loaded(self): return sys.modules.get("pymupdf.layout") is not None
"""


@pytest.mark.parametrize("layout", [False, True])
def test_the_layout_model_is_loaded_where_pages_are_laid_out_only(
    layout: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parser_probe.py").write_text(PROBE)
    monkeypatch.syspath_prepend(str(tmp_path))
    with Sandbox("parser_probe:Probe", {"layout": layout}) as sandbox:
        assert sandbox.call("loaded", deadline=time.monotonic() + 60) is layout


def test_pages_read_the_same_with_the_layout_model_loaded_and_without() -> None:
    documents = sorted(path for path in DATA.glob("*.pdf") if path.stat().st_size < 200_000)
    settings = ReadSettings(engine="rapidocr")
    found = []
    for layout in (False, True):
        with Sandbox("docpipe.operators.reading.parser_entry:start_parser", {"layout": layout}) as sandbox:
            for text_settings in (settings, ReadSettings(engine="text_layer")):
                for path in documents:
                    with suppress(DocumentError):
                        arguments = (str(path), 1, text_settings)
                        page = sandbox.call("read_page", *arguments, deadline=time.monotonic() + 60)
                        image = None if page.image is None else page.image.tobytes()
                        found.append((layout, page.reading.text, page.reading.lines.boxes.tolist(), image))
    half = len(found) // 2
    assert half > 2
    assert [entry[1:] for entry in found[:half]] == [entry[1:] for entry in found[half:]]


def test_a_job_with_layout_finds_regions() -> None:
    document = sorted(DATA.glob("*.pdf"))[0]
    with PageReader(ReadSettings(engine="text_layer", layout=True)) as reader:
        assert reader.read(str(document), 1).failure is None
