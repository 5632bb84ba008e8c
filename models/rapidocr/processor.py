"""Which runtime and which precision the OCR models get on this processor; imports nothing heavy."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from ...schemas.errors import MissingResourceError
from ...schemas.job.text_engines import OcrPrecision
from ..processor import multiplies_bfloat16, processor_flags

OPENVINO, ONNX_RUNTIME = "openvino", "onnxruntime"


@dataclass(frozen=True)
class Runtime:
    """How the models are computed.

    Attributes:
        name: the package that computes the detector, `openvino` or `onnxruntime`.
        precision: of the matrix products: `float32` or `bfloat16`.
        slower_because: why this is slower than docpipe can be on other machines; empty where it is not.
    """

    name: str
    precision: str
    slower_because: str = ""

    @property
    def recogniser(self) -> str:
        """The package that computes the recogniser.

        In float32 that is ONNX Runtime: a line costs it a tenth less, and the first line of a width half as much.
        """
        return OPENVINO if self.precision == "bfloat16" else ONNX_RUNTIME

    def described(self) -> dict[str, str]:
        """Runtimes, their versions and the precision, for the record of a run and `docpipe doctor`."""
        slower = {"slower_because": self.slower_because} if self.slower_because else {}
        packages = dict.fromkeys((self.name, self.recogniser))
        names = " and ".join(f"{package} {version(package)}" for package in packages)
        return {"runtime": names, "precision": self.precision, **slower}


def choose_runtime(precision: OcrPrecision = "auto", flags: frozenset[str] | None = None) -> Runtime:
    """The runtime for a precision; `auto` is bfloat16 where the processor multiplies it natively, else float32.

    Args:
        flags: features of the processor as in /proc/cpuinfo; None for those of this machine.

    Raises:
        MissingResourceError: bfloat16 is asked for and this machine does not compute it natively.
    """
    flags = processor_flags() if flags is None else flags
    why_not = _why_not_openvino(flags)
    native = not why_not and multiplies_bfloat16(flags)
    if precision == "bfloat16" and not native:
        reason = why_not or "this processor has neither avx512_bf16 nor amx_bf16"
        raise MissingResourceError(
            f"tasks.ocr.precision: bfloat16: {reason}; take auto, or run on a processor with bfloat16"
        )
    if why_not:
        return Runtime(ONNX_RUNTIME, "float32", why_not)
    if native and precision != "float32":
        return Runtime(OPENVINO, "bfloat16")
    slower = "" if native else "this processor has no bfloat16 (avx512_bf16 or amx_bf16)"
    return Runtime(OPENVINO, "float32", slower)


def _why_not_openvino(flags: frozenset[str]) -> str:
    if platform.machine() not in ("x86_64", "AMD64"):
        return f"OpenVINO is used on x86-64 only, and this processor is {platform.machine()}"
    if "avx2" not in flags:
        return "this processor has no AVX2"
    try:
        version(OPENVINO)
    except PackageNotFoundError:
        return "openvino is not installed (pip install openvino)"
    return ""
