"""Continued tables in jobs whose `table` task names a model after `grid`, without a run."""

from dataclasses import replace

import pytest
from docpipe.operators.extraction.continued_tables import joined_before_models
from docpipe.operators.extraction.findings import with_findings
from docpipe.operators.extraction.weight_free import with_found
from docpipe.operators.inference.tasks import Budget, Cascade, EngineTasks, TaskPlan
from docpipe.operators.inference.work import ReadPage
from docpipe.operators.tables.structure.area import Rulings
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.page import PageReading

from ..tables.drawn import SIZE, lines_of, table_block, words_of

DRAWING = """
Name          2023     2024
Apples        12,5    1.300
Pears            5        7
Plums and figs   3       11
"""
ENGINE = EngineTasks("m", "m-1", {Use.TABLE: Budget(2, 8)})


def plan(accept: float = 0.9, *, verify: bool = False) -> TaskPlan:
    return TaskPlan((Cascade(Use.TABLE, "grid", ("m",), accept, verify),), (ENGINE,))


def page(number: int, given: TaskPlan) -> ReadPage:
    """A page that is one table."""
    reading = PageReading(
        number,
        width=SIZE[0],
        height=SIZE[1],
        unit="pt",
        text_source="text_layer",
        lines=lines_of(words_of(DRAWING)),
        blocks=table_block(),
        collected={"grid": Rulings()},
    )
    return with_found(ReadPage("d", "d.pdf", reading), given)


def links(second: ReadPage, given: TaskPlan) -> list[tuple[int, int] | None]:
    return [table.continues for table in with_findings(second, {}, given).findings.tables]


@pytest.mark.parametrize("verify", [False, True])
def test_a_table_is_linked_before_the_model_where_grid_is_sure_of_both_pages(verify: bool) -> None:
    given = plan(verify=verify)
    first, second = page(1, given), page(2, given)
    assert links(joined_before_models(second, given, lambda: first), given) == [(1, 0)]


def test_no_page_is_read_again_for_the_first_page_or_for_one_that_a_model_is_asked_about() -> None:
    def unread() -> ReadPage | None:
        raise AssertionError("the page before is not needed")

    assert links(joined_before_models(page(1, plan()), plan(), unread), plan()) == [None]
    unsure = plan(accept=1.0)
    second = page(2, unsure)
    assert joined_before_models(second, unsure, unread) is second


def test_a_page_before_whose_tables_a_model_decides_gives_no_link() -> None:
    second = page(2, plan())
    undecided = page(1, plan())
    undecided = replace(undecided, found=tuple(replace(one, reason="rows are unclear") for one in undecided.found))
    assert joined_before_models(second, plan(), lambda: undecided) is second
    assert joined_before_models(second, plan(), lambda: None) is second
