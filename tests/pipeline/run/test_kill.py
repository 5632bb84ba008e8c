"""SIGKILL at any moment, of any process, costs time only: what stands at the end is what a calm run writes."""

import importlib.util
import random
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image, ImageDraw

from ..outputs import assert_sound, pdf, query, run

_PATH = Path(__file__).parents[3] / "benchmarks" / "chaos" / "processes.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("chaos", _PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


chaos = _load()

pytestmark = [pytest.mark.integration, pytest.mark.skipif(not _PATH.exists(), reason="benchmarks are not in this tree")]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages that go to OCR, pages of text, the same bytes twice, and a file that cannot be read."""
    folder = tmp_path_factory.mktemp("documents")
    for number in range(3):
        frames = []
        for page in range(4):
            frame = Image.new("L", (800, 360), 255)
            draw = ImageDraw.Draw(frame)
            for line in range(4):
                draw.text((40, 40 + 80 * line), f"Invoice {number} page {page} line {line}", fill=0, font_size=40)
            frames.append(frame)
        frames[0].save(folder / f"scan-{number}.tif", save_all=True, append_images=frames[1:])
    for number in range(3):
        pdf(folder / f"text-{number}.pdf", *(f"document {number} page {page}" for page in range(60)))
    shutil.copy(folder / "text-0.pdf", folder / "twin.pdf")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nno page anywhere")
    return folder


@pytest.fixture(scope="module")
def calm(documents: Path, tmp_path_factory: pytest.TempPathFactory, ray: str) -> dict[str, list[tuple[Any, ...]]]:
    """What an undisturbed run writes."""
    folder = tmp_path_factory.mktemp("calm")
    assert run(chaos.write_job(folder, documents, folder / "out"), ray).pages_failed == 0
    assert_sound(folder / "out")
    written: dict[str, list[tuple[Any, ...]]] = chaos.content(folder / "out")
    assert len(written["pages"]) == 12 + 180
    assert len(written["documents"]) == 7
    return written


@pytest.mark.parametrize(("kinds", "local_threads"), [(("worker", "child", "driver"), 0), (("driver", "child"), 2)])
def test_killed_and_run_again_it_ends_like_a_calm_run(
    documents: Path, calm: dict[str, Any], tmp_path: Path, kinds: tuple[str, ...], local_threads: int
) -> None:
    dice, done = random.Random(2), chaos.Kills()
    # A page whose children are killed three times in a row counts as one that crashes them. Work is seen while the
    # child of OCR still loads, so a kill within this time comes before the run ends, on a fast machine too.
    plan = [(kind, dice.uniform(0.0, 0.3)) for kind in kinds]
    job = chaos.write_job(tmp_path, documents, tmp_path / "out")
    code = chaos.disturb(job, plan, dice, done, local_threads=local_threads)
    said = job.with_suffix(".log").read_text()
    assert code == 0, said
    assert set(done.counts) == set(kinds), "the run ended before one of each kind was killed"
    assert chaos.difference(calm, chaos.content(tmp_path / "out")) == {}, said
    assert query(tmp_path / "out", "SELECT code FROM errors WHERE code = 'crashed'") == []
    assert_sound(tmp_path / "out")
    assert done.survivors == []
    assert "Traceback" not in said
