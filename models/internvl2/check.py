"""`docpipe models check`: what a checkpoint folder holds and what it needs, from its headers alone."""

import shutil
import subprocess
from collections import Counter
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any

import psutil

from .config import CheckpointConfig, read_config
from .layout import published_tensors
from .sizes import name_of
from .templates import chat_template
from .tokenizer import load_tokenizer
from .tokenizer_fit import check_tokenizer
from .weights import account, stored_tensors

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# Text of the prompt and of the answer beside the image tokens, and room for activations, for the question whether a
# device fits.
_TEXT_TOKENS, _HEADROOM = 2048, 1.1


@dataclass(frozen=True)
class Device:
    """A device of this machine and whether the model fits it in bfloat16."""

    name: str
    memory_bytes: int
    fits: bool


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
    counts = Counter[str]()
    for name, shape in expected.items():
        counts[name.partition(".")[0]] += prod(shape)
    total, cache = counts.total(), cache_bytes(config, 1000)
    tokens = (config.max_tiles + config.use_thumbnail) * config.tokens_per_tile + _TEXT_TOKENS
    needed = int(_HEADROOM * (2 * total + cache_bytes(config, tokens)))
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
        cache_bytes_per_1000_tokens=cache,
        needed_bytes=needed,
        devices=tuple(Device(name, memory, memory >= needed) for name, memory in machine_devices()),
    )


def cache_bytes(config: CheckpointConfig, tokens: int) -> int:
    """Keys and values of `tokens` tokens in a dtype of two bytes."""
    text = config.text
    return 2 * 2 * text.layers * text.kv_heads * text.head_dim * tokens


def machine_devices() -> list[tuple[str, int]]:
    """Name and memory in bytes of this machine's processor and GPUs."""
    devices = [("cpu", psutil.virtual_memory().available)]
    if shutil.which("nvidia-smi") is None:
        return devices
    query = ["nvidia-smi", "--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits"]
    try:
        listed = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (subprocess.SubprocessError, OSError):
        return devices
    for line in filter(None, map(str.strip, listed.splitlines())):
        index, name, mebibytes = line.split(", ")
        devices.append((f"cuda:{index} {name}", int(mebibytes) * 2**20))
    return devices


def checked_json(checked: CheckedModel) -> dict[str, Any]:
    return asdict(checked)


def checked_text(checked: CheckedModel) -> str:
    per_tile = checked.tokens_per_tile
    if checked.window is None:
        window = f"{checked.trained_window:,} tokens as trained, rescaled beyond (dynamic NTK)"
    else:
        window = f"{checked.window:,} tokens"
    window += f": {(checked.trained_window - 256) // per_tile} tiles beside a short question"
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
    for device in checked.devices:
        verdict = "fits" if device.fits else "does not fit; a smaller model, several GPUs or kind: openai would"
        lines.append(f"{device.name:<18} {_gb(device.memory_bytes)}: {verdict}")
    return "\n".join(lines)


def _billions(count: int) -> str:
    return f"{count / 1e9:.2f} B" if count >= 1e8 else f"{count / 1e6:.2f} M"


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e8 else f"{size / 1e6:.2f} MB"
