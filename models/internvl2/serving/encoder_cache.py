"""Images whose visual tokens a serving engine computes and holds: what waits, how much room there is, how they fit."""

import itertools
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...engine import EngineLostError
from ..model import InternVL2
from ..network.device import is_lost
from .limits import ServingLimits
from .outputs import ServedImage


@dataclass
class ImageRequest:
    """Images to hold, all of them or none: arrays of uint8 tiles."""

    tiles: list[NDArray[np.uint8]]
    future: "Future[tuple[ServedImage, ...]]" = field(default_factory=Future)

    @property
    def count(self) -> int:
        return sum(map(len, self.tiles))


class HeldImages:
    """The vision tower's side of an engine. It belongs to the engine's thread, except `check`."""

    def __init__(self, model: InternVL2, limits: ServingLimits) -> None:
        self._model = model
        self._room = limits.visual_tokens
        self._tiles_at_once = limits.vision_tiles
        self._tokens_per_tile = model.config.tokens_per_tile
        self._waiting: deque[ImageRequest] = deque()
        self._held_tokens = 0
        self._numbers = itertools.count()

    def check(self, images: Sequence[NDArray[np.uint8]]) -> None:
        """
        Raises:
            ValueError: the images would not fit an empty engine.
        """
        tokens = sum(map(len, images)) * self._tokens_per_tile
        if tokens > self._room:
            raise ValueError(f"{tokens:,} visual tokens are wanted, limits.visual_tokens is {self._room:,}")

    def add(self, request: ImageRequest) -> None:
        self._waiting.append(request)

    def release(self, image: ServedImage) -> None:
        self._held_tokens -= len(image.features)

    @property
    def waiting(self) -> int:
        """Requests whose images wait for room."""
        return len(self._waiting)

    @property
    def ready(self) -> bool:
        """Whether the images that wait longest fit now."""
        if not self._waiting:
            return False
        return self._held_tokens + self._waiting[0].count * self._tokens_per_tile <= self._room

    def next_batch(self) -> list[ImageRequest]:
        """What to compute now, in the order in which it came: as much as fits one call of the tower."""
        batch: list[ImageRequest] = []
        tiles = 0
        while self.ready and (not batch or tiles + self._waiting[0].count <= self._tiles_at_once):
            request = self._waiting.popleft()
            # From here on it cannot be cancelled any more.
            if request.future.set_running_or_notify_cancel():
                batch.append(request)
                tiles += request.count
                self._held_tokens += request.count * self._tokens_per_tile
        return batch

    def compute(self, batch: list[ImageRequest]) -> tuple[int, float]:
        """Fulfil the batch's futures; the tiles computed and the seconds this took, nothing of both where it failed."""
        sizes = [len(tiles) for request in batch for tiles in request.tiles]
        began = time.perf_counter()
        try:
            features = self._features(np.concatenate([tiles for request in batch for tiles in request.tiles]))
            # Each image has its memory for itself, so that it can go alone.
            parts = [part.clone() for part in features.split([size * self._tokens_per_tile for size in sizes])]
            if features.is_cuda:
                torch.cuda.synchronize(features.device)
        except Exception as error:
            self._held_tokens -= sum(sizes) * self._tokens_per_tile
            lost = is_lost(self._model.device)
            for request in batch:
                request.future.set_exception(EngineLostError(str(error)) if lost else error)
            return 0, 0.0
        held = [ServedImage(next(self._numbers), size, part) for size, part in zip(sizes, parts, strict=True)]
        for request in batch:
            own, held = held[: len(request.tiles)], held[len(request.tiles) :]
            request.future.set_result(tuple(own))
        return sum(sizes), time.perf_counter() - began

    def fail(self, message: str) -> None:
        """Refuse all that waits."""
        while self._waiting:
            request = self._waiting.popleft()
            if request.future.set_running_or_notify_cancel():
                request.future.set_exception(RuntimeError(message))

    def _features(self, tiles: NDArray[np.uint8]) -> Tensor:
        """Visual tokens (rows, width); half as many tiles at once after the device ran out of memory."""
        while True:
            try:
                return self._model.features(tiles, self._tiles_at_once).flatten(0, 1)
            except torch.OutOfMemoryError:
                if self._tiles_at_once == 1:
                    raise
            # Only after the error and the objects in its frames are freed.
            torch.cuda.empty_cache()
            self._tiles_at_once = max(1, self._tiles_at_once // 2)
