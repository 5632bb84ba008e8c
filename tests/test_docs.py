"""What README.md and the docs name exists: files, links, headings, modules, commands and their options."""

import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer.main
from docpipe.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "training" / "README.md",
        ROOT / "tests" / "data" / "README.md",
        ROOT / "jobs" / "quickstart" / "SOURCES.md",
        *(ROOT / "docs").glob("*.md"),
    ]
)
FOLDERS = ("benchmarks", "cli", "evaluation", "jobs", "models", "operators", "pipeline", "schemas", "tests", "training")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"(?<![\w./:-])((?:[\w.-]+/)*[\w-]+\.(?:py|toml|sh|ya?ml|md))(?![\w/])")
COMMAND = re.compile(r"^(?:\w+=\S+ )*(?:exec )?(?:\S*/)?docpipe ((?:models )?[a-z]+)((?:[ \n].*)?)$", re.DOTALL)
MODULE = re.compile(r"python3? -m (docpipe[\w.]*)")
NAMES_OF_USERS = {"job.yaml", "jobs/invoices.yaml", "prometheus.yml", "JOB.yaml"}
"""Files that a reader writes."""


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def fenced_lines(text: str) -> Iterator[str]:
    for block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()[1:-1]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The verb and the rest of every docpipe command in a fenced block or between backticks."""
    for line in (*fenced_lines(text), *CODE.findall(FENCE.sub("", text))):
        if found := COMMAND.match(re.split(r"\s#|;|→", line.strip())[0].strip()):
            yield found[1], found[2]


def verbs() -> dict[str, Any]:
    root: Any = typer.main.get_command(app)
    found = dict(root.commands)
    models = found.pop("models")
    return {**found, **{f"models {name}": command for name, command in models.commands.items()}}


def missing_options(verb: Any, rest: str) -> Sequence[str]:
    known = {option for parameter in verb.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return [option for option in re.findall(r"(?<![\w-])--[a-z-]+", rest) if option not in known]


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name != "data"], ids=page_id)
def test_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    names = {path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix}
    missing = []
    for line in (*fenced_lines(text), *CODE.findall(FENCE.sub("", text))):
        for name in FILE.findall(line):
            known = (ROOT / name).exists() or (page.parent / name).exists() or name in names | NAMES_OF_USERS
            if not known and name.partition("/")[0] in {name, *FOLDERS, "docs", "examples"}:
                missing.append(name)
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_modules_that_are_run_exist(page: Path) -> None:
    modules = MODULE.findall(page.read_text(encoding="utf-8"))
    assert not [module for module in modules if find_spec(module.rstrip(".")) is None]


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_commands_are_known_with_their_options(page: Path) -> None:
    known = verbs()
    wrong = []
    for verb, rest in commands(page.read_text(encoding="utf-8")):
        if verb not in known:
            wrong.append(verb)
        else:
            wrong += [f"{verb} {option}" for option in missing_options(known[verb], rest)]
    assert not wrong


def test_commands_are_found() -> None:
    block = "A=1 .venv/bin/docpipe models check P \\\n    --nosuch   # --no\nimport docpipe as d\n"
    text = f"`docpipe nosuch X` and\n\n```\n{block}```\n"
    found = list(commands(text))
    assert [verb for verb, _ in found] == ["models check", "nosuch"]
    assert missing_options(verbs()["models check"], found[0][1]) == ["--nosuch"]
