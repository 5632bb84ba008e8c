"""The networks on ONNX Runtime: the recogniser in float32, and both where OpenVINO is not used."""

import re
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, RuntimeException

from .ctc import Symbols, decode, of_numbers
from .files import DETECTOR_FILE, RECOGNISER_FILE, model_path
from .quads import FloatArray

# What ONNX Runtime says of an allocation that failed.
_NO_MEMORY = re.compile("alloc", re.IGNORECASE)


class OnnxDetector:
    """See `networks.DetectorNetwork`."""

    def __init__(self, threads: int) -> None:
        self._session = _Session(DETECTOR_FILE, threads)

    def probability(self, image: NDArray[np.uint8]) -> FloatArray:
        probability: FloatArray = self._session.run(image)[0, 0]
        return probability


class OnnxRecogniser:
    """See `networks.RecogniserNetwork`."""

    def __init__(self, threads: int) -> None:
        self._session = _Session(RECOGNISER_FILE, threads)
        self.characters = ["", *self._session.metadata("character").splitlines(), " "]
        self._numeric = of_numbers(self.characters)

    def symbols(self, image: NDArray[np.uint8]) -> Symbols:
        return decode(self._session.run(image)[0], self._numeric, logits=False)


class _Session:
    """One model with one image input and one output, on a fixed number of threads."""

    def __init__(self, file_name: str, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(model_path(file_name)), options, providers=["CPUExecutionProvider"]
        )
        self._input: str = self._session.get_inputs()[0].name

    def run(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run (h, w, 3) RGB through the model and return its output.

        Raises:
            MemoryError: ONNX Runtime could not allocate memory.
        """
        try:
            output: NDArray[np.float32] = self._session.run(None, {self._input: _normalised(image)})[0]
        except (Fail, RuntimeException) as error:
            if _NO_MEMORY.search(str(error)):
                raise MemoryError(f"ONNX Runtime: {error}") from error
            raise
        return output

    def metadata(self, key: str) -> str:
        """A value that the model's authors stored in the file."""
        return str(self._session.get_modelmeta().custom_metadata_map[key])


def _normalised(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(h, w, 3) RGB as the (1, 3, h, w) BGR input in -1..1 that PP-OCR models were trained on."""
    planes = np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32)
    planes *= np.float32(2 / 255)
    planes -= np.float32(1)
    return planes
