#!/usr/bin/env bash
# One chunk of training on the GPU machine, from the repository's root: gpu_chunk.sh TOTAL_MINUTES CHUNK_MINUTES [OPTION…]
# Goes on from /tmp/docpipe-state.pt where the machine is still the same one, else from .gpu/packed. What must come back
# is written below $OUT: packed weights in files of at most 15 MiB, and the log.
set -euo pipefail
total=$1 chunk=$2
shift 2
if [ ! -d /tmp/site ]; then
  python3 -m pip install -q --no-index --no-deps --no-compile --target /tmp/site .gpu/wheels/*.whl
fi
export PYTHONPATH=.types:/tmp/site PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1
work=/tmp/docpipe-model
mkdir -p "$work" "$OUT/packed"
cp -n .gpu/tokenizer/* "$work"/
python3 -m docpipe.training.train "$work" --size small --minutes "$total" --chunk-minutes "$chunk" \
  --state /tmp/docpipe-state.pt --packed .gpu/packed --pack "$OUT/packed" --fonts .gpu/fonts \
  --workers "$(($(nproc) - 1))" --tiles 192 "$@" || status=$?
cp "$work/log.jsonl" "$OUT/log.jsonl"
exit "${status:-0}"
