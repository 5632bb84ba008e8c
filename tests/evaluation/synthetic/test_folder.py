"""Folders of synthetic documents have labels that the evaluation reads."""

import json
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest
from docpipe.evaluation.synthetic.folder import write_folder
from docpipe.evaluation.synthetic.fonts import NEEDED, built_in_faces, find_faces
from docpipe.evaluation.truth import read_truth
from PIL import Image


def test_labels_are_read_back_as_they_were_drawn(tmp_path: Path) -> None:
    rows = write_folder(tmp_path / "out", ["receipt", "bar", "form"], 6, 1, built_in_faces())
    truth = read_truth([tmp_path / "out" / f"{name}.jsonl" for name in ("ocr", "qa", "charts")])
    assert (len(truth.pages), len(truth.questions), len(truth.charts)) == (rows["ocr"], rows["qa"], rows["charts"])
    assert rows["ocr"] == 6
    assert rows["charts"] == 2
    assert all(chart.points for chart in truth.charts)
    assert any(not question.answers for question in truth.questions)
    for page in truth.pages:
        with Image.open(tmp_path / "out" / page.place.file) as image:
            assert page.place.size == image.size


def test_the_command_repeats_itself_and_refuses_a_full_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "docpipe.evaluation.synthetic", "--documents", "2", "--seed", "4"]
    for name in ("a", "b"):
        subprocess.run([*command, str(tmp_path / name)], check=True, capture_output=True)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    again = subprocess.run([*command, str(tmp_path / "a")], check=False, capture_output=True, text=True)
    assert again.returncode == 2
    assert "not empty" in again.stderr
    unknown = subprocess.run([*command, "--kinds", "poem", str(tmp_path / "c")], check=False, capture_output=True)
    assert unknown.returncode == 2


def test_a_folder_of_fonts_is_used_and_one_without_is_named(tmp_path: Path) -> None:
    for name in ("helv", "tiro"):
        (tmp_path / f"{name}.ttf").write_bytes(pymupdf.Font(name).buffer)
    (tmp_path / "copy.ttf").write_bytes(pymupdf.Font("helv").buffer)
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert len(find_faces(tmp_path)) == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ValueError, match="empty"):
        find_faces(empty)


def test_the_built_in_fonts_have_every_needed_letter() -> None:
    for face in built_in_faces():
        font = face.at(24)
        missing = font.getmask("\uffff")
        shapes = {letter: (font.getmask(letter).size, bytes(font.getmask(letter))) for letter in NEEDED}
        assert (missing.size, bytes(missing)) not in shapes.values(), face.name


def test_json_lines_hold_plain_numbers(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", ["table"], 1, 1, built_in_faces())
    row = json.loads((tmp_path / "out" / "ocr.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert all(isinstance(side, float) for line in row["lines"] for side in line["box"])
