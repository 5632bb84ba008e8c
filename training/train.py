"""Train the small InternVL2 on synthetic pages.

    python -m docpipe.training.train OUT --minutes 27 --chunk-minutes 8.7

OUT becomes a checkpoint folder in the published layout. Run again, it goes on where it stopped: from the full state in
`--state` where that is still there, else from the packed weights in `--packed`, with a fresh optimizer.
"""

import argparse
import json
import math
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Value
from pathlib import Path
from typing import Any

import torch

from ..evaluation.synthetic.fonts import find_faces
from .batches import Batch, Batches, Plan, stream
from .curriculum import reading_weight
from .model import (
    Trainee,
    as_internvl2,
    batch_to,
    load_published,
    prompt_builder,
    published_state,
    save_checkpoint,
    write_config,
)
from .probe import autocast, error_rates, probe_pages
from .sizes import SIZES
from .tokenizer import train_tokenizer
from .travel import pack, unpack


@dataclass
class State:
    """Where the training stands; the weights and the optimizer's state lie beside it.

    Attributes:
        seconds: of training so far, over all runs.
        fresh_at: the step at which the optimizer had no state yet.
    """

    step: int = 0
    seconds: float = 0.0
    fresh_at: int = 0


def arguments(values: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the checkpoint folder")
    parser.add_argument("--size", choices=SIZES, default="small")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, help="of the whole training; schedule and curriculum follow the clock")
    length.add_argument("--steps", type=int, help="of the whole training; schedule and curriculum follow the steps")
    parser.add_argument("--chunk-minutes", type=float, help="stop this run then, saved, to be gone on with")
    parser.add_argument("--chunk-steps", type=int, help="the same in steps")
    parser.add_argument("--state", type=Path, help="file for the full state; OUT/state.pt where not given")
    parser.add_argument("--packed", type=Path, help="folder of packed weights to begin with, if there is no state")
    parser.add_argument("--pack", type=Path, help="folder to write packed weights into at the end of the run")
    parser.add_argument("--fonts", type=Path, help="folder of fonts; the system's where not given")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--tiles", type=int, default=Plan.tiles, help="of a batch")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--warmup", type=int, default=300, help="steps, at the beginning and with a fresh optimizer")
    parser.add_argument("--compile", action="store_true", help="torch.compile the layers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fixed", help="KIND:COUNT, only these few clean pages, for a test of the whole path")
    parser.add_argument("--tokenizer-pages", type=int, default=3000)
    parser.add_argument("--probe-seconds", type=float, default=60)
    parser.add_argument("--probe-pages", type=int, default=12, help="of each kind")
    parser.add_argument("--log-steps", type=int, default=50)
    return parser.parse_args(values)


def main(values: list[str] | None = None) -> None:
    options = arguments(values)
    device = torch.device(options.device)
    torch.backends.cuda.matmul.allow_tf32 = True
    faces = find_faces(options.fonts)
    size = SIZES[options.size]
    if not (options.out / "vocab.json").exists():
        train_tokenizer(options.out, faces, size.base_tokens, options.tokenizer_pages)
    write_config(options.out, size)
    builder = prompt_builder(options.out)
    trainee = Trainee(builder.config, device, options.seed)
    optimizer = make_optimizer(trainee, device)
    state = restore(options, trainee, optimizer)
    if options.compile:
        compile_layers(trainee)
    log = Log(options.out / "log.jsonl")
    log.write(
        {
            "event": "start",
            "step": state.step,
            "seconds": round(state.seconds, 1),
            "parameters": sum(parameter.numel() for parameter in trainee.network.parameters()),
            "faces": len(faces),
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        }
    )
    plan = Plan(options.seed, options.tiles, fixed=fixed_pages(options.fixed))
    total = options.steps or 10**9
    progress = None if options.steps else Value("d", state.seconds / (60 * options.minutes))
    batches = stream(
        Batches(builder, faces, plan, total, progress),
        state.step,
        min(total, state.step + options.chunk_steps) if options.chunk_steps else total,
        options.workers,
    )
    pages = [] if options.fixed else probe_pages(faces, ("word", "text_line", "block", "receipt"), options.probe_pages)
    train(options, trainee, optimizer, state, batches, progress, log, lambda: probe(trainee, builder, pages))
    save(options, trainee, optimizer, state)
    log.write({"event": "saved", "step": state.step, "seconds": round(state.seconds, 1)})


