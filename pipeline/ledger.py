"""Finds the page that kills its engine, however many others are in flight with it."""

from collections import Counter
from typing import Any

MOST_STARTS = 3
"""A page that was begun so often without an end is set aside as `crashed`."""


class Ledger:
    """Counts, for every page, the starts that had no end; lives in an actor of its own, beside the engines.

    An engine that dies leaves its pages begun. When they come again, each of them is a suspect that runs alone, so
    that a further death tells which one it was.
    """

    def __init__(self) -> None:
        self._starts: Counter[str] = Counter()

    def begin(self, key: str) -> int:
        """How often the page was begun without an end; only where it never was, this is a start."""
        starts = self._starts[key]
        if not starts:
            self._starts[key] = 1
        return starts

    def begin_alone(self, key: str) -> None:
        self._starts[key] += 1

    def end(self, key: str) -> None:
        del self._starts[key]


def start_ledger() -> Any:
    """The handle of a ledger in an actor of Ray's, on the driver's node: it lives as long as the job does.

    Should its process alone die, it begins anew with nothing counted.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    actor = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1, scheduling_strategy=here)(Ledger)
    return actor.remote()
