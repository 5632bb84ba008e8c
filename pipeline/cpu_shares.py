"""How a job with engines divides the processors between reading, engines and the commit, so that none waits for ever.

Ray Data starts a reading task wherever one fits. Were a whole processor needed for a commit, then on a machine of two
processors, of which an engine has a part, none would come to its turn before the last page is read.
"""

from dataclasses import dataclass

_COMMIT_CPUS = 0.5
"""Of a task that parses, grounds and commits, which is less work than reading."""

_ENGINE_CPUS = 0.5
"""Of one replica. Not what a reading task takes: Ray Data would fuse reading into the engine's actor."""


@dataclass(frozen=True)
class CpuShares:
    """Processors of a reading task, of a replica of an engine, and of a commit.

    Attributes:
        readers: reading tasks at once; None for as many as fit.
    """

    reading: float
    engine: float
    commit: float
    readers: int | None


def cpu_shares(cpus: int, replicas: int) -> CpuShares:
    """Shares on a Ray with `cpus` processors and so many replicas of engines, all engines together.

    One reader, all replicas and one commit fit at the same time.
    """
    if cpus < 2:
        return CpuShares(0.5, 0.0, _COMMIT_CPUS, readers=1)
    fits = 1 + _COMMIT_CPUS + _ENGINE_CPUS * replicas <= cpus
    return CpuShares(1.0, _ENGINE_CPUS if fits else 0.0, _COMMIT_CPUS, readers=None)
