"""The two networks as the rest of this package sees them, whichever runtime computes them."""

import sys
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .ctc import Symbols
from .processor import ONNX_RUNTIME, Runtime
from .quads import FloatArray


class DetectorNetwork(Protocol):
    """Paints a map of text probability."""

    def probability(self, image: NDArray[np.uint8]) -> FloatArray:
        """(h, w) in 0..1 for (h, w, 3) RGB whose sides are multiples of 32."""


class RecogniserNetwork(Protocol):
    """Names the character of each column of a line."""

    characters: list[str]
    """By symbol; the first is the blank."""

    def symbols(self, image: NDArray[np.uint8]) -> Symbols:
        """The characters of (48, w, 3) RGB, which has w / 8 columns."""


def load_networks(runtime: Runtime, threads: int) -> tuple[DetectorNetwork, RecogniserNetwork]:
    """Load both networks; nothing is downloaded.

    Raises:
        MissingResourceError: the rapidocr wheel is not installed or holds other models.
    """
    return _detector(runtime, threads), _recogniser(runtime, threads)


def _detector(runtime: Runtime, threads: int) -> DetectorNetwork:
    if runtime.name == ONNX_RUNTIME:
        from .onnx_networks import OnnxDetector

        return OnnxDetector(threads)
    _spare_openvino_its_converter()
    from .openvino_networks import OpenVinoDetector

    return OpenVinoDetector(runtime.precision, threads)


def _recogniser(runtime: Runtime, threads: int) -> RecogniserNetwork:
    if runtime.recogniser == ONNX_RUNTIME:
        from .onnx_networks import OnnxRecogniser

        return OnnxRecogniser(threads)
    _spare_openvino_its_converter()
    from .openvino_networks import OpenVinoRecogniser

    return OpenVinoRecogniser(runtime.precision, threads)


def _spare_openvino_its_converter() -> None:
    # The converter of models takes most of a second to import and brings a telemetry client; nothing here needs it.
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
