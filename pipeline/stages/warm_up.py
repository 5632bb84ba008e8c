"""What workers start before their first unit comes, so that it finds its parser running."""

from typing import Any

from .read import WorkerContext, page_reader


def start_readers(context: WorkerContext, workers: int) -> list[Any]:
    """Have this number of workers start the child processes that units need; returns Ray's references, without waiting.

    A worker process keeps them for all tasks of the run.
    """
    import ray

    task: Any = ray.remote(num_cpus=1, max_retries=0)(_start_reader)
    return [task.remote(context) for _ in range(workers)]


def _start_reader(context: WorkerContext) -> None:
    page_reader(context).start()
