"""The engines of a job with their tasks in each stage, and the settings with which its pages are read."""

import os
from collections.abc import Iterable

from ...models.engines import kind_of
from ...operators.inference.tasks import Budget, EngineTasks
from ...operators.inference.work import Question
from ...operators.reading.messages import ReadSettings
from ...schemas.errors import InvalidJobError, MissingResourceError
from ...schemas.job.engines import EngineSettings
from ...schemas.job.model import Job
from ...schemas.job.tasks import OcrTask, Use
from ..inputs.listing import InputFile
from ..inputs.questions import from_json


def page_tasks(job: Job) -> tuple[EngineTasks, ...]:
    """The tasks of engines on single pages."""
    tasks = (_tasks(job, name, "page") for name in job.used_engines)
    return tuple(task for task in tasks if task.budgets)


def document_tasks(job: Job) -> EngineTasks | None:
    """The tasks on whole documents, once their pages are read; None if there are none."""
    tasks = (_tasks(job, name, "document") for name in job.used_engines)
    return next((task for task in tasks if task.budgets), None)


def job_questions(job: Job) -> tuple[Question, ...]:
    """The questions that the job asks about every document or page."""
    if job.tasks.docvqa is None:
        return ()
    return tuple(Question(q.id, q.ask, q.type, tuple(q.choices or ())) for q in job.tasks.docvqa.questions)


def check_engines(job: Job) -> None:
    """Raises MissingResourceError if the server of an engine or its API key is missing."""
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
    """Whether the layout model runs: `auto` means on if charts are searched for among figures."""
    if job.layout == "auto":
        return job.tasks.chart is not None and job.tasks.chart.source == "figures"
    return job.layout == "on"


def _tasks(job: Job, name: str, scope: str) -> EngineTasks:
    settings, chart = job.used_engines[name], job.tasks.chart
    engines = {task: section.engine for task, section in job.tasks.given.items()}
    mine = [use for use in Use if engines.get(use) == name and job.tasks.scope(use) == scope]
    return EngineTasks(
        engine=name,
        model=kind_of(settings).model_name(settings),
        budgets={use: _budget(settings, use) for use in mine},
        regions=job.layout == "on",
        figures=chart is not None and chart.source == "figures",
        seconds=settings.request_seconds,
    )


def _budget(engine: EngineSettings, task: Use) -> Budget:
    return Budget(getattr(engine.max_tiles, task), getattr(engine.max_new_tokens, task))


def read_settings(job: Job) -> ReadSettings:
    """The settings with which the pages of the job are read.

    Raises MissingResourceError if the environment variable with the passwords is not set.
    """
    variable = job.inputs.passwords_env
    ocr = job.tasks.ocr or OcrTask()
    return ReadSettings(
        **dict(job.render),
        engine=job.text_engine.name,
        languages=ocr.languages,
        other_reader=job.reader_settings,
        layout=needs_layout(job),
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
