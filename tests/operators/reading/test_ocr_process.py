"""Text readers of other packages in their sandboxed process: batches, warm-up, devices, and what is wrong with them."""

from collections.abc import Iterator
from typing import Any

import pytest
from docpipe.operators.reading import ocr_process
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.schemas.errors import ErrorCode, MissingResourceError
from docpipe.schemas.job.engines import settings_class
from PIL import Image, ImageDraw

from ...shared import installed_package

READER = """
import os, time
import numpy as np
from docpipe.models.extension import RecognisedText, TextReaderSettings

class Settings(TextReaderSettings):
    does: str = ""

    @property
    def variables(self):
        return ("OF_THE_READER",)

class Engine:
    Settings = Settings
    batch_size = 3
    warmed = 0

    @classmethod
    def identity(cls, settings):
        return {"version": "1"}

    def __init__(self, settings, device, threads, languages):
        self.does, self.device, self.languages = settings.does, device, languages
        if self.does == "no weights":
            raise ValueError("no weights here")

    def warm_up(self):
        self.warmed += 1
        if self.does == "hang":
            time.sleep(60)

    def read(self, images):
        if self.does == "too few":
            return [self.text(images, image) for image in images[1:]]
        return [self.text(images, image) for image in images]

    def text(self, images, image):
        blocks = int((image[0, :, 0] < 128).sum()) // 10
        if self.does == "crash at two" and blocks == 2:
            os._exit(3)
        if self.does == "shares at two" and blocks == 2:
            return RecognisedText(["x"], np.array([[[0, 0], [1, 0], [1, 0.1], [0, 0.1]]]), np.array([0.5]))
        told = os.environ.get("OF_THE_READER")
        said = f"{blocks} of {len(images)} {self.device} {self.warmed} {self.languages} {told}"
        box = np.array([[[0, 0], [90, 0], [90, 20], [0, 20]]], np.float32)
        return RecognisedText([said], box, np.array([np.nan], np.float32))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An installed package with the kind `others`, for this process and for its children."""
    with installed_package(tmp_path_factory.mktemp("site"), "others", READER):
        yield


@pytest.fixture(scope="module")
def four_pages(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Four pages; each says its number by the ink of its first row."""
    pages = [Image.new("RGB", (100, 80), "white") for _ in range(4)]
    for number, page in enumerate(pages, 1):
        ImageDraw.Draw(page).rectangle((0, 0, 10 * number - 1, 30), fill="black")
    path = tmp_path_factory.mktemp("pages") / "four.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return str(path)


def page_reader(does: str = "", **keys: Any) -> PageReader:
    settings = settings_class("others").model_validate({"kind": "others", "does": does, **keys})
    return PageReader(ReadSettings(engine="x", other_reader=settings, device=str(keys.get("device", "cpu"))))


def texts(reader: PageReader, path: str) -> list[str | ErrorCode]:
    with reader:
        pages = list(reader.read_many(path, [1, 2, 3, 4]))
    assert [page.page_number for page in pages] == [1, 2, 3, 4]
    return [page.lines.text[0] if page.failure is None else page.failure.code for page in pages]


def test_images_are_read_in_batches_by_a_warm_reader(
    package: None, four_pages: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_READER", "told")
    said = [f"{number} of {3 if number < 4 else 1} cpu 1 ('en',) told" for number in (1, 2, 3, 4)]
    assert texts(page_reader(), four_pages) == said


def test_its_process_on_a_gpu_sees_the_device_and_has_no_limit_of_addresses(
    package: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    with page_reader(device="cuda") as on_gpu, page_reader(memory_mb=1234) as on_cpu:
        assert on_gpu._ocr.sandbox._environment["CUDA_VISIBLE_DEVICES"] == "3"
        assert "CUDA_VISIBLE_DEVICES" not in on_cpu._ocr.sandbox._environment
        assert (on_gpu._ocr.sandbox._memory_mb, on_cpu._ocr.sandbox._memory_mb) == (None, 1234)


@pytest.mark.parametrize("does", ["crash at two", "shares at two"])
def test_a_page_that_a_batch_fails_on_fails_alone(package: None, four_pages: str, does: str) -> None:
    with page_reader(does) as reader:
        pages = list(reader.read_many(four_pages, [1, 2, 3]))
    assert [page.failure is None for page in pages] == [True, False, True]
    failure = pages[1].failure
    assert failure is not None
    if does == "shares at two":
        assert failure.code == ErrorCode.ENGINE_FAILED
        assert "others-engine 2.5, others_engine:Engine: read returned polygons smaller than a pixel" in failure.message
    else:
        assert (failure.code, failure.attempts) == (ErrorCode.CRASHED, 3)


def test_fewer_replies_than_images_fail_all_pages_of_the_call(package: None, four_pages: str) -> None:
    with page_reader("too few") as reader:
        pages = list(reader.read_many(four_pages, [1, 2, 3]))
    assert {page.failure.code for page in pages if page.failure} == {ErrorCode.ENGINE_FAILED}
    for page in pages:
        assert page.failure is not None
        assert "others-engine 2.5, others_engine:Engine: read returned 2 texts for 3 images" in page.failure.message
        assert not len(page.lines)


@pytest.mark.parametrize(
    ("does", "seconds", "says"),
    [
        ("no weights", 900.0, "cannot be loaded: ValueError: no weights here"),
        ("hang", 3.0, "was not ready 3 s after its start"),
    ],
)
def test_a_reader_that_does_not_start_ends_the_run_before_its_first_page(
    package: None, four_pages: str, monkeypatch: pytest.MonkeyPatch, does: str, seconds: float, says: str
) -> None:
    monkeypatch.setattr(ocr_process, "START_SECONDS", seconds)
    with (
        page_reader(does) as reader,
        pytest.raises(MissingResourceError, match=rf"^engines\.x: others-engine 2\.5, others_engine:Engine: {says}"),
    ):
        reader.read(four_pages, 1)
