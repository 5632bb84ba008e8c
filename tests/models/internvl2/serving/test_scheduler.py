"""Every question is computed to its end from keys of its own, whatever arrives and however small the cache is."""

from dataclasses import dataclass, field

import pytest
from docpipe.models.internvl2.serving.scheduler import Plan, Scheduler
from docpipe.models.internvl2.serving.sequence import Prefix, Sequence
from hypothesis import given, settings
from hypothesis import strategies as st

PAGE = 4


def _question(image: int | None, prefix: int, own: int, limit: int, number: int = 0) -> Sequence:
    """A prompt whose first `prefix` tokens are those of `image`, and whose other tokens no other question has."""
    shared = [] if image is None else [1000 * (image + 1) + place for place in range(prefix)]
    ids = [*shared, *(1_000_000 + 1000 * number + place for place in range(own))]
    beginning = None if image is None else Prefix((image,), 0, tuple(shared))
    return Sequence(ids, len(ids), limit, prefix=beginning)


@dataclass
class Device:
    """Computes plans: keeps in each place of a page the tokens up to the one whose key would lie there."""

    scheduler: Scheduler
    pages: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)
    computed: int = 0

    def step(self) -> Plan:
        plan = self.scheduler.plan()
        for copy in plan.copies:
            for place in range(copy.tokens):
                self.pages[copy.target, place] = self.pages[copy.source, place]
        for item in plan.work:
            sequence = item.sequence
            end = sequence.computed + item.count
            self.computed += 0 if sequence.decoding else item.count
            for place in range(sequence.computed, end):
                self.pages[sequence.pages[place // PAGE], place % PAGE] = tuple(sequence.ids[: place + 1])
        for item in plan.work:
            sequence = item.sequence
            for place in range(sequence.computed + item.count):
                assert self.pages[sequence.pages[place // PAGE], place % PAGE] == tuple(sequence.ids[: place + 1])
        assert sum(item.count for item in plan.work) <= self.scheduler.batch_tokens
        complete = [item.sequence for item in plan.work if item.completes]
        self.scheduler.done(plan)
        for sequence in complete:
            sequence.ids.append(2_000_000 + len(sequence.ids))
            if len(sequence.ids) == sequence.most_tokens:
                self.scheduler.remove(sequence)
        return plan

    def run(self) -> int:
        steps = 0
        while self.scheduler.running or self.scheduler.waiting:
            assert self.step().work
            steps += 1
        return steps


def test_questions_that_arrive_together_compute_their_page_once() -> None:
    device = Device(Scheduler(pages=64, page_size=PAGE, requests=16, batch_tokens=16, reserve=8))
    for number in range(10):
        device.scheduler.add(_question(0, prefix=30, own=3, limit=5, number=number))
    device.run()
    assert device.computed == 30 + 10 * 3


def test_a_question_that_comes_later_finds_the_prefix_until_its_image_is_let_go() -> None:
    device = Device(Scheduler(pages=64, page_size=PAGE, requests=16, batch_tokens=16, reserve=8))
    counts = []
    for number in range(3):
        if number == 2:
            device.scheduler.forget(0)
            assert device.scheduler.pool.free == 64
        device.scheduler.add(_question(0, prefix=30, own=3, limit=2, number=number))
        device.run()
        counts.append(device.computed)
    assert counts == [33, 36, 69]


def test_a_leader_that_is_cancelled_leaves_its_place_to_a_follower() -> None:
    device = Device(Scheduler(pages=64, page_size=PAGE, requests=16, batch_tokens=16, reserve=8))
    questions = [_question(0, prefix=30, own=3, limit=5, number=number) for number in range(3)]
    for question in questions:
        device.scheduler.add(question)
    device.step()
    device.scheduler.remove(questions[0])
    device.run()
    assert device.computed == 16 + 30 + 2 * 3


def test_sequences_that_decode_go_on_while_a_long_prompt_is_computed_in_chunks() -> None:
    device = Device(Scheduler(pages=64, page_size=PAGE, requests=16, batch_tokens=8, reserve=8))
    short, long = _question(None, 0, 3, 20, 1), _question(None, 0, 40, 1, 2)
    device.scheduler.add(short)
    device.step()
    device.scheduler.add(long)
    counts = {item.sequence: item.count for item in device.step().work}
    assert counts == {short: 1, long: 7}


def test_the_oldest_goes_on_where_answers_outgrow_the_cache() -> None:
    device = Device(Scheduler(pages=10, page_size=PAGE, requests=4, batch_tokens=16, reserve=0))
    questions = [_question(None, 0, 8, 30, number) for number in range(4)]
    for question in questions:
        device.scheduler.add(question)
    device.run()
    assert device.computed > 4 * 8
    assert device.scheduler.pool.free == 10


def test_what_can_never_fit_is_refused() -> None:
    scheduler = Scheduler(pages=4, page_size=PAGE, requests=4, batch_tokens=16, reserve=0)
    with pytest.raises(ValueError, match="17 tokens do not fit a cache of 4 pages"):
        scheduler.add(_question(None, 0, 10, 7))


_ARRIVALS = st.lists(
    st.tuples(
        st.none() | st.integers(0, 2), st.integers(1, 21), st.integers(1, 9), st.integers(1, 14), st.integers(0, 4)
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(_ARRIVALS, st.integers(11, 40), st.integers(4, 12), st.integers(0, 12), st.data())
def test_keys_are_always_ones_own(
    arrivals: list[tuple[int | None, int, int, int, int]],
    pages: int,
    batch_tokens: int,
    reserve: int,
    data: st.DataObject,
) -> None:
    device = Device(Scheduler(pages, PAGE, requests=4, batch_tokens=batch_tokens, reserve=reserve))
    lengths: dict[int, int] = {}
    for number, (image, prefix, own, limit, steps) in enumerate(arrivals):
        if image is not None:
            prefix = lengths.setdefault(image, prefix)
        device.scheduler.add(_question(image, prefix, own, limit, number))
        for _ in range(steps):
            if device.scheduler.running or device.scheduler.waiting:
                device.step()
        live = [*device.scheduler.running, *device.scheduler.waiting]
        if live and data.draw(st.integers(0, 3)) == 0:
            device.scheduler.remove(data.draw(st.sampled_from(live)))
        if data.draw(st.integers(0, 5)) == 0:
            device.scheduler.start_over()
    device.run()
    for image in lengths:
        device.scheduler.forget(image)
    assert device.scheduler.pool.free == pages


def test_a_device_that_ran_out_of_memory_gets_fewer_sequences_and_smaller_steps_and_ends_all() -> None:
    scheduler = Scheduler(pages=64, page_size=PAGE, requests=16, batch_tokens=16, reserve=8)
    device = Device(scheduler)
    questions = [_question(0, prefix=30, own=3, limit=9, number=number) for number in range(10)]
    for question in questions:
        scheduler.add(question)
    for _ in range(6):
        device.step()
    assert len(scheduler.running) > 4
    assert scheduler.shrink(4)
    assert scheduler.shrink(4)
    device.step()
    assert len(scheduler.running) <= scheduler.batch_tokens == 4
    assert not scheduler.shrink(4)
    device.run()
    assert [len(question.ids) for question in questions] == [33 + 9] * 10
