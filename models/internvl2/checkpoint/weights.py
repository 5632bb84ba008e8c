"""The safetensors files of a folder: found, their headers read, and every tensor accounted for."""

import json
import shlex
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CheckpointError
from .tensors import Shape

_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
_BYTES_OF = {"F64": 8, "F32": 4, "BF16": 2, "F16": 2}
# safetensors' own limit for a header.
_MAX_HEADER = 100_000_000
_NAMED = 8


@dataclass(frozen=True)
class StoredTensor:
    """One tensor of a file: `dtype` in safetensors' terms (`BF16`, `F16`, `F32`), `size` in bytes."""

    name: str
    file: Path
    dtype: str
    shape: Shape
    size: int


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of `folder`, in order.

    Raises:
        CheckpointError: there are no weight files, only pickled ones (with the fix), or the index names a missing file.
    """
    index = folder / _INDEX
    if index.is_file():
        names = sorted(set(_weight_map(index).values()))
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise CheckpointError(f"{index}: names {_listed(missing)}, not in the folder; fetch it again")
        return tuple(folder / name for name in names)
    if (folder / _SINGLE).is_file():
        return (folder / _SINGLE,)
    pickled = sorted(path.name for pattern in ("*.bin", "*.pt", "*.pth") for path in folder.glob(pattern))
    if pickled:
        raise CheckpointError(
            f"{folder}: holds pickled weights ({_listed(pickled)}), which can run code when they are read; convert "
            f'them on a machine you trust: python -c "{_CONVERT}" {shlex.quote(str(folder))}'
        )
    loose = sorted(path.name for path in folder.glob("*.safetensors"))
    if loose:
        raise CheckpointError(f"{folder}: contains {_listed(loose)} but no {_INDEX} that lists the files of the model")
    raise CheckpointError(f"{folder}: contains no weights; {_SINGLE} or {_INDEX} with its files is needed")


# Stands between double quotes in a shell. The index of several files is converted by the same change of names.
_CONVERT = (
    "import pathlib, sys, torch; from safetensors.torch import save_file; folder = pathlib.Path(sys.argv[1]); "
    "new = lambda text: text.replace('pytorch_model', 'model').replace('.bin', '.safetensors'); "
    "[save_file({k: v.contiguous().clone() for k, v in torch.load(f, 'cpu', weights_only=True).items()}, "
    "folder / new(f.name), {'format': 'pt'}) for f in folder.glob('pytorch_model*.bin')]; "
    "[(folder / new(f.name)).write_text(new(f.read_text())) for f in folder.glob('pytorch_model.bin.index.json')]"
)


def stored_tensors(folder: Path) -> dict[str, StoredTensor]:
    """Every tensor of the folder, from the headers alone.

    Raises:
        CheckpointError: a file is truncated or not a safetensors file, a tensor is in two files, or the index and
            the headers disagree.
    """
    tensors: dict[str, StoredTensor] = {}
    for file in weight_files(folder):
        for tensor in read_header(file):
            if tensor.name in tensors:
                raise CheckpointError(f"{file}: {tensor.name} is also in {tensors[tensor.name].file.name}")
            tensors[tensor.name] = tensor
    index = folder / _INDEX
    if index.is_file():
        for name, file_name in _weight_map(index).items():
            if name not in tensors or tensors[name].file.name != file_name:
                raise CheckpointError(f"{index}: maps {name} to {file_name}, which does not contain it")
    return tensors


def read_header(file: Path) -> list[StoredTensor]:
    """The tensors of one safetensors file; the file's length must be what its header promises."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            prefix = stream.read(8)
            length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else 0
            if not 2 <= length <= min(_MAX_HEADER, max(size - 8, 0)):
                raise CheckpointError(
                    f"{file}: is no safetensors file or was cut short ({size:,} bytes); fetch it again"
                )
            raw = stream.read(length)
    except OSError as error:
        raise CheckpointError(f"{file}: cannot be read: {error}") from error
    try:
        described = {name: entry for name, entry in json.loads(raw).items() if name != "__metadata__"}
        entries = [_tensor(file, name, entry) for name, entry in described.items()]
        end = 0
        for start, stop in sorted(entry["data_offsets"] for entry in described.values()):
            if start != end:
                raise ValueError(f"its tensors overlap or leave a gap at byte {end}")
            end = stop
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise CheckpointError(f"{file}: its safetensors header cannot be read: {error}") from error
    if 8 + length + end != size:
        raise CheckpointError(
            f"{file}: has {size:,} bytes where its header promises {8 + length + end:,}; fetch it again"
        )
    return entries


def account(folder: Path, expected: Mapping[str, Shape], stored: Mapping[str, StoredTensor]) -> None:
    """Raise `CheckpointError` that names what is missing, unexpected, misshapen or of an unknown dtype."""
    # Older exports of Llama and InternLM2 store the rotary frequencies, which follow from the configuration.
    surplus = {name for name in stored.keys() - expected.keys() if not name.endswith("rotary_emb.inv_freq")}
    problems = [
        *_problem("missing", sorted(expected.keys() - stored.keys())),
        *_problem("unexpected", sorted(surplus)),
        *_problem(
            "of the wrong shape",
            [
                f"{name} is {_shape(stored[name].shape)}, config.json asks for {_shape(shape)}"
                for name, shape in expected.items()
                if name in stored and stored[name].shape != shape
            ],
        ),
        *_problem(
            "of a dtype that is not supported",
            [f"{t.name} is {t.dtype}" for t in stored.values() if t.dtype not in _BYTES_OF],
        ),
    ]
    if problems:
        raise CheckpointError(f"{folder}: {'; '.join(problems)}")


def _tensor(file: Path, name: str, entry: Mapping[str, Any]) -> StoredTensor:
    shape, (start, end) = tuple(entry["shape"]), entry["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, start, end)):
        raise ValueError(f"{name}: shape {list(shape)} or offsets {[start, end]} are no whole numbers")
    count = 1
    for side in shape:
        count *= side
    dtype = str(entry["dtype"])
    if end < start or (dtype in _BYTES_OF and end - start != count * _BYTES_OF[dtype]):
        raise ValueError(f"{name}: {end - start} bytes do not fit shape {list(shape)} of {dtype}")
    return StoredTensor(name, file, dtype, shape, end - start)


def _weight_map(index: Path) -> dict[str, str]:
    try:
        entries = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        names = {str(name): str(file) for name, file in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{index}: cannot be read as an index of weights: {error!r}") from error
    outside = [file for file in names.values() if Path(file).name != file or not file.endswith(".safetensors")]
    if outside:
        raise CheckpointError(
            f"{index}: names {_listed(sorted(set(outside)))}; only .safetensors files in its folder are read"
        )
    return names


def _problem(kind: str, names: list[str]) -> list[str]:
    return [f"{len(names)} tensors {kind}: {_listed(names)}"] if names else []


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more


def _shape(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "a scalar"
