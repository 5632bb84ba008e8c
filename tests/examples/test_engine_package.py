"""The package of `examples/engine_package`, installed beside docpipe, in a run of both of its engines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from ..pipeline.outputs import DOCPIPE, assert_sound, query, write_job

PACKAGE = Path(__file__).parents[2] / "examples" / "engine_package"

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that has the package; it is installed into a folder of its own."""
    source, target = tmp_path_factory.mktemp("package") / "source", tmp_path_factory.mktemp("installed")
    source.mkdir()
    for path in (*PACKAGE.glob("*.*"), *PACKAGE.glob("docpipe_ink/*.py")):
        (source / path.relative_to(PACKAGE).parent).mkdir(exist_ok=True)
        (source / path.relative_to(PACKAGE)).write_bytes(path.read_bytes())
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run([sys.executable, "-m", "pip", "install", *quiet, "--target", str(target), str(source)], check=True)
    paths = [str(target), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def docpipe(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*DOCPIPE, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)


def test_its_engines_get_what_own_engines_get(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    image = Image.new("L", (400, 200), 255)
    ImageDraw.Draw(image).rectangle((100, 20, 219, 59), fill=0)
    ImageDraw.Draw(image).rectangle((40, 120, 339, 159), fill=0)
    image.save(tmp_path / "in" / "a.png")
    job = write_job(
        tmp_path,
        tasks={
            "ocr": {"engine": "blocks"},
            "docvqa": {
                "engine": "share",
                "scope": "page",
                "questions": [{"id": "ink", "ask": "How much is ink?", "type": "number"}],
            },
        },
        engines={
            "blocks": {"kind": "ink-blocks", "darkest": 100},
            "share": {"kind": "ink-share", "model": "ink-share-1", "device": "cpu"},
        },
    )
    ran = docpipe(environment, "run", job, "--json")
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert (summary["pages_ok"], summary["lines"], summary["answers"]) == (1, 2, 1)
    out = tmp_path / "out"
    assert_sound(out)
    assert query(out, "SELECT text_source, text_source_reason FROM pages") == [("blocks", "image_file")]
    lines = query(
        out,
        "SELECT text, source, round(bbox.x0 * 400), round(bbox.y0 * 200), round(bbox.x1 * 400), round(bbox.y1 * 200), "
        "confidence, grounding FROM lines ORDER BY reading_order",
    )
    assert lines == [
        ("block of 120 x 40 pixels", "blocks", 100, 20, 220, 60, None, None),
        ("block of 300 x 40 pixels", "blocks", 40, 120, 340, 160, None, None),
    ]
    # 120 x 40 and 300 x 40 of 400 x 200 pixels; the number is printed nowhere on the page.
    ((number, confidence, support, engine, model),) = query(
        out, "SELECT value_number, confidence, support, engine, model FROM answers"
    )
    assert (number, confidence, engine, model) == (0.21, 1.0, "share", "ink-share-1")
    assert support < 0.5
    record = json.loads(next((out / "_docpipe").glob("run-*.json")).read_text())
    assert record["models"]["blocks"] == {
        "engine": "docpipe-ink 0.1.0, docpipe_ink.blocks:InkBlocks",
        "version": "1",
    }
    other = docpipe(environment, "run", job, "--set", "engines.blocks.darkest=50")
    assert other.returncode == 2
    assert "text reader.darkest: there 100, in this job 50" in other.stderr


def test_doctor_names_its_kinds(environment: dict[str, str]) -> None:
    examined = json.loads(docpipe(environment, "doctor", "--json").stdout)
    found = {check["name"]: check for check in examined["checks"]}
    assert found["engine ink-share"]["well"]
    assert found["engine ink-share"]["found"] == "docpipe-ink 0.1.0, docpipe_ink.share:InkShare"


def test_a_job_without_the_package_names_the_kinds_that_are_there(tmp_path: Path) -> None:
    job = write_job(tmp_path, tasks={"ocr": {"engine": "blocks"}}, engines={"blocks": {"kind": "ink-blocks"}})
    refused = docpipe(dict(os.environ), "validate", job)
    assert refused.returncode == 2
    assert "engines.blocks.kind: must be internvl2, vllm or openai" in refused.stderr
