"""Many questions about many images at once, each answered as if it were alone.

One thread issues all work of the device, alternately: tiles of several images go through the vision tower together
(`encoder_cache.py`), and the language model takes a step for all requests in flight (`scheduler.py`,
`model_runner.py`). Only that thread changes state; other threads send it messages. `InternVL2.generate_ids` is the
reference: for the same prompt the tokens are the same, up to the rounding of another batch size.
"""

import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType

import numpy as np
import torch
from numpy.typing import NDArray

from ...engine import EngineLostError, Outcome
from ...repetition import is_repeating
from ...usage import Usage, UsageMeter
from ..model import InternVL2
from ..network.device import is_lost
from ..network.rope import rope_class
from ..processor.prompt import IMAGE_TOKEN
from .encoder_cache import HeldImages, ImageRequest
from .limits import ServingLimits
from .model_runner import BatchDecoder
from .outputs import ServedAnswer, ServedImage, Work
from .scheduler import Plan, Scheduler
from .sequence import Prefix
from .sequence import Sequence as Served

# New tokens of an answer between two looks for repetition.
_REPETITION_EVERY = 32
# Steps are cut no smaller than this after the device ran out of memory.
_LEAST_BATCH_TOKENS = 64


@dataclass
class _Question:
    """Moments are those of the monotonic clock; None where they have not come."""

    deadline: float
    future: "Future[ServedAnswer]"
    asked: float
    begun: float | None = None
    first_token: float | None = None

    def seconds(self, now: float) -> dict[str, float]:
        """Seconds of each stage up to now, where it ended."""
        begun, first = self.begun or now, self.first_token or now
        return {"wait": begun - self.asked, "prefill": first - begun, "decode": now - first}


