"""OpenVINO computes what ONNX Runtime computes, with the changed ends of the graphs too."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from docpipe.models.rapidocr.files import DETECTOR_FILE, model_path
from docpipe.models.rapidocr.networks import load_networks
from docpipe.models.rapidocr.onnx_networks import OnnxRecogniser
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


def test_the_detector_ends_in_matrix_products() -> None:
    import openvino
    from docpipe.models.rapidocr.openvino_networks import _detector_graph

    model = openvino.Core().read_model(model_path(DETECTOR_FILE))
    before = [node.get_type_name() for node in model.get_ordered_ops()]
    after = [node.get_type_name() for node in _detector_graph(model).get_ordered_ops()]
    assert before.count("ConvolutionBackpropData") == 2
    assert after.count("ConvolutionBackpropData") == 0


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 0.002), ("bfloat16", 0.35)])
def test_both_runtimes_see_the_same(
    images: tuple["np.typing.NDArray[np.uint8]", "np.typing.NDArray[np.uint8]"], precision: str, tolerance: float
) -> None:
    from docpipe.models.rapidocr.openvino_networks import OpenVinoDetector, OpenVinoRecogniser

    try:
        runtime = choose_runtime(precision)  # type: ignore[arg-type]
    except MissingResourceError as error:
        pytest.skip(str(error))
    detector, recogniser = OpenVinoDetector(runtime.precision, 1), OpenVinoRecogniser(runtime.precision, 1)
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


STARVED = """
import resource
import numpy as np
from docpipe.models.rapidocr.networks import load_networks
from docpipe.models.rapidocr.onnx_networks import OnnxRecogniser
from docpipe.models.rapidocr.processor import Runtime

detector, _ = load_networks(Runtime("openvino", "float32"), 1)
noise = np.random.default_rng(0).integers(0, 256, (1280, 1280, 3), dtype=np.uint8)
small = detector.probability(noise[:320, :320])
size = next(int(row.split()[1]) for row in open("/proc/self/status") if row.startswith("VmSize")) << 10
for megabytes in (2, 20, 60, 90):
    resource.setrlimit(resource.RLIMIT_AS, (size + (megabytes << 20), -1))
    for image in (noise, noise[:320, 320:640]):
        try:
            found = detector.probability(image)
        except (MemoryError, RuntimeError):
            continue
        assert found.shape == image.shape[:2], "the map of another image"
        assert found.shape != small.shape or not np.array_equal(found, small), "the map of another image"
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
assert np.array_equal(detector.probability(noise[:320, :320]), small)
"""


def test_a_call_without_memory_is_an_error_and_never_the_result_of_the_call_before() -> None:
    done = subprocess.run([sys.executable, "-c", STARVED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_in_float32_onnx_runtime_reads_what_openvino_found() -> None:
    from docpipe.models.rapidocr.openvino_networks import OpenVinoDetector

    detector, recogniser = load_networks(Runtime("openvino", "float32"), threads=1)
    assert isinstance(detector, OpenVinoDetector)
    assert isinstance(recogniser, OnnxRecogniser)


STARVED_LINE = """
import resource
import numpy as np
from docpipe.models.rapidocr.onnx_networks import OnnxRecogniser

recogniser = OnnxRecogniser(1)
noise = np.random.default_rng(0).integers(0, 256, (48, 4096, 3), dtype=np.uint8)
expected = recogniser.symbols(noise[:, :64]).symbol
size = next(int(row.split()[1]) for row in open("/proc/self/status") if row.startswith("VmSize")) << 10
resource.setrlimit(resource.RLIMIT_AS, (size + (8 << 20), -1))
try:
    recogniser.symbols(noise)
except MemoryError:
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    assert np.array_equal(recogniser.symbols(noise[:, :64]).symbol, expected)
    print("out of memory, and well again")
"""


def test_a_line_without_memory_is_a_memory_error_and_the_next_one_is_read() -> None:
    done = subprocess.run([sys.executable, "-c", STARVED_LINE], capture_output=True, text=True, check=False)
    assert done.stdout == "out of memory, and well again\n", done.stderr[-2000:]
