"""Text layer and OCR need no network: a run works where nothing but the machine itself can be reached."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..outputs import DOCPIPE, QUICKSTART, assert_sound, pdf, query, without_traceback, write_job

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


@pytest.mark.slow
def test_a_run_without_a_network_reads_text_layers_and_images(tmp_path: Path) -> None:
    pdf(tmp_path / "in" / "text.pdf", "all is well")
    shutil.copy(QUICKSTART / "scan-upside-down.png", tmp_path / "in" / "scan.png")
    job = write_job(tmp_path, layout="on")
    (tmp_path / "home").mkdir()
    prefix, environment = _cut_off(tmp_path / "home")
    # An empty home holds no models that an earlier run, with a network, might have fetched.
    environment |= {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home" / "cache")}
    environment.pop("RAY_ADDRESS", None)
    ran = subprocess.run(
        [*prefix, *DOCPIPE, "run", str(job), "--json"], env=environment, capture_output=True, text=True, timeout=240
    )
    assert ran.returncode == 0, ran.stderr
    without_traceback(ran.stderr)
    assert json.loads(ran.stdout)["pages_ok"] == 2
    assert query(tmp_path / "out", "SELECT text_source FROM pages ORDER BY 1") == [("rapidocr",), ("text_layer",)]
    assert_sound(tmp_path / "out")
