"""Many questions about many images at once, each answered as if it were alone.

Tiles of several images go through the vision tower together and stay in a ring of rows while questions about them
are asked; the language model decodes all questions in one continuous batch. `InternVL2.generate_ids` is the oracle:
for the same prompt the tokens are the same, up to the rounding of another batch size.
"""

import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import Answer, Outcome
from ..usage import Usage, UsageMeter
from .config import RopeKind
from .continuous import ContinuousDecoder, request_seconds
from .errors import PromptTooLongError
from .model import InternVL2
from .prefix_order import Prefix, PrefixOrder
from .repetition import is_repeating
from .serving_limits import ServingLimits
from .tokenizer_fit import IMAGE_TOKEN
from .visual_rows import IdsExhaustedError, NoRoomError, Stretch, VisualRing

_CHECK_SECONDS = 0.25
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class ServedAnswer(Answer):
    """An answer with its token ids, the stop token last where the model wrote it."""

    ids: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class ServedImage:
    """An image whose visual tokens the engine holds until `Server.release`."""

    tiles: int
    stretch: Stretch


@dataclass
class _Waiting:
    tiles: list[NDArray[np.uint8]]
    future: "Future[tuple[ServedImage, ...]]"


@dataclass
class _Running:
    ids: list[int]
    limit: int
    deadline: float
    temperature: float
    prefix: Prefix
    future: "Future[ServedAnswer]"


