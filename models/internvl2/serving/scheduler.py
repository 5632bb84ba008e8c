"""Decides which tokens the language model computes next, and where their keys and values are stored.

Every step takes the last token of each sequence that decodes, and with them a chunk of the prompts that are still to be
computed. Of several questions about the same images the first one, their leader, computes the prefix; the others wait
for it and share its pages. Pages are taken as answers grow. Where none are left, prefixes that nobody needs are
dropped, and then the youngest sequence releases its pages and is computed again later: the oldest one always continues.
"""

from collections import deque
from dataclasses import dataclass

from .block_pool import PagePool
from .sequence import Prefix, Sequence


@dataclass(frozen=True)
class Copy:
    """The first `tokens` tokens of page `source` go to page `target` before the step."""

    source: int
    target: int
    tokens: int


@dataclass(frozen=True)
class Work:
    """The next `count` pending tokens of a sequence."""

    sequence: Sequence
    count: int

    @property
    def completes(self) -> bool:
        """Whether the step gives the sequence's next token."""
        return self.count == self.sequence.pending


@dataclass(frozen=True)
class Plan:
    """One step; empty `work` where there is nothing to do."""

    copies: list[Copy]
    work: list[Work]


class Scheduler:
    """Not thread-safe: one owner calls it."""

    def __init__(self, pages: int, page_size: int, requests: int, batch_tokens: int, reserve: int) -> None:
        """
        Args:
            pages: pages of `page_size` tokens in the cache.
            requests: the most sequences computed together.
            batch_tokens: the most tokens of one step; at least `requests`.
            reserve: new tokens whose pages a sequence takes at its start already.
        """
        self.pool = PagePool(pages)
        self.batch_tokens = batch_tokens
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []
        self._page_size = page_size
        self._requests = requests
        self._reserve = reserve
        self._leaders: dict[Prefix, Sequence] = {}
        self._held: dict[Prefix, list[int]] = {}
        self._copies: list[Copy] = []

    def add(self, sequence: Sequence) -> None:
        """Queue a sequence; its `most_tokens` must fit the empty cache."""
        if self._pages_for(sequence.most_tokens) > self.pool.count:
            raise ValueError(f"{sequence.most_tokens} tokens do not fit a cache of {self.pool.count} pages")
        self.waiting.append(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Forget a sequence that has ended or is not wanted any more."""
        if sequence in self.running:
            self._stop(sequence)
        else:
            self.waiting.remove(sequence)

    def forget(self, image: int) -> None:
        """Drop the prefixes of an image that is released."""
        for prefix in [prefix for prefix in self._held if image in prefix.images]:
            self._drop(prefix)

    def start_over(self) -> None:
        """Take the pages of all that runs: it is computed again."""
        for sequence in reversed(list(self.running)):
            self._put_back(sequence)
        for prefix in list(self._held):
            self._drop(prefix)
        self._copies = []

    def shrink(self, least: int) -> bool:
        """Do all that runs again, in steps of half as many tokens, at least `least`; False where they had no more."""
        if self.batch_tokens <= least:
            return False
        self.batch_tokens = max(least, self.batch_tokens // 2)
        # Each sequence that decodes has a token in every step.
        self._requests = min(self._requests, self.batch_tokens)
        self.start_over()
        return True

    def plan(self) -> Plan:
        """The next step; call `done` after it."""
        self._admit()
        for sequence in list(self.running):
            self._grow(sequence)
        work = [Work(sequence, 1) for sequence in self.running if sequence.decoding]
        budget = self.batch_tokens - len(work)
        for sequence in self.running:
            if not sequence.decoding and budget > 0:
                work.append(Work(sequence, min(sequence.pending, budget)))
                budget -= work[-1].count
        copies, self._copies = self._copies, []
        return Plan(copies, work)

    def done(self, plan: Plan) -> None:
        """Take note that the step of `plan` was computed; call it before its tokens are written down."""
        for item in plan.work:
            sequence = item.sequence
            sequence.computed += item.count
            prefix = sequence.prefix
            if prefix is not None and self._leaders.get(prefix) is sequence and sequence.computed >= len(prefix.ids):
                del self._leaders[prefix]
                self._held[prefix] = sequence.pages[: self._pages_for(len(prefix.ids))]
                self.pool.share(self._held[prefix])

    def _admit(self) -> None:
        followers: list[Sequence] = []
        while self.waiting and len(self.running) < self._requests:
            sequence = self.waiting.popleft()
            if sequence.prefix in self._leaders:
                followers.append(sequence)
            elif self._place(sequence):
                self.running.append(sequence)
                if sequence.prefix is not None and sequence.prefix not in self._held:
                    self._leaders[sequence.prefix] = sequence
            else:
                self.waiting.appendleft(sequence)
                break
        self.waiting.extendleft(reversed(followers))

    def _place(self, sequence: Sequence) -> bool:
        """Give a sequence its first pages, with those of its prefix; whether there was room."""
        held = None if sequence.prefix is None else self._held.get(sequence.prefix)
        known = len(sequence.prefix.ids) if sequence.prefix is not None and held is not None else 0
        whole, rest = divmod(known, self._page_size)
        tokens = min(max(len(sequence.ids), sequence.prompt_tokens + self._reserve), sequence.most_tokens)
        wanted = self._pages_for(tokens) - whole
        if not self._make_room(wanted, sequence.prefix):
            if self.running:
                return False
            # Nothing runs, so every page in use is a prefix's.
            for prefix in [prefix for prefix in self._held if prefix != sequence.prefix]:
                self._drop(prefix)
            if self.pool.free < wanted and sequence.prefix is not None and held is not None:
                self._drop(sequence.prefix)
                return self._place(sequence)
        shared = held[:whole] if held is not None else []
        self.pool.share(shared)
        own = self.pool.take(wanted, shared[-1] if shared else None)
        if held is not None and rest:
            self._copies.append(Copy(held[whole], own[0], rest))
        sequence.pages = shared + own
        sequence.computed = known
        return True

    def _grow(self, sequence: Sequence) -> None:
        """Allocate a page for the next token of a sequence, preempting another sequence if necessary."""
        while sequence.pages and len(sequence.ids) > len(sequence.pages) * self._page_size:
            if self._make_room(1, sequence.prefix):
                sequence.pages += self.pool.take(1, sequence.pages[-1])
            elif len(self.running) == 1:
                for prefix in list(self._held):
                    self._drop(prefix)
            else:
                self._put_back(self.running[-1])

    def _make_room(self, wanted: int, keep: Prefix | None) -> bool:
        """Whether `wanted` pages are free, prefixes that nobody runs or waits for being dropped for it."""
        if self.pool.free < wanted:
            needed = {sequence.prefix for sequence in (*self.running, *self.waiting)} | {keep}
            for prefix in [prefix for prefix in self._held if prefix not in needed]:
                self._drop(prefix)
                if self.pool.free >= wanted:
                    break
        return self.pool.free >= wanted

    def _put_back(self, sequence: Sequence) -> None:
        self._stop(sequence)
        self.waiting.appendleft(sequence)

    def _stop(self, sequence: Sequence) -> None:
        self.running.remove(sequence)
        self.pool.release(sequence.pages)
        sequence.pages, sequence.computed = [], 0
        if sequence.prefix is not None and self._leaders.get(sequence.prefix) is sequence:
            del self._leaders[sequence.prefix]

    def _drop(self, prefix: Prefix) -> None:
        self.pool.release(self._held.pop(prefix))

    def _pages_for(self, tokens: int) -> int:
        return -(-tokens // self._page_size)