class Server:
    """A serving engine over one loaded model; a context manager. Its methods may be called from several threads.

    While it is open, the model's own `generate` must not be used.
    """

    def __init__(self, model: InternVL2, limits: ServingLimits | None = None) -> None:
        self.model = model
        self.limits = limits or ServingLimits()
        self._pages = -(-self.limits.cache_tokens // self.limits.page_size)
        self._scheduler = self._new_scheduler()
        self._decoder = BatchDecoder(model, self._pages, self.limits.page_size, self.limits.graphs)
        self._image_id = model.tokenizer.token_id(IMAGE_TOKEN)
        self._messages: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._images = HeldImages(model, self.limits)
        self._questions: dict[Served, _Question] = {}
        self.work = Work()
        self._meter = UsageMeter()
        self._open = True
        self._closed = False
        self._closing = threading.Lock()
        # Answers are decoded to text concurrently with the work of the device.
        self._writer = ThreadPoolExecutor(1)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def encode(self, images: Sequence[NDArray[np.uint8]]) -> "Future[tuple[ServedImage, ...]]":
        """Compute and hold the visual tokens of `images`, each an array of uint8 tiles; all of them or none.

        The future waits for room where other images fill it.

        Raises:
            ValueError: they would not fit an empty server.
            RuntimeError: the server is closed.
        """
        self._images.check(images)
        request = ImageRequest(list(images))
        if images:
            self._send(partial(self._images.add, request))
        else:
            request.future.set_result(())
        return request.future

    def release(self, images: Sequence[ServedImage]) -> None:
        """Let go of images, once; no question about them may be running."""
        with suppress(RuntimeError):
            self._send(partial(self._release, tuple(images)))

    def ask(
        self,
        question: str,
        images: Sequence[ServedImage] = (),
        max_new_tokens: int = 128,
        seconds: float = 600.0,
        temperature: float = 0.0,
    ) -> "Future[ServedAnswer]":
        """Ask about encoded images, for the most probable tokens, or for samples at a `temperature`.

        A sampled answer has no confidence.

        Raises:
            PromptTooLongError: the prompt does not fit the model's window.
            ValueError: the prompt and its answer do not fit the engine's cache.
            RuntimeError: the server is closed.
        """
        prompts, config = self.model.prompts, self.model.config
        ids = prompts.encode(prompts.text(question, [image.tiles for image in images]), sum(i.tiles for i in images))
        window = config.text.window
        limit = max_new_tokens if window is None else min(max_new_tokens, window - len(ids))
        if len(ids) + limit > self.limits.cache_tokens:
            raise ValueError(
                f"a prompt of {len(ids):,} tokens with {limit:,} new ones does not fit limits.cache_tokens "
                f"{self.limits.cache_tokens:,}"
            )
        served = Served(ids, len(ids), limit, temperature)
        if images:
            places = np.flatnonzero(np.array(ids) == self._image_id)
            served.image_places = places
            served.features = images[0].features if len(images) == 1 else torch.cat([i.features for i in images])
            numbers = tuple(image.number for image in images)
            served.prefix = Prefix(numbers, rope_class(config.text.rope, len(ids)), tuple(ids[: places[-1] + 1]))
        now = time.monotonic()
        asked = _Question(now + seconds, Future(), now)
        self._send(partial(self._begin, served, asked))
        return asked.future

    def usage(self) -> Usage:
        """The work done so far and the work in flight."""
        share = None
        if self.model.device.type == "cuda":
            free, total = torch.cuda.mem_get_info(self.model.device)
            share = 1 - free / total
        waiting = self._images.waiting + len(self._scheduler.waiting)
        return self._meter.usage(waiting, len(self._scheduler.running), share)

    def close(self) -> None:
        """Stop; what is still running fails, and nothing more is taken."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._messages.put(self._end)
        self._thread.join()
        self._decoder.close()
        self._images.fail("the engine was closed")
        for served in list(self._questions):
            self._finish(served, Outcome.FAILED, "the engine was closed")
        self._writer.shutdown()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _new_scheduler(self) -> Scheduler:
        limits = self.limits
        batch_tokens = max(limits.batch_tokens, limits.requests)
        return Scheduler(self._pages, limits.page_size, limits.requests, batch_tokens, limits.reserve)

    def _send(self, message: Callable[[], None]) -> None:
        with self._closing:
            if not self._closed:
                self._messages.put(message)
                return
        raise RuntimeError("the engine was closed")

    def _end(self) -> None:
        self._open = False

    def _begin(self, served: Served, asked: _Question) -> None:
        self._questions[served] = asked
        self._scheduler.add(served)

    def _release(self, images: tuple[ServedImage, ...]) -> None:
        for image in images:
            self._images.release(image)
            self._scheduler.forget(image.number)

    def _run(self) -> None:
        if self.model.device.type == "cuda":
            # Graphs are captured on the thread's device.
            torch.cuda.set_device(self.model.device)
        while self._open:
            try:
                self._read_messages()
                self._encode()
                if self._open and self._questions:
                    self._step()
                    self._check_deadlines()
            except Exception as error:
                self._fail_all(error)

    def _read_messages(self) -> None:
        """Do what other threads ask for; waits for that where there is nothing else to do."""
        blocked = not self._questions and not self._images.ready
        while True:
            try:
                self._messages.get(block=blocked)()
            except queue.Empty:
                return
            blocked = False

    def _encode(self) -> None:
        """Compute the images that come next, while few questions wait for their turn."""
        if len(self._scheduler.waiting) > self.limits.requests // 8:
            return
        if batch := self._images.next_batch():
            tiles, seconds = self._images.compute(batch)
            self._meter.spent(vision=seconds)
            self.work = self.work.more(tiles=tiles)

    def _step(self) -> None:
        plan = self._scheduler.plan()
        now = time.monotonic()
        for item in plan.work:
            asked = self._questions[item.sequence]
            asked.begun = asked.begun or now
        try:
            tokens = self._decoder.step(plan)
        except torch.OutOfMemoryError as error:
            tokens, failed = None, f"{type(error).__name__}: {error}"
        except Exception as error:
            if is_lost(self.model.device):
                raise
            self._fail_running(f"{type(error).__name__}: {error}")
            return
        if tokens is None:
            # Only after the error and the objects in its frames are freed.
            torch.cuda.empty_cache()
            if not self._scheduler.shrink(_LEAST_BATCH_TOKENS):
                self._fail_running(failed)
            return
        self._count(plan, len(tokens))
        self._scheduler.done(plan)
        now = time.monotonic()
        for served, token, logprob in tokens:
            asked = self._questions[served]
            asked.first_token = asked.first_token or now
            served.ids.append(token)
            served.logprobs.append(logprob)
            written = len(served.ids) - served.prompt_tokens
            if token == self.model.stop_id:
                self._finish(served, Outcome.STOPPED)
            elif written >= served.limit:
                self._finish(served, Outcome.TRUNCATED)
            elif self.limits.stop_repetition and written % _REPETITION_EVERY == 0 and is_repeating(served.written):
                self._finish(served, Outcome.REPETITION)

    def _count(self, plan: Plan, new_tokens: int) -> None:
        prompts = sum(item.count for item in plan.work if not item.sequence.decoding)
        self.work = self.work.more(steps=1, prompt_tokens=prompts, new_tokens=new_tokens)

    def _fail_running(self, message: str) -> None:
        for served in list(self._scheduler.running):
            self._finish(served, Outcome.FAILED, message)
        self._scheduler.start_over()

    def _fail_all(self, error: Exception) -> None:
        """After a fault of the engine itself its state is not trusted: all questions fail, and it begins anew.

        Where the device is lost, they have no answer at all: another process must compute them.
        """
        questions, self._questions = self._questions, {}
        self._scheduler = self._new_scheduler()
        message, lost = f"{type(error).__name__}: {error}", is_lost(self.model.device)
        for served, asked in questions.items():
            if lost:
                asked.future.set_exception(EngineLostError(message))
            else:
                self._writer.submit(self._write, served, asked.future, Outcome.FAILED, message)

    def _check_deadlines(self) -> None:
        now = time.monotonic()
        for served in [served for served, asked in self._questions.items() if now > asked.deadline]:
            self._finish(served, Outcome.TIMEOUT)

    def _finish(self, served: Served, outcome: Outcome, message: str = "") -> None:
        asked = self._questions.pop(served)
        self._scheduler.remove(served)
        self._meter.answered(served.prompt_tokens, len(served.ids) - served.prompt_tokens)
        self._meter.spent(**asked.seconds(time.monotonic()))
        self._writer.submit(self._write, served, asked.future, outcome, message)

    def _write(self, served: Served, future: "Future[ServedAnswer]", outcome: Outcome, message: str) -> None:
        ids = [] if outcome is Outcome.FAILED else served.written
        sure = ids and not served.temperature
        confidence = math.exp(sum(served.logprobs) / len(served.logprobs)) if sure else None
        try:
            text, tagged = (self.model.text(ids, keep_tags=tags) for tags in (False, True))
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(ServedAnswer(text, tagged, confidence, outcome, message, len(ids), ids))
