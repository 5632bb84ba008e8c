"""A Ray in the background is opened and closed by one thread, and its errors reach whoever asks for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from docpipe.pipeline.cluster.background import BackgroundRay
from docpipe.pipeline.cluster.session import RaySession

SESSION = RaySession(2, 0.0, 1, None)


class Opened:
    """Sessions that tell which thread opened and closed them, and how they ended."""

    def __init__(self, error: Exception | None = None, error_at_end: Exception | None = None) -> None:
        self.events: list[str] = []
        self.threads: set[int] = set()
        self._error, self._error_at_end = error, error_at_end
        self.may_open = threading.Event()

    @contextmanager
    def __call__(self) -> Iterator[RaySession]:
        assert self.may_open.wait(60)
        self._note("open")
        if self._error:
            raise self._error
        try:
            yield SESSION
        except BaseException:
            self._note("ended badly")
            raise
        if self._error_at_end:
            raise self._error_at_end
        self._note("ended well")

    def _note(self, event: str) -> None:
        self.events.append(event)
        self.threads.add(threading.get_ident())


def test_it_opens_beside_the_caller_and_one_thread_holds_it_to_the_end() -> None:
    opened, warmed = Opened(), list[RaySession]()
    with BackgroundRay(opened, warmed.append) as ray:
        ray.begin()
        assert not ray.ready
        assert ray.seconds is None
        opened.may_open.set()
        assert ray.session() is ray.session() is SESSION
        assert ray.ready
        assert ray.seconds is not None
    assert opened.events == ["open", "ended well"]
    assert warmed == [SESSION]
    assert len(opened.threads) == 1
    assert threading.get_ident() not in opened.threads


def test_what_ends_within_its_patience_opens_nothing() -> None:
    opened = Opened()
    opened.may_open.set()

    def make_a_mistake() -> None:
        with BackgroundRay(opened, lambda _: None) as ray:
            ray.begin(patience=3600)
            raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        make_a_mistake()
    with BackgroundRay(opened, lambda _: None):
        pass
    assert opened.events == []


def test_who_asks_for_it_ends_its_patience() -> None:
    opened = Opened()
    opened.may_open.set()
    with BackgroundRay(opened, lambda _: None) as ray:
        ray.begin(patience=3600)
        assert ray.session() is SESSION
    assert opened.events == ["open", "ended well"]


def test_an_error_of_the_run_ends_it_badly_and_comes_through() -> None:
    opened = Opened()
    opened.may_open.set()

    def break_off() -> None:
        with BackgroundRay(opened, lambda _: None) as ray:
            ray.session()
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    assert opened.events == ["open", "ended badly"]


def test_an_interrupt_does_not_wait_for_a_start_and_the_next_ray_does() -> None:
    opened, following = Opened(), Opened()
    following.may_open.set()

    def interrupt() -> None:
        with BackgroundRay(opened, lambda _: None) as ray:
            ray.begin()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert opened.events == []
    with BackgroundRay(following, lambda _: None) as ray:
        ray.begin()
        opened.may_open.set()
        ray.session()
        assert opened.events == ["open", "ended badly"]


def test_errors_of_its_own_are_raised_where_they_matter() -> None:
    broken = Opened(error=OSError("no cluster answers"))
    broken.may_open.set()
    with BackgroundRay(broken, lambda _: None) as ray:
        with pytest.raises(OSError, match="no cluster"):
            ray.session()
        assert ray.ready
    leaking = Opened(error_at_end=RuntimeError("cannot end"))
    leaking.may_open.set()
    with pytest.raises(RuntimeError, match="cannot end"), BackgroundRay(leaking, lambda _: None) as ray:
        ray.session()


def test_a_warm_up_that_fails_costs_nothing() -> None:
    opened = Opened()
    opened.may_open.set()

    def fails(_: RaySession) -> None:
        raise RuntimeError("no worker")

    with BackgroundRay(opened, fails) as ray:
        assert ray.session() is SESSION
    assert opened.events == ["open", "ended well"]
