"""The OCR models: found on disk, identified cheaply, never fetched, and geometry that loses nothing."""

import socket
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from docpipe.models.rapidocr import model_identity
from docpipe.models.rapidocr.detector import OVERLAP, TILE, _tiles
from docpipe.models.rapidocr.engine import RapidOcr
from docpipe.models.rapidocr.files import model_path
from docpipe.models.rapidocr.quads import rectangle, turned, unturned_points
from docpipe.models.rapidocr.recogniser import Reading
from docpipe.models.rapidocr.words import split_words
from docpipe.schemas.errors import MissingResourceError
from hypothesis import given
from hypothesis import strategies as st

RECEIPT = Path(__file__).parents[2] / "data" / "receipts" / "001.jpg"


def _receipt() -> "np.typing.NDArray[np.uint8]":
    return np.ascontiguousarray(cv2.imread(str(RECEIPT))[:, :, ::-1])


def test_nothing_touches_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("OCR opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(RapidOcr.load(1).read(_receipt())) > 10


def test_identity_names_both_models_without_loading_them() -> None:
    script = (
        "import sys; from docpipe.models.rapidocr import model_identity; identity = model_identity();"
        "assert not {'onnxruntime', 'openvino', 'cv2', 'rapidocr'} & set(sys.modules); print(sorted(identity))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "det" in output
    assert "rec" in output
    assert all(len(value.split(":")[1]) == 64 for value in model_identity().values())


def test_a_missing_model_says_how_to_get_it() -> None:
    with pytest.raises(MissingResourceError, match="pip install"):
        model_path("no_such_model.onnx")


def test_a_deadline_that_has_passed_ends_the_reading() -> None:
    with pytest.raises(TimeoutError):
        RapidOcr.load(1).read(_receipt(), deadline=time.monotonic() - 1)


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(4, 300), st.floats(4, 300), st.floats(-180, 180))
def test_rectangles_are_clockwise_and_start_rightwards(
    x: float, y: float, width: float, height: float, degrees: float
) -> None:
    quad = rectangle((x, y), (width, height), degrees)
    first, second = quad[1] - quad[0], quad[2] - quad[1]
    assert first[0] >= abs(first[1]) * 0.99
    assert first[0] * second[1] - first[1] * second[0] > 0
    assert np.isclose(cv2.contourArea(quad), width * height, rtol=1e-2)


@given(st.integers(0, 3), st.integers(2, 40), st.integers(2, 40), st.data())
def test_points_of_a_turned_image_come_back(quarters: int, width: int, height: int, data: st.DataObject) -> None:
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    image = np.zeros((height, width), np.uint8)
    image[y, x] = 1
    row, column = np.argwhere(np.rot90(image, quarters))[0]
    centre = np.array([[column + 0.5, row + 0.5]], np.float32)
    assert np.allclose(unturned_points(centre, quarters, width, height), [[x + 0.5, y + 0.5]])


def test_four_quarter_turns_change_nothing() -> None:
    quad = rectangle((50, 50), (80, 20), 3.0)
    assert np.array_equal(turned(turned(quad, 1), 3), quad)


@given(st.integers(1, 30_000))
def test_tiles_cover_a_side_and_share_their_edges(steps: int) -> None:
    length = 32 * (1 + steps % 900)
    tiles = list(_tiles(length))
    assert tiles[0][0] == 0
    assert tiles[-1][1] == length
    assert all(end - start <= TILE and (end - start) % 32 == 0 for start, end in tiles)
    assert all(a[1] - b[0] >= OVERLAP for a, b in pairwise(tiles))


@given(st.text(alphabet="ab 1.", min_size=1, max_size=40).filter(str.strip))
def test_words_lie_side_by_side_within_their_line(text: str) -> None:
    centres = ((np.arange(len(text)) + 0.5) / len(text)).astype(np.float32)
    reading = Reading(text, 0.9, centres, np.full(len(text), 0.9, np.float32))
    words = split_words(reading, rectangle((100, 20), (200, 30), 0))
    assert words.text == text.split()
    left, right = words.polygons[:, 0, 0], words.polygons[:, 1, 0]
    assert (left < right).all()
    assert left.min() >= -1e-3
    assert right.max() <= 200 + 1e-3
    assert (right[:-1] <= left[1:] + 1e-3).all()
