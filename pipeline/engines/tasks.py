"""The engines of a job with their tasks in each stage, and the settings with which its pages are read."""

import os
from collections.abc import Iterable, Sequence

from ...models.engines import kind_of
from ...models.text_readers import LOADABLE_READERS
from ...operators.extraction.weight_free import available
from ...operators.inference.tasks import Budget, Cascade, EngineTasks, TaskPlan
from ...operators.inference.work import Question
from ...operators.reading.collect import COLLECTORS
from ...operators.reading.messages import ReadSettings
from ...schemas.errors import InvalidJobError, MissingResourceError
from ...schemas.job.engines import EngineSettings
from ...schemas.job.model import Job
from ...schemas.job.tasks import OcrTask, Use
from ...schemas.job.weight_free import AUTO_ENGINE, weight_free
from ..inputs.listing import InputFile
from ..inputs.questions import from_json, question_of


def page_plan(job: Job) -> TaskPlan:
    """The tasks on single pages."""
    return _plan(job, "page")


def document_plan(job: Job) -> TaskPlan:
    """The tasks on whole documents, once their pages are read."""
    return _plan(job, "document")


def engines_asked(job: Job, task: str) -> tuple[str, ...]:
    """The engines of a task that this version has, in the order in which they are asked.

    Raises MissingResourceError if the job names another, or none is left of `auto`.
    """
    named = job.tasks.given[task].engine
    engines = job.engines_of(task)
    missing = [name for name in engines if not available(name)]
    left = tuple(name for name in engines if name not in missing)
    if missing and (named != AUTO_ENGINE or not left):
        asked = AUTO_ENGINE if named == AUTO_ENGINE else missing[0]
        raise MissingResourceError(
            f"tasks.{task}.engine: {asked}: this version of docpipe does not have the engine {missing[0]}; "
            "name a model under engines"
        )
    return left


def job_questions(job: Job) -> tuple[Question, ...]:
    """The questions that the job asks about every document or page."""
    if job.tasks.docvqa is None:
        return ()
    return tuple(map(question_of, job.tasks.docvqa.questions))


def check_engines(job: Job) -> None:
    """Raises MissingResourceError if an engine of this version, the server of an engine, or its API key is missing."""
    for task in job.tasks.given:
        engines_asked(job, task)
    for name, settings in job.used_engines.items():
        kind_of(settings).check(settings, name)


def check_questions(job: Job, listed: Iterable[InputFile]) -> None:
    """Raises InvalidJobError if the questions of the manifest do not match the tasks of the job."""
    asked = [(file.uri, from_json(file.questions)) for file in listed if file.questions]
    if asked and job.tasks.docvqa is None:
        raise InvalidJobError(f"{job.inputs.manifest}: column 'questions': the job has no task docvqa to answer them")
    if job.tasks.docvqa is not None and not asked and not job.tasks.docvqa.questions:
        raise InvalidJobError(f"{job.inputs.manifest}: has no column 'questions', and tasks.docvqa has none either")
    ids = {question.id for question in job_questions(job)}
    for uri, questions in asked:
        if twice := sorted(ids & {question.id for question in questions}):
            raise InvalidJobError(
                f"{job.inputs.manifest}: {uri}: column 'questions' uses ids that the job uses: {', '.join(twice)}"
            )


def needs_layout(job: Job) -> bool:
    """Whether the layout model runs: `auto` means on if an engine is asked about the regions that it finds."""
    if job.layout != "auto":
        return job.layout == "on"
    plan = page_plan(job)
    of_regions = [one for one in plan.cascades if one.use in (Use.CHART, Use.TABLE) and one.of_regions]
    named = [weight_free(name) for one in plan.cascades for name in one.engines]
    return any(one.models for one in of_regions) or any(own is not None and own.needs_layout for own in named)


def _plan(job: Job, scope: str) -> TaskPlan:
    uses = [use for use in Use if use in job.tasks.given and job.tasks.scope(use) == scope]
    cascades = tuple(cascade for use in uses if (cascade := _cascade(job, use)) is not None)
    named = {name for cascade in cascades for name in cascade.models}
    models = (_tasks(job, name, cascades) for name in job.used_engines if name in named)
    return TaskPlan(cascades, tuple(models))


def _cascade(job: Job, use: Use) -> Cascade | None:
    """The engines of a task; None for the `ocr` task without a model, which is done while reading."""
    names = engines_asked(job, use)
    own = [name for name in names if weight_free(name) is not None]
    models = tuple(name for name in names if name in job.used_engines)
    if not own and not models:
        return None
    task = job.tasks.given[use]
    chart = job.tasks.chart
    of_regions = {Use.OCR: job.layout == "on", Use.CHART: chart is not None and chart.source == "figures"}
    return Cascade(
        use,
        own[0] if own else None,
        models,
        accept=getattr(task, "accept", 1.0),
        verify=getattr(task, "verify", False),
        of_regions=of_regions.get(use, True),
    )


def _tasks(job: Job, name: str, cascades: Sequence[Cascade]) -> EngineTasks:
    settings = job.used_engines[name]
    return EngineTasks(
        engine=name,
        model=kind_of(settings).model_name(settings),
        budgets={one.use: _budget(settings, one.use) for one in cascades if name in one.models},
        seconds=settings.request_seconds,
        keep_running=job.tasks.ocr is not None and job.tasks.ocr.running_headers == "keep",
    )


def _budget(engine: EngineSettings, task: Use) -> Budget:
    return Budget(getattr(engine.max_tiles, task), getattr(engine.max_new_tokens, task))


def read_settings(job: Job) -> ReadSettings:
    """The settings with which the pages of the job are read on CPUs.

    Raises MissingResourceError if the environment variable with the passwords is not set, or this machine does not
    compute the precision of the text reader.
    """
    variable = job.inputs.passwords_env
    ocr = job.tasks.ocr or OcrTask()
    reader = job.text_engine.reader
    if reader is not None and reader.name in LOADABLE_READERS:
        LOADABLE_READERS[reader.name].computed(ocr.precision)
    return ReadSettings(
        **dict(job.render),
        engine=job.text_engine.name,
        languages=ocr.languages,
        precision=ocr.precision,
        other_reader=job.reader_settings,
        layout=needs_layout(job),
        collect=tuple(cascade.weight_free for cascade in page_plan(job).cascades if cascade.weight_free in COLLECTORS),
        running_headers=ocr.running_headers,
        passwords=passwords_from(variable, "inputs.passwords_env") if variable else (),
    )


def passwords_from(variable: str, named_by: str) -> tuple[str, ...]:
    """The passwords in an environment variable, one per line.

    Args:
        named_by: the key or option that names the variable, for the message.

    Raises MissingResourceError if it is not set.
    """
    if variable not in os.environ:
        raise MissingResourceError(f"{named_by}: the environment has no variable {variable}")
    return tuple(line for line in os.environ[variable].splitlines() if line)
