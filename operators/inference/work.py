"""Types of a page between reading and commit: its requests to each engine, and their results."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...models.engine import ImageInput
from ...schemas.answer_types import AnswerType
from ...schemas.errors import Failure
from ...schemas.page import PageReading
from .request import Request, RequestId, Result
from .results import NOTHING_FOUND, Finding, PageFindings


@dataclass(frozen=True)
class Question:
    """A question of the job or of the manifest."""

    id: str
    ask: str
    type: AnswerType = "string"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImageRequests:
    """The image of a page or a region in the engine's form, with all requests about it.

    Attributes:
        image: the engine's input.
        source: JPEG of the same pixels, from which another tiling can be made.
        max_tiles: the tile limit of `image`.
    """

    image: ImageInput
    source: bytes
    max_tiles: int
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class PageRequests:
    """All requests to one engine about one page.

    Attributes:
        key: identifies the page within the job.
    """

    key: str
    page_number: int
    images: tuple[ImageRequests, ...]

    @property
    def tiles(self) -> int:
        return sum(one.image.tiles for one in self.images)


@dataclass(frozen=True)
class PageResults:
    """All results of one engine about one page.

    Attributes:
        results: results by request id.
        seconds: wall seconds in the engine.
        tiles: number of tiles of the images that were sent to the engine.
        failure: the reason why no request about the page could be sent to the engine.
    """

    results: Mapping[RequestId, Result]
    seconds: float = 0.0
    tiles: int = 0
    failure: Failure | None = None


@dataclass(frozen=True)
class Found:
    """What an engine without weights found; the caller decides by its confidence whether it is sure.

    Attributes:
        id: what it is about: a question, a block, or a region of the page. A model is asked about the same if the
            engine is not sure.
        finding: the result; None where the engine has none, which is no row unless a model finds something.
        reason: why the engine declines, for `raw_output`; empty where it does not.
    """

    id: RequestId
    finding: Finding | None = None
    reason: str = ""


@dataclass(frozen=True)
class ReadPage:
    """A page after reading, with its document and its findings.

    Attributes:
        reading: the page's own text, which is the evidence for model output.
        questions: the questions of the docvqa task about this page.
        found: what engines without weights found, before any model is asked.
        sent: whether there are requests to models about it.
        unasked: the reason why the page's images could not be sent to engines.
        findings: the findings of all engines, once they are known.
    """

    document_id: str
    uri: str
    reading: PageReading
    questions: tuple[Question, ...] = ()
    found: tuple[Found, ...] = ()
    sent: bool = False
    unasked: Failure | None = None
    findings: PageFindings = NOTHING_FOUND

    @property
    def key(self) -> str:
        """Identifies the page within the job."""
        return f"{self.document_id}/{self.reading.page_number}"

    @property
    def failure(self) -> Failure | None:
        """The failure of the page, from reading or from the engines."""
        return self.reading.failure or self.findings.failure
