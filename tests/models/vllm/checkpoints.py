"""Random checkpoints whose heads vLLM's attention on processors takes: 32 values at least."""

from dataclasses import replace
from pathlib import Path

from docpipe.models.internvl2.checkpoint.sizes import TowerShape, published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize

HEAD = 32
HEADS = {"1B": (4, 2), "2B": (4, 2), "4B": (4, 4), "26B": (4, 2), "40B": (4, 2), "76B": (8, 2)}
"""Heads and key heads by size: each language model, and both vision towers."""


def checkpoint(name: str, folder: Path) -> Path:
    """The layout of InternVL2-`name` with two small layers."""
    tiny = published_size(name).tiny()
    heads, kv_heads = HEADS[name]
    tower = TowerShape(160, 320, 2, 5, True) if tiny.tower.large else TowerShape(128, 256, 2, 4, False)
    hidden = heads * HEAD
    size = replace(tiny, tower=tower, hidden_size=hidden, intermediate_size=2 * hidden, heads=heads, kv_heads=kv_heads)
    return synthesize(size, folder, seed=3)
