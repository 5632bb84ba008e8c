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
    if runtime.name == ONNX_RUNTIME:
        from .onnx_networks import OnnxDetector, OnnxRecogniser

        return OnnxDetector(threads), OnnxRecogniser(threads)
    # The converter of models takes most of a second to import and brings a telemetry client; nothing here needs it.
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    from .openvino_networks import OpenVinoDetector, OpenVinoRecogniser

    return OpenVinoDetector(runtime.precision, threads), OpenVinoRecogniser(runtime.precision, threads)
