"""Weights through a narrow door: bfloat16 in a few small files, packed without loss.

The upper bytes of weights (sign and exponent) repeat, the lower ones do not: parted and deflated they take about two
thirds. Optimizer states do not travel; training goes on with fresh ones after a short warm-up.
"""

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

SHARD_BYTES = 15 * 2**20


def pack(state: dict[str, Tensor], step: int, seconds: float, folder: Path) -> list[Path]:
    """Write `state` as `weights-<n>.pack`, each below 16 MiB, and `weights.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = torch.cat([tensor.detach().to("cpu", torch.bfloat16).flatten() for tensor in state.values()])
    pairs = raw.view(torch.uint8).numpy().reshape(-1, 2)
    data = zlib.compress(pairs[:, 1].tobytes(), 6)
    upper = len(data)
    data += zlib.compress(pairs[:, 0].tobytes(), 1)
    names = []
    for number, start in enumerate(range(0, len(data), SHARD_BYTES)):
        path = folder / f"weights-{number}.pack"
        path.write_bytes(data[start : start + SHARD_BYTES])
        names.append(path.name)
    shapes = {name: list(tensor.shape) for name, tensor in state.items()}
    about = {"step": step, "seconds": seconds, "upper": upper, "files": names, "shapes": shapes}
    (folder / "weights.json").write_text(json.dumps(about), encoding="utf-8")
    return [folder / name for name in (*names, "weights.json")]


def unpack(folder: Path) -> tuple[dict[str, Tensor], int, float]:
    """The state that `pack` wrote, its step and its seconds of training."""
    about = json.loads((folder / "weights.json").read_text(encoding="utf-8"))
    data = b"".join((folder / name).read_bytes() for name in about["files"])
    upper = np.frombuffer(zlib.decompress(data[: about["upper"]]), np.uint8)
    lower = np.frombuffer(zlib.decompress(data[about["upper"] :]), np.uint8)
    raw = torch.from_numpy(np.stack([lower, upper], axis=1).copy()).view(torch.bfloat16).flatten()
    state, start = {}, 0
    for name, shape in about["shapes"].items():
        end = start + int(np.prod(shape))
        state[name] = raw[start:end].reshape(shape)
        start = end
    return state, int(about["step"]), float(about["seconds"])
