"""InternVL2 in vLLM as an engine of the operators; see `models.engine.Engine`."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from ...schemas.job.engines import VllmEngine
from ...schemas.printable import brief
from ..engine import Answer, EngineLimits, EngineLostError, ImageInput, Outcome
from ..internvl2.check import free_gpu_bytes
from ..internvl2.checkpoint.config import CheckpointConfig
from ..internvl2.checkpoint.config_file import read_config
from ..internvl2.engine import QUESTION_TOKENS
from ..internvl2.errors import PromptTooLongError
from ..repetition import is_repeating
from ..usage import Usage, UsageMeter
from .check import check_device, check_heads, cpu_cache_bytes, installed_package, too_large
from .prompts import FolderPrompts, logprobs_of

if TYPE_CHECKING:
    from .inputs import TiledImage

# New tokens in a piece of an answer; at each piece a repetition is looked for.
_PIECE_TOKENS = 32
# As in docpipe's own serving: a processor is busy with a few requests, a GPU with many.
_REQUESTS = {"cuda": 256, "cpu": 32}
# Share of a GPU's memory that vLLM takes; the rest is for what else runs there.
_GPU_SHARE = 0.9
_ENDS = {"stop": Outcome.STOPPED, "length": Outcome.TRUNCATED}


class VllmServed:
    """One checkpoint in service, in processes of vLLM that belong to this one."""

    def __init__(
        self,
        settings: VllmEngine,
        name: str,
        device: str,
        threads: int | None,
        limits: EngineLimits,
        *,
        stop_repetition: bool = True,
    ) -> None:
        """Load the checkpoint and start serving.

        Args:
            name: of the engine in job.yaml, for messages.
            device: `cpu` or `cuda`.
            threads: processor threads; as many as there are where None.
            limits: of its requests.
            stop_repetition: end answers that go round in a circle; off for measurements with random weights.

        Raises:
            CheckpointError: the folder contains no complete InternVL2.
            MissingResourceError: vLLM is not there, cannot serve the folder, or does not start; says what to do.
        """
        check_device(name, installed_package(name), device)
        config = read_config(Path(settings.model))
        check_heads(config, name, device, settings.gpus)
        self._most_tokens = most_tokens(config, limits)
        self._prompts = FolderPrompts(settings.model, self._most_tokens)
        self._name, self._model = name, Path(settings.model).name
        self._rope = config.text.rope
        self._numbers = itertools.count()
        self._meter = UsageMeter()
        self._running = 0
        self._closed = False
        self._stop_repetition = stop_repetition
        self._llm = _start(settings, name, device, threads, config, limits, self._most_tokens)

    @property
    def model(self) -> str:
        return self._model

    @asynccontextmanager
    async def hold(self, images: Sequence[ImageInput]) -> "AsyncIterator[tuple[TiledImage, ...]]":
        """Make images ready; vLLM holds features and prefixes by their digests for as long as it has room."""
        from .inputs import tiled_image

        tiles = sum(image.tiles for image in images)
        if tiles * self._prompts.config.tokens_per_tile >= self._most_tokens:
            raise ValueError(f"{tiles} tiles do not fit a request of {self._most_tokens:,} tokens; lower max_tiles")
        yield tuple(await asyncio.gather(*(asyncio.to_thread(tiled_image, image.data) for image in images)))

    async def ask(
        self, held: Any, question: str, *, max_new_tokens: int, seconds: float, temperature: float = 0.0
    ) -> Answer:
        if self._closed:
            return Answer("", "", None, Outcome.FAILED, "the engine was closed")
        try:
            ids = self._prompts.encode(question, [len(image.tiles) for image in held])
        except (PromptTooLongError, ValueError) as error:
            return Answer("", "", None, Outcome.FAILED, str(error))
        written = _Written()
        began = time.perf_counter()
        self._running += 1
        try:
            async with asyncio.timeout(seconds):
                outcome, message = await self._write(ids, held, written, max_new_tokens, temperature)
        except TimeoutError:
            outcome, message = Outcome.TIMEOUT, ""
        finally:
            self._running -= 1
            now = time.perf_counter()
            first = written.first or now
            self._meter.spent(prefill=first - began, decode=now - first)
            self._meter.answered(len(ids), len(written.ids))
        if outcome is Outcome.FAILED:
            return Answer("", "", None, outcome, message)
        return self._prompts.answer(written.ids, written.logprobs, outcome, message, sampled=temperature > 0)

    async def _write(
        self, ids: Sequence[int], held: "Sequence[TiledImage]", written: "_Written", most: int, temperature: float
    ) -> tuple[Outcome, str]:
        """Let vLLM write into `written`; how it ended, and why where it failed."""
        from .inputs import engine_input, sampling
        from .rope import cache_salt

        prompts = self._prompts
        salt = cache_salt(self._rope, len(ids))
        request = engine_input(ids, prompts.image_token, held, prompts.config.tokens_per_tile, salt)
        params = sampling(prompts.room(len(ids), most), prompts.stop_token, temperature, _PIECE_TOKENS)
        try:
            # Closed, a request that is not at its end is taken out of the batch.
            async with aclosing(self._llm.generate(request, params, f"{self._name}-{next(self._numbers)}")) as pieces:
                async for piece in pieces:
                    (output,) = piece.outputs
                    written.add(output.token_ids, logprobs_of(output))
                    if output.finish_reason is not None:
                        if output.finish_reason in _ENDS:
                            return _ENDS[output.finish_reason], ""
                        return Outcome.FAILED, f"vLLM ended the request: {output.finish_reason}"
                    if self._stop_repetition and is_repeating(written.ids):
                        return Outcome.REPETITION, ""
        except Exception as error:
            if self._closed:
                return Outcome.FAILED, "the engine was closed"
            if self._llm.errored:
                raise EngineLostError(f"vLLM's engine process ended: {brief(error)}") from error
            return Outcome.FAILED, brief(error)
        return Outcome.FAILED, "vLLM ended the request without a reason"

    def usage(self) -> Usage:
        return self._meter.usage(0, self._running)

    def close(self) -> None:
        from .start import end_children

        if not self._closed:
            self._closed = True
            self._llm.shutdown()
            end_children()


class _Written:
    """What has come of an answer; `first` is the moment of its first token."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.logprobs: list[float] = []
        self.first: float | None = None

    def add(self, ids: Sequence[int], logprobs: Sequence[float]) -> None:
        self.first = self.first or time.perf_counter()
        self.ids += ids
        self.logprobs += logprobs


