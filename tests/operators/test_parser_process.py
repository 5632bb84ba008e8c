"""The parser's process loads what its job needs and no more."""

import time
from pathlib import Path

import pytest
from docpipe.operators.page_reader import PageReader
from docpipe.operators.parsed_page import ReadSettings
from docpipe.operators.sandbox import Sandbox

DATA = Path(__file__).parents[1] / "data" / "documents"
PROBE = """
import sys
from docpipe.operators.parser_process import start_parser
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


def test_a_job_with_layout_finds_regions() -> None:
    document = sorted(DATA.glob("*.pdf"))[0]
    with PageReader(ReadSettings(engine="text_layer", layout=True)) as reader:
        assert reader.read(str(document), 1).failure is None
