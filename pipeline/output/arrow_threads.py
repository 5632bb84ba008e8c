"""Arrow's thread pools in a process that uses Ray Data too."""

import os


def keep_arrow_threads() -> None:
    """Keep Ray Data's Parquet reader from resizing Arrow's thread pools; call it before `ray.data` is imported.

    Arrow sizes the state of its execution plans by the pools at their first use, and fails with "thread index out of
    range" in processes whose pools grow later.
    """
    os.environ.setdefault("RAY_DATA_PARQUET_READER_CPU_COUNT", "0")
    os.environ.setdefault("RAY_DATA_PARQUET_READER_IO_THREAD_COUNT", "0")
