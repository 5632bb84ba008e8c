"""Copy usable fonts of this machine into a folder of limited size, to train where there are none.

python -m docpipe.training.collect_fonts FOLDER --megabytes 12
"""

import argparse
import hashlib
import shutil
from pathlib import Path

from ..evaluation.synthetic.fonts import Face, find_faces

# Files of many scripts are large and bring no other Latin letters.
_LARGEST = 500_000


def collect(faces: tuple[Face, ...], folder: Path, budget: int) -> int:
    """Copy faces in an order that mixes families until `budget` bytes are reached; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [Path(face.source) for face in faces if isinstance(face.source, str)]
    mixed = sorted(files, key=lambda path: hashlib.sha256(path.name.encode()).hexdigest())
    copied = 0
    for path in mixed:
        size = path.stat().st_size
        if size <= min(_LARGEST, budget):
            shutil.copy(path, folder / path.name)
            budget -= size
            copied += 1
    return copied


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=12)
    options = parser.parse_args()
    faces = find_faces()
    copied = collect(faces, options.folder, int(options.megabytes * 1e6))
    print(f"{options.folder}: {copied} of {len(faces)} faces")


if __name__ == "__main__":
    main()