class Server:
    """A serving engine over one loaded model; a context manager. Its methods may be called from several threads.

    While it is open, the model's own `generate` must not be used.
    """

    def __init__(self, model: InternVL2, limits: ServingLimits | None = None) -> None:
        self.model = model
        self.limits = limits or ServingLimits()
        self._decoder = ContinuousDecoder(model, self.limits)
        self._ring = VisualRing(self.limits.visual_tokens, model.config.text.vocab_size)
        self._vision_tiles = self.limits.vision_tiles
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._running: dict[str, _Running] = {}
        self._prefixes = PrefixOrder()
        self._meter = UsageMeter()
        self._numbers = itertools.count()
        self._open = True
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._encode_all, self._watch)]
        for thread in self._threads:
            thread.start()

    def encode(self, images: Sequence[NDArray[np.uint8]]) -> "Future[tuple[ServedImage, ...]]":
        """Compute and hold the visual tokens of `images`, each an array of uint8 tiles; all of them or none.

        The future waits for room where other images fill the ring.

        Raises:
            ValueError: they would not fit an empty ring.
        """
        tokens = sum(map(len, images)) * self.model.config.tokens_per_tile
        if tokens > self.limits.visual_tokens:
            raise ValueError(
                f"{tokens:,} visual tokens are wanted, limits.visual_tokens is {self.limits.visual_tokens:,}"
            )
        future: Future[tuple[ServedImage, ...]] = Future()
        with self._changed:
            self._waiting.append(_Waiting(list(images), future))
            self._changed.notify_all()
        return future

    def release(self, images: Sequence[ServedImage]) -> None:
        """Let go of images; no question about them may be running."""
        with self._changed:
            for image in images:
                self._ring.release(image.stretch)
                self._prefixes.forget(image.stretch.first)
            self._changed.notify_all()

    def ask(
        self,
        question: str,
        images: Sequence[ServedImage] = (),
        max_new_tokens: int = 128,
        seconds: float = 600.0,
        temperature: float = 0.0,
    ) -> "Future[ServedAnswer]":
        """Ask about images that are held, for the most probable tokens, or for samples at a `temperature`.

        A sampled answer has no confidence.

        Raises:
            PromptTooLongError: the prompt does not fit the model's window.
            ValueError: the prompt and its answer do not fit the engine's cache.
        """
        prompts, config = self.model.prompts, self.model.config
        ids = prompts.encode(prompts.text(question, [image.tiles for image in images]), sum(i.tiles for i in images))
        rope = config.text.rope
        if rope.kind is RopeKind.DYNAMIC and len(ids) > rope.max_positions:
            raise PromptTooLongError(
                f"the prompt has {len(ids):,} tokens; with dynamic NTK {rope.max_positions:,} can be served together"
            )
        window = config.text.window
        limit = max_new_tokens if window is None else min(max_new_tokens, window - len(ids))
        if len(ids) + limit > self.limits.cache_tokens:
            raise ValueError(
                f"a prompt of {len(ids):,} tokens with {limit:,} new ones does not fit limits.cache_tokens "
                f"{self.limits.cache_tokens:,}"
            )
        long = rope.kind is RopeKind.LONGROPE and len(ids) > rope.original_max_positions
        prefix = (long, tuple(image.stretch.first for image in images))
        deadline = time.monotonic() + seconds
        running = _Running(self._virtual(ids, images, long), limit, deadline, temperature, prefix, Future())
        with self._changed:
            name = str(next(self._numbers))
            self._running[name] = running
            if self._prefixes.may_start(prefix, name):
                self._submit(name, running)
        return running.future

    def usage(self) -> Usage:
        """What it has done so far and has in hand."""
        with self._changed:
            waiting, running = len(self._waiting), len(self._running)
        share = None
        if self.model.device.type == "cuda":
            free, total = torch.cuda.mem_get_info(self.model.device)
            share = 1 - free / total
        return self._meter.usage(waiting, running, share)

    def close(self) -> None:
        """Stop; what is still running fails."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._decoder.close()
        for waiting in self._waiting:
            waiting.future.set_exception(RuntimeError("the engine was closed"))
        for name in list(self._running):
            self._finish(name, [], [], Outcome.FAILED, "the engine was closed")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _virtual(self, ids: list[int], images: Sequence[ServedImage], long: bool) -> list[int]:
        """Ids with every image token replaced by the id of its row."""
        context = self.model.tokenizer.token_id(IMAGE_TOKEN)
        rows = iter([row for image in images for row in self._ring.token_ids(image.stretch, long)])
        text = iter(self._ring.text_ids(ids, long))
        return [next(rows) if token == context else virtual for token, virtual in zip(ids, text, strict=True)]

    def _encode_all(self) -> None:
        while (work := self._next_images()) is not None:
            batch, stretches = work
            tiles = np.concatenate([tiles for waiting in batch for tiles in waiting.tiles])
            began = time.perf_counter()
            try:
                features = self._features(tiles)
                rows = [row for stretch in stretches for row in self._ring.row_indices(stretch)]
                self._decoder.embedding.rows[torch.tensor(rows, device=features.device)] = features
                if features.is_cuda:
                    # The decoder's thread reads the rows on another stream.
                    torch.cuda.synchronize()
                self._meter.spent(vision=time.perf_counter() - began)
            except Exception as error:
                self.release([ServedImage(0, stretch) for stretch in stretches])
                for waiting in batch:
                    waiting.future.set_exception(error)
                continue
            held = iter(stretches)
            for waiting in batch:
                images = tuple(ServedImage(len(tiles), next(held)) for tiles in waiting.tiles)
                waiting.future.set_result(images)

    def _next_images(self) -> tuple[list[_Waiting], list[Stretch]] | None:
        """What to encode next, with its rows reserved: as many images as fit one call, in order; None at the end."""
        batch: list[_Waiting] = []
        stretches: list[Stretch] = []
        tiles = 0
        with self._changed:
            while self._open:
                while self._waiting:
                    count = sum(map(len, self._waiting[0].tiles))
                    if batch and tiles + count > self._vision_tiles:
                        return batch, stretches
                    if (reserved := self._reserve(self._waiting[0])) is None:
                        break
                    stretches += reserved
                    batch.append(self._waiting.popleft())
                    tiles += count
                if batch:
                    return batch, stretches
                self._changed.wait()
        return None

    def _reserve(self, waiting: _Waiting) -> list[Stretch] | None:
        """Rows for all images of `waiting`, or None while there is no room for all of them."""
        stretches: list[Stretch] = []
        try:
            for tiles in waiting.tiles:
                stretches.append(self._ring.reserve(len(tiles) * self.model.config.tokens_per_tile))
        except (NoRoomError, IdsExhaustedError) as error:
            for stretch in stretches:
                self._ring.release(stretch)
            if isinstance(error, NoRoomError) or not self._ring.empty:
                return None
            self._restart()
            self._ring.restart()
            return self._reserve(waiting)
        return stretches

    def _features(self, tiles: NDArray[np.uint8]) -> torch.Tensor:
        """Visual tokens (rows, width); half as many tiles at once after the device ran out of memory."""
        while True:
            try:
                parts = [
                    self.model.features(tiles[start : start + self._vision_tiles]).flatten(0, 1)
                    for start in range(0, len(tiles), self._vision_tiles)
                ]
                return torch.cat(parts)
            except torch.OutOfMemoryError:
                if self._vision_tiles == 1:
                    raise
                self._vision_tiles = max(1, self._vision_tiles // 2)
                torch.cuda.empty_cache()

    def _watch(self) -> None:
        checked = time.monotonic()
        while self._open:
            output = self._decoder.finished(_POLL_SECONDS)
            if output is not None:
                with self._changed:
                    running = self._running.get(output.request_id)
                    if running is not None and output.error is None:
                        ids = output.generated_tokens
                        stopped = bool(ids) and ids[-1] == self.model.stop_id
                        outcome = Outcome.STOPPED if stopped else Outcome.TRUNCATED
                        self._meter.spent(**request_seconds(output))
                        self._finish(output.request_id, ids, output.logprobs, outcome)
                    elif running is not None and self._decoder.failure is None:
                        self._finish(output.request_id, [], [], Outcome.FAILED, str(output.error))
            if self._decoder.failure is not None:
                self._revive(self._decoder.failure)
            self._start_followers()
            if time.monotonic() - checked > _CHECK_SECONDS:
                self._check_running()
                checked = time.monotonic()

    def _start_followers(self) -> None:
        """Start what waited for a prefix that is computed now."""
        with self._changed:
            for name in self._prefixes.leaders():
                if name not in self._running or self._decoder.so_far(name)[0]:
                    for follower in self._prefixes.computed(name):
                        if (running := self._running.get(follower)) is not None:
                            self._submit(follower, running)

    def _check_running(self) -> None:
        """Stop what loops and what is late."""
        with self._changed:
            for name, running in list(self._running.items()):
                ids, logprobs = self._decoder.so_far(name)
                if time.monotonic() > running.deadline:
                    outcome = Outcome.TIMEOUT
                elif self.limits.stop_repetition and is_repeating(ids):
                    outcome = Outcome.REPETITION
                else:
                    continue
                self._decoder.cancel(name)
                self._finish(name, ids, logprobs, outcome)

    def _revive(self, error: Exception) -> None:
        """Begin anew after the decoder's thread died: smaller where memory was short; anything else fails what ran."""
        with self._changed:
            if isinstance(error, torch.OutOfMemoryError):
                self._restart(smaller=True)
                return
            for name in list(self._running):
                self._finish(name, [], [], Outcome.FAILED, f"{type(error).__name__}: {error}")
            self._decoder.restart()
            self._prefixes = PrefixOrder()

    def _restart(self, *, smaller: bool = False) -> None:
        self._decoder.restart(smaller=smaller)
        self._prefixes = PrefixOrder()
        for name, running in self._running.items():
            self._submit(name, running)

    def _submit(self, name: str, running: _Running) -> None:
        self._decoder.submit(name, running.ids, running.limit, running.temperature)

    def _finish(self, name: str, ids: list[int], logprobs: list[float], outcome: Outcome, message: str = "") -> None:
        running = self._running.pop(name)
        self._meter.answered(len(running.ids), len(ids))
        sure = logprobs and not running.temperature
        confidence = math.exp(sum(logprobs) / len(logprobs)) if sure else None
        text, tagged = (self.model.text(ids, keep_tags=tags) for tags in (False, True))
        running.future.set_result(ServedAnswer(text, tagged, confidence, outcome, message, len(ids), ids))
