"""The command line: exit codes of the contract, clean streams, and a run that can be interrupted."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from docpipe import __version__
from docpipe.pipeline.run.stopping import STOP_SECONDS_VARIABLE
from PIL import Image, ImageDraw

from .pipeline.outputs import DOCPIPE, Docpipe, assert_sound, cli, pdf, query, without_traceback, write_job

KEYS = (
    "documents pages pages_ok pages_failed pages_skipped lines answers charts tables "
    "seconds pages_per_second output run_id"
)


@pytest.fixture
def job(tmp_path: Path) -> Path:
    pdf(tmp_path / "in" / "a.pdf", "a one", "a two")
    return write_job(tmp_path)


def test_help_and_version_answer_and_a_wrong_command_is_bad_usage(docpipe: Docpipe) -> None:
    shown = docpipe("--help")
    assert shown.returncode == 0
    for command in ("run", "validate", "plan", "inspect", "read", "locate", "schema", "doctor"):
        assert f" {command} " in shown.stdout
    assert docpipe("--version").stdout == f"docpipe {__version__}\n"
    for wrong in (
        ["no-such-command"],
        ["run"],
        ["run", "a.yaml", "--no-such-option"],
        ["run", "a.yaml", "--limit", "0"],
    ):
        refused = docpipe(*wrong)
        assert (refused.returncode, refused.stdout) == (2, ""), wrong
        assert "Usage" in refused.stderr
        without_traceback(refused.stderr)


@pytest.mark.parametrize(
    "command", ["--help", "--version", "run --help", "read --help", "validate job.yaml", "schema job", "schema tables"]
)
def test_quick_commands_import_nothing_heavy(job: Path, command: str) -> None:
    code = (
        "import sys\nfrom docpipe.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = {'ray', 'torch', 'pymupdf', 'onnxruntime', 'cv2', 'duckdb', 'transformers'} & set(sys.modules)\n"
        "sys.exit(f'{code} {sorted(heavy)}')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *command.split()], cwd=job.parent, capture_output=True, text=True, timeout=60
    )
    assert ran.stderr.strip() == "0 []"


def test_validate_names_line_and_key_and_runs_nothing(job: Path, docpipe: Docpipe) -> None:
    assert docpipe("validate", job).stdout == f"{job}: valid\n"
    broken = job.with_name("broken.yaml")
    broken.write_text("version: 1\ninputs: {paths: [in]}\ntasks: {ocr: {engin: auto}}\noutput: {path: out}\n")
    refused = docpipe("validate", broken)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{broken}:3: tasks.ocr.engin:" in refused.stderr
    without_traceback(refused.stderr)
    for command in ("run", "plan"):
        assert docpipe(command, broken).stderr == refused.stderr
    missing = docpipe("validate", job.with_name("missing.yaml"))
    assert missing.returncode == 2
    assert "missing.yaml" in missing.stderr
    assert not (job.parent / "out").exists()


def test_set_overrides_a_key_and_names_itself_when_it_is_wrong(job: Path, docpipe: Docpipe) -> None:
    assert docpipe("validate", job, "--set", "render.dpi=200").returncode == 0
    for wrong, says in (
        ("render.dpi=big", "--set render.dpi"),
        ("rendr.dpi=1", "rendr"),
        ("nothing", "key.path=value"),
    ):
        refused = docpipe("validate", job, "--set", wrong)
        assert refused.returncode == 2
        assert says in refused.stderr


def test_what_this_version_cannot_do_is_said_before_anything_runs(job: Path, docpipe: Docpipe) -> None:
    question = '[{id: t, ask: "How much?", type: money}]'
    refused = docpipe("run", job, "--set", f"tasks.docvqa={{engine: internvl2, questions: {question}}}")
    assert refused.returncode in (2, 4)
    assert "docvqa" in refused.stderr
    without_traceback(refused.stderr)


def test_schema_prints_json_schema_and_tables(docpipe: Docpipe) -> None:
    schema = json.loads(docpipe("schema", "job").stdout)
    assert {"inputs", "tasks", "output", "on_error"} <= schema["properties"].keys()
    tables = docpipe("schema", "tables").stdout
    assert all(name in tables for name in ("documents", "pages", "lines", "answers", "chart_points", "errors"))
    assert docpipe("schema", "houses").returncode == 2


def test_run_prints_one_json_object_and_nothing_else(job: Path, ray_address: str, docpipe: Docpipe) -> None:
    ran = cli("run", job, "--address", ray_address, "--json", "--set", "name=other")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("\n") == 1
    summary = json.loads(ran.stdout)
    assert list(summary) == KEYS.split()
    assert (summary["documents"], summary["pages_ok"], summary["output"]) == (1, 2, str(job.parent / "out"))
    without_traceback(ran.stderr)
    assert all(line.startswith(("inputs: ", "1 documents")) for line in ran.stderr.splitlines()), ran.stderr
    for command in ("inspect", "plan", "doctor"):
        argument = {"inspect": [job.parent / "out"], "plan": [job], "doctor": []}[command]
        shown = docpipe(command, *argument, "--json")
        assert (shown.returncode, shown.stdout.count("\n")) == (0, 1), shown.stderr
        assert isinstance(json.loads(shown.stdout), dict)
        assert shown.stderr == ""
        assert docpipe(command, *argument).stdout.strip()


def test_doctor_names_engines_versions_and_fixes(docpipe: Docpipe) -> None:
    examined = json.loads(docpipe("doctor", "--json").stdout)
    checks = {check["name"]: check for check in examined["checks"]}
    assert checks["engine text_layer"]["well"]
    assert checks["engine rapidocr"]["well"]
    assert all(check["fix"] for check in examined["checks"] if not check["well"])
    assert {"docpipe", "ray", "pymupdf"} <= examined["versions"].keys()


def test_the_summary_for_a_person_has_queries_that_work(job: Path, ray: str, docpipe: Docpipe) -> None:
    ran = docpipe("run", job)
    assert ran.returncode == 0, ran.stderr
    queries = [line.split('"', 1)[1].rsplit('"', 1)[0] for line in ran.stdout.splitlines() if "duckdb -c" in line]
    assert len(queries) == 3
    for sql in queries:
        query(job.parent / "out", sql)


def test_too_many_failures_end_with_3_and_the_reason(job: Path, ray: str, docpipe: Docpipe) -> None:
    (job.parent / "in" / "b.pdf").write_bytes(b"")
    ran = docpipe("run", job, "--json")
    assert ran.returncode == 3
    assert json.loads(ran.stdout)["documents"] == 2
    assert "1 of 2 documents failed, on_error.max_failed_documents allows 5.0%" in ran.stderr
    allowed = docpipe("run", job, "--set", "on_error.max_failed_documents=0.5", "--json")
    assert allowed.returncode == 0
    assert_sound(job.parent / "out")


def test_a_job_that_breaks_ends_with_1_and_the_cause(job: Path, ray: str, docpipe: Docpipe) -> None:
    for page in range(3):
        Image.new("L", (9000, 9000), 255 - page).save(job.parent / "in" / f"{page}.tif", compression="tiff_deflate")
    (job.parent / "in" / "a.pdf").unlink()
    few = ("--set", "limits.page_memory_mb=720", "--set", "on_error.abort_after=1")
    broke = docpipe("run", job, *few)
    assert broke.returncode == 1, broke.stderr
    assert "on_error.abort_after: 1" in broke.stderr
    assert broke.stdout == ""
    without_traceback(broke.stderr)


def test_a_cluster_that_does_not_answer_ends_with_4(job: Path) -> None:
    refused = cli("run", job, "--address", "127.0.0.1:9")
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "127.0.0.1:9" in refused.stderr
    without_traceback(refused.stderr)


def test_an_output_that_workers_do_not_see_is_refused(job: Path, docpipe: Docpipe) -> None:
    refused = docpipe("plan", job, "--set", "output.path=memory://bucket/out")
    assert refused.returncode == 2
    assert "output.path: memory://bucket/out is in the memory of one process" in refused.stderr
    refused = docpipe("run", job, "--set", f"output.path={job}/out")
    assert (refused.returncode, "is a file, or is inside one" in refused.stderr) == (2, True)


def test_what_is_not_there_ends_with_4(job: Path, docpipe: Docpipe) -> None:
    cases = {
        "no documents found": ["run", job, "--set", "inputs.paths=[none/*.pdf]"],
        "no output of docpipe": ["inspect", job.parent / "nowhere"],
        "no variable NO_SUCH_VARIABLE": ["run", job, "--set", "inputs.passwords_env=NO_SUCH_VARIABLE"],
    }
    for says, arguments in cases.items():
        refused = docpipe(*arguments)
        assert (refused.returncode, refused.stdout) == (4, ""), (says, refused.stderr)
        assert says in refused.stderr or "no file matches" in refused.stderr
        without_traceback(refused.stderr)


@pytest.fixture
def slow_job(tmp_path: Path) -> Path:
    """Enough pages for OCR to be interrupted more than once."""
    for number in range(7):
        frames = [Image.new("L", (640, 240), 255) for _ in range(4)]
        for page, frame in enumerate(frames):
            for line in range(2):
                text = f"document {number} page {page} line {line}"
                ImageDraw.Draw(frame).text((60, 40 + 64 * line), text, fill=0, font_size=30)
        (tmp_path / "in").mkdir(exist_ok=True)
        frames[0].save(tmp_path / "in" / f"{number}.tif", save_all=True, append_images=frames[1:])
    return write_job(tmp_path)


def committed(out: Path) -> int:
    return len([file for file in out.glob("pages/part-*.parquet") if "0" * 32 not in file.name])


def interrupted(job: Path, send: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str, str, list[str]]:
    """A run with its own Ray that gets a signal once it has committed something; what it left alive at last."""
    before = committed(job.parent / "out")
    driver = subprocess.Popen(
        [*DOCPIPE, "run", str(job), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # On a busy machine the pages in hand take longer than the grace period of a pod.
        env={**os.environ, STOP_SECONDS_VARIABLE: "90"},
        # Where the tests run in the background, a shell has told them to ignore Ctrl-C, and they would pass that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    while driver.poll() is None and committed(job.parent / "out") == before and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(driver.pid).children(recursive=True) if driver.poll() is None else []
    send(driver)
    stdout, stderr = driver.communicate(timeout=120)
    _, alive = psutil.wait_procs(children, timeout=120)
    return driver.returncode, stdout, stderr, [" ".join(process.cmdline()) for process in alive]


def ctrl_c(driver: subprocess.Popen[str]) -> None:
    """As a terminal does it: every process of the group gets the signal."""
    os.killpg(driver.pid, signal.SIGINT)


def sigterm(driver: subprocess.Popen[str]) -> None:
    driver.send_signal(signal.SIGTERM)


def states(out: Path) -> list[Any]:
    records = sorted((out / "_docpipe").glob("run-*.json"), key=lambda file: file.stat().st_mtime)
    return [json.loads(record.read_text())["state"] for record in records]


@pytest.mark.integration
def test_an_interrupted_run_ends_with_130_and_the_next_one_goes_on(slow_job: Path, ray: str, docpipe: Docpipe) -> None:
    out = slow_job.parent / "out"
    for send in (ctrl_c, sigterm):
        code, stdout, stderr, alive = interrupted(slow_job, send)
        assert (code, stdout) == (130, ""), (send.__name__, stderr)
        assert "interrupted" in stderr
        without_traceback(stderr)
        assert alive == []
    assert "stopping: what is in hand is committed, in 90 s at most" in stderr
    inspected = json.loads(docpipe("inspect", out, "--json").stdout)
    assert inspected["running"] is None
    assert [entry["state"] for entry in inspected["runs"]] == states(out) == ["interrupted"] * 2
    # One was seen before the signal; each of the two workers had another one in hand.
    assert inspected["runs"][-1]["pages"] > 1
    assert not list((out / "_docpipe").glob("stop-*"))
    before = query(out, "SELECT count(*) FROM pages")[0][0]
    last = docpipe("run", slow_job, "--json")
    assert last.returncode == 0, last.stderr
    summary = json.loads(last.stdout)
    assert summary["pages_skipped"] == before
    assert summary["pages_ok"] + summary["pages_skipped"] == summary["pages"] == 28
    assert_sound(out)


@pytest.mark.parametrize("text", ["-45.00", "-€45", "--45"])
def test_a_text_that_begins_with_a_dash_is_told_how_to_be_written(docpipe: Docpipe, tmp_path: Path, text: str) -> None:
    said = docpipe("locate", tmp_path / "a.pdf", text)
    assert said.returncode == 2
    assert f"FILE -- {shlex.quote(text)}" in " ".join(said.stderr.replace("│", " ").split())
    pdf(tmp_path / "a.pdf", "Credit -45.00")
    assert "exact" in docpipe("locate", tmp_path / "a.pdf", "--", "-45.00").stdout
