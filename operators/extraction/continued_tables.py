"""Links a table to the one on the page before that it goes on, with and without models after the engine `grid`."""

from collections.abc import Callable
from dataclasses import replace

from ...schemas.job.tasks import Use
from ..inference.tasks import TaskPlan
from ..inference.work import ReadPage
from ..tables.continuation import first_of_page, goes_on, last_of_page
from . import grid
from .findings import with_findings
from .requests import has_pending

Before = Callable[[], ReadPage | None]
"""Reads the page before; called only where a page begins with a table."""


def joined(page: ReadPage, before: Before) -> ReadPage:
    """The page with its first table marked as the continuation of the last one on the page before, where it is that.

    Both pages have their findings.
    """
    tables = page.findings.tables
    at = first_of_page(tables, page.reading)
    if at is None or tables[at].engine != grid.NAME or page.reading.page_number < 2:
        return page
    earlier = before()
    last = None if earlier is None else last_of_page(earlier.findings.tables, earlier.reading)
    if earlier is None or last is None:
        return page
    table = goes_on(tables[at], earlier.findings.tables[last])
    if table is None:
        return page
    table = replace(table, continues=(earlier.reading.page_number, last))
    return replace(page, findings=replace(page.findings, tables=(*tables[:at], table, *tables[at + 1 :])))


def joined_before_models(page: ReadPage, plan: TaskPlan, before: Before) -> ReadPage:
    """`joined` for a page that has what engines without weights found, before any model is asked.

    The tables of both pages are known then only where no model is asked about one of them; else the page is returned as
    it is, also where the model finds the same table in the end: what it will find decides which table is the last.
    """
    own = _settled(page, plan)
    if own is None:
        return page

    def earlier() -> ReadPage | None:
        read = before()
        return None if read is None else _settled(read, plan)

    linked = joined(own, earlier)
    changed = {
        id(old): new for old, new in zip(own.findings.tables, linked.findings.tables, strict=True) if new is not old
    }
    found = tuple(replace(one, finding=changed.get(id(one.finding), one.finding)) for one in page.found)
    return replace(page, found=found) if changed else page


def _settled(page: ReadPage, plan: TaskPlan) -> ReadPage | None:
    """The page with its tables as they will be committed; None where it has none, or a model is still to be asked."""
    cascades = tuple(cascade for cascade in plan.cascades if cascade.use is Use.TABLE)
    if not any(one.id.use is Use.TABLE for one in page.found) or any(has_pending(page, one) for one in cascades):
        return None
    return with_findings(page, {}, replace(plan, cascades=cascades))