def train(
    options: argparse.Namespace,
    trainee: Trainee,
    optimizer: torch.optim.Optimizer,
    state: State,
    batches: Iterator[Batch],
    progress: Any,
    log: "Log",
    look: Any,
) -> None:
    """Step through `batches` until they, the time of this run, or the whole training end."""
    device = next(trainee.parameters()).device
    terminated = threading.Event()
    if threading.current_thread() is threading.main_thread():
        # A run that is told to end saves what it has.
        signal.signal(signal.SIGTERM, lambda *_: terminated.set())
    began = last = probed = time.monotonic()
    tiles = 0
    for batch in batches:
        done = state.step / options.steps if options.steps else state.seconds / (60 * options.minutes)
        rate = options.rate * schedule(done) * min(1.0, (state.step - state.fresh_at + 1) / options.warmup)
        for group in optimizer.param_groups:
            group["lr"] = rate
        figures = step(trainee, optimizer, batch_to(batch, device), reading_weight(done))
        state.step += 1
        tiles += len(batch.tiles)
        if state.step % options.log_steps == 0:
            now = time.monotonic()
            log.write(
                {
                    "step": state.step,
                    "seconds": round(state.seconds, 1),
                    "progress": round(done, 4),
                    "rate": round(rate, 6),
                    "tiles_per_second": round(tiles / max(1e-9, now - last), 1),
                    **{name: round(float(value), 4) for name, value in figures.items()},
                }
            )
            last, tiles = now, 0
        now = time.monotonic()
        state.seconds += now - began
        began = now
        if progress is not None:
            progress.value = min(1.0, state.seconds / (60 * options.minutes))
            if state.seconds >= 60 * options.minutes:
                break
        if now - probed >= options.probe_seconds:
            if rates := look():
                log.write({"event": "probe", "step": state.step, "seconds": round(state.seconds, 1), "cer": rates})
            probed = time.monotonic()
        if terminated.is_set():
            break
        if options.chunk_minutes and time.monotonic() - START >= 60 * options.chunk_minutes:
            break


def step(trainee: Trainee, optimizer: torch.optim.Optimizer, batch: Batch, reading: float) -> dict[str, torch.Tensor]:
    """One step of the optimizer; the losses as they were before it."""
    device = batch.tiles.device
    optimizer.zero_grad(set_to_none=True)
    weight = sum((group.weights.sum() for group in batch.groups), torch.zeros((), device=device))
    with autocast(device):
        patches, features = trainee.features(batch.tiles)
        read, right = trainee.reading_loss(patches, batch.characters)
        # The groups' gradients meet in the features, so that only one group's activations are held at a time.
        held = features.detach().requires_grad_()
    answer = torch.zeros((), device=device)
    for group in batch.groups:
        with autocast(device):
            part, _ = trainee.answer_loss(held, group)
            part = part / weight
        part.backward()
        answer += part.detach()
    gradient = held.grad if held.grad is not None else torch.zeros_like(held)
    torch.autograd.backward([features, reading * read], [gradient.to(features.dtype), None])
    norm = torch.nn.utils.clip_grad_norm_(trainee.parameters(), 1.0)
    optimizer.step()
    return {"loss": answer, "reading_loss": read.detach(), "characters_read": right.detach(), "norm": norm.detach()}


def schedule(done: float) -> float:
    """Share of the highest learning rate: flat for a third, then a cosine down to a hundredth."""
    if done < 1 / 3:
        return 1.0
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - 1 / 3) * 1.5)))


def make_optimizer(trainee: Trainee, device: torch.device) -> torch.optim.Optimizer:
    decayed = [parameter for parameter in trainee.parameters() if parameter.ndim >= 2]
    others = [parameter for parameter in trainee.parameters() if parameter.ndim < 2]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, fused=device.type == "cuda")


def compile_layers(trainee: Trainee) -> None:
    """Compile each layer by itself: one graph a kind of layer, whatever the number of tiles and tokens."""
    network = trainee.network.model
    for layer in (*network.vision_tower.encoder.layer, *network.language_model.layers):
        layer.compile(dynamic=True)


def probe(trainee: Trainee, builder: Any, pages: Any) -> dict[str, float]:
    return error_rates(as_internvl2(trainee, builder), pages) if pages else {}


def restore(options: argparse.Namespace, trainee: Trainee, optimizer: torch.optim.Optimizer) -> State:
    """The state to go on from; weights and optimizer are loaded."""
    path = options.state or options.out / "state.pt"
    if path.exists():
        saved = torch.load(path, map_location="cpu", weights_only=True)
        trainee.load_state_dict(saved["trainee"])
        optimizer.load_state_dict(saved["optimizer"])
        return State(saved["step"], saved["seconds"], saved["fresh_at"])
    if options.packed is not None and (options.packed / "weights.json").exists():
        weights, step, seconds = unpack(options.packed)
        head = {name.removeprefix("reader."): weights.pop(name) for name in list(weights) if name.startswith("reader.")}
        load_published(trainee.network, trainee.config, weights)
        trainee.reader.load_state_dict(head)
        return State(step, seconds, step)
    return State()


def save(options: argparse.Namespace, trainee: Trainee, optimizer: torch.optim.Optimizer, state: State) -> None:
    save_checkpoint(trainee, options.out)
    path = options.state or options.out / "state.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {"trainee": trainee.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save({**values, "step": state.step, "seconds": state.seconds, "fresh_at": state.fresh_at}, path)
    if options.pack is not None:
        head = {f"reader.{name}": tensor for name, tensor in trainee.reader.state_dict().items()}
        pack({**published_state(trainee.network, trainee.config), **head}, state.step, state.seconds, options.pack)


def fixed_pages(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    kind, _, count = text.partition(":")
    return kind, int(count)


class Log:
    """One JSON object a line, in a file and on standard output."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, values: dict[str, Any]) -> None:
        text = json.dumps(values)
        print(text, flush=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(text + "\n")


START = time.monotonic()

if __name__ == "__main__":
    main()
