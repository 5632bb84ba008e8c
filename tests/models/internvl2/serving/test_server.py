"""Served together, every question gets the answer that it gets alone."""

import random
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from docpipe.models.engine import EngineLostError, Outcome
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.serving.limits import ServingLimits
from docpipe.models.internvl2.serving.server import Server
from PIL import Image

from .. import parity

LIMITS = ServingLimits(
    visual_tokens=4096, cache_tokens=16_384, batch_tokens=384, requests=8, vision_tiles=8, page_size=32
)
SECONDS = 120


def _load(variant: str) -> InternVL2:
    return InternVL2.load(parity.DATA / variant, dtype="float32")


@pytest.fixture(scope="module")
def model() -> InternVL2:
    return _load("1b")


@pytest.fixture(scope="module")
def hello(model: InternVL2) -> list[int]:
    """What plain decoding answers; computed before any server takes the model."""
    return model.generate_ids(model.prompt("Hello"), 6)


@pytest.fixture
def server(model: InternVL2) -> Iterator[Server]:
    with Server(model, LIMITS) as opened:
        yield opened


def _image(seed: int, tiles: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8 * tiles, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((448 * tiles, 448))


# Phi3 below, across and above the length at which its factors change.
@pytest.mark.parametrize("variant", ["1b", "2b", "4b", "4b-cross", "4b-long", "26b", "40b", "76b"])
def test_answers_of_a_mixed_batch_are_those_of_plain_decoding(variant: str) -> None:
    model = _load(variant)
    questions = ["What is the total?", "Is it paid?", "Who wrote it, and when was it sent?"]
    images = [parity.case(variant, "single").images()[0], _image(1, 1), _image(2, 2)]
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


def test_no_request_sees_another_image_under_random_arrivals_and_cancellations(model: InternVL2) -> None:
    draw = random.Random(11)
    images = [_image(seed, 1 + seed % 2) for seed in range(5)]
    tiles = [model.prompt("", [image], max_tiles=2).tiles for image in images]
    questions = ["a?", "b?", "What is the total?"]
    oracle = {
        (place, question): model.generate_ids(model.prompt(question, [image], max_tiles=2), 6)
        for place, image in enumerate(images)
        for question in questions
    }
    limits = ServingLimits(
        visual_tokens=1024, cache_tokens=4096, batch_tokens=256, requests=4, vision_tiles=3, page_size=16
    )
    with Server(model, limits) as server:
        pending = []
        for _ in range(25):
            place = draw.randrange(len(images))
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


def test_ten_questions_about_a_page_compute_it_once(model: InternVL2) -> None:
    tiles = model.prompt("", [_image(1, 2)], max_tiles=2).tiles
    questions = [f"What is figure {number}?" for number in range(10)]
    prompts = [model.prompt(question, [_image(1, 2)], max_tiles=2) for question in questions]
    image_id = model.tokenizer.token_id("<IMG_CONTEXT>")
    expected = [model.generate_ids(prompt, 4) for prompt in prompts]
    ends = [len(prompt.input_ids) - prompt.input_ids[::-1].index(image_id) for prompt in prompts]
    own = [len(prompt.input_ids) - end for prompt, end in zip(prompts, ends, strict=True)]
    with Server(model, LIMITS) as server:
        held = server.encode([tiles]).result(SECONDS)
        futures = [server.ask(question, held, 4, SECONDS) for question in questions]
        assert [future.result(SECONDS).ids for future in futures] == expected
        assert server.work.tiles == len(tiles)
        assert server.work.prompt_tokens == ends[0] + sum(own)


def test_answers_are_the_same_where_they_outgrow_the_cache_and_are_computed_again(model: InternVL2) -> None:
    questions = ["What is the total?", "Is it paid?", "Who wrote it, and when was it sent?", "Hello"]
    expected = [model.generate_ids(model.prompt(question), 60) for question in questions]
    limits = ServingLimits(
        cache_tokens=224, batch_tokens=64, requests=4, page_size=16, reserve=0, stop_repetition=False
    )
    with Server(model, limits) as server:
        futures = [server.ask(question, (), 60, SECONDS) for question in questions]
        assert [future.result(SECONDS).ids for future in futures] == expected
        assert server.work.prompt_tokens > sum(len(model.prompt(question).input_ids) for question in questions)


def test_answers_end_with_their_budget_their_time_or_a_loop(model: InternVL2, hello: list[int], server: Server) -> None:
    short = server.ask("Hello", (), 5, SECONDS).result(SECONDS)
    assert (short.ids, short.outcome) == (hello[:5], Outcome.TRUNCATED)
    assert short.text == model.text(hello[:5])
    late = server.ask("Hello", (), 10_000, 0.3).result(SECONDS)
    assert late.outcome is Outcome.TIMEOUT
    with torch.no_grad():
        head = model.network.lm_head.weight
        before = head.clone()
        head.zero_()
    try:
        looping = server.ask("Hello again", (), 10_000, SECONDS).result(SECONDS)
    finally:
        with torch.no_grad():
            head.copy_(before)
    assert looping.outcome is Outcome.REPETITION
    assert 0 < len(looping.ids) < 300


def test_its_usage_adds_up_tokens_and_the_time_of_each_part(model: InternVL2, server: Server) -> None:
    prompts = [model.prompt("a?", [_image(1, 1)], max_tiles=1), model.prompt("Hello")]
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
    tiles = model.prompt("", [_image(1, 1)], max_tiles=1).tiles
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


def test_images_that_are_not_wanted_any_more_leave_their_room(model: InternVL2) -> None:
    limits = ServingLimits(visual_tokens=512, cache_tokens=2048, batch_tokens=256, requests=4, page_size=16)
    tiles = model.prompt("", [_image(1, 1)], max_tiles=1).tiles
    with Server(model, limits) as server:
        first = server.encode([tiles, tiles]).result(SECONDS)
        unwanted, wanted = server.encode([tiles, tiles]), server.encode([tiles])
        assert unwanted.cancel()
        server.release(first)
        assert wanted.result(SECONDS)[0].tiles == 1
        assert server.ask("a?", wanted.result(), 2, SECONDS).result(SECONDS).tokens == 2


def test_a_tower_without_memory_takes_fewer_tiles_at_once(
    model: InternVL2, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = model.prompt("", [_image(3, 2)], max_tiles=2).tiles
    expected, seen = model.features(tiles), []

    def scarce(_: object, __: object, given: dict[str, torch.Tensor]) -> None:
        seen.append(len(given["pixel_values"]))
        if seen[-1] > 2:
            raise torch.OutOfMemoryError("injected")

    hook = model.network.model.vision_tower.register_forward_pre_hook(scarce, with_kwargs=True)
    try:
        held = server.encode([tiles]).result(SECONDS)
    finally:
        hook.remove()
    torch.testing.assert_close(held[0].features, expected.flatten(0, 1))
    assert (seen[0], seen[-2:]) == (3, [2, 1])


def test_what_fails_after_the_tower_gives_its_room_back(
    model: InternVL2, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = model.prompt("", [_image(3, 2)], max_tiles=2).tiles
    with monkeypatch.context() as broken:
        broken.setattr("docpipe.models.internvl2.serving.encoder_cache.torch.Tensor.clone", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            server.encode([tiles]).result(SECONDS)
    room = LIMITS.visual_tokens // (len(tiles) * model.config.tokens_per_tile)
    assert len(server.encode([tiles] * room).result(SECONDS)) == room


def test_a_lost_device_gives_no_answers_but_asks_for_another_process(
    model: InternVL2, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    for module in ("server", "encoder_cache"):
        monkeypatch.setattr(f"docpipe.models.internvl2.serving.{module}.is_lost", lambda device: True)
    tiles = model.prompt("", [_image(1, 1)], max_tiles=1).tiles
    held = server.encode([tiles]).result(SECONDS)
    for part, call in (
        (model.network.model.language_model, lambda: server.ask("a?", held, 2, SECONDS)),
        (model.network.model.vision_tower, lambda: server.encode([tiles])),
    ):
        hook = part.register_forward_pre_hook(broken)
        try:
            with pytest.raises(EngineLostError, match="illegal memory access"):
                call().result(SECONDS)
        finally:
            hook.remove()


@pytest.mark.parametrize(
    ("error", "outcome"), [(torch.OutOfMemoryError("injected"), None), (RuntimeError("injected"), Outcome.FAILED)]
)
def test_a_step_that_breaks_is_done_again_smaller_or_fails_its_requests_and_the_engine_goes_on(
    model: InternVL2, hello: list[int], server: Server, error: Exception, outcome: Outcome | None
) -> None:
    broken = []

    def break_once(*_: object) -> None:
        if not broken:
            broken.append(True)
            raise error

    hook = model.network.model.language_model.register_forward_pre_hook(break_once)
    try:
        answer = server.ask("Hello", (), 6, SECONDS).result(SECONDS)
        if outcome is None:
            assert answer.ids == hello
        else:
            assert (answer.outcome, "injected" in answer.message) == (outcome, True)
        assert server.ask("Hello", (), 6, SECONDS).result(SECONDS).ids == hello
    finally:
        hook.remove()


def test_prompts_on_both_sides_of_dynamic_ntk_are_served_together_as_if_alone() -> None:
    model = _load("2b-ntk")
    images = [_image(1, 1), _image(1, 2), _image(2, 2)]
    questions = ["What is the total?", "Who wrote it, and when was it sent?"]
    prompts = [model.prompt(question, [image], max_tiles=2) for image in images for question in questions]
    lengths = [len(prompt.input_ids) for prompt in prompts]
    assert min(lengths) < model.config.text.rope.max_positions < max(lengths)
    expected = [model.generate_ids(prompt, 8) for prompt in prompts]
    with Server(model, LIMITS) as server:
        held = [server.encode([model.prompt("", [image], max_tiles=2).tiles]).result(SECONDS) for image in images]
        futures = [server.ask(question, one, 8, SECONDS) for one in held for question in questions]
        assert [future.result(SECONDS).ids for future in futures] == expected


def test_a_closed_server_takes_nothing_more_and_no_images_are_held_at_once(model: InternVL2) -> None:
    server = Server(model, LIMITS)
    assert server.encode([]).result(SECONDS) == ()
    held = server.encode([model.prompt("", [_image(1, 1)], max_tiles=1).tiles]).result(SECONDS)
    server.close()
    server.close()
    server.release(held)
    with pytest.raises(RuntimeError, match="closed"):
        server.ask("a?", held, 2, SECONDS)
    with pytest.raises(RuntimeError, match="closed"):
        server.encode([np.zeros((1, 448, 448, 3), np.uint8)])
