"""What this machine's processor is and can; imports nothing heavy."""

from functools import cache
from pathlib import Path

_BFLOAT16 = frozenset({"amx_bf16", "avx512_bf16"})


def multiplies_bfloat16(flags: frozenset[str] | None = None) -> bool:
    """Whether matrices of bfloat16 are multiplied natively: by AMX, or by AVX-512 with its instructions for it.

    Args:
        flags: features of the processor as in /proc/cpuinfo; None for those of this machine.
    """
    return bool(_BFLOAT16 & (processor_flags() if flags is None else flags))


@cache
def processor_flags() -> frozenset[str]:
    """The features of this machine's first processor, as Linux names them; none where it does not say."""
    return frozenset(_cpuinfo("flags").split())


@cache
def processor_name() -> str:
    """The name of this machine's first processor; empty where Linux does not say."""
    return _cpuinfo("model name")


def _cpuinfo(key: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key), "")
