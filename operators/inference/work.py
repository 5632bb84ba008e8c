"""A page on its way through the models: what was read, the images to ask about, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from ...models.engine import ImageInput
from ...schemas.errors import Failure
from ...schemas.geometry import Box
from ...schemas.page import PageReading
from .request import Asked

ValueType = Literal["string", "number", "money", "date", "boolean", "choice"]


class Use(StrEnum):
    """What an image is asked for: the tasks of job.yaml."""

    OCR = "ocr"
    DOCVQA = "docvqa"
    CHART = "chart"


@dataclass(frozen=True)
class Question:
    """A question of the job or of the manifest."""

    id: str
    ask: str
    type: ValueType = "string"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageImage:
    """A page, or a region of it, made ready for an engine.

    Attributes:
        uses: what it is asked for, in the order of the requests.
        image: for the engine; None once the engine is done with it.
        source: JPEG of the same pixels, for another tiling; empty once the engine is done.
        tiles: what `image` counts.
        max_tiles: what it was made with.
        region: where it stands on the page, in shares; None for the whole page.
        block: index into the page's blocks, None for the whole page.
    """

    uses: tuple[Use, ...]
    image: ImageInput | None
    source: bytes
    tiles: int
    max_tiles: int
    region: Box | None = None
    block: int | None = None

    def without_pixels(self) -> "PageImage":
        return replace(self, image=None, source=b"")


@dataclass(frozen=True)
class PageWork:
    """One page between reading and commit.

    Attributes:
        reading: the page's own text: what models are asked beside, and the evidence for what they write.
        questions: asked of this page by the docvqa task.
        images: by the name of the engine in the job.
        asked: the answers by the name of the engine: for each image, for each of its requests.
        failure: why the models could not be asked at all.
        seconds: wall seconds in engines.
    """

    document_id: str
    uri: str
    reading: PageReading
    questions: tuple[Question, ...] = ()
    images: Mapping[str, tuple[PageImage, ...]] = field(default_factory=dict)
    asked: Mapping[str, tuple[tuple[Asked, ...], ...]] = field(default_factory=dict)
    failure: Failure | None = None
    seconds: float = 0.0

    @property
    def key(self) -> str:
        """Names the page among all of a job."""
        return f"{self.document_id}/{self.reading.page_number}"

    @property
    def tiles(self) -> int:
        return sum(image.tiles for images in self.images.values() for image in images)

    def after(self, engine: str, asked: tuple[tuple[Asked, ...], ...], seconds: float) -> "PageWork":
        """The page with an engine's answers, its images for that engine without their pixels."""
        return replace(
            self,
            images={**self.images, engine: tuple(p.without_pixels() for p in self.images.get(engine, ()))},
            asked={**self.asked, engine: asked},
            seconds=self.seconds + seconds,
        )

    def given_up(self, engine: str, failure: Failure) -> "PageWork":
        """The page after an engine could not be asked about it."""
        return replace(self.after(engine, (), 0.0), failure=failure)
