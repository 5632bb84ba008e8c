"""The names that programs import: cheap to import, typed, documented, and wrong in the words of the command line."""

import inspect
import subprocess
import sys
from pathlib import Path

import docpipe
import pytest
from docpipe.jobs.submit import copy_package

from .pipeline.outputs import QUICKSTART, cli, write_job

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "pyarrow", "pydantic", "pymupdf", "ray", "torch", "transformers", "onnxruntime", "fsspec", "PIL")


def test_the_import_loads_nothing_heavy() -> None:
    program = f"import docpipe, sys; dir(docpipe); print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_is_there_and_documented_with_an_example() -> None:
    assert set(docpipe.__all__) <= set(dir(docpipe))
    for name in docpipe.__all__:
        found = getattr(docpipe, name)
        if inspect.isfunction(found):
            assert f"docpipe.{name}(" in (found.__doc__ or ""), name
    for name in docpipe.ray.__all__:
        assert "docpipe.ray." + name in (getattr(docpipe.ray, name).__doc__ or ""), name
    assert set(docpipe.ray.__all__) == set(dir(docpipe.ray))
    with pytest.raises(AttributeError, match="has no attribute 'reed'"):
        _ = docpipe.reed  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"'docpipe.ray' has no attribute 'x'"):
        _ = docpipe.ray.x  # type: ignore[attr-defined]


def test_a_model_is_reached_without_further_imports() -> None:
    program = "import docpipe; print(docpipe.models.internvl2.InternVL2.load.__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "load"


def test_what_travels_to_a_cluster_has_the_interface(tmp_path: Path) -> None:
    copy_package(tmp_path)
    program = "import docpipe; print(docpipe.__file__, docpipe.load_job, docpipe.ray.ListPages)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_mistakes_of_a_job_are_those_of_the_command_line(tmp_path: Path) -> None:
    job = write_job(tmp_path, render={"dpii": 3})
    with pytest.raises(docpipe.InvalidJobError) as refused:
        docpipe.load_job(job, ["limits.page_seconds=0"])
    shown = cli("validate", job, "--set", "limits.page_seconds=0")
    assert shown.stderr == f"docpipe: {refused.value}\n"
    assert shown.returncode == refused.value.exit_code == 2


def test_texts_are_located_as_on_the_command_line() -> None:
    file = QUICKSTART / "invoice-de.pdf"
    found = docpipe.locate(file, ["Handelsrechnung Nr. E2018092011804", "no such words at all"])
    first, second = found
    assert (first.grounding, first.evidence[0].page_number, len(found)) == ("exact", 1, 2)
    assert 0 < first.evidence[0].box.x0 < first.evidence[0].box.x1 <= 1
    assert (second.grounding, second.evidence, found.failures) == ("none", (), ())
    assert docpipe.locate(str(file), "Berlin", page=1)[0].text == "Berlin"
    with pytest.raises(docpipe.MissingResourceError, match="no such file"):
        docpipe.locate(file.with_name("none.pdf"), ["x"])
    with pytest.raises(docpipe.InvalidJobError, match="there is no page 9"):
        docpipe.locate(file, ["x"], page=9)
    with pytest.raises(docpipe.InvalidJobError, match="page: 0"):
        docpipe.locate(file, ["x"], page=0)


def test_all_exceptions_are_of_one_family() -> None:
    for name in ("InvalidJobError", "MissingResourceError", "JobBrokenError"):
        assert issubclass(getattr(docpipe, name), docpipe.CommandError)


def test_the_documented_names_are_those_that_are_exported() -> None:
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    for name in docpipe.__all__:
        assert f"docpipe.{name}" in text, name
