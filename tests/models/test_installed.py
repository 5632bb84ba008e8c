"""Engines of other packages: what they promise is checked, and what is wrong with them is said with their names."""

import asyncio
import time
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from docpipe.models import installed as installed_module
from docpipe.models.engine import Answer, EngineLostError, Outcome
from docpipe.models.extension import ImageQuestion, LocalEngine, RecognisedText, Reply, TextReaderSettings
from docpipe.models.installed import (
    InstalledAnswers,
    InstalledTextReader,
    InvalidReplyError,
    WrongCountError,
    rgb_input,
)
from docpipe.schemas.errors import InvalidJobError, MissingResourceError
from docpipe.schemas.job import installed as registry
from docpipe.schemas.job.load import load_job

IMAGE = np.zeros((20, 30, 3), np.uint8)
Register = Callable[..., None]


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Registers classes as installed packages do."""
    known: dict[str, tuple[EntryPoint, ...]] = {}

    def entry_points(*, group: str, name: str | None = None) -> EntryPoints:
        assert group == "docpipe.engines"
        return EntryPoints(point for kind, points in known.items() if name in (None, kind) for point in points)

    def add(kind: str, made: Any, *modules: str) -> None:
        for module in modules or ("others_engine",):
            holder = ModuleType(module)
            holder.Engine = made  # type: ignore[attr-defined]
            monkeypatch.setitem(__import__("sys").modules, module, holder)
        points = [EntryPoint(kind, f"{module}:Engine", "docpipe.engines") for module in modules or ("others_engine",)]
        known[kind] = tuple(points)
        registry.engine_class.cache_clear()

    monkeypatch.setattr(registry, "entry_points", entry_points)
    yield add
    registry.engine_class.cache_clear()


class Local(LocalEngine):
    speed: int = 1


class Answers:
    Settings = Local
    batch_size = 2

    def __init__(self, settings: Any, device: str, threads: int | None) -> None:
        self.batches: list[int] = []

    @classmethod
    def identity(cls, settings: Any) -> dict[str, str]:
        return {"version": "1"}

    def warm_up(self) -> None:
        pass

    def answer(self, questions: Sequence[ImageQuestion]) -> Sequence[Reply]:
        self.batches.append(len(questions))
        return [Reply(f"{question.prompt} {question.image.shape} {question.max_tiles}") for question in questions]

    def close(self) -> None:
        pass


def settings(**keys: Any) -> Any:
    return Local.model_validate({"kind": "other", "model": "m", **keys})


async def ask(engine: InstalledAnswers, *prompts: str, seconds: float = 30.0) -> list[Answer]:
    async with engine.hold([rgb_input(IMAGE, 6)]) as held:
        asked = (engine.ask(held, prompt, max_new_tokens=5, seconds=seconds) for prompt in prompts)
        return list(await asyncio.gather(*asked))


def test_questions_are_answered_in_batches_and_in_their_order(register: Register) -> None:
    register("other", Answers)
    engine = InstalledAnswers(settings(), "x", "cpu", None)
    answers = asyncio.run(ask(engine, "a", "b", "c", "d", "e"))
    assert [answer.text for answer in answers] == [f"{name} (20, 30, 3) 6" for name in "abcde"]
    assert {answer.outcome for answer in answers} == {Outcome.STOPPED}
    assert max(engine._engine.batches) == 2
    assert engine.usage().running == engine.usage().waiting == 0


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        (lambda questions: [], "answer returned 0 replies to 1 questions"),
        (lambda questions: ["text"], "answer returned str, not a Reply"),
        (lambda questions: [Reply("x", confidence=1.5)], "a confidence of 1.5"),
        (lambda questions: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda questions: None, "TypeError"),
    ],
)
def test_wrong_replies_fail_their_requests_and_name_the_class(register: Register, replies: Any, says: str) -> None:
    register("other", type("Wrong", (Answers,), {"answer": lambda self, questions: replies(questions)}))
    (answer,) = asyncio.run(ask(InstalledAnswers(settings(), "x", "cpu", None), "a"))
    assert answer.outcome is Outcome.FAILED
    assert "others_engine:Engine" in answer.message
    assert says in answer.message


def test_an_engine_that_hangs_is_given_up(register: Register) -> None:
    register("other", type("Slow", (Answers,), {"answer": lambda self, questions: time.sleep(1.5) or []}))
    engine = InstalledAnswers(settings(), "x", "cpu", None)

    async def twice() -> None:
        (answer,) = await ask(engine, "a", seconds=0.1)
        assert answer.outcome is Outcome.TIMEOUT
        with pytest.raises(EngineLostError, match="others_engine:Engine: answer has not returned"):
            await ask(engine, "b", seconds=0.1)

    asyncio.run(twice())


@pytest.mark.parametrize(
    ("method", "wait", "says"),
    [("__init__", 0.0, "ValueError: no weights"), ("warm_up", 0.6, "was not ready 0.2 s after its start")],
)
def test_an_engine_that_does_not_start_is_missing(
    register: Register, monkeypatch: pytest.MonkeyPatch, method: str, wait: float, says: str
) -> None:
    def fails(*_: Any) -> None:
        time.sleep(wait)
        raise ValueError("no weights")

    monkeypatch.setattr(installed_module, "START_SECONDS", 0.2)
    register("other", type("Broken", (Answers,), {method: fails}))
    with pytest.raises(MissingResourceError, match=rf"engines\.x: .*others_engine:Engine: {says}"):
        InstalledAnswers(settings(), "x", "cpu", None)


def square(size: float = 5.0, at: float = 0.0) -> Any:
    return at + np.array([[[0, 0], [size, 0], [size, size], [0, size]]], np.float32)


ONE = np.array([0.5], np.float32)
WORD = {"word_text": ["a"], "word_polygons": square(), "word_confidence": ONE}


class Reader:
    Settings = TextReaderSettings
    batch_size = 2
    found: Any = None

    def __init__(self, settings: Any, device: str, threads: int, languages: Sequence[str]) -> None:
        self.warmed = 0

    @classmethod
    def identity(cls, settings: Any) -> dict[str, str]:
        return {"version": "1"}

    def warm_up(self) -> None:
        self.warmed += 1

    def read(self, images: Any) -> Any:
        return [self.found] * len(images)


def load(register: Register, **attributes: Any) -> InstalledTextReader:
    register("other", type("Made", (Reader,), attributes))
    return InstalledTextReader(TextReaderSettings(kind="other"), "cpu", 1, ("en",))


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ("text", "str instead of RecognisedText"),
        (RecognisedText(["a", "b"], square(), ONE), r"polygons of shape \(1, 4, 2\) instead of \(2, 4, 2\)"),
        (RecognisedText([""], square(), ONE), "an empty text"),
        (RecognisedText("a", square(), ONE), "text of type str instead of list"),  # type: ignore[arg-type]
        (RecognisedText(["a"], square(np.nan), ONE), "polygons that are not finite"),
        (RecognisedText(["a"], square(at=30), ONE), "polygons outside the image of 30 x 20 pixels"),
        (RecognisedText(["a"], square(0.9), ONE), "polygons smaller than a pixel"),
        (RecognisedText(["a"], square() * [1, 0] + [0, 5], ONE), "polygons without an area"),
        (RecognisedText(["a"], square().astype(str), ONE), "polygons of type <U32 instead of numbers"),
        (RecognisedText(["a"], square(), 3 * ONE), "confidence outside 0 to 1"),
        (RecognisedText(["a"], square(), ONE, **WORD, word_line=np.array([1])), "refers to no line"),
        (RecognisedText(["a"], square(), ONE, **WORD, word_line=0 * ONE), "word_line of type float32"),
    ],
)
def test_a_wrong_text_is_refused(register: Register, found: Any, says: str) -> None:
    reader = load(register, found=found)
    with pytest.raises(InvalidReplyError, match=f"others_engine:Engine: read returned .*{says}"):
        reader.read([IMAGE])


def test_lines_may_reach_over_the_edge_of_the_image(register: Register) -> None:
    over = RecognisedText(["a"], square(at=-2), ONE)
    assert list(load(register, found=over).read([IMAGE, IMAGE])) == [over, over]


def test_a_text_reader_must_reply_to_every_image(register: Register) -> None:
    reader = load(register, read=lambda self, images: [RecognisedText()])
    with pytest.raises(WrongCountError, match="others_engine:Engine: read returned 1 texts for 2 images"):
        reader.read([IMAGE, IMAGE])
    for replies in (lambda self, images: None, lambda self, images: 1 / 0):
        with pytest.raises(InvalidReplyError, match=r"others_engine:Engine: read failed: (TypeError|ZeroDivision)"):
            load(register, read=replies).read([IMAGE])


def test_a_text_reader_is_warmed_up_once(register: Register) -> None:
    reader = load(register, found=RecognisedText())
    reader.read([IMAGE])
    assert reader._reader.warmed == 1
    with pytest.raises(InvalidReplyError, match="others_engine:Engine: cannot be loaded: ZeroDivisionError"):
        load(register, warm_up=lambda self: 1 / 0)


def test_where_a_text_reader_runs_is_checked(register: Register, tmp_path: Path) -> None:
    register("reader", Reader)
    for keys in ("", ", device: cuda, replicas: 2, gpus_per_replica: 0.5", ", device: auto, replicas: 2"):
        assert load_job(job(tmp_path, f"{{kind: reader{keys}}}")).reader_settings is not None
    for keys, says in (
        (", replicas: 2", "replicas: every worker reads on its CPU; name device: cuda or auto"),
        (", device: cuda, gpus_per_replica: 2", "gpus_per_replica"),
        (", device: tpu", "device"),
    ):
        with pytest.raises(InvalidJobError, match=says):
            load_job(job(tmp_path, f"{{kind: reader{keys}}}"))


def job(folder: Path, engine: str, task: str = "ocr: {engine: x}") -> Path:
    path = folder / "job.yaml"
    path.write_text(
        f"version: 1\ninputs: {{paths: [a.pdf]}}\ntasks: {{{task}}}\nengines:\n  x: {engine}\noutput: {{path: out}}\n"
    )
    return path


def test_a_kind_of_another_package_is_checked_like_any_other(register: Register, tmp_path: Path) -> None:
    register("other", Answers)
    loaded = load_job(job(tmp_path, "{kind: other, model: m, speed: 3}"))
    assert isinstance(loaded.engines["x"], Local)
    assert loaded.model_dump(mode="json")["engines"]["x"]["speed"] == 3
    for wrong, says in (
        ("{kind: other, model: m, sped: 3}", "job.yaml:5: engines.x.sped: unknown key"),
        ("{kind: other, model: m, speed: fast}", "engines.x.speed: must be a whole number"),
        ("{kind: othr, model: m}", "engines.x.kind: must be internvl2, vllm, openai or other (did you mean 'other'?)"),
    ):
        with pytest.raises(InvalidJobError) as caught:
            load_job(job(tmp_path, wrong))
        assert says in str(caught.value)


def test_a_text_reader_answers_no_questions(register: Register, tmp_path: Path) -> None:
    register("reader", Reader)
    assert load_job(job(tmp_path, "{kind: reader}")).text_engine.name == "x"
    with pytest.raises(InvalidJobError, match=r"tasks\.chart\.engine: x only reads text"):
        load_job(job(tmp_path, "{kind: reader}", "chart: {engine: x}"))


def test_what_cannot_be_used_is_said_when_the_job_is_checked(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("bare", object)
    with pytest.raises(InvalidJobError, match=r"engines\.x: .*others_engine:Engine: its attribute Settings must be"):
        load_job(job(tmp_path, "{kind: bare, model: m}"))
    register("slow", type("Slow", (Answers,), {"warm_up": None}))
    with pytest.raises(InvalidJobError, match=r"engines\.x: .*others_engine:Engine: has no method warm_up"):
        load_job(job(tmp_path, "{kind: slow, model: m}"))
    for size in (0, 2.5, None):
        register("sized", type("Sized", (Reader,), {"batch_size": size}))
        with pytest.raises(InvalidJobError, match=rf"its batch_size must be a whole number from 1, not {size}"):
            load_job(job(tmp_path, "{kind: sized}"))
    register("twice", Answers, "one_engine", "two_engine")
    with pytest.raises(InvalidJobError, match="registered by more than one package: one_engine:Engine and two_engine"):
        load_job(job(tmp_path, "{kind: twice, model: m}"))
    register("gone", Answers)
    monkeypatch.delitem(__import__("sys").modules, "others_engine")
    with pytest.raises(InvalidJobError, match=r"others_engine:Engine: cannot be imported: ModuleNotFoundError"):
        load_job(job(tmp_path, "{kind: gone, model: m}"))
