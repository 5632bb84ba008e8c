"""The kinds of pages with tables, by name."""

from collections.abc import Callable, Mapping

from ..languages import LANGUAGES, Language
from ..writing import Writer
from . import arranged, one_table
from .setting import TablePage

KINDS: Mapping[str, Callable[[Writer], TablePage]] = {
    kind.__name__: kind
    for kind in (
        one_table.full,
        one_table.rows,
        one_table.partial,
        one_table.bare,
        one_table.dotted,
        one_table.bands,
        one_table.lines_ruled,
        one_table.lines_spaced,
        one_table.spans,
        one_table.statement,
        one_table.sparse,
        one_table.gutters,
        one_table.short_words,
        one_table.goods,
        one_table.notes,
        one_table.sections,
        one_table.dollars,
        one_table.pairs,
        one_table.wrapped,
        one_table.narrow,
        one_table.coefficients,
        one_table.three_levels,
        one_table.timetable,
        one_table.bank,
        one_table.prices,
        one_table.annual,
        one_table.ticks,
        one_table.ranking,
        one_table.marked,
        one_table.sums,
        one_table.week,
        one_table.upright,
        one_table.white,
        one_table.boxes,
        one_table.open_groups,
        arranged.several,
        arranged.beside_prose,
        arranged.side_by_side,
        arranged.open_side_by_side,
        arranged.stacked,
        arranged.turned,
        arranged.long,
        arranged.right_to_left,
    )
}


def languages() -> tuple[Language, ...]:
    """The languages of the pages: with point and comma as decimal mark."""
    return tuple(language for language in LANGUAGES if language.code in ("en", "de", "fr"))
