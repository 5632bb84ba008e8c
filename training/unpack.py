"""Make a checkpoint folder of packed weights and a tokenizer.

python -m docpipe.training.unpack PACKED TOKENIZER OUT
"""

import argparse
import shutil
from pathlib import Path

from safetensors.torch import save_file

from .model import write_config
from .sizes import SIZES
from .travel import unpack


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packed", type=Path)
    parser.add_argument("tokenizer", type=Path, help="folder with vocab.json, merges.txt and tokenizer_config.json")
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", choices=SIZES, default="small")
    options = parser.parse_args()
    state, step, seconds = unpack(options.packed)
    write_config(options.out, SIZES[options.size])
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        shutil.copy(options.tokenizer / name, options.out / name)
    weights = {name: tensor.contiguous() for name, tensor in state.items() if not name.startswith("reader.")}
    save_file(weights, options.out / "model.safetensors", {"format": "pt"})
    print(f"{options.out}: {len(weights)} tensors after {step} steps, {seconds / 60:.1f} minutes of training")


if __name__ == "__main__":
    main()
