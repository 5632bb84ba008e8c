"""The table task: the tables of a page, cell by cell."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.job.tasks import Use
from ..grounding.ground import Evidence
from ..inference.cascade import decide
from ..inference.prompts import table_prompt
from ..inference.request import Request, RequestId
from ..inference.results import PageFindings, Table
from ..inference.tasks import Cascade, EngineTasks
from ..inference.work import Found, ReadPage
from ..tables.model_table import ParseTable, read_table
from ..values.locale import LocaleHint
from .regions import blocks_of, evidence_in, region_of
from .results import CascadeResults
from .weight_free import found_is_sure, has_failed

_TABLES = frozenset({"table"})


def subjects(page: ReadPage, cascade: Cascade) -> Sequence[RequestId]:
    return [RequestId(Use.TABLE, block) for block in blocks_of(page.reading, _TABLES)]


def of_every_page(cascade: Cascade, has_questions: bool) -> bool:
    return False


def request(page: ReadPage, about: RequestId, engine: EngineTasks, hint: LocaleHint) -> Request:
    return Request(about, table_prompt(), engine.budgets[Use.TABLE].max_new_tokens, engine.seconds, ParseTable(hint))


def expected(cascade: Cascade, questions: int) -> int:
    return 0


def findings(given: CascadeResults, evidence: Evidence, before: PageFindings) -> PageFindings:
    """A table that all engines declined has no row: its words stay in `lines` and `blocks`."""
    tables = [table for about in given.ids() if (table := _table(given, about)) is not None]
    return replace(before, tables=(*before.tables, *tables))


def _table(given: CascadeResults, about: RequestId) -> Table | None:
    reading = given.page.reading
    region = region_of(reading, about)
    inside = evidence_in(reading, region)
    outcomes = given.outcomes(
        about,
        lambda found: _of_found(found, given.cascade),
        lambda result, engine: read_table(result, region, about.block, inside, reading.text_source, engine),
    )
    return decide(outcomes).kept.value


def _of_found(found: Found | None, cascade: Cascade) -> Table | None:
    if found is None or not (found_is_sure(found, cascade.accept) or has_failed(found)):
        return None
    assert isinstance(found.finding, Table)
    return found.finding
