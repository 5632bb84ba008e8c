"""A Ray cluster of this machine and an S3 server, with what can be broken in them."""

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
import ray
from ray.cluster_utils import Cluster

WORKING = ("worker", "actor", "child")
FAULTS = ("none", "driver", *WORKING, "node", "store", "object_store")
REFUSALS = ("SlowDown", "ServiceUnavailable", "InternalError", "reset", "lost")
OBJECT_STORE_BYTES = 100 * 1024**2
LONGEST_SECONDS = 8.0
"""How long a store refuses, or stays full, at most."""


def fill(count: int, seconds: float) -> None:
    """Hold so many objects of 8 MiB, mapped so that they cannot be spilled; runs on a node."""
    held = [ray.get(ray.put(np.ones(1024**2))) for _ in range(count)]
    time.sleep(seconds)
    held.clear()


@dataclass
class Cloud:
    """A cluster and an object store that can be broken."""

    nodes: int
    dice: random.Random
    server: Any

    def __post_init__(self) -> None:
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        self.workers = [self._node() for _ in range(self.nodes)]

    def _node(self) -> Any:
        return self.cluster.add_node(num_cpus=1, object_store_memory=OBJECT_STORE_BYTES)

    def close(self) -> None:
        self.cluster.shutdown()

    def strike(self, fault: str, driver: psutil.Popen) -> str:
        """Break something now, one of FAULTS; what was broken, or nothing where there is nothing to break."""
        seconds = self.dice.uniform(0.5, LONGEST_SECONDS)
        if fault in WORKING:
            found = list(_working(fault))
            if not found:
                return ""
            victim, name = self.dice.choice(found)
            with suppress(psutil.Error):
                victim.kill()
            return name
        if fault == "driver":
            driver.kill()
            return "driver"
        if fault == "node":
            lost = self.workers.pop(self.dice.randrange(len(self.workers)))
            self.cluster.remove_node(lost, allow_graceful=False)
            self.workers.append(self._node())
            return "node"
        if fault == "store":
            refusal = self.server.fail(kind := self.dice.choice(REFUSALS), self.dice.choice(("", "PUT", "GET HEAD")))
            time.sleep(seconds)
            self.server.faults.remove(refusal)
            return f"{kind} {refusal.met} times in {seconds:.1f} s" if refusal.met else ""
        # Joined only meanwhile: a lost node would be told of on standard output.
        ray.init(self.cluster.address, log_to_driver=False, logging_level="ERROR")
        task: Any = ray.remote(num_cpus=0, max_retries=0)(fill).options(scheduling_strategy="SPREAD")
        ray.get([task.remote(OBJECT_STORE_BYTES // 8 // 1024**2, seconds) for _ in self.workers])
        ray.shutdown()
        return f"full for {seconds:.1f} s"


def _working(kind: str) -> Iterator[tuple[psutil.Process, str]]:
    """Processes of a kind below this one, with their names; none while no task is at work."""
    found: dict[str, list[tuple[psutil.Process, str]]] = {name: [] for name in WORKING}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            line = " ".join(process.cmdline())
            name = line.split("(")[0].strip()
            if "sandbox.child" in line:
                found["child"].append((process, "parser"))
            elif name.startswith("ray::MapBatches"):
                found["worker"].append((process, name))
            elif name.startswith("ray::") and not name.endswith(("IDLE", "Agent")):
                found["actor"].append((process, name))
    if found["worker"]:
        yield from found[kind]
