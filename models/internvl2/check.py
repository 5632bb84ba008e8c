"""`docpipe models check`: what a checkpoint folder holds and what it needs, from its headers alone."""

import os
import shutil
import subprocess
from collections import Counter
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any

import psutil

from .checkpoint.config import CheckpointConfig
from .checkpoint.config_file import read_config
from .checkpoint.sizes import SIZES, name_of
from .checkpoint.tensors import published_tensors
from .checkpoint.weights import account, stored_tensors
from .processor.chat_template import chat_template
from .processor.prompt import check_tokenizer
from .tokenizer.load import load_tokenizer

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# Tokens of prompt and answer without the image tokens, and room for activations, to check whether a device fits.
_TEXT_TOKENS, _HEADROOM = 2048, 1.1
# Tokens of template, question and answer, to compute how many tiles fit into a window.
_SHORT_QUESTION = 256


@dataclass(frozen=True)
class Device:
    """A device of this machine and whether the model fits it in bfloat16.

    Attributes:
        memory_bytes, fits: None where the device does not state its memory.
        fits_instead: the largest published model that fits, by the same count; None where none does, or this one fits.
    """

    name: str
    memory_bytes: int | None
    fits: bool | None
    fits_instead: str | None = None


@dataclass(frozen=True)
class CheckedModel:
    """Everything that `docpipe models check` prints. Sizes are in bytes, `window` in tokens (None: no hard end)."""

    path: str
    model: str
    language_model: str
    parameters: int
    vision_parameters: int
    projector_parameters: int
    language_parameters: int
    stored_dtypes: dict[str, int]
    files: int
    stored_bytes: int
    template: str
    stop_token: str
    window: int | None
    trained_window: int
    tokens_per_tile: int
    min_tiles: int
    max_tiles: int
    thumbnail: bool
    vocabulary: int
    tokenizer_ids: int
    weight_bytes: dict[str, int]
    cache_bytes_per_1000_tokens: int
    needed_bytes: int
    devices: tuple[Device, ...]


def check_model(folder: Path) -> CheckedModel:
    """Read configuration, headers and tokenizer of `folder`.

    Raises:
        CheckpointError: it is no complete InternVL2 checkpoint.
    """
    config = read_config(folder)
    expected = published_tensors(config)
    stored = stored_tensors(folder)
    account(folder, expected, stored)
    tokenizer, template = load_tokenizer(folder), chat_template(config.template)
    check_tokenizer(config, tokenizer)
    counts = _parameters(config)
    total, needed = counts.total(), needed_bytes(config)
    return CheckedModel(
        path=str(folder),
        model=name_of(config) or "an InternVL2 of a shape that was not published",
        language_model=config.text.family,
        parameters=total,
        vision_parameters=counts["vision_model"],
        projector_parameters=counts["mlp1"],
        language_parameters=counts["language_model"],
        stored_dtypes=dict(Counter(tensor.dtype for tensor in stored.values())),
        files=len({tensor.file for tensor in stored.values()}),
        stored_bytes=sum(tensor.size for tensor in stored.values()),
        template=template.name,
        stop_token=template.stop,
        window=config.text.window,
        trained_window=config.text.rope.max_positions,
        tokens_per_tile=config.tokens_per_tile,
        min_tiles=config.min_tiles,
        max_tiles=config.max_tiles,
        thumbnail=config.use_thumbnail,
        vocabulary=config.text.vocab_size,
        tokenizer_ids=len(tokenizer),
        weight_bytes={dtype: size * total for dtype, size in _BYTES.items()},
        cache_bytes_per_1000_tokens=cache_bytes(config, 1000),
        needed_bytes=needed,
        devices=tuple(_device(name, memory, needed) for name, memory in machine_devices()),
    )


def cache_bytes(config: CheckpointConfig, tokens: int, bytes_per_value: int = 2) -> int:
    """Keys and values of `tokens` tokens."""
    text = config.text
    return 2 * bytes_per_value * text.layers * text.kv_heads * text.head_dim * tokens


def needed_bytes(
    config: CheckpointConfig, max_tiles: int | None = None, dtype: str = "bfloat16", *, fp8: bool = False
) -> int:
    """Weights, the cache of a page of `max_tiles` tiles (as many as the model takes) and its text, and headroom.

    Args:
        fp8: linear layers take one byte a weight; embedding, head and projector keep the data type.
    """
    tiles = (max_tiles or config.max_tiles) + config.use_thumbnail
    cache = cache_bytes(config, tiles * config.tokens_per_tile + _TEXT_TOKENS, _BYTES[dtype])
    counts = _parameters(config)
    rounded = counts.total() - counts["mlp1"] - 2 * config.text.vocab_size * config.text.hidden_size if fp8 else 0
    return int(_HEADROOM * (_BYTES[dtype] * counts.total() - (_BYTES[dtype] - 1) * rounded + cache))


def machine_devices() -> list[tuple[str, int | None]]:
    """Name and memory in bytes of this machine's processor and GPUs; None where a GPU does not state it."""
    devices: list[tuple[str, int | None]] = [("cpu", psutil.virtual_memory().available)]
    for row in _gpu_rows("index", "name", "memory.total"):
        index, *name, total = row
        devices.append((f"cuda:{index} {', '.join(name)}", _mebibytes(total)))
    return devices


