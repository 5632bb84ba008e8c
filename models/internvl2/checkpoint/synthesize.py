"""`docpipe models synth`: a random checkpoint of a published shape, for tests of loading and of speed."""

import json
import math
import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ....schemas.errors import InvalidJobError
from ..errors import CheckpointError
from .config import CheckpointConfig, LanguageModel
from .config_file import parse_config
from .sizes import LONGROPE_ORIGINAL, PublishedSize
from .synthesize_tokenizer import TokenIds, write_tokenizer
from .tensors import Shape, published_tensors

SHARD_BYTES = 5_000_000_000
_CHUNK = 1 << 22
_README = (
    "Random weights in the layout and shape of {name}{tiny}, made by `docpipe models synth`. What this model writes "
    "has no meaning: it is for tests of loading and of speed.\n"
)


def synthesize(size: PublishedSize, folder: Path, *, tiny: bool = False, seed: int = 0) -> Path:
    """Write the checkpoint into `folder`, a chunk of a tensor at a time; config.json comes last.

    Raises:
        InvalidJobError: `folder` is a file, or holds something already.
        CheckpointError: the disk has too little room; the folder is left empty.
    """
    shape = size.tiny() if tiny else size
    if folder.exists() and not folder.is_dir():
        raise InvalidJobError(f"{folder}: is a file; name a new folder")
    if folder.exists() and any(folder.iterdir()):
        raise InvalidJobError(f"{folder}: is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    tensors = published_tensors(shape_config(shape, folder))
    need, free = _bytes(tensors.values()), shutil.disk_usage(folder).free
    if need > free:
        raise CheckpointError(f"{folder}: {need / 1e9:.1f} GB are needed, the disk has {free / 1e9:.1f} GB free")
    ids = write_tokenizer(folder, shape)
    config = config_json(shape, ids)
    _write_weights(folder, tensors, config["vision_config"]["initializer_factor"], seed)
    stops = sorted({ids.eos, ids.stop})
    _write(folder / "generation_config.json", {"eos_token_id": stops, "transformers_version": "4.37.2"})
    _write(folder / "preprocessor_config.json", _PREPROCESSOR)
    (folder / "README.md").write_text(
        _README.format(name=size.name, tiny=", made small" if tiny else ""), encoding="utf-8"
    )
    _write(folder / "config.json", config)
    return folder


def shape_config(size: PublishedSize, folder: Path) -> CheckpointConfig:
    """What a random checkpoint of `size` in `folder` will be, before it has a tokenizer."""
    return parse_config(folder, config_json(size, TokenIds(None, 0, None, 0)))


def config_json(size: PublishedSize, ids: TokenIds) -> dict[str, Any]:
    """config.json in the published form; `auto_map` is left out, since the folder has no Python files."""
    text: dict[str, Any] = {
        "architectures": [size.family.value],
        "vocab_size": size.vocab_size,
        "hidden_size": size.hidden_size,
        "intermediate_size": size.intermediate_size,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads,
        "hidden_act": "silu",
        "max_position_embeddings": size.max_positions,
        "rms_norm_eps": size.norm_eps,
        "rope_theta": size.theta,
        "rope_scaling": size.scaling,
        "tie_word_embeddings": False,
        "bos_token_id": ids.bos,
        "eos_token_id": ids.eos,
        "pad_token_id": ids.pad,
        "torch_dtype": "bfloat16",
    }
    if size.family is LanguageModel.PHI3:
        half = size.hidden_size // size.heads // 2
        # The published lists are of this form: divisors that grow with the wave length, the long ones far more.
        text["rope_scaling"] = {
            "type": "su",
            "short_factor": [round(1 + 2 * place / half, 4) for place in range(half)],
            "long_factor": [round(1 + 64 * place / half, 4) for place in range(half)],
        }
        text["original_max_position_embeddings"] = LONGROPE_ORIGINAL
        text["sliding_window"] = 2 * size.max_positions
    tower = size.tower
    vision = {
        "architectures": ["InternVisionModel"],
        "model_type": "intern_vit_6b",
        "hidden_size": tower.hidden_size,
        "intermediate_size": tower.intermediate_size,
        "num_hidden_layers": tower.layers,
        "num_attention_heads": tower.heads,
        "image_size": 448,
        "patch_size": 14,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-6,
        "norm_type": "rms_norm" if tower.large else "layer_norm",
        "qkv_bias": not tower.large,
        "qk_normalization": tower.large,
        "initializer_factor": 0.1 if tower.large else 1.0,
        "torch_dtype": "bfloat16",
    }
    return {
        "architectures": ["InternVLChatModel"],
        "model_type": "internvl_chat",
        "downsample_ratio": 0.5,
        "dynamic_image_size": True,
        "force_image_size": 448,
        "llm_config": text,
        "max_dynamic_patch": 12,
        "min_dynamic_patch": 1,
        "pad2square": False,
        "ps_version": "v2",
        "select_layer": -1,
        "template": size.template,
        "torch_dtype": "bfloat16",
        "use_thumbnail": True,
        "vision_config": vision,
    }


_PREPROCESSOR = {
    "crop_size": 448,
    "do_normalize": True,
    "do_resize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "resample": 3,
    "size": 448,
}


def _write_weights(folder: Path, tensors: dict[str, Shape], layer_scale: float, seed: int) -> None:
    shards = list(_shards(tensors))
    names = [f"model-{number:05d}-of-{len(shards):05d}.safetensors" for number in range(1, len(shards) + 1)]
    if len(shards) == 1:
        names = ["model.safetensors"]
    for name, shard in zip(names, shards, strict=True):
        part = folder / f"{name}.part"
        with part.open("wb") as stream:
            _write_shard(stream, {tensor: tensors[tensor] for tensor in shard}, layer_scale, seed)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(folder / name)
    if len(shards) > 1:
        weight_map = {tensor: name for name, shard in zip(names, shards, strict=True) for tensor in shard}
        index = {"metadata": {"total_size": _bytes(tensors.values())}, "weight_map": weight_map}
        _write(folder / "model.safetensors.index.json", index)


def _shards(tensors: dict[str, Shape]) -> Iterator[list[str]]:
    shard: list[str] = []
    size = 0
    for name, shape in tensors.items():
        if shard and size + _bytes([shape]) > SHARD_BYTES:
            yield shard
            shard, size = [], 0
        shard.append(name)
        size += _bytes([shape])
    yield shard


def _write_shard(stream: BinaryIO, tensors: dict[str, Shape], layer_scale: float, seed: int) -> None:
    """The safetensors format: length of the header, header in JSON, data in the header's order."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    start = 0
    for name, shape in tensors.items():
        end = start + _bytes([shape])
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [start, end]}
        start = end
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    stream.write(len(raw).to_bytes(8, "little") + raw)
    for name, shape in tensors.items():
        for chunk in _values(name, shape, layer_scale, seed):
            stream.write(_bfloat16(chunk))


def _values(name: str, shape: Shape, layer_scale: float, seed: int) -> Iterator[np.ndarray[Any, np.dtype[np.float32]]]:
    """float32 values of one tensor in chunks: norms 1, biases 0, weights uniform with variance 1 / columns."""
    count = math.prod(shape)
    constant = _constant(name, shape, layer_scale)
    generator = np.random.Generator(np.random.SFC64([seed, zlib.crc32(name.encode())]))
    bound = math.sqrt(3 / math.prod(shape[1:])) if len(shape) > 1 else 1.0
    for begin in range(0, count, _CHUNK):
        length = min(_CHUNK, count - begin)
        if constant is not None:
            yield np.full(length, constant, np.float32)
        else:
            whole = generator.integers(-(2**15), 2**15, length, dtype=np.int16)
            yield whole.astype(np.float32) * np.float32(bound / 2**15)


def _constant(name: str, shape: Shape, layer_scale: float) -> float | None:
    if name.endswith((".ls1", ".ls2")):
        return layer_scale
    if name.endswith(".bias"):
        return 0.0
    return 1.0 if len(shape) == 1 else None


def _bfloat16(values: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    """The upper halves of float32 values, rounded to nearest."""
    return ((values.view(np.uint32) + np.uint32(0x8000)) >> np.uint32(16)).astype("<u2").tobytes()


def _bytes(shapes: Any) -> int:
    return sum(2 * math.prod(shape) for shape in shapes)


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
