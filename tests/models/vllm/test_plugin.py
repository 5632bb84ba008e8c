"""vLLM's processes do not outlive the one that started them."""

import os
import signal
import subprocess
import sys

from docpipe.models.vllm.plugin import OWNER_VARIABLE

SLEEPER = "import time; time.sleep(60)"
WATCHER = f"from docpipe.models.vllm.plugin import _end_with_owner; _end_with_owner(); {SLEEPER}"


def test_a_process_ends_once_its_owner_was_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", SLEEPER])
    watcher = subprocess.Popen([sys.executable, "-c", WATCHER], env={**os.environ, OWNER_VARIABLE: str(owner.pid)})
    try:
        owner.kill()
        # The owner is not waited for: it is a zombie, and counts as ended.
        assert watcher.wait(60) == -signal.SIGKILL
    finally:
        watcher.kill()
        owner.wait()
