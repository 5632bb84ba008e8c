"""A Ray to run on: our own on this machine, or a running cluster; quiet either way."""

import logging
import os
import re
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from ...schemas.errors import InvalidJobError, MissingResourceError
from ..output.arrow_threads import keep_arrow_threads
from .native_stderr import quiet_native_stderr

SPARE_WORKERS = 4
"""Idle processes that stay, beside one a processor: a commit takes half a processor, and a process that Ray ends takes
its parser and its OCR along, which cost the next one seconds to start."""

_OBJECT_STORE_BYTES = 512 * 1024**2
"""Rows travel through the object store without images; a unit is a few megabytes."""

_PICTURES_BYTES = 64 * 1024**3
"""With images a unit is up to 100 MB; a GPU has sixteen in hand, and as many wait for it."""

METRICS_PORT_VARIABLE = "DOCPIPE_METRICS_PORT"
_ANSWER_SECONDS = 10.0
_LOADING_SECONDS = 6 * 3600.0
_LOGGERS = ("ray", "ray.data", "ray._private.worker")
_TELLS_VERSIONS = re.compile(r"version mismatch", re.IGNORECASE)


@dataclass(frozen=True)
class RaySession:
    """What the running Ray offers; `node_gpus` are those of the node that has most, None where that is not known."""

    cpus: int
    gpus: float
    nodes: int
    address: str | None
    node_gpus: float | None = None


@contextmanager
def ray_session(address: str | None, *, images: bool = False, quiet: bool = True) -> Iterator[RaySession]:
    """Start Ray here (`address` None) or join a running cluster (`auto`, `host:port`), and leave it at the end.

    A Ray that this process is part of already is used and left running.

    Args:
        images: whether pages travel with their images, which needs a larger object store.
        quiet: whether what native code writes to standard error is dropped and Ray's loggers stay silent afterwards.

    Raises:
        MissingResourceError: the cluster does not answer.
        InvalidJobError: this process is part of another Ray than that at `address`.
    """
    # Read when ray is imported: no usage reports leave the machine, no progress bars of Ray's own.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    keep_arrow_threads()
    # Ray prints every death of a worker on standard output, where `--json` promises one object and nothing else.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
    joined = running_address()
    if joined is not None and address not in (None, "auto", joined):
        raise InvalidJobError(
            f"ray.address: {address}: this process is part of the Ray at {joined}; leave the address out to use that, "
            "or call ray.shutdown() first"
        )
    with quiet_native_stderr() if quiet else _same_loggers():
        _quieten()
        if joined is None:
            yield from _session(address, images)
        else:
            with _data_context(images):
                yield _described(joined)


def running_address() -> str | None:
    """The address of the Ray that this process is part of; None where it is part of none."""
    ray = sys.modules.get("ray")
    if ray is None or not getattr(ray, "is_initialized", bool)():
        return None
    return str(ray.get_runtime_context().gcs_address)


def _session(address: str | None, images: bool) -> Iterator[RaySession]:
    import ray

    # The import configures Ray's loggers.
    _quieten()
    on_sigterm = signal.getsignal(signal.SIGTERM)
    environment = os.environ.get("RAY_ADDRESS")
    try:
        if address is None:
            # A Ray that happens to run here is not ours to use.
            os.environ.pop("RAY_ADDRESS", None)
            ray.init(
                address="local",
                num_cpus=available_cpus(),
                _system_config={"num_workers_soft_limit": available_cpus() + SPARE_WORKERS},
                object_store_memory=_object_store_bytes(images),
                include_dashboard=False,
                _metrics_export_port=_metrics_port(),
                log_to_driver=False,
                configure_logging=False,
                logging_level="ERROR",
            )
        else:
            _check_answers(address)
            ray.init(address=address, log_to_driver=False, configure_logging=False, logging_level="ERROR")
    except OSError as error:
        raise MissingResourceError(
            f"ray.address: no Ray cluster answers at {address!r}; start one with 'ray start --head', or leave it null"
        ) from error
    except RuntimeError as error:
        # It may be half connected by now.
        ray.shutdown()
        if address is None or not _TELLS_VERSIONS.search(str(error)):
            raise
        raise MissingResourceError(
            f"ray.address: the cluster at {address!r} does not run the Ray and Python of this process: "
            f"{' '.join(str(error).split())}; use the same versions on both sides"
        ) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            # Ray puts its own in place, which prints a stack and ends with 15.
            signal.signal(signal.SIGTERM, on_sigterm or signal.SIG_DFL)
        if environment is not None:
            os.environ["RAY_ADDRESS"] = environment
    try:
        session_folder = _own_session_folder() if address is None else None
        with _data_context(images):
            _quieten()
            yield _described(address)
        ray.shutdown()
        if session_folder:
            # Ray never deletes its logs; after a run that ended well nobody needs them.
            shutil.rmtree(session_folder, ignore_errors=True)
    finally:
        ray.shutdown()


