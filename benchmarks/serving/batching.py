"""The same mixed requests three ways: one by one, in static batches, and through the serving engine.

    python benchmarks/serving/batching.py MODEL [--device cuda] [--dtype bfloat16] [--requests 64] [--tiles 1-18]
        [--new-tokens 5-1000] [--batch 8 32] [--questions 10] [--memory 1000] [--only served] [--peer vllm]

MODEL is a checkpoint folder, such as `docpipe models synth 8B PATH` writes, or `mid`: a random one, written aside, of
a size that a processor answers for in minutes but whose arithmetic outweighs all bookkeeping (`MID`). Tiles and new
tokens are drawn evenly on a logarithmic scale from their ranges with a fixed seed; a random model hardly ever stops by
itself, so answers have their full length, and stopping on repetition is off. All three ways decode greedily on the same
weights; the share of requests whose tokens are equal is printed (rounding differs with the batch, so near ties may part
in half precision).

`--questions N` also times N questions about one page beside one question, and counts the prompt tokens that were
computed; `--memory N` sends N requests with a bounded number in flight and prints the memory as it goes.

`--peer vllm` sends the same requests through `kind: vllm` too, in the environment that `make test-vllm` builds
(`.venv-vllm/bin/python benchmarks/serving/batching.py …`).
"""

import argparse
import asyncio
import math
import random
import resource
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from docpipe.models.engine import EngineLimits, ImageInput
from docpipe.models.internvl2.checkpoint.sizes import TowerShape, published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.processor.prompt import Prompt
from docpipe.models.internvl2.serving.limits import ServingLimits
from docpipe.models.internvl2.serving.outputs import ServedAnswer, ServedImage
from docpipe.models.internvl2.serving.server import Server
from docpipe.schemas.job.engines import VllmEngine
from PIL import Image

QUESTION = "What is the total amount? Answer the question using a single word or phrase."
# 8 layers of width 768 over a tower of 6 layers of width 384: 88 million parameters.
MID = replace(
    published_size("1B"),
    name="InternVL2-mid",
    tower=TowerShape(384, 1536, 6, 6, False),
    hidden_size=768,
    intermediate_size=2560,
    layers=8,
    heads=12,
    kv_heads=2,
    base_tokens=12_000,
    vocab_size=12_012,
)
WAYS = ("loop", "static", "served")
PEERS = ("vllm",)
LOOP = asyncio.new_event_loop()


@dataclass(frozen=True)
class Request:
    prompt: Prompt
    question: str
    new_tokens: int


def drawn(generator: random.Random, bounds: tuple[int, int]) -> int:
    low, high = (math.log(bound) for bound in bounds)
    return round(math.exp(generator.uniform(low, high)))


def requests(model: InternVL2, count: int, tiles: tuple[int, int], new_tokens: tuple[int, int]) -> list[Request]:
    generator, made = random.Random(7), []
    for number in range(count):
        wanted = drawn(generator, tiles)
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32 * wanted, 3), dtype=np.uint8)
        image = Image.fromarray(pixels).resize((448 * wanted, 448))
        question = f"{QUESTION} ({number})"
        most = max(1, wanted - 1)
        made.append(Request(model.prompt(question, [image], max_tiles=most), question, drawn(generator, new_tokens)))
    return made


def one_by_one(model: InternVL2, work: list[Request]) -> list[list[int]]:
    return [model.generate_ids(request.prompt, request.new_tokens) for request in work]


def static_batches(model: InternVL2, work: list[Request], batch: int) -> list[list[int]]:
    answers = []
    for start in range(0, len(work), batch):
        part = work[start : start + batch]
        answers += model.generate_ids_batch([r.prompt for r in part], [r.new_tokens for r in part])
    return answers


