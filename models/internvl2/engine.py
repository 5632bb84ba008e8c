"""InternVL2 as an engine of the operators: a checkpoint in service on one device."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...schemas.errors import MissingResourceError
from ...schemas.job.engines import InternVL2Engine
from ..engine import Answer, EngineLimits, ImageInput, Outcome
from ..usage import Usage
from .check import check_model, needed_bytes, would_fit
from .checkpoint.config_file import read_config
from .checkpoint.weights import stored_tensors
from .errors import CacheTooSmallError, PromptTooLongError
from .processor.tiles import cut_tiles
from .processor.tiling import choose_grid

if TYPE_CHECKING:
    from concurrent.futures import Future

    from .serving.outputs import ServedImage

# Tokens of template and question without the image tokens; 5,000 characters in a dense script stay below.
QUESTION_TOKENS = 6000
_SAMPLE_BYTES = 65_536


class TileProcessor:
    """Cuts images into the tiles that one checkpoint takes."""

    def __init__(self, folder: str | Path) -> None:
        config = read_config(Path(folder))
        self._size, self._thumbnail = config.vision.image_size, config.use_thumbnail

    def __call__(self, image: NDArray[np.uint8], max_tiles: int) -> ImageInput:
        height, width = image.shape[:2]
        grid = choose_grid(
            width, height, min_tiles=1, max_tiles=max_tiles, tile_size=self._size, use_thumbnail=self._thumbnail
        )
        tiles = cut_tiles(Image.fromarray(image), grid, self._size)
        return ImageInput(tiles, len(tiles))


def replica_bytes(settings: InternVL2Engine, max_tiles: int) -> int:
    """Bytes of memory of one replica with one request in flight, about an image with this number of tiles.

    Raises:
        CheckpointError: the folder contains no complete InternVL2.
    """
    folder = Path(settings.model)
    check_model(folder)
    return needed_bytes(read_config(folder), max_tiles, settings.dtype)


def identity(folder: str | Path) -> dict[str, str]:
    """The identity of this checkpoint: a digest of its config, its tensors' headers and samples of their bytes.

    Headers and sizes alone would be the same for two trainings of one model, so the first and last 64 KiB of each
    file count too. Takes a fraction of a second, however large the model is.

    Raises:
        CheckpointError: the folder contains no complete InternVL2.
    """
    path = Path(folder)
    checked = check_model(path)
    digest = hashlib.sha256((path / "config.json").read_bytes())
    stored = stored_tensors(path)
    for name in sorted(stored):
        digest.update(repr((name, stored[name].dtype, stored[name].shape, stored[name].file.name)).encode())
    for file in sorted({tensor.file for tensor in stored.values()}):
        with file.open("rb") as stream:
            digest.update(stream.read(_SAMPLE_BYTES))
            stream.seek(max(0, file.stat().st_size - _SAMPLE_BYTES))
            digest.update(stream.read())
    return {"name": path.name, "model": checked.model, "digest": digest.hexdigest()[:32]}


class InternVL2Served:
    """One checkpoint in service; see `models.engine.Engine`."""

    def __init__(
        self,
        settings: InternVL2Engine,
        device: str,
        threads: int | None = None,
        largest: EngineLimits | None = None,
    ) -> None:
        """Load the checkpoint onto `device` (`cpu`, `cuda`, `cuda:1`) and start serving.

        Args:
            threads: processor threads of torch; as torch sees fit where None.
            largest: limits of its requests; by default the largest of all tasks.

        Raises:
            CheckpointError: the folder contains no complete InternVL2.
            MissingResourceError: the device is not there or has too little memory.
        """
        import torch

        from .model import InternVL2
        from .serving.server import Server

        if threads:
            torch.set_num_threads(threads)
        kind = torch.device(device).type
        if kind == "cuda" and not torch.cuda.is_available():
            raise MissingResourceError(f"{settings.model}: device {device}: torch finds no CUDA device here")
        largest = largest or all_tasks(settings)
        memory = _free_bytes(torch.device(device), settings)
        try:
            model = InternVL2.load(settings.model, settings.dtype, device)
            self._server: Server = Server(model, _limits(model, settings, kind, largest))
        except RuntimeError as error:
            if not _is_lack_of_memory(error):
                raise
            raise _too_large(settings, device, largest.max_tiles, memory) from error
        except CacheTooSmallError as error:
            raise MissingResourceError(f"{error}; {would_fit(memory, largest.max_tiles)}") from error
        self._model_name = Path(settings.model).name

    @property
    def model(self) -> str:
        return self._model_name

    @property
    def visual_tokens(self) -> int:
        """Maximum number of visual tokens of all images in memory."""
        return self._server.limits.visual_tokens

    @property
    def tokens_per_tile(self) -> int:
        return self._server.model.config.tokens_per_tile

    @asynccontextmanager
    async def hold(self, images: Sequence[ImageInput]) -> "AsyncIterator[tuple[ServedImage, ...]]":
        future = self._server.encode([image.data for image in images])
        try:
            held = await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            # An image that is already being encoded is released as soon as it is done.
            future.add_done_callback(self._let_go)
            raise
        try:
            yield held
        finally:
            self._server.release(held)

    def _let_go(self, future: "Future[tuple[ServedImage, ...]]") -> None:
        if not future.cancelled() and future.exception() is None:
            self._server.release(future.result())

    async def ask(
        self, held: Any, question: str, *, max_new_tokens: int, seconds: float, temperature: float = 0.0
    ) -> Answer:
        try:
            future = self._server.ask(question, held, max_new_tokens, seconds, temperature)
        except (PromptTooLongError, ValueError) as error:
            return Answer("", "", None, Outcome.FAILED, str(error))
        # Shielded: the rows of `held` are released only when nothing reads them any more.
        return await asyncio.shield(asyncio.wrap_future(future))

    def usage(self) -> Usage:
        return self._server.usage()

    def close(self) -> None:
        self._server.close()


def all_tasks(settings: InternVL2Engine) -> EngineLimits:
    """Limits that hold for the requests of every task."""
    return EngineLimits(max(vars(settings.max_tiles).values()), max(vars(settings.max_new_tokens).values()))


def _limits(model: Any, settings: InternVL2Engine, kind: str, largest: EngineLimits) -> Any:
    from .serving.limits import serving_limits

    tiles = largest.max_tiles + model.config.use_thumbnail
    tokens = largest.max_new_tokens + QUESTION_TOKENS
    window = model.config.text.window
    if window is not None:
        tokens = min(tokens, window)
    free = _free_bytes(model.device, settings)
    return serving_limits(model.config, kind, free, model.network.dtype.itemsize, tiles, tokens)


def _is_lack_of_memory(error: RuntimeError) -> bool:
    """Whether torch could not allocate; on processors that has no class of its own."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _too_large(settings: InternVL2Engine, device: str, max_tiles: int, memory: int) -> MissingResourceError:
    needed = replica_bytes(settings, max_tiles)
    return MissingResourceError(
        f"{settings.model}: does not fit the memory of {device}: it needs about {needed / 1e9:.1f} GB in "
        f"{settings.dtype}, {memory / 1e9:.1f} GB were free; {would_fit(memory, max_tiles)}; or serve this one on "
        "several GPUs with kind: vllm or kind: openai"
    )


def _free_bytes(device: Any, settings: InternVL2Engine) -> int:
    """Memory that this replica may use in addition to what it has loaded; other replicas may be loading theirs."""
    import psutil
    import torch

    if device.type != "cuda":
        return int(psutil.virtual_memory().available) // settings.replicas
    free, total = torch.cuda.mem_get_info(device)
    return replica_share(free, total, torch.cuda.memory_reserved(device), settings.gpus_per_replica)


def replica_share(free: int, total: int, used: int, gpus: float) -> int:
    """Bytes that a replica may still take of a GPU of which it has the share `gpus` and takes `used` already."""
    return max(0, min(free, int(total * min(gpus, 1.0)) - used))
