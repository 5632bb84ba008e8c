"""Pages of a cache of keys and values: which are free, and how many sequences use each."""

from collections.abc import Sequence
from itertools import pairwise


class NoPagesError(Exception):
    """Fewer pages are free than are wanted."""


class PagePool:
    """Counts the uses of `count` pages. A page is free again when its last user releases it."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._uses = [0] * count
        self._free = count

    @property
    def free(self) -> int:
        return self._free

    def take(self, wanted: int, after: int | None = None) -> list[int]:
        """Take `wanted` free pages, side by side where there is such a place.

        Args:
            after: a page that they should follow, if those behind it are free.

        Raises:
            NoPagesError: there are not as many; nothing was taken.
        """
        if wanted > self._free:
            raise NoPagesError(f"{wanted} pages are wanted, {self._free} of {self.count} are free")
        pages = self._neighbours(wanted, after)
        for page in pages:
            self._uses[page] = 1
        self._free -= wanted
        return pages

    def share(self, pages: Sequence[int]) -> None:
        """Use pages that are in use already once more."""
        for page in pages:
            if not self._uses[page]:
                raise ValueError(f"page {page} is not in use")
            self._uses[page] += 1

    def release(self, pages: Sequence[int]) -> None:
        """Let go of pages that were taken or shared; raises `ValueError` where one is not in use."""
        for page in pages:
            if not self._uses[page]:
                raise ValueError(f"page {page} is not in use")
            self._uses[page] -= 1
            self._free += not self._uses[page]

    def _neighbours(self, wanted: int, after: int | None) -> list[int]:
        if after is not None and not any(self._uses[after + 1 : after + 1 + wanted]):
            following = list(range(after + 1, min(after + 1 + wanted, self.count)))
            if len(following) == wanted:
                return following
        free: list[int] = []
        run = 0
        for page, uses in enumerate(self._uses):
            run = 0 if uses else run + 1
            if not uses and len(free) < wanted:
                free.append(page)
            if run == wanted and run:
                return list(range(page + 1 - wanted, page + 1))
        return free


def side_by_side(pages: Sequence[int]) -> bool:
    """Whether each page follows the one before it."""
    return all(second == first + 1 for first, second in pairwise(pages))
