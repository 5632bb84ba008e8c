#!/usr/bin/env bash
# Gather in .gpu/ what a bare machine with torch and transformers lacks: fonts, the trained tokenizer, and the wheels that
# training (rapidfuzz) and benchmarks/gpu.py (pydantic and what it needs) take; without Ray, that one leaves a whole job out.
# Run it in the repository's root, with docpipe[internvl2] installed and Debian's fonts there (README.md lists them).
set -euo pipefail
python=${PYTHON:-.venv/bin/python}
mkdir -p .gpu/wheels .gpu/tokenizer
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$python" -m pip install --quiet --no-deps --target "$tools" fonttools==4.68.0
PYTHONPATH="$tools" "$python" -m docpipe.training.collect_fonts .gpu/fonts --megabytes 12
"$python" -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
  --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux2014_x86_64 \
  --platform manylinux_2_17_x86_64 --dest .gpu/wheels $(grep -E '^(rapidfuzz|pydantic|pydantic-core|annotated-types|typing-inspection)==' constraints.txt)
"$python" - <<'TOKENIZER'
from pathlib import Path

from docpipe.evaluation.synthetic.fonts import find_faces
from docpipe.training.sizes import SIZES
from docpipe.training.tokenizer import train_tokenizer

if not Path(".gpu/tokenizer/vocab.json").exists():
    train_tokenizer(Path(".gpu/tokenizer"), find_faces(Path(".gpu/fonts")), SIZES["small"].base_tokens)
TOKENIZER
du -sh .gpu/*
