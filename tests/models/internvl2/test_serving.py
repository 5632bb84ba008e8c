"""Served together, every question gets the answer that it gets alone."""

import random
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from docpipe.models.engine import Outcome
from docpipe.models.internvl2 import PromptTooLongError
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.serving import Server
from docpipe.models.internvl2.serving_limits import ServingLimits
from PIL import Image

from . import parity

LIMITS = ServingLimits(
    visual_tokens=4096, cache_tokens=16_384, batch_tokens=384, requests=8, vision_tiles=8, page_size=32
)
SECONDS = 120


def _load(variant: str) -> InternVL2:
    return InternVL2.load(parity.DATA / variant, dtype="float32")


@pytest.fixture(scope="module")
def model() -> InternVL2:
    return _load("1b")


@pytest.fixture
def server(model: InternVL2) -> Iterator[Server]:
    with Server(model, LIMITS) as opened:
        yield opened


def _picture(seed: int, tiles: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8 * tiles, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((448 * tiles, 448))


# Phi3 below, across and above the length at which its factors change.
@pytest.mark.parametrize("variant", ["1b", "2b", "4b", "4b-cross", "4b-long", "26b", "40b", "76b"])
def test_answers_of_a_mixed_batch_are_those_of_plain_decoding(variant: str) -> None:
    model = _load(variant)
    questions = ["What is the total?", "Is it paid?", "Who wrote it, and when was it sent?"]
    images = [parity.case(variant, "single").images()[0], _picture(1, 1), _picture(2, 2)]
    prompts = [model.prompt(q, [image], max_tiles=5) for image in images for q in questions]
    prompts.append(model.prompt("Hello"))
    expected = [model.generate_ids(prompt, max_new_tokens=16) for prompt in prompts]
    with Server(model, LIMITS) as server:
        held = [server.encode([model.prompt("", [image], max_tiles=5).tiles]).result(SECONDS) for image in images]
        for _ in range(2):
            futures = [server.ask(q, image, 16, SECONDS) for image in held for q in questions]
            futures.append(server.ask("Hello", (), 16, SECONDS))
            answers = [future.result(SECONDS) for future in futures]
            assert [answer.ids for answer in answers] == expected
            assert all(0 < (answer.confidence or 0) <= 1 for answer in answers)
        for image in held:
            server.release(image)
    assert model.generate_ids(prompts[0], max_new_tokens=16) == expected[0]


def test_no_request_sees_another_image_under_random_arrivals_and_a_ring_that_wraps(model: InternVL2) -> None:
    draw = random.Random(11)
    pictures = [_picture(seed, 1 + seed % 2) for seed in range(5)]
    tiles = [model.prompt("", [picture], max_tiles=2).tiles for picture in pictures]
    questions = ["a?", "b?", "What is the total?"]
    oracle = {
        (place, question): model.generate_ids(model.prompt(question, [picture], max_tiles=2), 6)
        for place, picture in enumerate(pictures)
        for question in questions
    }
    limits = ServingLimits(
        visual_tokens=1024, cache_tokens=4096, batch_tokens=256, requests=4, vision_tiles=3, page_size=16
    )
    with Server(model, limits) as server:
        pending = []
        for _ in range(40):
            place = draw.randrange(len(pictures))
            pending.append((place, server.encode([tiles[place]])))
            if len(pending) > 2 or draw.random() < 0.4:
                ready = [entry for entry in pending if entry[1].done()] or pending[:1]
                pending.remove(entry := draw.choice(ready))
                place, future = entry
                held = future.result(SECONDS)
                chosen = draw.sample(questions, draw.randint(1, 3))
                asked = [(question, server.ask(question, held, 6, SECONDS)) for question in chosen]
                cancelled = server.ask("never mind?", held, 400, 0.0)
                for question, answer in asked:
                    assert answer.result(SECONDS).ids == oracle[place, question]
                cancelled.result(SECONDS)
                server.release(held)
        for place, future in pending:
            held = future.result(SECONDS)
            assert server.ask("a?", held, 6, SECONDS).result(SECONDS).ids == oracle[place, "a?"]
            server.release(held)


def test_answers_end_with_their_budget_their_time_or_a_loop(model: InternVL2, server: Server) -> None:
    ids = model.generate_ids(model.prompt("Hello"), 5)
    short = server.ask("Hello", (), 5, SECONDS).result(SECONDS)
    assert (short.ids, short.outcome) == (ids, Outcome.TRUNCATED)
    assert short.text == model.text(ids)
    late = server.ask("Hello", (), 10_000, 0.3).result(SECONDS)
    assert late.outcome is Outcome.TIMEOUT
    with torch.no_grad():
        head = model.network.lm_head.weight
        before = head.clone()
        head[7] += 100 * head.abs().max()
        head[8] = -head[7]
    try:
        looping = server.ask("Hello again", (), 10_000, SECONDS).result(SECONDS)
    finally:
        with torch.no_grad():
            head.copy_(before)
    assert looping.outcome is Outcome.REPETITION
    assert len(looping.ids) < 10_000


def test_its_usage_adds_up_tokens_and_the_time_of_each_part(model: InternVL2, server: Server) -> None:
    prompts = [model.prompt("a?", [_picture(1, 1)], max_tiles=1), model.prompt("Hello")]
    held = server.encode([prompts[0].tiles]).result(SECONDS)
    began = time.monotonic()
    answers = [server.ask("a?", held, 6, SECONDS).result(SECONDS), server.ask("Hello", (), 9, SECONDS).result(SECONDS)]
    took = time.monotonic() - began
    server.release(held)
    usage = server.usage()
    assert usage.prompt_tokens == sum(len(prompt.input_ids) for prompt in prompts)
    assert usage.generated_tokens == sum(len(answer.ids) for answer in answers)
    assert usage.seconds.keys() == {"vision", "wait", "prefill", "decode"}
    assert usage.seconds["vision"] > 0
    # One after the other: what is summed over questions is then a part of the time that passed.
    asked = [usage.seconds[stage] for stage in ("wait", "prefill", "decode")]
    assert 0 < sum(asked) <= took
    assert min(asked) >= 0
    assert (usage.waiting, usage.running, usage.memory_share) == (0, 0, None)


def test_images_wait_for_room_and_too_many_are_refused(model: InternVL2) -> None:
    limits = ServingLimits(visual_tokens=512, cache_tokens=2048, batch_tokens=256, requests=4, page_size=16)
    tiles = model.prompt("", [_picture(1, 1)], max_tiles=1).tiles
    with Server(model, limits) as server:
        first = server.encode([tiles, tiles]).result(SECONDS)
        second = server.encode([tiles])
        assert not second.done()
        with pytest.raises(ValueError, match=r"768 visual tokens are wanted, limits\.visual_tokens is 512"):
            server.encode([tiles] * 3)
        server.release(first)
        assert second.result(SECONDS)[0].tiles == 1
        with pytest.raises(ValueError, match=r"does not fit limits\.cache_tokens"):
            server.ask("Hello", (), 4000)


def test_ids_that_run_out_begin_anew_with_an_empty_cache(model: InternVL2, server: Server) -> None:
    pictures = [_picture(1, 1), _picture(2, 1)]
    tiles = [model.prompt("", [picture], max_tiles=1).tiles for picture in pictures]
    expected = [model.generate_ids(model.prompt("a?", [picture], max_tiles=1), 6) for picture in pictures]
    server._ring._next = 2**30 - model.config.text.vocab_size - 300
    for place in (0, 1, 0):
        held = server.encode([tiles[place]]).result(SECONDS)
        assert server.ask("a?", held, 6, SECONDS).result(SECONDS).ids == expected[place]
        server.release(held)
    assert server._ring._next < 2**20


def test_a_tower_without_memory_takes_fewer_tiles_at_once(
    model: InternVL2, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.features
    seen = []

    def scarce(tiles: "np.typing.NDArray[np.uint8]") -> torch.Tensor:
        seen.append(len(tiles))
        if len(tiles) > 2:
            raise torch.OutOfMemoryError("injected")
        return whole(tiles)

    monkeypatch.setattr(model, "features", scarce)
    expected = whole(model.prompt("", [_picture(3, 2)], max_tiles=2).tiles)
    held = server.encode([model.prompt("", [_picture(3, 2)], max_tiles=2).tiles]).result(SECONDS)
    rows = server._decoder.embedding.rows[server._ring.row_indices(held[0].stretch)]
    torch.testing.assert_close(rows, expected.flatten(0, 1))
    assert seen[-2:] == [2, 1]


@pytest.mark.parametrize(
    ("error", "outcome"), [(torch.OutOfMemoryError("injected"), None), (RuntimeError("injected"), Outcome.FAILED)]
)
def test_a_step_that_breaks_is_done_again_smaller_or_fails_its_requests_and_the_engine_goes_on(
    model: InternVL2, server: Server, error: Exception, outcome: Outcome | None
) -> None:
    expected = model.generate_ids(model.prompt("Hello"), 6)
    broken = []

    def break_once(*_: object) -> None:
        if not broken:
            broken.append(True)
            raise error

    hook = model.network.model.language_model.register_forward_pre_hook(break_once)
    try:
        answer = server.ask("Hello", (), 6, SECONDS).result(SECONDS)
        if outcome is None:
            assert answer.ids == expected
        else:
            assert (answer.outcome, "injected" in answer.message) == (outcome, True)
        assert server.ask("Hello", (), 6, SECONDS).result(SECONDS).ids == expected
    finally:
        hook.remove()


def test_a_prompt_beyond_dynamic_ntk_is_not_served() -> None:
    model = _load("2b-ntk")
    with Server(model, LIMITS) as server:
        held = server.encode([model.prompt("", [_picture(1, 2)], max_tiles=2).tiles]).result(SECONDS)
        with pytest.raises(PromptTooLongError, match="with dynamic NTK 512 can be served together"):
            server.ask("What is the total?", held)
