"""Which share of a processor's best rate each product of a model reaches, in float32 on one thread, by CPU time.

    python benchmarks/serving/layers.py [--size 1B] [--rows 1 2 4 8 32]

CPU time of one thread hardly depends on what else runs here, as long as memory is not short. A layer of the vision
tower is held against the fastest matrix product; a step of decoding, which reads each weight once for all answers,
against the longer of its operations at that rate and of its bytes at the rate of the fastest reading (a product of a
large matrix and a vector). Weights are random, no checkpoint is read.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from docpipe.models.internvl2.checkpoint.config import CheckpointConfig
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import shape_config
from docpipe.models.processor import processor_name
from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

MATMUL, READ = (512, 1024, 2048), (16384, 4096)
REPEATS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1B")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 2, 4, 8, 32], help="answers decoded together")
    arguments = parser.parse_args()
    size = published_size(arguments.size)
    config = shape_config(size, Path(size.name))
    torch.set_num_threads(1)
    with torch.inference_mode():
        flops = max(2 * side**3 / best(product(side, side, side)) for side in MATMUL)
        matrix, vector = torch.randn(*READ), torch.randn(READ[1])
        rate = matrix.nbytes / best(lambda: matrix @ vector)
        print(f"{size.name}, {processor_name()}")
        flops = vision(config, flops)
        decoding(config, arguments.rows, flops, rate)
        print(f"  the best product: {flops / 1e9:.1f} Gflop/s, the best reading: {rate / 1e9:.1f} GB/s")


def vision(config: CheckpointConfig, flops: float) -> float:
    """A layer of the tower, for one tile; returns the best rate of a product, which may be one of its own."""
    tower = config.vision
    n, d, m = tower.patches + 1, tower.hidden_size, tower.intermediate_size
    # Heads of 64 values; their number does not change the operations.
    x, wide, q = torch.randn(1, n, d), torch.randn(1, n, m), torch.randn(1, d // 64, n, 64)
    ones = torch.ones(d)

    def rest() -> None:
        for _ in range(2):
            layer_norm(x, (d,), ones)
            x + x * ones
        gelu(wide)

    parts: list[tuple[str, float, Callable[[], object]]] = [
        ("queries, keys and values", 6 * n * d * d, product(n, d, 3 * d)),
        ("output of attention", 2 * n * d * d, product(n, d, d)),
        ("MLP", 4 * n * d * m, chained(product(n, d, m), product(n, m, d))),
        ("attention", 4 * n * n * d, lambda: scaled_dot_product_attention(q, q, q)),
        ("norms, activation, residuals", 0, rest),
    ]
    measured = [(name, work, best(call)) for name, work, call in parts]
    flops = max(flops, *(work / seconds for _, work, seconds in measured))
    for name, work, seconds in measured:
        share = f"{work / seconds / flops:5.0%} of the best product" if work else ""
        print(f"  vision: {name:<30} {1000 * seconds:8.1f} ms  {share}")
    every = sum(seconds for _, _, seconds in measured)
    share_of_all = sum(work for _, work, _ in measured) / every / flops
    print(f"  vision: {'a layer':<30} {1000 * every:8.1f} ms  {share_of_all:5.0%} of the best product")
    return flops


def decoding(config: CheckpointConfig, rows: list[int], flops: float, rate: float) -> None:
    """The products of one layer and of the head, for some answers together."""
    text = config.text
    width, kv = text.heads * text.head_dim, text.kv_heads * text.head_dim
    shapes = {
        "a layer": [
            (text.hidden_size, width + 2 * kv),
            (width, text.hidden_size),
            (text.hidden_size, 2 * text.intermediate_size),
            (text.intermediate_size, text.hidden_size),
        ],
        "the head": [(text.hidden_size, text.vocab_size)],
    }
    for name, weights in shapes.items():
        values = sum(i * o for i, o in weights)
        for count in rows:
            seconds = sum(best(product(count, i, o)) for i, o in weights)
            least = max(4 * values / rate, 2 * count * values / flops)
            share = f"{least / seconds:5.0%} of the roofline"
            print(f"  decoding: {name:<9} {count:3d} answers {1000 * seconds:8.2f} ms  {share}")


def product(rows: int, inner: int, outer: int) -> Callable[[], object]:
    """Rows through a linear layer, with the weights as torch keeps them."""
    x, weight = torch.randn(rows, inner), torch.randn(outer, inner)
    return lambda: linear(x, weight)


def chained(*calls: Callable[[], object]) -> Callable[[], object]:
    return lambda: [call() for call in calls]


def best(call: Callable[[], object]) -> float:
    """CPU seconds of the quickest of some calls."""
    found = []
    for _ in range(REPEATS):
        started = time.process_time()
        call()
        found.append(time.process_time() - started)
    return min(found)


if __name__ == "__main__":
    main()
