"""CPU milliseconds of the two OCR networks on one thread, by runtime and precision, and of the first call of a size.

    [ONEDNN_MAX_CPU_ISA=AVX2] python benchmarks/ocr/networks.py [--repeat N]

Runtimes take turns. The least of N calls of a size counts: others on the machine only add to it. ONEDNN_MAX_CPU_ISA
makes OpenVINO compute as on a lesser processor: `AVX512_CORE_BF16` has bfloat16 without AMX, `AVX512_CORE_VNNI` none,
`AVX2` no AVX-512.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from docpipe.models.processor import processor_name
from docpipe.models.rapidocr.onnx_networks import OnnxDetector, OnnxRecogniser
from docpipe.models.rapidocr.openvino_networks import OpenVinoDetector, OpenVinoRecogniser

PAGE = (640, 1280)
LINES = (64, 128, 256, 512, 1024)


def main() -> None:
    """Print a row for each runtime."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    runtimes = {
        "onnxruntime float32": lambda: (OnnxDetector(1), OnnxRecogniser(1)),
        "openvino float32": lambda: (OpenVinoDetector("float32", 1), OpenVinoRecogniser("float32", 1)),
        "openvino bfloat16": lambda: (OpenVinoDetector("bfloat16", 1), OpenVinoRecogniser("bfloat16", 1)),
    }
    loaded = {}
    for name, load in runtimes.items():
        started = time.process_time()
        try:
            loaded[name] = load()
        except RuntimeError as error:
            print(f"{name}: {str(error).splitlines()[-1]}")
            continue
        print(f"{name}: loaded in {time.process_time() - started:.2f} s of CPU time")
    print(f"{processor_name()}, ONEDNN_MAX_CPU_ISA={os.environ.get('ONEDNN_MAX_CPU_ISA', '')}")
    print(f"{'':22}{f'detector {PAGE[0]} x {PAGE[1]}':>22}" + "".join(f"{f'line of {width}':>16}" for width in LINES))
    page = _text(*PAGE)
    calls: list[list[Callable[[], Any]]] = [
        [lambda d=detector: d.probability(page), *(lambda r=recogniser, x=_text(w, 48): r.symbols(x) for w in LINES)]
        for detector, recogniser in loaded.values()
    ]
    taken: dict[tuple[int, int], list[float]] = {}
    for _ in range(options.repeat + 1):
        for row, networks in enumerate(calls):
            for column, call in enumerate(networks):
                started = time.process_time()
                call()
                taken.setdefault((row, column), []).append(1000 * (time.process_time() - started))
    for row, name in enumerate(loaded):
        times = [taken[row, column] for column in range(len(LINES) + 1)]
        first, *others = (f"{min(some[1:]):.1f} (first {some[0]:.0f})" for some in times)
        print(f"{name:22}{first:>22}" + "".join(f"{cell:>16}" for cell in others))


def _text(width: int, height: int) -> "np.typing.NDArray[np.uint8]":
    image = np.full((height, width, 3), 255, np.uint8)
    for y in range(34, height + 1, 48):
        cv2.putText(image, "Total 1234.56 " * 8, (4, y), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    return image


if __name__ == "__main__":
    main()
