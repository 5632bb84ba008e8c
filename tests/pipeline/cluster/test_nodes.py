"""A job on a cluster of several nodes: it runs there, and what would go wrong is said before work begins."""

import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docpipe.jobs import submit
from docpipe.jobs.submit import copy_package, follow, submission_id, submit_job
from docpipe.pipeline.cluster import nodes as nodes_module
from docpipe.pipeline.cluster import session
from docpipe.pipeline.commands.inspect import inspect_output
from docpipe.schemas.errors import InvalidJobError, MissingResourceError
from docpipe.schemas.job.load import load_job
from PIL import Image, ImageDraw

from ...shared import free_port
from ..outputs import Heard, assert_sound, cli, joined, leave_ray, pdf, run, texts, write_job

pytestmark = pytest.mark.integration


def test_a_cluster_without_processors_is_refused(tmp_path: Path) -> None:
    from ray.cluster_utils import Cluster

    leave_ray()
    empty = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        with pytest.raises(MissingResourceError, match="offers no CPU"), session.ray_session(empty.address):
            pass
    finally:
        empty.shutdown()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray._private.utils import write_ray_address
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        # A submitted job starts the `python` that its node finds.
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        # Ray Jobs go to the newest Ray of their folder on the machine, and the path of its sockets has to be short.
        folder = tempfile.mkdtemp(prefix="ray-")
        common = {"num_cpus": 1, "temp_dir": folder}
        head = {**common, "include_dashboard": True, "dashboard_port": 0}
        # The agents' usual port is taken where another Ray runs on the machine, that of other tests for one.
        nodes = Cluster(initialize_head=True, head_node_args={**head, "dashboard_agent_listen_port": free_port()})
        write_ray_address(nodes.address, folder)
        nodes.add_node(**common, dashboard_agent_listen_port=free_port())
        yield nodes
        leave_ray()
        nodes.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def nodes(cluster: Any) -> Iterator[str]:
    """The cluster, joined for the runs of a test."""
    with joined(cluster.address) as address:
        yield address


@pytest.fixture
def dashboard(cluster: Any) -> str:
    return f"http://{cluster.head_node.webui_url}"


@pytest.fixture
def job(tmp_path: Path) -> Path:
    for number in range(4):
        pdf(tmp_path / "in" / f"{number}.pdf", *(f"document {number} page {page}" for page in range(30)))
    return write_job(tmp_path)


WANTED = sorted(f"document {number} page {page}" for number in range(4) for page in range(30))


def scan(path: Path, text: str) -> None:
    """An image of so much text that OCR takes a while."""
    path.parent.mkdir(exist_ok=True)
    image = Image.new("L", (800, 400), 255)
    for line in range(5):
        ImageDraw.Draw(image).text((60, 60 + 64 * line), f"{text} line {line}", fill=0, font_size=40)
    image.save(path)


def test_a_job_runs_on_all_nodes_of_a_cluster(job: Path, tmp_path: Path, nodes: str) -> None:
    assert run(job, nodes).pages_ok == 120
    assert_sound(tmp_path / "out")
    assert texts(tmp_path / "out") == WANTED


