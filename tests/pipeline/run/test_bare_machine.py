"""A run with a Ray of its own on a machine without a network, by a user who may not read everything."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..outputs import DOCPIPE, QUICKSTART, assert_sound, pdf, results, without_traceback, write_job

pytestmark = pytest.mark.integration

OBEY_PERMISSIONS = """
import ctypes, os, sys
# CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, which let root read and write everything.
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Takes from a command what permissions do not bind."""

LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    request = struct.pack("16sH14s", b"lo", 0, b"")
    flags = struct.unpack("16sH14s", fcntl.ioctl(s, 0x8913, request))[1]
    fcntl.ioctl(s, 0x8914, struct.pack("16sH14s", b"lo", flags | 1, b""))
try:
    socket.create_connection(("192.0.2.1", 9), timeout=2)
except OSError as error:
    assert error.errno == 101, error
else:
    sys.exit("there is a network after all")
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Brings up the loopback interface of a fresh network namespace, proves that it is the only one, runs a command."""

BLOCK = """
import ipaddress, socket

def _checked(method):
    def call(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("localhost", ""):
            try:
                near = ipaddress.ip_address(address[0]).is_loopback
            except ValueError:
                near = False
            if not near:
                raise OSError(101, "Network is unreachable (blocked by the test)")
        return method(self, address, *rest)
    return call

socket.socket.connect = _checked(socket.socket.connect)
socket.socket.connect_ex = _checked(socket.socket.connect_ex)
"""
"""A sitecustomize that lets no Python process connect to another machine."""


def _cut_off(folder: Path) -> tuple[list[str], dict[str, str]]:
    """What to put before a command, and its environment, so that it has no network."""
    unshare = shutil.which("unshare")
    for flags in ("-n", "-rn"):
        prefix = [str(unshare), flags, sys.executable, "-c", LOOPBACK_UP]
        if unshare and subprocess.run([*prefix, "/bin/true"], capture_output=True).returncode == 0:
            return prefix, dict(os.environ)
    (folder / "sitecustomize.py").write_text(BLOCK)
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = {**os.environ, "PYTHONPATH": path}
    attempt = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=2)"
    said = subprocess.run([sys.executable, "-c", attempt], env=environment, capture_output=True, text=True).stderr
    if "blocked by the test" not in said:
        pytest.skip("neither a network namespace nor a sitecustomize can cut the network off here")
    return [], environment


def obedient(*arguments: str | Path, before: list[str] | None = None, **options: Any) -> Any:
    """The command line in a process that permissions bind."""
    command = [*(before or ()), sys.executable, "-c", OBEY_PERMISSIONS, *DOCPIPE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, **options)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A text, a scan, a file that may not be read, and a folder that may not be looked into."""
    folder = tmp_path_factory.mktemp("bare")
    pdf(folder / "in" / "text.pdf", "all is well")
    shutil.copy(QUICKSTART / "scan-upside-down.png", folder / "in" / "scan.png")
    pdf(folder / "in" / "secret.pdf", "secret").chmod(0)
    pdf(folder / "in" / "closed" / "x.pdf", "secret").parent.chmod(0)
    (folder / "in").chmod(0o755)
    yield write_job(folder, layout="on")
    (folder / "in" / "closed").chmod(0o700)


@pytest.fixture(scope="module")
def ran(job: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("home")
    prefix, environment = _cut_off(home)
    # An empty home holds no models that an earlier run, with a network, might have fetched.
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    environment.pop("RAY_ADDRESS", None)
    return obedient("run", job, "--json", before=prefix, env=environment, cwd=job.parent)


def test_a_run_without_a_network_reads_text_layers_and_images(ran: Any, job: Path) -> None:
    without_traceback(ran.stderr)
    assert json.loads(ran.stdout)["pages_ok"] == 2, ran.stderr
    found = results(job.parent / "out")
    assert (found["text.pdf"], found["scan.png"]) == ("text_layer", "rapidocr")
    assert_sound(job.parent / "out")


def test_what_may_not_be_read_is_told(ran: Any, job: Path) -> None:
    assert ran.returncode == 3, ran.stderr
    found = results(job.parent / "out")
    assert (found["secret.pdf"], found["closed"]) == ("permission_denied", "permission_denied")
    assert len(found) == 4


def test_a_plan_counts_what_may_not_be_read(job: Path) -> None:
    planned = obedient("plan", job, "--json", cwd=job.parent)
    assert planned.returncode == 0, planned.stderr
    report = json.loads(planned.stdout)
    assert (report["documents"], report["documents_failed"]) == (4, 2)


def test_a_folder_that_may_not_be_written_is_refused(job: Path) -> None:
    (job.parent / "refused").mkdir(mode=0o555)
    refused = obedient("run", job, "--set", "output.path=refused", cwd=job.parent)
    assert refused.returncode == 1, refused.stderr
    assert "writable" in refused.stderr
    without_traceback(refused.stderr)
