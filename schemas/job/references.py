"""Mistakes between sections of job.yaml, such as a task that names an unknown engine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .engines import BUILT_IN_KINDS, TextReaderSettings, settings_class
from .installed import InstalledEngineError, installed_kinds
from .suggestions import did_you_mean
from .tasks import Use
from .text_engines import AUTO, RAPIDOCR, TEXT_ENGINES, TEXT_LAYER, is_text_engine, text_engine
from .weight_free import AUTO_ENGINE, asked_engines, weight_free, weight_free_of

Place = tuple[str | int, ...]


def references(data: Any) -> Iterator[tuple[Place, str]]:
    """Mistakes that concern two sections; values of the wrong type are reported by their own checks."""
    if not isinstance(data, Mapping):
        return
    engines = data.get("engines") if isinstance(data.get("engines"), Mapping) else {}
    tasks = data.get("tasks") if isinstance(data.get("tasks"), Mapping) else {}
    for name in map(str, engines or ()):
        if is_text_engine(name) or weight_free(name) is not None:
            yield ("engines", name), f"{name} is built in; give this engine another name"
    asked: dict[str, tuple[str, ...]] = {}
    for task in Use:
        settings = (tasks or {}).get(task)
        if not isinstance(settings, Mapping):
            continue
        named = settings.get("engine", AUTO_ENGINE)
        mistakes = [*_wrong_engines(task, named, engines or {}), *_nothing_to_verify(task, settings, engines or {})]
        yield from ((("tasks", task.value, *place), reason) for place, reason in mistakes)
        if not mistakes and (isinstance(named, str) or (_is_list(named) and len(set(named)) == len(named))):
            asked[task.value] = asked_engines(_plain(named), task, _models(engines or {}))
    yield from _opposite_orders(asked)
    if _asks_nothing(data, tasks or {}):
        yield ("tasks", "docvqa", "questions"), "must not be an empty list unless inputs.manifest provides questions"
    ocr = (tasks or {}).get("ocr")
    if isinstance(ocr, Mapping) and isinstance(languages := ocr.get("languages"), list | tuple):
        codes = tuple(code for code in languages if isinstance(code, str))
        reason = _unreadable(ocr.get("engine", AUTO.name), codes)
        if reason:
            yield ("tasks", "ocr", "languages"), reason
    if isinstance(ocr, Mapping) and ocr.get("precision", "auto") != "auto":
        engine = ocr.get("engine", AUTO.name)
        if isinstance(engine, str) and not _reads_by_rapidocr(engine, engines or {}):
            yield ("tasks", "ocr", "precision"), f"belongs to {RAPIDOCR.name}, which engine {engine} does not use"


def in_order(lists: Iterable[tuple[str, ...]]) -> list[str]:
    """All names, each once and after those before it in any list; raises ValueError where two lists contradict."""
    before: dict[str, set[str]] = {}
    for names in lists:
        for place, name in enumerate(names):
            before.setdefault(name, set()).update(names[:place])
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError as error:
        raise ValueError(", ".join(dict.fromkeys(error.args[1]))) from None


def _opposite_orders(asked: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Place, str]]:
    try:
        in_order(asked.values())
    except ValueError as error:
        last = [task for task, names in asked.items() if len(names) > 1][-1]
        reason = f"the tasks name {error} in opposite orders; name engines in the same order in all tasks"
        yield ("tasks", last, "engine"), reason


def _wrong_engines(task: Use, named: Any, engines: Mapping[Any, Any]) -> Iterator[tuple[Place, str]]:
    if isinstance(named, str):
        if named == AUTO_ENGINE and task is not Use.OCR:
            models = _models(engines)
            if len(models) > 1:
                own = weight_free_of(task)
                assert own is not None
                yield (
                    ("engine",),
                    f"auto asks one model, and there are several under engines ({', '.join(models)}); write a list "
                    f"such as [{own.name}, {models[0]}]",
                )
        elif reason := _unknown_engine(task, named, engines):
            yield ("engine",), reason
    elif task is not Use.OCR and _is_list(named):
        for place, name in enumerate(named):
            if reason := _unknown_engine(task, name, engines):
                yield ("engine", place), reason
            elif place and weight_free(name) is not None:
                yield ("engine", place), f"{name} needs no model; name it first"


def _nothing_to_verify(
    task: Use, settings: Mapping[Any, Any], engines: Mapping[Any, Any]
) -> Iterator[tuple[Place, str]]:
    named = settings.get("engine", AUTO_ENGINE)
    if settings.get("verify") is not True or not (isinstance(named, str) or _is_list(named)):
        return
    if len(asked_engines(_plain(named), task, _models(engines))) < 2:
        yield ("verify",), "needs a second engine; name two in engine"


def _models(engines: Mapping[Any, Any]) -> tuple[str, ...]:
    """The names of the engines that answer requests about images."""
    named = ((str(name), section) for name, section in engines.items())
    return tuple(name for name, section in named if weight_free(name) is None and not _only_reads(section))


def _is_list(named: Any) -> bool:
    return isinstance(named, list | tuple) and all(isinstance(name, str) for name in named)


def _plain(named: Any) -> str | tuple[str, ...]:
    return named if isinstance(named, str) else tuple(named)


def _asks_nothing(data: Mapping[Any, Any], tasks: Mapping[Any, Any]) -> bool:
    docvqa, inputs = tasks.get("docvqa"), data.get("inputs")
    has_manifest = isinstance(inputs, Mapping) and inputs.get("manifest") is not None
    return isinstance(docvqa, Mapping) and docvqa.get("questions", []) in ([], ()) and not has_manifest


def _unknown_engine(task: Use, engine: str, engines: Mapping[Any, Any]) -> str | None:
    """Why a task cannot have an engine; None if it can."""
    readers = [engine.name for engine in TEXT_ENGINES]
    own = weight_free_of(task)
    built_in = readers if own is None else [AUTO_ENGINE, own.name]
    if engine in engines and engine not in readers and weight_free(engine) is None:
        if task is not Use.OCR and _only_reads(engines[engine]):
            return f"{engine} only reads text; name another engine"
        return None
    if engine == AUTO_ENGINE and task is not Use.OCR:
        return "auto is no name for a list; leave the list out to get it"
    if engine in built_in:
        return None
    if engine in readers:
        return f"{engine} only reads text; name {_names(built_in)} or an engine under engines"
    if (other := weight_free(engine)) is not None:
        return f"{engine} is an engine of the task {other.task}; name {_names(built_in)} or an engine under engines"
    known = [str(name) for name in engines if name not in readers and weight_free(str(name)) is None] + built_in
    return f"there is no engine {engine!r}; known: {', '.join(known)}{did_you_mean(engine, known)}"


def _names(names: Sequence[str]) -> str:
    return " or ".join(names[-2:]) if len(names) < 3 else f"{', '.join(names[:-1])} or {names[-1]}"


def _only_reads(section: Any) -> bool:
    kind = section.get("kind") if isinstance(section, Mapping) else None
    if kind in BUILT_IN_KINDS or kind not in installed_kinds():
        return False
    try:
        return issubclass(settings_class(str(kind)), TextReaderSettings)
    except InstalledEngineError:
        # The section itself reports it.
        return False


def _reads_by_rapidocr(engine: str, engines: Mapping[Any, Any]) -> bool:
    """Whether pages may be read by rapidocr: text of a model is checked against it."""
    if is_text_engine(engine):
        return text_engine(engine).reader is RAPIDOCR
    return not _only_reads(engines.get(engine))


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
