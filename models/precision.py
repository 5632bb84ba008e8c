"""The data type in which a model is computed where the job leaves the choice."""

from ..schemas.job.engines import Dtype
from .processor import multiplies_bfloat16


def chosen_dtype(dtype: Dtype, device: str, flags: frozenset[str] | None = None) -> Dtype:
    """A data type that is named stays; `auto` is bfloat16, and float32 on a processor that does not multiply bfloat16.

    There bfloat16 would halve the memory and take many times as long, since each product is converted.

    Args:
        device: `cpu`, or `cuda` with or without a number.
        flags: features of the processor as in /proc/cpuinfo; None for those of this machine.
    """
    if dtype != "auto":
        return dtype
    return "float32" if device == "cpu" and not multiplies_bfloat16(flags) else "bfloat16"


def is_converted(dtype: Dtype, device: str, flags: frozenset[str] | None = None) -> bool:
    """Whether each product of a data type is converted on a device, which takes many times as long as in float32."""
    return (
        device == "cpu"
        and dtype in ("bfloat16", "float16")
        and not (dtype == "bfloat16" and multiplies_bfloat16(flags))
    )
