"""Copy usable fonts of this machine into a folder of limited size, to train where there are none.

    python -m docpipe.training.collect_fonts FOLDER --megabytes 12

Of each font only the Latin letters are kept, by fontTools (`pip install fonttools`).
"""

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

from ..evaluation.synthetic.fonts import Face, find_faces

_LETTERS = "U+0020-007E,U+00A0-017F,U+0218-021B,U+2010-2026,U+20AC"


def collect(faces: tuple[Face, ...], folder: Path, budget: int) -> int:
    """Write subsets of faces, in an order that mixes families, until `budget` bytes are reached; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [Path(face.source) for face in faces if isinstance(face.source, str)]
    written = 0
    for path in sorted(files, key=lambda path: hashlib.sha256(path.name.encode()).hexdigest()):
        target = folder / path.name
        options = [f"--unicodes={_LETTERS}", "--layout-features=kern", "--legacy-kern", f"--output-file={target}"]
        done = subprocess.run(
            [sys.executable, "-m", "fontTools.subset", str(path), *options], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{path}: {done.stderr.strip().splitlines()[-1]}")
        budget -= target.stat().st_size
        if budget < 0:
            target.unlink()
            break
        written += 1
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=12)
    options = parser.parse_args()
    faces = find_faces()
    written = collect(faces, options.folder, int(options.megabytes * 1e6))
    print(f"{options.folder}: {written} of {len(faces)} faces")


if __name__ == "__main__":
    main()