def _described(address: str | None) -> RaySession:
    """What the Ray that this process is part of offers; raises MissingResourceError where that is no processor."""
    import ray

    nodes = [node for node in ray.nodes() if node["Alive"]]
    resources = ray.cluster_resources()
    cpus, gpus = int(resources.get("CPU", 0)), float(resources.get("GPU", 0))
    if cpus < 1:
        raise MissingResourceError(
            f"ray.address: the cluster at {address!r} of {len(nodes)} nodes offers no CPU, and a task takes one"
        )
    node_gpus = max((float(node["Resources"].get("GPU", 0)) for node in nodes), default=0.0)
    return RaySession(cpus, gpus, len(nodes), address, node_gpus)


@contextmanager
def _data_context(images: bool) -> Iterator[None]:
    """Within, Datasets are made with the settings of a run; those of the program around it come back."""
    from ray.data import DataContext

    context = DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    # One task, one block: a writer that is started again then meets the same rows.
    context.target_max_block_size = None
    context.raise_original_map_exception = True
    if images:
        # Ray gives up after half an hour without a row; loading a large model from a slow disk may take longer.
        context.execution_no_progress_timeout_s = _LOADING_SECONDS
    with DataContext.current(context):
        yield


def _object_store_bytes(images: bool) -> int:
    memory = psutil.virtual_memory().total
    return int(min(_PICTURES_BYTES, memory // 4) if images else min(_OBJECT_STORE_BYTES, memory // 8))


def _own_session_folder() -> str | None:
    from ray._private.worker import _global_node

    return None if _global_node is None else str(_global_node.get_session_dir_path())


def _metrics_port() -> int | None:
    """The port at which a Ray of our own is to export metrics, from the environment; None for any that is free."""
    wanted = os.environ.get(METRICS_PORT_VARIABLE)
    if not wanted:
        return None
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise InvalidJobError(f"{METRICS_PORT_VARIABLE}: {wanted!r} is no port; a number from 1 to 65535")
    from ray._private.utils import get_dashboard_dependency_error

    if (missing := get_dashboard_dependency_error()) is not None:
        raise MissingResourceError(
            f"{METRICS_PORT_VARIABLE}: this Ray exports no metrics ({missing}); pip install 'docpipe[cluster]', or "
            "unset the variable"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            # Ray's agent, and all of Ray with it, would end without a word.
            probe.bind(("", int(wanted)))
        except OSError as error:
            raise MissingResourceError(f"{METRICS_PORT_VARIABLE}: port {wanted}: {error.strerror}") from error
    return int(wanted)


def free_cpus() -> int:
    """Processors of the cluster that nobody uses at this moment."""
    import ray

    return int(ray.available_resources().get("CPU", 0))


def _check_answers(address: str) -> None:
    """Raises OSError where nothing listens at `host:port`; Ray itself would wait for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_SECONDS).close()


def available_cpus() -> int:
    """Processors this process may use, by affinity and by the container's quota."""
    allowed = len(os.sched_getaffinity(0))
    try:
        with open("/sys/fs/cgroup/cpu.max") as file:  # noqa: PTH123
            quota, period = file.read().split()
    except (OSError, ValueError):
        return allowed
    if quota == "max":
        return allowed
    return max(1, min(allowed, int(quota) // int(period)))


@contextmanager
def _same_loggers() -> Iterator[None]:
    """Brings Ray's loggers back to what they were."""
    # Their handlers come with the import.
    import ray.data  # noqa: F401

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger.level, logger.propagate, list(logger.handlers)) for logger in loggers]
    try:
        yield
    finally:
        for logger, (level, propagate, handlers) in zip(loggers, before, strict=True):
            logger.setLevel(level)
            logger.propagate = propagate
            logger.handlers[:] = handlers


def _quieten() -> None:
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL)
        logger.propagate = False
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
        logger.addHandler(logging.NullHandler())