def test_files_that_other_nodes_do_not_see_are_refused_before_work_begins(
    job: Path, tmp_path: Path, nodes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The folder that a process stands in is another one for the workers.
    monkeypatch.chdir(tmp_path)
    private = write_job(tmp_path, inputs={"paths": ["/proc/self/cwd/in"]})
    with pytest.raises(MissingResourceError, match=r"node .*does not see /proc/self/cwd/in/0.pdf and 3 more"):
        run(private, nodes)
    private = write_job(tmp_path, output={"path": "/proc/self/cwd/out"})
    with pytest.raises(MissingResourceError, match="does not see the output folder"):
        run(private, nodes)


def test_variables_that_nodes_lack_are_named(job: Path, tmp_path: Path, nodes: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("DOC_PASSWORDS_HERE", "fjord")
    with_passwords = write_job(tmp_path, inputs={"paths": ["in"], "passwords_env": "DOC_PASSWORDS_HERE"})
    with pytest.raises(MissingResourceError, match="DOC_PASSWORDS_HERE is not set") as caught:
        run(with_passwords, nodes)
    assert "fjord" not in str(caught.value)


def test_another_build_on_the_nodes_is_refused(job: Path, nodes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes_module, "build_of_this_process", lambda: "docpipe 9.9, Python 3.99")
    with pytest.raises(MissingResourceError, match=r"docpipe 9\.9"):
        run(job, nodes)


def test_a_package_with_an_engine_that_a_node_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes_module, "installed_kinds", lambda: ("here", "older"))
    monkeypatch.setattr(nodes_module, "origin", lambda kind: f"a-package 1.0, {kind}")
    wanted = (("here", "a-package 1.0, here"), ("older", "a-package 2.0, older"), ("gone", "b-package 1.0, gone"))
    found = nodes_module.look(nodes_module.Needed(engines=wanted))
    assert found.missing_engines == ("a-package 2.0, older", "b-package 1.0, gone")


def test_another_version_of_ray_is_said_clearly(job: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray._private.utils

    leave_ray()
    monkeypatch.setattr(ray._private.utils, "compute_version_info", lambda: ("9.9.9", "3.99.0"))
    with pytest.raises(MissingResourceError, match=r"does not run the Ray and Python of this process.*9\.9\.9"):
        run(job, cluster.address)


def test_an_address_that_does_not_answer_is_told_soon(job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    leave_ray()
    began = time.monotonic()
    with pytest.raises(MissingResourceError, match="no Ray cluster answers"):
        run(job, f"127.0.0.1:{port}")
    with pytest.raises(MissingResourceError, match="no Ray dashboard answers"):
        submit_job(load_job(job), f"http://127.0.0.1:{port}", [])
    assert time.monotonic() - began < 60


def test_a_submitted_job_is_followed_to_its_exit_code_is_not_started_twice_and_takes_no_environment_along(
    job: Path, tmp_path: Path, dashboard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "do-not-tell")
    first, second = (submit_job(load_job(job), dashboard, []) for _ in range(2))
    assert (first.attached, second.attached) == (False, True)
    with pytest.raises(InvalidJobError, match="another job that writes to"):
        submit_job(load_job(job, ["layout=off", "render.dpi=72"]), dashboard, [])
    parts: list[str] = []
    code, said = follow(second, parts.append), "".join(parts)
    assert code == 0, said
    assert "120 pages: 120 ok" in said
    assert texts(tmp_path / "out") == WANTED
    assert_sound(tmp_path / "out")
    assert "do-not-tell" not in f"{said}{second.client.get_job_info(second.submission_id)}"
    (tmp_path / "in" / "broken.pdf").write_bytes(b"%PDF-1.7\nno page anywhere")
    again = cli("submit", job, "--address", dashboard)
    assert again.returncode == 3, again.stdout + again.stderr
    assert "120 done before" in again.stdout
    assert second.submission_id in again.stderr


@pytest.mark.chaos
def test_a_job_that_is_stopped_commits_what_is_in_hand(tmp_path: Path, nodes: str, dashboard: str) -> None:
    for number in range(8):
        scan(tmp_path / "in" / f"{number}.png", f"document {number}")
    job, out = write_job(tmp_path), tmp_path / "out"
    submission = submit_job(load_job(job), dashboard, [])
    deadline = time.monotonic() + 120
    while len(list(out.glob("pages/part-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    submission.client.stop_job(submission.submission_id)
    said: list[str] = []
    assert follow(submission, said.append) == 130, "".join(said)
    assert "stopping: what is in hand is committed" in "".join(said)
    inspected = inspect_output(str(out))
    assert inspected["running"] is None
    assert [entry["state"] for entry in inspected["runs"]] == ["interrupted"]
    run(job, nodes)
    assert_sound(out)


def test_an_error_on_the_cluster_comes_back_with_its_code(tmp_path: Path, dashboard: str) -> None:
    said: list[str] = []
    submission = submit_job(load_job(write_job(tmp_path, inputs={"paths": ["nothing.pdf"]})), dashboard, [])
    assert follow(submission, said.append) == 4, "".join(said)
    assert "no such file" in "".join(said)


def test_a_cluster_of_another_ray_is_refused(job: Path, dashboard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.setattr(ray, "__version__", "9.9.9")
    with pytest.raises(MissingResourceError, match=r"this machine 9\.9\.9"):
        submit_job(load_job(job), dashboard, [])


def test_the_submission_id_is_that_of_the_output(job: Path) -> None:
    same, other = load_job(job, ["render.dpi=72"]), load_job(job, ["output.path=elsewhere"])
    assert submission_id(load_job(job)) == submission_id(same) != submission_id(other)


def test_the_source_that_travels_is_the_package_and_nothing_else(tmp_path: Path) -> None:
    copy = copy_package(tmp_path)
    assert copy.name == "docpipe"
    assert (copy / "models" / "internvl2").is_dir()
    assert not (copy / "tests").exists()
    assert not (copy / "benchmarks").exists()
    assert Path(submit.__file__).read_bytes() == (copy / "jobs" / "submit.py").read_bytes()


def test_a_node_that_gives_no_answer_is_said_and_does_not_end_the_run(
    job: Path, tmp_path: Path, nodes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = nodes_module._ask

    def one_is_gone(needed: nodes_module.Needed) -> list[tuple[str, nodes_module.Found | str]]:
        (name, _), *others = asked(needed)
        return [(name, "NodeDiedError"), *others]

    monkeypatch.setattr(nodes_module, "_ask", one_is_gone)
    heard = Heard()
    assert run(job, nodes, heard=heard).pages_ok == 120
    assert any("NodeDiedError; continuing without its answer" in message for message in heard.messages)
