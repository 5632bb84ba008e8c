"""The trainer goes on where it stopped."""

import json
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docpipe.evaluation.synthetic import draw_page
from docpipe.evaluation.synthetic.fonts import find_faces
from docpipe.models.internvl2 import InternVL2
from docpipe.training.probe import error_rates
from docpipe.training.train import main, schedule
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fonts")
    for name in ("helv", "tiro"):
        (folder / f"{name}.ttf").write_bytes(pymupdf.Font(name).buffer)
    return folder


def run(folder: Path, fonts: Path, *options: str) -> list[dict[str, Any]]:
    """Train and give the log's lines of steps."""
    common = ["--size", "tiny", "--device", "cpu", "--fonts", str(fonts), "--tokenizer-pages", "60"]
    main([str(folder), *common, *options])
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if "loss" in line]


def test_a_resumed_training_has_the_curve_of_an_unbroken_one(tmp_path: Path, fonts: Path) -> None:
    options = ("--steps", "4", "--tiles", "2", "--log-steps", "1", "--warmup", "2", "--fixed", "block:50")
    whole = run(tmp_path / "whole", fonts, *options)
    run(tmp_path / "broken", fonts, *options, "--chunk-steps", "2")
    broken = run(tmp_path / "broken", fonts, *options)
    assert [line["step"] for line in broken] == [1, 2, 3, 4]
    for a, b in zip(whole, broken, strict=True):
        assert a["loss"] == pytest.approx(b["loss"], abs=2e-3)
        assert a["rate"] == b["rate"]


def test_packed_weights_go_on_with_a_fresh_optimizer(tmp_path: Path, fonts: Path) -> None:
    options = ("--steps", "4", "--tiles", "2", "--log-steps", "1", "--warmup", "2", "--fixed", "block:50")
    pack = ("--pack", str(tmp_path / "packed"))
    run(tmp_path / "first", fonts, *options, "--chunk-steps", "2", *pack)
    (tmp_path / "second").mkdir()
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        (tmp_path / "second" / name).write_bytes((tmp_path / "first" / name).read_bytes())
    lines = run(tmp_path / "second", fonts, *options, "--packed", str(tmp_path / "packed"))
    assert [line["step"] for line in lines] == [3, 4]
    # Half way through the whole training, and half way through the new warm-up.
    assert lines[0]["rate"] == pytest.approx(1e-3 * schedule(0.5) / 2, abs=1e-6)


@pytest.mark.slow
def test_words_that_were_trained_on_are_read_from_the_written_checkpoint(tmp_path: Path, fonts: Path) -> None:
    options = ("--steps", "120", "--tiles", "2", "--rate", "2e-3", "--warmup", "10", "--fixed", "word:2")
    run(tmp_path, fonts, *options)
    words = [draw_page("word", [0, index], find_faces(fonts), 0.0) for index in range(2)]
    assert len({word.text for word in words}) == 2
    assert error_rates(InternVL2.load(tmp_path, dtype="float32"), words)["word"] < 0.1


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_learning_rate_never_grows(a: float, b: float) -> None:
    assert schedule(min(a, b)) >= schedule(max(a, b)) > 0
