"""Batches drawn on the fly by worker processes; a batch depends on its number and the seed alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ..evaluation.synthetic import draw_page
from ..evaluation.synthetic.fonts import Face
from ..models.internvl2.processor.prompt import PromptBuilder
from .curriculum import pick_kind, strength
from .examples import Example, image_token, make_example

# Sequences are padded to a multiple of this, so that a compiled model sees few lengths.
_ROUND = 64


@dataclass(frozen=True)
class Group:
    """Sequences of about one length, padded at their right.

    Attributes:
        ids: (rows, tokens) token ids.
        places: (rows, tokens): for an image token the row of its feature in the batch, -1 for a token of text.
        targets: (rows, tokens): the token that follows where that belongs to the answer, -100 elsewhere.
        weights: (rows, tokens): of each target in the loss.
    """

    ids: Tensor
    places: Tensor
    targets: Tensor
    weights: Tensor

    def pin_memory(self) -> "Group":
        return Group(*(tensor.pin_memory() for tensor in (self.ids, self.places, self.targets, self.weights)))


@dataclass(frozen=True)
class Batch:
    """Attributes:
    tiles: uint8 (tiles, side, side, 3).
    characters: int16 (tiles, patches, slots).
    groups: sequences about the tiles, about equally many tokens in each group.
    """

    tiles: Tensor
    characters: Tensor
    groups: tuple[Group, ...]

    def pin_memory(self) -> "Batch":
        groups = tuple(group.pin_memory() for group in self.groups)
        return Batch(self.tiles.pin_memory(), self.characters.pin_memory(), groups)


@dataclass(frozen=True)
class Plan:
    """What decides the batches.

    Attributes:
        tiles: of a batch, at least; the last page may add a few.
        group_tokens: the most padded tokens of a group.
        questions: asked about a page beside its text.
        fixed: kind and number of pages that are drawn again and again, for the smoke test; None for ever new ones.
    """

    seed: int = 0
    tiles: int = 128
    group_tokens: int = 32768
    questions: int = 1
    fixed: tuple[str, int] | None = None


class Batches(Dataset[Batch]):
    """Batch number → batch. `progress` is shared with the trainer where time and not steps decide the curriculum."""

    def __init__(
        self, builder: PromptBuilder, faces: tuple[Face, ...], plan: Plan, steps: int, progress: Any = None
    ) -> None:
        self.builder, self.faces, self.plan, self.steps, self.progress = builder, faces, plan, steps, progress

    def __getitem__(self, number: int) -> Batch:
        cv2.setNumThreads(1)
        done = self.progress.value if self.progress is not None else number / self.steps
        rng = np.random.default_rng([self.plan.seed, number])
        examples: list[Example] = []
        tiles = 0
        while tiles < self.plan.tiles:
            example = self._example(done, rng)
            if example.sequences:
                examples.append(example)
                tiles += len(example.tiles)
        return collate(examples, self.builder, self.plan.group_tokens)

    def _example(self, done: float, rng: np.random.Generator) -> Example:
        if self.plan.fixed is not None:
            kind, count = self.plan.fixed
            page = draw_page(kind, [self.plan.seed, int(rng.integers(count))], self.faces, 0.0)
        else:
            page = draw_page(
                pick_kind(done, rng), rng.integers(2**63, size=2).tolist(), self.faces, strength(done, rng)
            )
        return make_example(page, self.builder, rng, self.plan.questions)


def stream(dataset: Batches, first: int, last: int, workers: int) -> Iterator[Batch]:
    """Batches `first` to `last` - 1 in order."""
    loader: DataLoader[Batch] = DataLoader(
        dataset,
        batch_size=None,
        sampler=range(first, last),
        num_workers=workers,
        prefetch_factor=3 if workers else None,
        # Forked workers share the tokenizer and the loaded fonts; none of them touches a device.
        multiprocessing_context=get_context("fork") if workers else None,
        pin_memory=torch.cuda.is_available(),
    )
    yield from loader


def collate(examples: list[Example], builder: PromptBuilder, group_tokens: int) -> Batch:
    per_tile, token = builder.config.tokens_per_tile, image_token(builder)
    rows = []
    first = 0
    for example in examples:
        count = len(example.tiles) * per_tile
        rows += [_row(each.prompt, each.answer, token, first, count) for each in example.sequences]
        first += count
    rows.sort(key=lambda row: len(row[0]))
    groups, group = [], list[Any]()
    for row in rows:
        if group and (len(group) + 1) * len(row[0]) > group_tokens:
            groups.append(_padded(group))
            group = []
        group.append(row)
    groups.append(_padded(group))
    return Batch(
        torch.from_numpy(np.concatenate([example.tiles for example in examples])),
        torch.from_numpy(np.concatenate([example.characters for example in examples])),
        tuple(groups),
    )


def _row(prompt: list[int], answer: list[int], token: int, first: int, count: int) -> tuple[Any, Any, Any]:
    """Ids, places and targets of one sequence whose `count` image tokens are the features from `first` on."""
    at = prompt.index(token)
    ids = np.array([*prompt[:at], *[token] * count, *prompt[at + 1 :], *answer], np.int64)
    places = np.full(len(ids), -1, np.int64)
    places[at : at + count] = np.arange(first, first + count)
    targets = np.full(len(ids), -100, np.int64)
    targets[len(ids) - len(answer) - 1 : -1] = answer
    return ids[:-1], places[:-1], targets[:-1]


def _padded(rows: list[tuple[Any, Any, Any]]) -> Group:
    length = -(-max(len(ids) for ids, _, _ in rows) // _ROUND) * _ROUND
    shape = (len(rows), length)
    ids, places = np.zeros(shape, np.int64), np.full(shape, -1, np.int64)
    targets, weights = np.full(shape, -100, np.int64), np.zeros(shape, np.float32)
    for place, (row_ids, row_places, row_targets) in enumerate(rows):
        end = len(row_ids)
        ids[place, :end], places[place, :end], targets[place, :end] = row_ids, row_places, row_targets
        # Between a mean over tokens, where long pages drown short answers, and a mean over answers.
        weights[place, :end] = (row_targets >= 0) / np.sqrt(max(1, (row_targets >= 0).sum()))
    return Group(*(torch.from_numpy(array) for array in (ids, places, targets, weights)))