def free_gpu_bytes(gpus: float, share: float = 1.0) -> int | None:
    """Bytes that a replica may take of the GPUs that this process sees; None where one of them does not state it.

    Args:
        gpus: GPUs of the replica, or its share of one.
        share: of a GPU's memory, that it takes at most.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    seen = None if visible is None else visible.split(",")
    rooms: list[int] = []
    for index, uuid, total, free in _gpu_rows("index", "uuid", "memory.total", "memory.free"):
        if seen is not None and index not in seen and not any(name and uuid.startswith(name) for name in seen):
            continue
        if (whole := _mebibytes(total)) is None or (left := _mebibytes(free)) is None:
            return None
        rooms.append(min(left, int(share * min(gpus, 1.0) * whole)))
    # The layers are shared out evenly.
    return int(min(rooms) * max(gpus, 1.0)) if rooms else None


def _gpu_rows(*columns: str) -> list[list[str]]:
    """What `nvidia-smi` tells of each GPU; nothing where there is none."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", f"--query-gpu={','.join(columns)}", "--format=csv,noheader,nounits"]
    try:
        listed = subprocess.run(query, capture_output=True, timeout=20, check=True).stdout
    except (subprocess.SubprocessError, OSError):
        return []
    lines = filter(None, map(str.strip, listed.decode(errors="replace").splitlines()))
    rows = [line.split(", ") for line in lines]
    return [row for row in rows if len(row) >= len(columns)]


def _mebibytes(text: str) -> int | None:
    """Bytes; None for "[N/A]", where the GPU shares the processor's memory."""
    return int(text) * 2**20 if text.isdecimal() else None


def checked_json(checked: CheckedModel) -> dict[str, Any]:
    return asdict(checked)


def checked_text(checked: CheckedModel) -> str:
    per_tile = checked.tokens_per_tile
    if checked.window is None:
        window = f"{checked.trained_window:,} tokens as trained, rescaled beyond (dynamic NTK)"
    else:
        window = f"{checked.window:,} tokens"
    window += f": {max(0, checked.trained_window - _SHORT_QUESTION) // per_tile} tiles and a short question"
    lines = [
        f"{checked.path}: {checked.model}, complete",
        f"language model     {checked.language_model}",
        f"parameters         {_billions(checked.parameters)}: vision {_billions(checked.vision_parameters)}, projector "
        f"{_billions(checked.projector_parameters)}, language {_billions(checked.language_parameters)}",
        f"weights on disk    {_gb(checked.stored_bytes)} in {checked.files} files, "
        + ", ".join(f"{count} tensors of {dtype}" for dtype, count in checked.stored_dtypes.items()),
        f"chat template      {checked.template}, answers end at {checked.stop_token}",
        f"window             {window}",
        f"tiles              {checked.min_tiles} to {checked.max_tiles}"
        f"{' and a thumbnail' if checked.thumbnail else ''}, {per_tile} tokens each",
        f"tokenizer          {checked.tokenizer_ids:,} ids, {checked.vocabulary:,} rows in the embedding",
        "memory for weights " + ", ".join(f"{_gb(size)} in {dtype}" for dtype, size in checked.weight_bytes.items()),
        f"memory for cache   {_gb(checked.cache_bytes_per_1000_tokens)} per 1,000 tokens in bfloat16",
        f"needs              {_gb(checked.needed_bytes)} in bfloat16 with one page of {checked.max_tiles} tiles",
    ]
    lines += [_device_line(device, checked.needed_bytes) for device in checked.devices]
    return "\n".join(lines)


def _device_line(device: Device, needed: int) -> str:
    if device.memory_bytes is None:
        return f"{device.name:<18} does not state its memory"
    verdict = "fits"
    if not device.fits:
        others = "kind: vllm or kind: openai, on several GPUs, would"
        if device.fits_instead:
            others = f"{device.fits_instead} would, and {others}"
        verdict = f"does not fit, {_gb(needed - device.memory_bytes)} too little; {others}"
    return f"{device.name:<18} {_gb(device.memory_bytes)}: {verdict}"


def _device(name: str, memory: int | None, needed: int) -> Device:
    if memory is None:
        return Device(name, None, None)
    return Device(name, memory, memory >= needed, largest_fitting(memory) if memory < needed else None)


def largest_fitting(memory: int, max_tiles: int | None = None, *, fp8: bool = False) -> str | None:
    """The name of the largest published model that fits `memory`, see `needed_bytes`; None where none does."""
    # Imported here: only a model that does not fit needs it.
    from .checkpoint.synthesize import shape_config

    shapes = ((size.name, shape_config(size, Path(size.name))) for size in reversed(SIZES))
    return next((name for name, shape in shapes if needed_bytes(shape, max_tiles, fp8=fp8) <= memory), None)


def would_fit(memory: int, max_tiles: int, *, fp8: bool = False) -> str:
    """What fits, for a message about a model that does not, such as "InternVL2-8B in bfloat16 would fit".

    Args:
        memory: bytes on all devices of one replica.
        max_tiles: of the largest image.
        fp8: whether it can be served with `quantization: fp8`.
    """
    plain = largest_fitting(memory, max_tiles)
    rounded = largest_fitting(memory, max_tiles, fp8=True) if fp8 else None
    named = [f"{plain} in bfloat16"] if plain else []
    named += [f"{rounded} with quantization: fp8"] if rounded and rounded != plain else []
    return f"{' or '.join(named) or 'no InternVL2'} would fit"


def _parameters(config: CheckpointConfig) -> Counter[str]:
    """Parameters by part: `vision_model`, `mlp1` and `language_model`."""
    counts = Counter[str]()
    for name, shape in published_tensors(config).items():
        counts[name.partition(".")[0]] += prod(shape)
    return counts


def _billions(count: int) -> str:
    return f"{count / 1e9:.2f} B" if count >= 1e8 else f"{count / 1e6:.2f} M"


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e8 else f"{size / 1e6:.2f} MB"