def most_tokens(config: CheckpointConfig, limits: EngineLimits) -> int:
    """Tokens of the longest request with its answer, as far as the model was trained.

    Beyond, vLLM does not rescale dynamic NTK as the reference does.
    """
    tiles = limits.max_tiles + config.use_thumbnail
    wanted = tiles * config.tokens_per_tile + QUESTION_TOKENS + limits.max_new_tokens
    return min(wanted, config.text.rope.max_positions)


def _start(
    settings: VllmEngine,
    name: str,
    device: str,
    threads: int | None,
    config: CheckpointConfig,
    limits: EngineLimits,
    longest: int,
) -> Any:
    from .start import OutOfMemoryAtStartError, start

    free = int(psutil.virtual_memory().available) // settings.replicas
    room = free if device == "cpu" else free_gpu_bytes(settings.gpus_per_replica, _GPU_SHARE)
    memory = (
        {"kv_cache_memory_bytes": cpu_cache_bytes(config, settings.dtype, longest, free)}
        if device == "cpu"
        else {"gpu_memory_utilization": _GPU_SHARE * min(settings.gpus_per_replica, 1.0)}
    )

    def make() -> Any:
        from vllm import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        from .plugin import register

        register()
        arguments = AsyncEngineArgs(
            model=settings.model,
            skip_tokenizer_init=True,
            dtype=settings.dtype,
            quantization=settings.quantization,
            tensor_parallel_size=settings.gpus if device == "cuda" else 1,
            # In this process's own children, not in Ray's placement groups.
            distributed_executor_backend="mp",
            max_model_len=longest,
            max_num_seqs=_REQUESTS[device],
            enable_prefix_caching=True,
            mm_processor_cache_gb=0,
            limit_mm_per_prompt={"image": longest // config.tokens_per_tile},
            hf_overrides={"most_tiles": limits.max_tiles + config.use_thumbnail},
            generation_config="vllm",
            disable_log_stats=True,
            # Compiling takes minutes on a processor.
            enforce_eager=device == "cpu",
            **memory,
        )
        return AsyncLLM.from_engine_args(arguments)

    try:
        return start(make, name, settings.start_seconds, _environment(settings, device, threads))
    except OutOfMemoryAtStartError as error:
        raise too_large(settings, name, device, limits.max_tiles, room, str(error)) from error


def _environment(settings: VllmEngine, device: str, threads: int | None) -> dict[str, str]:
    """Nothing leaves the machine; threads as docpipe shares them out, not bound to cores that others use too."""
    shared = {
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
        "VLLM_ENGINE_READY_TIMEOUT_S": str(int(settings.start_seconds) + 1),
        **_plugins(),
    }
    if device != "cpu":
        return shared
    return {
        **shared,
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": str(threads or os.cpu_count() or 1),
        # vLLM compiles parts of its sampler even where it runs eagerly, which needs a C++ compiler and half a minute.
        "TORCHDYNAMO_DISABLE": "1",
    }


def _plugins() -> dict[str, str]:
    """docpipe's plugin among those that the environment chooses, where it chooses."""
    chosen = os.environ.get("VLLM_PLUGINS")
    if chosen is None or "docpipe" in chosen.split(","):
        return {}
    return {"VLLM_PLUGINS": ",".join([*filter(None, chosen.split(",")), "docpipe"])}
