"""The networks on OpenVINO: both take bytes, and do less work at their ends than the published graphs.

OpenVINO makes machine code for every new size of input, some 40 ms for a recogniser's and 100 ms for a detector's;
callers therefore keep to few sizes.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset15 as ops
from openvino.preprocess import PrePostProcessor

from ...schemas.errors import MissingResourceError
from .compiled import load_compiled
from .ctc import Symbols, decode, of_numbers
from .files import DETECTOR_FILE, RECOGNISER_FILE, REINSTALL
from .quads import FloatArray

_TRANSPOSED = "ConvolutionBackpropData"

# What OpenVINO says of an allocation that failed: in a layer, and while the code of a layer was made.
_NO_MEMORY = re.compile(r"alloc|Broken promise", re.IGNORECASE)


class OpenVinoDetector:
    """See `networks.DetectorNetwork`."""

    def __init__(self, precision: str, threads: int) -> None:
        self._network = _Network(DETECTOR_FILE, _detector_graph, precision, threads)

    def probability(self, image: NDArray[np.uint8]) -> FloatArray:
        return np.array(self._network.run(image)[0, 0])


class OpenVinoRecogniser:
    """See `networks.RecogniserNetwork`."""

    def __init__(self, precision: str, threads: int) -> None:
        self._network = _Network(RECOGNISER_FILE, _recogniser_graph, precision, threads)
        self.characters = ["", *self._network.metadata["character"].splitlines(), " "]
        self._numeric = of_numbers(self.characters)

    def symbols(self, image: NDArray[np.uint8]) -> Symbols:
        return decode(self._network.run(image)[0], self._numeric, logits=True)


class _Network:
    """A compiled model with one image input; `metadata` is what the model's authors stored in the file."""

    def __init__(self, file_name: str, graph: Callable[[Any], Any], precision: str, threads: int) -> None:
        properties = {
            "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[precision],
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,
        }
        self._load = partial(load_compiled, file_name, graph, properties)
        model, self.metadata = self._load()
        self._request: Any = model.create_infer_request()

    def run(self, image: NDArray[np.uint8]) -> FloatArray:
        """The output for (h, w, 3) RGB; the next call overwrites it.

        Raises:
            MemoryError: OpenVINO could not allocate memory.
        """
        request, self._request = self._request, None
        if request is None:
            request = self._load()[0].create_infer_request()
        # `infer` hides what fails within a layer, and the output is then that of the call before; `wait` raises it.
        request.start_async({0: np.ascontiguousarray(image)[None]}, share_inputs=True)
        try:
            request.wait()
        except RuntimeError as error:
            if _NO_MEMORY.search(str(error)):
                raise MemoryError(f"OpenVINO: {str(error).split('[CPU]')[-1].strip()}") from error
            raise
        # A model whose call failed has layers of different sizes in it, and is not used again.
        self._request = request
        output: FloatArray = request.get_output_tensor(0).data
        return output


def _detector_graph(model: Any) -> Any:
    """The detector with its last two layers, which double the map's sides, computed at a quarter of its size.

    A transposed convolution whose stride is its size makes each pixel into a block of its own: it is a convolution of
    size 1 with a channel for each pixel of the block. As such it is a matrix product, for which processors have
    instructions; the results are the same. A model that ends in other layers stays as it is.
    """
    ends = _layers_before_the_end(model, "Sigmoid", "Add", _TRANSPOSED, "Relu", "Add", _TRANSPOSED)
    if ends is None:
        return _with_byte_input(model)
    _, final_sum, second, _, first_sum, first = ends
    weights, final_weights = _constant(first.input_value(1)), _constant(second.input_value(1))
    channels = weights.shape[1]
    if weights.shape[2:] != (2, 2) or final_weights.shape != (channels, 1, 2, 2):
        return _with_byte_input(model)
    spread = weights.transpose(2, 3, 1, 0).reshape(4 * channels, -1, 1, 1)
    # Rows: the place in the block of 4 by 4, as (y of first, y of second, x of first, x of second).
    painted = np.zeros((2, 2, 2, 2, 2, 2, channels), np.float32)
    for y in range(2):
        for x in range(2):
            painted[y, :, x, :, y, x] = final_weights[:, 0].transpose(1, 2, 0)
    bias, final_bias = _constant(first_sum.input_value(1)), _constant(final_sum.input_value(1))
    hidden = _convolved(first.input_value(0), spread, np.tile(bias.reshape(-1), 4))
    blocks = _convolved(ops.relu(hidden), painted.reshape(16, -1, 1, 1), np.repeat(final_bias.reshape(-1), 16))
    output = ops.depth_to_space(ops.sigmoid(blocks), "blocks_first", 4)
    return _with_byte_input(openvino.Model([output], model.get_parameters()))


def _layers_before_the_end(model: Any, *types: str) -> list[Any] | None:
    """The last layers of a model from its end on, if they have these types; layers that change nothing do not count."""
    found: list[Any] = []
    node = model.output(0).get_node()
    while len(found) < len(types):
        node = node.input_value(0).get_node()
        if node.get_type_name() == types[len(found)]:
            found.append(node)
        elif node.get_type_name() != "Identity":
            return None
    return found


def _recogniser_graph(model: Any) -> Any:
    """The recogniser without its last layer, the softmax over 18,710 symbols in every column; `ctc` computes it."""
    (softmax,) = _layers_before_the_end(model, "Softmax") or (None,)
    if softmax is None:
        raise MissingResourceError(f"the OCR model {RECOGNISER_FILE} is another one than docpipe knows; {REINSTALL}")
    return _with_byte_input(openvino.Model([softmax.input_value(0)], model.get_parameters()))


def _convolved(source: Any, weights: FloatArray, bias: FloatArray) -> Any:
    """A convolution of size 1, with (out, in, 1, 1) weights."""
    product = ops.convolution(source, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    return ops.add(product, ops.constant(bias.reshape(1, -1, 1, 1).astype(np.float32)))


def _constant(value: Any) -> FloatArray:
    """The values of a constant input, which may stand behind a conversion."""
    node = value.get_node()
    while node.get_type_name() != "Constant":
        node = node.input_value(0).get_node()
    return np.asarray(node.data, np.float32)


def _with_byte_input(model: Any) -> Any:
    """The model with (1, h, w, 3) RGB as its input, in place of (1, 3, h, w) BGR in -1..1."""
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    planes = steps.input().preprocess().convert_element_type(openvino.Type.f32).reverse_channels()
    planes.mean([127.5] * 3).scale([127.5] * 3)
    return steps.build()
