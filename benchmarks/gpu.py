"""Everything to measure of serving on one GPU, in three stages of at most ten minutes each.

    python benchmarks/gpu.py OUT --stage 1      # and 2, 3; --stage 0 runs all
    python benchmarks/gpu.py OUT --smoke        # the same on a processor, with tiny checkpoints

Checkpoints of random weights in the full shape are written into OUT/models (1B 1.9 GB, 2B 4.4 GB, 8B 16.2 GB). What
each command prints is kept in OUT/STAGE-NAME.txt and shown. A command that ends badly, or not in its time, is reported,
and the next one runs.

| stage | measures |
|---|---|
| 1 | the device; 1B: the three ways and ten questions, with and without graphs; a thousand requests; the roofline |
| 2 | 2B: the same without the thousand; 1B in a whole job beside bare serving |
| 3 | 8B: served beside static batches, ten questions, the roofline |
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SERVING = Path(__file__).parent / "serving"
# Runs that go on for longer are stopped, so that a stage ends within ten minutes.
SECONDS = {"serving": 240, "bench": 120, "overhead": 200, "synth": 240, "device": 60}


@dataclass(frozen=True)
class Command:
    """One measurement: `kind` names its time limit, `arguments` follow the interpreter."""

    name: str
    kind: str
    arguments: tuple[str, ...]


def commands(stage: int, models: Path, smoke: bool) -> list[Command]:
    device = ("--device", "cpu", "--dtype", "float32") if smoke else ("--device", "cuda", "--dtype", "bfloat16")
    few, mixed = ("6", "12") if smoke else ("64", "192")
    load = ("--tiles", "1-3", "--new-tokens", "3-12") if smoke else ("--tiles", "1-18", "--new-tokens", "5-500")
    flight = ("--in-flight", "8", "--batch", "4") if smoke else ("--in-flight", "192", "--batch", "8", "32")

    def serving(name: str, size: str, *more: str, count: str = few) -> Command:
        script = (str(SERVING / "batching.py"), str(models / size), *device, *load, *flight, "--requests", count, *more)
        return Command(name, "serving", script)

    def bench(size: str, pages: str) -> Command:
        work = ("--pages", "2", "--max-tiles", "1", "--new-tokens", "8") if smoke else ("--pages", pages)
        return Command(f"{size}-roofline", "bench", ("-m", "docpipe.cli", "bench", str(models / size), *device, *work))

    overhead = (
        ("--few", "4", "--many", "8", "--new-tokens", "8")
        if smoke
        else ("--few", "64", "--many", "512", "--max-tiles", "12", "--new-tokens", "256")
    )
    thousand = ("--only", "served", "--questions", "0", "--memory", "40" if smoke else "1000")
    by_stage = {
        1: [
            Command("device", "device", ("-m", "docpipe.cli", "doctor")),
            serving("1B-three-ways", "1B"),
            serving("1B-many", "1B", "--only", "served", count=mixed),
            serving("1B-no-graphs", "1B", "--only", "served", "--no-graphs", "--questions", "0", count=mixed),
            serving("1B-thousand", "1B", *thousand),
            bench("1B", "128"),
        ],
        2: [
            serving("2B-three-ways", "2B"),
            serving("2B-many", "2B", "--only", "served", count=mixed),
            bench("2B", "96"),
            Command(
                "1B-overhead",
                "overhead",
                (str(SERVING / "pipeline_overhead.py"), str(models / "1B"), *device, *overhead),
            ),
        ],
        3: [
            serving("8B-static", "8B", "--only", "static", "--only", "served"),
            bench("8B", "64"),
        ],
    }
    return by_stage[stage]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stage", type=int, choices=(0, 1, 2, 3), default=0)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    stages = (1, 2, 3) if options.stage == 0 else (options.stage,)
    models = options.out / ("tiny" if options.smoke else "models")
    models.mkdir(parents=True, exist_ok=True)
    bad = 0
    for stage in stages:
        for size in {1: ("1B",), 2: ("1B", "2B"), 3: ("8B",)}[stage]:
            if not (models / size / "config.json").exists():
                tiny = ("--tiny",) if options.smoke else ()
                arguments = ("-m", "docpipe.cli", "models", "synth", size, str(models / size), *tiny)
                bad += not run(options.out, stage, Command(f"{size}-synth", "synth", arguments))
        for command in commands(stage, models, options.smoke):
            bad += not run(options.out, stage, command)
    sys.exit(bad > 0)


def run(out: Path, stage: int, command: Command) -> bool:
    """Run it, keep and show what it prints; whether it ended well."""
    started = time.perf_counter()
    line = [sys.executable, *command.arguments]
    print(f"== {stage} {command.name}: {' '.join(line)}", flush=True)
    # A session of its own: what it started, such as Ray's workers, must not keep the GPU's memory.
    process = subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True
    )
    try:
        text, _ = process.communicate(timeout=SECONDS[command.kind])
        ended = f"code {process.returncode}"
    except subprocess.TimeoutExpired:
        ended = f"stopped after {SECONDS[command.kind]} s"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.returncode is None:
        text, _ = process.communicate()
    (out / f"{stage}-{command.name}.txt").write_text(f"{' '.join(line)}\n{text}\n{ended}\n")
    print(f"{text[-3000:]}-- {ended}, {time.perf_counter() - started:.0f} s", flush=True)
    return ended == "code 0"


if __name__ == "__main__":
    main()
