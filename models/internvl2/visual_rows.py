"""Visual tokens as token ids: where each tile's features lie, and the ids that mean them.

A serving engine that takes token ids only can take visual tokens too, if an id beyond the vocabulary names a row of
features. An id must never name two rows while a cached prefix may still hold it, so ids grow and the row is the
id's number modulo the rows. What is kept lies in one stretch of the ring; its oldest end moves on as it is released.

Every id exists twice: in its plain form, and in a form that says "this prompt is longer than the rope's switch", which
Phi3's factors depend on. The two forms never share a cached prefix.
"""

from collections import deque
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

# Token ids travel as 32-bit integers.
_LAST_ID = 2**31 - 1


class NoRoomError(Exception):
    """The ring of visual rows has no room now; release an image first."""


class IdsExhaustedError(Exception):
    """The ids are used up; the engine's prefix cache must be emptied and `VisualRing.restart` called."""


@dataclass(eq=False)
class Stretch:
    """Rows `first` to `first + count` of an endless line, which the ring holds modulo its size."""

    first: int
    count: int
    released: bool = False


@dataclass
class VisualRing:
    """Hands out stretches of rows in a ring of `rows`, and their ids.

    Not thread-safe: one owner calls it.
    """

    rows: int
    vocabulary: int
    _next: int = 0
    _kept: deque[Stretch] = field(default_factory=deque)

    def reserve(self, count: int) -> Stretch:
        """The next `count` rows.

        Raises:
            NoRoomError: fewer are free; `ValueError` where the ring is smaller than `count`.
            IdsExhaustedError: no ids are left.
        """
        if not 0 < count <= self.rows:
            raise ValueError(f"{count} visual tokens do not fit a ring of {self.rows}")
        oldest = self._kept[0].first if self._kept else self._next
        if self._next + count - oldest > self.rows:
            raise NoRoomError(f"{count} rows are wanted, {self.rows - (self._next - oldest)} of {self.rows} are free")
        if self.token_ids_end(self._next + count) > _LAST_ID:
            raise IdsExhaustedError("31 bits of token ids are used up")
        stretch = Stretch(self._next, count)
        self._next += count
        self._kept.append(stretch)
        return stretch

    def release(self, stretch: Stretch) -> None:
        """Give the rows back; raises `ValueError` where they were given back before."""
        if stretch.released:
            raise ValueError("the rows were released before")
        stretch.released = True
        while self._kept and self._kept[0].released:
            self._kept.popleft()

    def restart(self) -> None:
        """Begin with the first id again; nothing may be kept, and no cache may hold an id."""
        if self._kept:
            raise ValueError(f"{len(self._kept)} stretches are still kept")
        self._next = 0

    @property
    def empty(self) -> bool:
        return not self._kept

    def row_indices(self, stretch: Stretch) -> list[int]:
        """Where the stretch lies in the table of rows."""
        return [row % self.rows for row in range(stretch.first, stretch.first + stretch.count)]

    def token_ids(self, stretch: Stretch, long: bool) -> list[int]:
        """Ids of the stretch's rows; `long` for a prompt beyond the rope's switch."""
        start = 2 * self.vocabulary + int(long)
        return [start + 2 * row for row in range(stretch.first, stretch.first + stretch.count)]

    def token_ids_end(self, end: int) -> int:
        return 2 * self.vocabulary + 2 * end

    def text_ids(self, ids: list[int], long: bool) -> list[int]:
        """Ids of text tokens in the form of their prompt."""
        return [token + self.vocabulary for token in ids] if long else ids


class VisualEmbedding(nn.Module):
    """An embedding that gives text ids their vectors and visual ids their rows of features."""

    def __init__(self, text: nn.Embedding, rows: int) -> None:
        super().__init__()
        self.text = text
        self.vocabulary = text.num_embeddings
        # Not a parameter: it is written while requests are served.
        self.rows: Tensor
        self.register_buffer("rows", torch.zeros(rows, text.embedding_dim).to(text.weight), persistent=False)

    @property
    def weight(self) -> Tensor:
        return self.text.weight

    def forward(self, ids: Tensor) -> Tensor:
        """Vectors (…, width) of `ids`."""
        visual = ids >= 2 * self.vocabulary
        rows = self.rows[((ids - 2 * self.vocabulary).clamp(min=0) // 2) % len(self.rows)]
        text: Tensor = self.text(torch.where(visual, 0, ids) % self.vocabulary)
        return torch.where(visual[..., None], rows, text)

    def is_long(self, ids: Tensor) -> Tensor:
        """Which of `ids` have the form of prompts beyond the rope's switch."""
        visual = ids - 2 * self.vocabulary
        return ((ids >= self.vocabulary) & (visual < 0)) | ((visual >= 0) & (visual % 2 == 1))
