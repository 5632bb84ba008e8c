"""The structure that docs/architecture.md promises: imports run downwards, and no folder is a heap."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("schemas", "models", "operators", "pipeline", "evaluation", "jobs", "api", "cli")
"""From the bottom up; `api` is a module, the Python interface."""
MOST_MODULES = 20
HEAVY = ("pymupdf", "pyarrow", "ray", "torch", "transformers", "onnxruntime")
APART = {"tests", "benchmarks", "examples", "training", "docs", ".types"}


def modules() -> list[Path]:
    """The modules of the package, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    paths = [Path(line) for line in listed.splitlines()] or [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    inside = [path for path in paths if path.parts[0] not in APART and not path.parts[0].startswith(".")]
    return [path for path in inside if path.parts[0] not in {"build", "out"} and (ROOT / path).exists()]


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """What a module imports of the package, as the parts of module paths; imports inside functions count."""
    package = path.parent.parts
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + tuple(
                (node.module or "").split(".") if node.module else ()
            )
            for alias in node.names:
                whole = (*base, alias.name)
                is_module = (ROOT / Path(*whole)).with_suffix(".py").exists() or (ROOT / Path(*whole)).is_dir()
                yield whole if is_module else base


def wing(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The folder of a module below its layer, or the module itself where it lies in the layer's own folder."""
    return parts[:3] if parts[:2] == ("models", "internvl2") else parts[:2]


@pytest.mark.parametrize("of_wings", [False, True], ids=["layers", "wings"])
def test_imports_run_downwards_without_a_circle(of_wings: bool) -> None:
    arrows: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for path in modules():
        source = path.with_suffix("").parts
        if source[-1] == "__init__":
            source = source[:-1]
        for target in imports(path):
            if not source or not target or source[0] not in LAYERS or target[0] not in LAYERS:
                continue
            if source[0] != target[0]:
                assert LAYERS.index(target[0]) < LAYERS.index(source[0]), f"{path} imports {'.'.join(target)}"
            elif of_wings and wing(source) != wing(target):
                arrows[wing(source)].add(wing(target))
    try:
        list(TopologicalSorter(arrows).static_order())
    except CycleError as error:
        circle = " → ".join(".".join(part) for part in reversed(error.args[1]))
        pytest.fail(f"imports between folders run in a circle: {circle}")


def test_nothing_at_the_root_shadows_ray() -> None:
    """Where the clone is on the path, a module `ray` there would be imported in the place of Ray."""
    assert [path.name for path in ROOT.iterdir() if path.stem == "ray"] == []


def test_no_folder_is_a_heap() -> None:
    rooms: dict[Path, int] = defaultdict(int)
    for path in modules():
        rooms[path.parent] += path.name != "__init__.py"
    assert {folder: number for folder, number in rooms.items() if number > MOST_MODULES} == {}


def test_packages_load_nothing_heavy_by_themselves() -> None:
    """An eager `__init__` would load PyMuPDF into Ray's workers, and torch into jobs that ask no model."""
    packages = sorted(
        {
            ".".join(("docpipe", *path.parent.parts))
            for path in modules()
            if path.parts[0] in LAYERS and len(path.parts) > 1
        }
    )
    program = f"import importlib, sys\nfor name in {packages!r}: importlib.import_module(name)\n"
    program += f"print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["docpipe.operators.reading.parser", "docpipe.operators.reading.ocr"])
def test_the_sandboxed_processes_start_without_pydantic(module: str) -> None:
    """They start within the time of `docpipe read`, of which its import would take a quarter of a second."""
    program = f"import sys, {module}\nprint('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
