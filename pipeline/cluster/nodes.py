"""Checks that every node of a cluster has the same docpipe, sees the same files, and has the variables of the job."""

import hashlib
import os
import platform
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ... import __version__
from ...schemas.errors import MissingResourceError
from ...schemas.job.installed import installed_kinds, origin
from ...schemas.job.model import Job
from ...schemas.uri import local_path
from ..inputs.listing import InputFile
from ..output.store import STATE, Store

SAMPLE = 200
"""Number of local input files that every node is checked for."""

NODE_SECONDS = 90.0
"""Seconds that a node may take to start a worker and answer."""

_NOT_INSTALLED = "docpipe is not installed there"


@dataclass(frozen=True)
class Needed:
    """What a node must have.

    Attributes:
        files: paths with their sizes; None for any size.
        variables: environment variables that must be set.
        engines: kinds of engines from other packages, each with its package, version and class.
    """

    files: tuple[tuple[str, int | None], ...] = ()
    variables: tuple[str, ...] = ()
    engines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Found:
    """What a node has, and what of `Needed` it lacks."""

    host: str
    build: str
    missing_files: tuple[str, ...] = field(default=())
    missing_variables: tuple[str, ...] = field(default=())
    missing_engines: tuple[str, ...] = field(default=())


@cache
def build_of_this_process() -> str:
    """Versions of docpipe and Python with a digest of the package's source."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for folder in sorted(path.parent for path in root.glob("*/__init__.py")):
        for source in sorted(folder.rglob("*.py")):
            digest.update(source.read_bytes())
    return f"docpipe {__version__} ({digest.hexdigest()[:8]}), Python {platform.python_version()}"


def look(needed: Needed) -> Found:
    """Runs on a node."""
    missing = [path for path, size in needed.files if not _is_there(path, size)]
    unset = [name for name in needed.variables if name not in os.environ]
    engines = [wanted for kind, wanted in needed.engines if kind not in installed_kinds() or origin(kind) != wanted]
    return Found(platform.node(), build_of_this_process(), tuple(missing), tuple(unset), tuple(engines))


def check_nodes(job: Job, store: Store, listed: Sequence[InputFile], say: Callable[[str], None]) -> None:
    """Check every node of the cluster that this process has joined.

    Args:
        say: receives a message for each node that gave no answer. This is no error: such a node may be shutting down,
            and Ray moves its work to other nodes.

    Raises MissingResourceError, which names the nodes, if one lacks something.
    """
    variables = [name for engine in job.used_engines.values() for name in engine.variables]
    if job.reader_settings is not None:
        variables += job.reader_settings.variables
    if job.inputs.passwords_env:
        variables.append(job.inputs.passwords_env)
    local = [(path, file.size) for file in listed if not file.error and (path := local_path(file.uri))]
    step = max(1, len(local) // SAMPLE)
    files: list[tuple[str, int | None]] = list(local[::step])
    probe = f"{STATE}/probe-{uuid.uuid4().hex}"
    if store.is_local:
        store.write_bytes(probe, b"docpipe")
        files.append((store.full_path(probe), None))
    try:
        problems = _problems(Needed(tuple(files), tuple(variables), _other_engines(job)), store, say)
    finally:
        store.delete(probe)
    if problems:
        raise MissingResourceError("\n".join(problems))


def _other_engines(job: Job) -> tuple[tuple[str, str], ...]:
    named = {name for task in job.tasks.given for name in job.engines_of(task)}
    kinds = {job.engines[name].kind for name in named if name in job.engines}
    return tuple((kind, origin(kind)) for kind in sorted(kinds.intersection(installed_kinds())))


def _problems(needed: Needed, store: Store, say: Callable[[str], None]) -> list[str]:
    mine = build_of_this_process()
    problems = []
    for node, answer in _ask(needed):
        if isinstance(answer, str):
            if answer.startswith(_NOT_INSTALLED):
                problems.append(f"node {node}: {answer}")
            else:
                say(f"node {node}: {answer}; continuing without its answer")
            continue
        if answer.build != mine:
            problems.append(f"node {node}: has {answer.build}, this process {mine}; install the same on every node")
        problems += [f"node {node}: the environment variable {name} is not set" for name in answer.missing_variables]
        problems += [f"node {node}: {one} is not installed; install it on every node" for one in answer.missing_engines]
        if answer.missing_files:
            first, others = answer.missing_files[0], len(answer.missing_files) - 1
            what = "the output folder" if first.startswith(f"{store.full_path(STATE)}/") else first
            more = f" and {others} more" if others else ""
            problems.append(
                f"node {node}: does not see {what}{more} as this process does; use a disk that is mounted at the same "
                "path on every node, or an object store"
            )
    return problems


def _ask(needed: Needed) -> list[tuple[str, Found | str]]:
    """The answer of each living node, or why there is none."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task: Any = ray.remote(num_cpus=0, max_retries=0)(look)
    nodes = [node for node in ray.nodes() if node["Alive"]]
    asked = {
        task.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)).remote(needed): (
            f"{node['NodeManagerAddress']} ({node['NodeID'][:8]})"
        )
        for node in nodes
    }
    ready, late = ray.wait(list(asked), num_returns=len(asked), timeout=NODE_SECONDS)
    answers: list[tuple[str, Found | str]] = [
        (asked[reference], f"did not answer within {NODE_SECONDS:.0f} s") for reference in late
    ]
    for reference in ready:
        try:
            answers.append((asked[reference], ray.get(reference)))
        except Exception as error:
            answers.append((asked[reference], _why(error)))
    return sorted(answers, key=lambda answer: answer[0])


def _why(error: Exception) -> str:
    text = str(error)
    if "No module named 'docpipe" in text:
        return f"{_NOT_INSTALLED}; install {build_of_this_process()}, or use docpipe submit"
    return " ".join(text.splitlines()[-1:])[:300] or type(error).__name__


def _is_there(path: str, size: int | None) -> bool:
    try:
        found = os.stat(path).st_size  # noqa: PTH116 - keeps undecodable names
    except OSError:
        return False
    return size is None or found == size
