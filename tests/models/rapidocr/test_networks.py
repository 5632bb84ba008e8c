"""OpenVINO computes what ONNX Runtime computes, with the changed ends of the graphs too."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from docpipe.models.rapidocr.networks import load_networks
from docpipe.models.rapidocr.processor import Runtime, choose_runtime
from docpipe.schemas.errors import MissingResourceError

RECEIPT = Path(__file__).parents[2] / "data" / "receipts" / "001.jpg"

if choose_runtime().name != "openvino":
    pytest.skip("OpenVINO is not used on this processor", allow_module_level=True)


@pytest.fixture(scope="module")
def images() -> tuple["np.typing.NDArray[np.uint8]", "np.typing.NDArray[np.uint8]"]:
    """A part of a receipt for the detector, and a line of it for the recogniser."""
    image = np.ascontiguousarray(cv2.imread(str(RECEIPT))[:, :, ::-1])
    line = image[20:70, : image.shape[1]]
    return np.ascontiguousarray(image[:320, :256]), np.asarray(cv2.resize(line, (448, 48)), np.uint8)


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 0.002), ("bfloat16", 0.35)])
def test_both_runtimes_see_the_same(
    images: tuple["np.typing.NDArray[np.uint8]", "np.typing.NDArray[np.uint8]"], precision: str, tolerance: float
) -> None:
    try:
        runtime = choose_runtime(precision)  # type: ignore[arg-type]
    except MissingResourceError as error:
        pytest.skip(str(error))
    detector, recogniser = load_networks(runtime, threads=1)
    plain_detector, plain_recogniser = load_networks(Runtime("onnxruntime", "float32"), threads=1)
    page, line = images
    found, expected = detector.probability(page), plain_detector.probability(page)
    assert found.shape == expected.shape == page.shape[:2]
    assert expected.max() > 0.9
    assert np.abs(found - expected).max() < tolerance
    assert np.abs(found - expected).mean() < tolerance / 20
    assert recogniser.characters == plain_recogniser.characters
    one, other = recogniser.symbols(line), plain_recogniser.symbols(line)
    assert one.columns == other.columns == line.shape[1] // 8
    assert len(other.symbol) > 5
    if precision == "float32":
        assert one.symbol.tolist() == other.symbol.tolist()
        assert np.allclose(one.probability, other.probability, atol=0.02)
    else:
        # A doubtful character of an uncertain line may come out another way.
        assert abs(len(one.symbol) - len(other.symbol)) <= 2
