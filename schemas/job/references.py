"""Mistakes between sections of job.yaml, such as a task that names an unknown engine."""

from collections.abc import Iterator, Mapping
from typing import Any

from .engines import BUILT_IN_KINDS, TextReaderSettings, settings_class
from .installed import InstalledEngineError, installed_kinds
from .suggestions import did_you_mean
from .tasks import Use
from .text_engines import AUTO, TEXT_ENGINES, TEXT_LAYER, is_text_engine, text_engine


def references(data: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Mistakes that concern two sections; values of the wrong type are reported by their own checks."""
    if not isinstance(data, Mapping):
        return
    engines = data.get("engines") if isinstance(data.get("engines"), Mapping) else {}
    tasks = data.get("tasks") if isinstance(data.get("tasks"), Mapping) else {}
    for name in filter(is_text_engine, map(str, engines or ())):
        yield ("engines", name), f"{name} is built in; give this engine another name"
    for task in Use:
        settings = (tasks or {}).get(task)
        engine = settings.get("engine") if isinstance(settings, Mapping) else None
        if isinstance(engine, str) and (reason := _unknown_engine(task, engine, engines or {})):
            yield ("tasks", task.value, "engine"), reason
    if _asks_nothing(data, tasks or {}):
        yield ("tasks", "docvqa", "questions"), "must not be an empty list unless inputs.manifest provides questions"
    ocr = (tasks or {}).get("ocr")
    if isinstance(ocr, Mapping) and isinstance(languages := ocr.get("languages"), list | tuple):
        codes = tuple(code for code in languages if isinstance(code, str))
        reason = _unreadable(ocr.get("engine", AUTO.name), codes)
        if reason:
            yield ("tasks", "ocr", "languages"), reason


def _asks_nothing(data: Mapping[Any, Any], tasks: Mapping[Any, Any]) -> bool:
    docvqa, inputs = tasks.get("docvqa"), data.get("inputs")
    has_manifest = isinstance(inputs, Mapping) and inputs.get("manifest") is not None
    return isinstance(docvqa, Mapping) and docvqa.get("questions", []) in ([], ()) and not has_manifest


def _unknown_engine(task: Use, engine: str, engines: Mapping[Any, Any]) -> str | None:
    built_in = [engine.name for engine in TEXT_ENGINES]
    if engine in engines and engine not in built_in:
        if task is not Use.OCR and _only_reads(engines[engine]):
            return f"{engine} only reads text; name another engine"
        return None
    if engine in built_in:
        return None if task is Use.OCR else f"{engine} only reads text; name an engine under engines"
    known = [str(name) for name in engines if name not in built_in] + (built_in if task is Use.OCR else [])
    listed = f"known: {', '.join(known)}" if known else "no engines are defined under engines"
    return f"there is no engine {engine!r}; {listed}{did_you_mean(engine, known)}"


def _only_reads(section: Any) -> bool:
    kind = section.get("kind") if isinstance(section, Mapping) else None
    if kind in BUILT_IN_KINDS or kind not in installed_kinds():
        return False
    try:
        return issubclass(settings_class(str(kind)), TextReaderSettings)
    except InstalledEngineError:
        # The section itself reports it.
        return False


def _unreadable(engine: Any, languages: tuple[str, ...]) -> str | None:
    """Why a built-in engine cannot read `languages`; None if it can, or another engine reads them."""
    if not isinstance(engine, str) or not is_text_engine(engine) or (reader := text_engine(engine).reader) is None:
        return None
    unreadable = [code for code in languages if code in reader.unreadable]
    if not unreadable:
        return None
    named = ", ".join(f"{code} ({reader.unreadable[code]})" for code in unreadable)
    scans = "" if engine == reader.name else f"engine {engine} uses it for scanned pages, whose text would be wrong; "
    return (
        f"{reader.name} cannot read {named}; {scans}engine {TEXT_LAYER} reads every script if the files have a text "
        "layer"
    )
