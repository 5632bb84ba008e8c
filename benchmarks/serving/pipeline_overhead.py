"""What Ray, the exactly-once commit and the tables add to bare serving, for each page.

    python benchmarks/serving/pipeline_overhead.py MODEL [--few 8] [--many 40] [--max-tiles 1] [--new-tokens 32]

MODEL is a checkpoint folder, or `mid` (see `batching.py`). The same pages are read by the same model twice: by
`docpipe run`, and by a loop in one process that reads, tiles and asks, reading ahead while the model answers, and
writes nothing. Both are timed for few and for many pages; the difference is what a page costs once everything has
started, so that starting Ray and loading the model count on neither side. The pages are drawn here; they have a text
layer, so that reading them costs little beside the model. Random weights hardly ever stop: answers have their full
length on both sides, and the job's pages end as `truncated_output`, their lines written all the same, with a row of
errors each.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

import pymupdf
from batching import MID, processor
from docpipe.models.engine import ImageInput
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.models.internvl2.engine import InternVL2Served, TileProcessor
from docpipe.operators.inference.prompts import ocr_prompt
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.pipeline.run.context import RunOptions
from docpipe.pipeline.run.run import run_job
from docpipe.pipeline.telemetry.progress import reporter
from docpipe.schemas.job.engines import InternVL2Engine
from docpipe.schemas.job.load import load_job

AHEAD = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--few", type=int, default=8)
    parser.add_argument("--many", type=int, default=40)
    parser.add_argument("--max-tiles", type=int, default=1)
    parser.add_argument("--new-tokens", type=int, default=32)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    print(f"{processor()}, {arguments.device}, {arguments.model.name}")
    seconds: dict[str, list[float]] = {"bare": [], "docpipe": []}
    with tempfile.TemporaryDirectory() as scratch:
        mid = arguments.model == Path("mid")
        model = synthesize(MID, Path(scratch) / "mid") if mid else arguments.model.absolute()
        engine = {
            "kind": "internvl2",
            "model": str(model),
            "dtype": arguments.dtype,
            "device": arguments.device,
            "max_tiles": {"ocr": arguments.max_tiles},
            "max_new_tokens": {"ocr": arguments.new_tokens},
        }
        for count in (arguments.few, arguments.many):
            folder = Path(scratch) / str(count)
            draw(folder / "in", count)
            seconds["bare"].append(bare(engine, folder / "in" / "pages.pdf", count))
            seconds["docpipe"].append(whole(engine, folder))
    pages = arguments.many - arguments.few
    per_page = {name: (many - few) / pages for name, (few, many) in seconds.items()}
    for name, (few, many) in seconds.items():
        times = f"{few:.1f} s for {arguments.few} pages, {many:.1f} s for {arguments.many}"
        print(f"{name}: {times}: {per_page[name]:.3f} s a page")
    print(f"overhead of docpipe: {per_page['docpipe'] / per_page['bare'] - 1:+.1%} a page")


def draw(folder: Path, pages: int) -> None:
    folder.mkdir(parents=True)
    document = pymupdf.open()
    for number in range(pages):
        page = document.new_page()
        for line in range(40):
            text = f"Page {number}, line {line}: item {number * 40 + line} costs {line}.{number:02} EUR"
            page.insert_text((60, 80 + 16 * line), text)
    document.save(folder / "pages.pdf")


def bare(engine: dict[str, object], path: Path, pages: int) -> float:
    """Seconds to read, tile and ask about every page, the model being loaded already."""
    settings = InternVL2Engine.model_validate(engine)
    served = InternVL2Served(settings, str(engine["device"]))
    image_processor, tiles = TileProcessor(settings.model), settings.max_tiles.ocr
    with PageReader(ReadSettings()) as reader:
        reader.probe(str(path))
        started = time.perf_counter()
        asyncio.run(ask(served, reader, image_processor, path, pages, tiles, settings.max_new_tokens.ocr))
        seconds = time.perf_counter() - started
    served.close()
    return seconds


async def ask(
    served: InternVL2Served,
    reader: PageReader,
    image_processor: TileProcessor,
    path: Path,
    pages: int,
    tiles: int,
    tokens: int,
) -> None:
    room = asyncio.Semaphore(AHEAD * 8)

    def prepare(number: int) -> ImageInput:
        reader.read(str(path), number)
        image, _ = reader.draw(str(path), number)
        assert image is not None
        return image_processor(image, tiles)

    async def answer(made: ImageInput) -> None:
        async with served.hold([made]) as held:
            await served.ask(held, ocr_prompt(), max_new_tokens=tokens, seconds=3600)
        room.release()

    running = []
    for number in range(1, pages + 1):
        await room.acquire()
        running.append(asyncio.create_task(answer(await asyncio.to_thread(prepare, number))))
    await asyncio.gather(*running)


def whole(engine: dict[str, object], folder: Path) -> float:
    job = {
        "version": 1,
        "inputs": {"paths": ["in"]},
        "tasks": {"ocr": {"engine": "m"}},
        "engines": {"m": engine},
        "output": {"path": "out"},
        "on_error": {"max_failed_pages": 1, "max_failed_documents": 1, "abort_after": 1_000_000},
    }
    path = folder / "job.yaml"
    path.write_text(json.dumps(job))
    started = time.perf_counter()
    with reporter() as progress:
        run_job(load_job(path, ()), folder, RunOptions(), progress)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