def fastest_batches(model: InternVL2, work: list[Request], sizes: list[int]) -> tuple[float, list[list[int]]]:
    found = []
    static_batches(model, [replace(request, new_tokens=2) for request in work[:2]], 2)
    for size in sizes:
        found.append(timed(partial(static_batches, model, work, size)))
        print(f"static batches of {size}: {found[-1][0]:.1f} s", flush=True)
    return min(found, key=lambda one: one[0])


def served(server: Server, work: list[Request]) -> list[list[int]]:
    images = [server.encode([request.prompt.tiles]) for request in work]
    answers: list[tuple[tuple[ServedImage, ...], Future[ServedAnswer]]] = []
    finished: list[list[int]] = []
    for request, image in zip(work, images, strict=True):
        # An image that waits for room needs an older one released.
        while not image.done() and len(finished) < len(answers):
            held, answer = answers[len(finished)]
            finished.append(answer.result().ids)
            server.release(held)
        held = image.result()
        answers.append((held, server.ask(request.question, held, request.new_tokens, seconds=3600)))
    for held, answer in answers[len(finished) :]:
        finished.append(answer.result().ids)
        server.release(held)
    return finished


def by_vllm(engine: Any, work: list[Request]) -> list[list[int]]:
    async def one(request: Request) -> list[int]:
        async with engine.hold([ImageInput(request.prompt.tiles, len(request.prompt.tiles))]) as held:
            answer = await engine.ask(held, request.question, max_new_tokens=request.new_tokens, seconds=3600)
        if answer.message:
            raise RuntimeError(answer.message)
        return list(answer.ids)

    async def everything() -> list[list[int]]:
        return list(await asyncio.gather(*map(one, work)))

    return LOOP.run_until_complete(everything())


def vllm_engine(folder: Path, options: argparse.Namespace, work: list[Request]) -> Any:
    from docpipe.models.vllm.engine import VllmServed

    settings = VllmEngine.model_validate({"kind": "vllm", "model": str(folder.resolve()), "dtype": options.dtype})
    limits = EngineLimits(max(len(r.prompt.tiles) for r in work), max(r.new_tokens for r in work))
    device = "cuda" if options.device.startswith("cuda") else "cpu"
    return VllmServed(settings, "peer", device, torch.get_num_threads(), limits, stop_repetition=False)


def questions_on_a_page(server: Server, model: InternVL2, count: int) -> None:
    """Times one question about a page and `count`, each on a page not seen before."""
    taken, computed = [], []
    for seed, number in ((1, 1), (2, count)):
        pixels = np.random.default_rng(1000 + seed).integers(0, 256, (60, 40, 3), dtype=np.uint8)
        page = model.prompt("", [Image.fromarray(pixels).resize((1240, 1754))], max_tiles=12).tiles
        before, start = server.work.prompt_tokens, time.perf_counter()
        held = server.encode([page]).result()
        answers = [server.ask(f"{QUESTION} ({n})", held, 16, seconds=3600) for n in range(number)]
        for answer in answers:
            answer.result()
        taken.append(time.perf_counter() - start)
        computed.append(server.work.prompt_tokens - before)
        server.release(held)
    print(
        f"one question on a page of {len(page)} tiles {taken[0]:.2f} s, {count} questions {taken[1]:.2f} s: "
        f"{taken[1] / taken[0]:.2f} times; prompt tokens computed {computed[0]:,} and {computed[1]:,}"
    )


def memory_over(server: Server, model: InternVL2, count: int, flight: int = 32) -> None:
    """Prints the resident memory of this process ten times on the way."""
    tiles = [model.prompt("", [Image.new("RGB", (448 * n, 448), "white")], max_tiles=n).tiles for n in (1, 2, 3)]
    running: deque[tuple[tuple[ServedImage, ...], Future[ServedAnswer]]] = deque()
    process = psutil.Process()
    for number in range(count):
        if len(running) == flight:
            held, answer = running.popleft()
            answer.result()
            server.release(held)
        held = server.encode([tiles[number % 3]]).result()
        running.append((held, server.ask(f"{QUESTION} ({number})", held, 4 + number % 13, seconds=3600)))
        if number % (count // 10) == count // 10 - 1:
            print(f"after {number + 1} requests: {process.memory_info().rss / 1e6:.0f} MB resident", flush=True)
    for held, answer in running:
        answer.result()
        server.release(held)


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "cpu")


