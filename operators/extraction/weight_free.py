"""The engines without weights: how each is run on a page or a document, in the reading worker, before any model.

An engine is a `WeightFree` in `WEIGHT_FREE`, of functions in a module of its own beside the task modules; what it does
is described in `schemas.job.weight_free`. It returns what it found with its calibrated confidence, and a reason where
it declines; what it raises is a bug, see `broken`. Whether it is sure is decided here, by `accept` of the task.

What an engine needs of a page beyond its words and blocks (vector graphics, pixels) is taken in the parser's process by
a collector of its name, see `operators.reading.collect`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.geometry import Box
from ...schemas.job.tasks import Use
from ...schemas.job.weight_free import weight_free
from ...schemas.page import PageReading
from ...schemas.printable import brief
from ..docvqa.answers import nothing_there
from ..docvqa.key_value.answer import KEY_VALUE_VERSION
from ..inference.cascade import is_sure
from ..inference.request import RequestId
from ..inference.results import Chart, QuestionAnswer, Table
from ..inference.tasks import Cascade, TaskPlan
from ..inference.work import Found, Question, ReadPage
from . import key_value, measured_charts

WHOLE_PAGE = Box(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class WeightFree:
    """How an engine without weights is run.

    Attributes:
        version: changes with every change of its results; part of the job's fingerprint.
        find: what it finds on a page. A finding about a block or a question has the id that a model would get
            (`RequestId(use, block=…)`, `RequestId(use, question=…)`); one about another region has `region`. Blocks and
            questions that it does not name are asked of the next engine, without a row if there is none.
        find_in_document: answers to questions about a whole document, from all its pages that could be opened, in
            order; None for an engine of another task than `docvqa`.
    """

    version: str
    find: Callable[[ReadPage, Cascade], Sequence[Found]]
    find_in_document: Callable[[Sequence[Question], Sequence[PageReading]], Sequence[Found]] | None = None


WEIGHT_FREE: dict[str, WeightFree] = {
    key_value.NAME: WeightFree(KEY_VALUE_VERSION, key_value.find, key_value.find_in_document),
    measured_charts.ENGINE: WeightFree(measured_charts.VERSION, measured_charts.find),
}
