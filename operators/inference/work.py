"""A page between reading and commit: what engines are sent about it, and what they return."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ...models.engine import ImageInput
from ...schemas.errors import Failure
from ...schemas.page import PageReading
from .request import Request, RequestId, Result
from .results import NOTHING_FOUND, PageFindings

ValueType = Literal["string", "number", "money", "date", "boolean", "choice"]


@dataclass(frozen=True)
class Question:
    """A question of the job or of the manifest."""

    id: str
    ask: str
    type: ValueType = "string"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImageRequests:
    """A page, or a region of it, as an engine takes it, with all requests about it.

    Attributes:
        image: for the engine.
        source: JPEG of the same pixels, for another tiling.
        max_tiles: what `image` was made with.
    """

    image: ImageInput
    source: bytes
    max_tiles: int
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class PageRequests:
    """All that one engine is sent about one page.

    Attributes:
        key: names the page among all of a job.
    """

    key: str
    page_number: int
    images: tuple[ImageRequests, ...]

    @property
    def tiles(self) -> int:
        return sum(one.image.tiles for one in self.images)


@dataclass(frozen=True)
class PageResults:
    """What one engine returned about one page.

    Attributes:
        results: by the id of the request.
        seconds: wall seconds in the engine.
        failure: why the engine could not be asked about the page at all.
    """

    results: Mapping[RequestId, Result]
    seconds: float = 0.0
    failure: Failure | None = None


@dataclass(frozen=True)
class ReadPage:
    """A page that was read, with the document it belongs to and what models found on it.

    Attributes:
        reading: the page's own text: the evidence for what models write.
        questions: asked of this page by the docvqa task.
        tiles: of all images made of it; None where no engine is sent any.
        unasked: why engines could not be sent the page's images.
        findings: what engines found, once that is known.
    """

    document_id: str
    uri: str
    reading: PageReading
    questions: tuple[Question, ...] = ()
    tiles: int | None = None
    unasked: Failure | None = None
    findings: PageFindings = NOTHING_FOUND

    @property
    def key(self) -> str:
        """Names the page among all of a job."""
        return f"{self.document_id}/{self.reading.page_number}"

    @property
    def failure(self) -> Failure | None:
        """Why the page counts as failed."""
        return self.reading.failure or self.findings.failure