def span(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--requests", type=int, default=64)
    parser.add_argument("--tiles", type=span, default=(1, 18))
    parser.add_argument("--new-tokens", type=span, default=(5, 1000))
    parser.add_argument("--batch", type=int, nargs="+", default=[8], help="static batches; the fastest size counts")
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--memory", type=int, default=0)
    parser.add_argument("--in-flight", type=int, default=32)
    parser.add_argument("--no-graphs", action="store_true", help="launch every decode step's kernels one by one")
    parser.add_argument("--only", choices=WAYS, action="append", help="run these ways alone; may be repeated")
    parser.add_argument("--peer", choices=PEERS, action="append", default=[], help="another engine, in the same run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = synthesize(MID, Path(scratch) / "mid") if options.model == "mid" else Path(options.model)
        measure(folder, options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    model = InternVL2.load(folder, dtype=options.dtype, device=options.device)
    on_gpu = options.device.startswith("cuda")
    where = torch.cuda.get_device_name() if on_gpu else f"{processor()}, {torch.get_num_threads()} threads"
    print(f"{options.model}, {options.dtype}, {where}")
    work = requests(model, options.requests, options.tiles, options.new_tokens)
    tokens = sum(request.new_tokens for request in work)
    prompt_tokens = sum(len(request.prompt.input_ids) for request in work)
    tiles = sum(len(request.prompt.tiles) for request in work)
    print(f"{len(work)} requests, {tiles} tiles, {prompt_tokens:,} prompt and {tokens:,} new tokens", flush=True)
    limits = ServingLimits(
        visual_tokens=131_072 if on_gpu else 32_768,
        cache_tokens=max(262_144 if on_gpu else 65_536, 2 * max(len(r.prompt.input_ids) + r.new_tokens for r in work)),
        batch_tokens=4096,
        requests=options.in_flight,
        page_size=256 if on_gpu else 64,
        graphs=not options.no_graphs,
        stop_repetition=False,
    )
    results, seconds = {}, {}
    for way in (*(options.only or WAYS), *options.peer):
        if way == "vllm":
            engine = vllm_engine(folder, options, work)
            by_vllm(engine, work[:1])
            seconds[way], results[way] = timed(partial(by_vllm, engine, work))
            engine.close()
        elif way == "served":
            with Server(model, limits) as server:
                served(server, work[:1])
                seconds[way], results[way] = timed(lambda: served(server, work))
                if options.questions:
                    questions_on_a_page(server, model, options.questions)
                if options.memory:
                    memory_over(server, model, options.memory)
        elif way == "loop":
            one_by_one(model, work[:1])
            seconds[way], results[way] = timed(lambda: one_by_one(model, work))
        else:
            seconds[way], results[way] = fastest_batches(model, work, options.batch)
        print(f"{way}: {seconds[way]:.1f} s, {tokens / seconds[way]:.0f} new tokens/s", flush=True)
    for slow, fast in (("loop", "static"), ("loop", "served"), ("static", "served"), ("vllm", "served")):
        if slow in seconds and fast in seconds:
            equal = sum(found == wanted for found, wanted in zip(results[fast], results[slow], strict=True)) / len(work)
            print(f"{fast} is {seconds[slow] / seconds[fast]:.2f} times {slow}; {equal:.0%} of the answers are equal")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB resident")


def timed(run: Callable[[], list[list[int]]]) -> tuple[float, list[list[int]]]:
    start = time.perf_counter()
    results = run()
    return time.perf_counter() - start, results


if __name__ == "__main__":
    main()
