"""`docpipe bench`: how fast a model answers on this machine, part by part, and how near that is to what is possible.

Each part is measured alone, over the same pages: drawing and tiling on the processor; the vision tower; prompts, by
answers of one token about encoded pages; decoding, by long answers whose prompts are in the cache; and at last
all together as a job would have it, pages arriving while others decode.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ...models.engine import ImageInput
from ...models.engines import placed
from ...models.internvl2.checkpoint.config import CheckpointConfig
from ...models.internvl2.checkpoint.config_file import read_config
from ...models.internvl2.engine import InternVL2Served, TileProcessor
from ...models.internvl2.roofline import Peaks, decode_bytes, decode_flops, prefill_flops, vision_flops
from ...operators.inference.prompts import ocr_prompt
from ...operators.reading.messages import ReadSettings
from ...operators.reading.reader import PageReader
from ...pipeline.cluster.session import available_cpus
from ...schemas.errors import DocumentError, InvalidJobError, MissingResourceError
from ...schemas.job.engines import Dtype, InternVL2Engine
from ...schemas.job.tasks import MaxNewTokens, MaxTiles

RgbImage = NDArray[np.uint8]
_SECONDS = 3600.0
_DTYPES = get_args(Dtype)
# Below, peaks before and after differ by more than they do on a machine without other work.
_STEADY = 0.85


@dataclass(frozen=True)
class Part:
    """What a part of the work did and how long that took.

    Attributes:
        roofline: its share of what the device does at best; None for drawing and tiling, and where it would be more
            than all: then the peaks were measured while other work ran here.
    """

    name: str
    count: int
    unit: str
    seconds: float
    roofline: float | None = None

    @property
    def rate(self) -> float:
        return self.count / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class Bench:
    """All parts, and pages a second of everything together.

    Attributes:
        threads: processor threads of all parts and of the peaks but of `draw` and `tile`, which have one.
        peak_flops, peak_bytes: operations and bytes a second that the device reached before or after the parts, see
            `peaks.measure_peaks`.
        steadiness: the lesser of the peaks before and after over the greater; far below 1 where other work ran here,
            and the shares of the roofline are rough.
    """

    model: str
    device: str
    dtype: str
    threads: int
    pages: int
    load_seconds: float
    pages_per_second: float
    tokens_per_second: float
    peak_flops: float
    peak_bytes: float
    steadiness: float
    parts: tuple[Part, ...]


def engine_of(model: Path, dtype: str, device: str) -> tuple[InternVL2Engine, str]:
    """The settings of a folder and the device to use, `cuda` where there is one and none is named.

    Raises:
        InvalidJobError: the dtype or the device is not known.
    """
    import torch

    if device not in ("", "cpu", "cuda"):
        raise InvalidJobError(f"--device: {device!r} is not known; cpu or cuda")
    if dtype not in _DTYPES:
        raise InvalidJobError(f"--dtype: {dtype!r} is not known; {', '.join(_DTYPES)}")
    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    settings = InternVL2Engine.model_validate({"kind": "internvl2", "model": str(model), "dtype": dtype})
    return placed(settings, where), where


def bench_model(
    settings: InternVL2Engine,
    device: str,
    files: Sequence[Path],
    pages: int,
    max_tiles: int,
    new_tokens: int,
    threads: int = 0,
) -> Bench:
    """Measure a checkpoint.

    Args:
        files: documents whose pages are used, over and over until there are `pages`.
        new_tokens: of each long answer; a model that stops by itself writes fewer.
        threads: processor threads of torch, for the peaks and for the engine alike; by default those of a job with
            one replica: all processors that this process may use.

    Raises:
        CommandError: the model, the device or the documents are not there.
    """
    import torch

    from .peaks import measure_peaks

    config = read_config(Path(settings.model))
    images, draw = _drawn(files, pages)
    inputs, tile = _tiled(images, settings, max_tiles)
    dtype: torch.dtype = getattr(torch, settings.dtype)
    threads = threads or available_cpus()
    budget = MaxTiles(ocr=max_tiles, docvqa=max_tiles, chart=max_tiles)
    tokens = MaxNewTokens(ocr=new_tokens, docvqa=1, chart=1)
    asked = settings.model_copy(update={"max_tiles": budget, "max_new_tokens": tokens})
    with _torch_threads(threads):
        before = measure_peaks(torch.device(device), dtype)
        started = time.perf_counter()
        engine = InternVL2Served(asked, device, threads)
        loaded = time.perf_counter() - started
        try:
            asyncio.run(_ask_all(engine, inputs[:1], 1))
            vision, prompts, decode, total, written = asyncio.run(_measured(engine, inputs, new_tokens))
        finally:
            engine.close()
        after = measure_peaks(torch.device(device), dtype)
    peaks = Peaks(max(before.flops, after.flops), max(before.bytes, after.bytes))
    tiles = sum(image.tiles for image in inputs)
    prompt_tokens = tiles * config.tokens_per_tile + len(inputs) * _text_tokens(config)
    each = prompt_tokens // len(inputs)
    least_vision = tiles * vision_flops(config) / peaks.flops
    least_prompts = len(inputs) * prefill_flops(config, each) / peaks.flops
    least_decode = _least_decode(config, peaks, dtype.itemsize, len(inputs), each, written)
    return Bench(
        model=engine.model,
        device=device,
        dtype=settings.dtype,
        threads=threads,
        pages=len(inputs),
        load_seconds=loaded,
        pages_per_second=len(inputs) / total,
        tokens_per_second=written / total,
        peak_flops=peaks.flops,
        peak_bytes=peaks.bytes,
        steadiness=min(
            before.flops / peaks.flops, after.flops / peaks.flops, before.bytes / peaks.bytes, after.bytes / peaks.bytes
        ),
        parts=(
            Part("draw", len(images), "pages", draw),
            Part("tile", tiles, "tiles", tile),
            Part("vision", tiles, "tiles", vision, _share(least_vision, vision)),
            Part("prefill", prompt_tokens, "tokens", prompts, _share(least_prompts, prompts)),
            Part("decode", written, "tokens", decode, _share(least_decode, decode)),
            Part("together", len(inputs), "pages", total, _share(least_vision + least_prompts + least_decode, total)),
        ),
    )


def _share(least: float, seconds: float) -> float | None:
    """The share of the roofline; None where the part was faster than the device seemed to be at its best."""
    return least / seconds if least <= seconds else None


def bench_json(bench: Bench) -> dict[str, Any]:
    return {**asdict(bench), "parts": [{**asdict(part), "rate": part.rate} for part in bench.parts]}


def bench_text(bench: Bench) -> str:
    lines = [
        f"{bench.model} in {bench.dtype} on {bench.device} with {bench.threads} threads: "
        f"loaded in {bench.load_seconds:.1f} s",
        f"{bench.pages_per_second:.2f} pages/s, {bench.tokens_per_second:.0f} new tokens/s over {bench.pages} pages",
        f"at best, measured here: {bench.peak_flops / 1e12:.2f} Tflop/s, {bench.peak_bytes / 1e9:.0f} GB/s",
    ]
    if bench.steadiness < _STEADY:
        lines.append(
            f"other work ran here, peaks before and after differ by {1 - bench.steadiness:.0%}: shares are rough"
        )
    for part in bench.parts:
        share = "" if part.roofline is None else f", {part.roofline:.0%} of the roofline"
        lines.append(f"  {part.name:<9} {part.rate:10.1f} {part.unit}/s in {part.seconds:.2f} s{share}")
    return "\n".join(lines)


@contextmanager
def _torch_threads(threads: int) -> Iterator[None]:
    """In this context torch computes with as many threads; those of the program around it come back."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _drawn(files: Sequence[Path], pages: int) -> tuple[list[RgbImage], float]:
    """Images of pages and the seconds that drawing them took."""
    images: list[RgbImage] = []
    started = time.perf_counter()
    with PageReader(ReadSettings()) as reader:
        for path in files:
            try:
                count = reader.probe(str(path)).page_count
                drawn = (reader.draw(str(path), number + 1)[0] for number in range(min(count, pages - len(images))))
                images += [image for image in drawn if image is not None]
            except DocumentError:
                continue
            if len(images) >= pages:
                break
    seconds = time.perf_counter() - started
    if not images:
        raise MissingResourceError(f"bench: no page could be drawn of {', '.join(map(str, files)) or 'no files'}")
    return (images * (-(-pages // len(images))))[:pages], seconds


def _tiled(images: Sequence[RgbImage], settings: InternVL2Engine, max_tiles: int) -> tuple[list[ImageInput], float]:
    image_processor = TileProcessor(settings.model)
    started = time.perf_counter()
    return [image_processor(image, max_tiles) for image in images], time.perf_counter() - started


async def _measured(
    engine: InternVL2Served, inputs: Sequence[ImageInput], new_tokens: int
) -> tuple[float, float, float, float, int]:
    """Seconds of vision, prompts, decoding and of all together, and the new tokens of the last two."""
    started = time.perf_counter()
    async with engine.hold(inputs[: _held(engine, inputs)]) as held:
        vision = (time.perf_counter() - started) * len(inputs) / len(held)
        started = time.perf_counter()
        await asyncio.gather(*(_ask(engine, (one,), 1) for one in held))
        prompts = (time.perf_counter() - started) * len(inputs) / len(held)
        started = time.perf_counter()
        decoded = sum(await asyncio.gather(*(_ask(engine, (one,), new_tokens) for one in held)))
        decode = (time.perf_counter() - started) * len(inputs) / len(held)
    started = time.perf_counter()
    written = await _ask_all(engine, inputs, new_tokens)
    total = time.perf_counter() - started
    return vision, prompts, decode * written / max(decoded * len(inputs) / len(held), 1), total, written


def _held(engine: InternVL2Served, inputs: Sequence[ImageInput]) -> int:
    """How many of the first images fit the engine at once."""
    room = engine.visual_tokens
    for count, image in enumerate(inputs):
        room -= image.tiles * engine.tokens_per_tile
        if room < 0:
            return max(1, count)
    return len(inputs)


async def _ask_all(engine: InternVL2Served, inputs: Sequence[ImageInput], new_tokens: int) -> int:
    return sum(await asyncio.gather(*(_ask_about(engine, image, new_tokens) for image in inputs)))


async def _ask_about(engine: InternVL2Served, image: ImageInput, new_tokens: int) -> int:
    async with engine.hold([image]) as held:
        return await _ask(engine, held, new_tokens)


async def _ask(engine: InternVL2Served, held: Any, new_tokens: int) -> int:
    answer = await engine.ask(held, ocr_prompt(), max_new_tokens=new_tokens, seconds=_SECONDS)
    return answer.tokens


def _least_decode(
    config: CheckpointConfig, peaks: Peaks, bytes_per_value: int, pages: int, prompt: int, written: int
) -> float:
    """The least seconds in which the pages together get `written` new tokens: the longer of operations and bytes."""
    steps = written / pages
    # On average, half of an answer is in the cache.
    tokens = prompt + round(steps / 2)
    step_bytes = decode_bytes(config, bytes_per_value, pages, tokens)
    return steps * max(step_bytes / peaks.bytes, pages * decode_flops(config, tokens) / peaks.flops)


def _text_tokens(config: CheckpointConfig) -> int:
    from ...models.internvl2.processor.chat_template import chat_prompt, chat_template
    from ...models.internvl2.tokenizer.load import load_tokenizer

    template = chat_template(config.template)
    return len(load_tokenizer(config.folder).encode(chat_prompt(template, ocr_prompt(), [], config.tokens_per_tile)))
