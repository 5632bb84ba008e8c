"""Pages with one table among prose, a function a kind."""

from ..writing import Writer
from . import contents, reports
from .contents import Content
from .setting import TablePage, one_table, styled


def any_content(writer: Writer) -> Content:
    return writer.pick((contents.statistics, contents.grouped_header, contents.account, contents.sparse))(writer)


def full(writer: Writer) -> TablePage:
    return one_table(writer, any_content(writer), styled(writer, "all"))


def rows(writer: Writer) -> TablePage:
    return one_table(writer, any_content(writer), styled(writer, "rows"))


def partial(writer: Writer) -> TablePage:
    return one_table(writer, contents.grouped_header(writer), styled(writer, "header", span_rules=True))


def bare(writer: Writer) -> TablePage:
    return one_table(writer, writer.pick((contents.statistics, contents.account))(writer), styled(writer, "none"))


def dotted(writer: Writer) -> TablePage:
    return one_table(writer, contents.statistics(writer), styled(writer, "dotted"))


def bands(writer: Writer) -> TablePage:
    content = writer.pick((contents.statistics, contents.goods, contents.words))(writer)
    return one_table(writer, content, styled(writer, "none", bands=True))


def lines_ruled(writer: Writer) -> TablePage:
    return one_table(writer, contents.words(writer), styled(writer, writer.pick(("all", "rows"))))


def lines_spaced(writer: Writer) -> TablePage:
    return one_table(writer, contents.words(writer), styled(writer, writer.pick(("none", "header")), pad=5.0))


def spans(writer: Writer) -> TablePage:
    return one_table(writer, contents.row_groups(writer), styled(writer, "all"))


def statement(writer: Writer) -> TablePage:
    return one_table(writer, contents.statement(writer), styled(writer, writer.pick(("none", "header")), widest=260.0))


def sparse(writer: Writer) -> TablePage:
    return one_table(writer, contents.sparse(writer), styled(writer, writer.pick(("all", "rows", "header", "none"))))


def gutters(writer: Writer) -> TablePage:
    """Few columns far apart."""
    return one_table(writer, contents.statistics(writer), styled(writer, "header", gutter=70.0), wide=True)


def short_words(writer: Writer) -> TablePage:
    return one_table(
        writer, contents.short_words(writer), styled(writer, writer.pick(("rows", "header", "none", "outer")))
    )


def goods(writer: Writer) -> TablePage:
    rules = writer.pick(("rows", "header", "none"))
    return one_table(writer, contents.goods(writer), styled(writer, rules, widest=200.0), wide=True)


def notes(writer: Writer) -> TablePage:
    return one_table(writer, any_content(writer), styled(writer, writer.pick(("header", "rows"))), notes=True)


def sections(writer: Writer) -> TablePage:
    return one_table(writer, contents.sections(writer), styled(writer, writer.pick(("header", "rows", "none", "all"))))


def dollars(writer: Writer) -> TablePage:
    return one_table(writer, contents.dollars(writer), styled(writer, writer.pick(("header", "none"))))


def pairs(writer: Writer) -> TablePage:
    return one_table(writer, contents.pairs(writer), styled(writer, writer.pick(("header", "rows", "all"))))


def wrapped(writer: Writer) -> TablePage:
    """Labels of several lines in the header and beside values, which stand beside the first or the last line."""
    style = styled(writer, writer.pick(("header", "none")), widest=60.0, stand=writer.pick(("top", "bottom")), pad=2.5)
    return one_table(writer, contents.statistics(writer), style)


def narrow(writer: Writer) -> TablePage:
    """Columns that stand close together."""
    return one_table(
        writer, any_content(writer), styled(writer, writer.pick(("header", "rows")), gutter=5.0, size=7.5), wide=False
    )


def coefficients(writer: Writer) -> TablePage:
    return one_table(writer, reports.coefficients(writer), styled(writer, "header", font="tiro", bold_font="tibo"))


def three_levels(writer: Writer) -> TablePage:
    rules = writer.pick(("header", "all", "none"))
    return one_table(writer, reports.three_levels(writer), styled(writer, rules, span_rules=True))


def timetable(writer: Writer) -> TablePage:
    style = styled(writer, writer.pick(("none", "all", "columns", "rows")), bands=writer.chance(0.5), gutter=8.0)
    return one_table(writer, reports.timetable(writer), style)


def bank(writer: Writer) -> TablePage:
    rules = writer.pick(("none", "header", "rows", "columns"))
    return one_table(writer, reports.bank(writer), styled(writer, rules, widest=180.0), wide=True)


def prices(writer: Writer) -> TablePage:
    rules = writer.pick(("none", "header", "rows", "all"))
    return one_table(
        writer, reports.prices(writer, framed=rules == "all"), styled(writer, rules, widest=170.0), wide=True
    )


def annual(writer: Writer) -> TablePage:
    style = styled(writer, writer.pick(("none", "header")), widest=240.0, pad=float(writer.rng.uniform(0.5, 2.0)))
    return one_table(writer, reports.annual(writer), style)


def ticks(writer: Writer) -> TablePage:
    rules = writer.pick(("rows", "all", "header", "none", "white"))
    return one_table(writer, reports.ticks(writer), styled(writer, rules))


def ranking(writer: Writer) -> TablePage:
    return one_table(writer, reports.ranking(writer), styled(writer, writer.pick(("none", "header", "rows"))))


def marked(writer: Writer) -> TablePage:
    return one_table(writer, reports.marked(writer), styled(writer, writer.pick(("header", "rows", "all"))), notes=True)


def sums(writer: Writer) -> TablePage:
    return one_table(writer, reports.sums(writer), styled(writer, "all", widest=170.0), wide=True)


def week(writer: Writer) -> TablePage:
    style = styled(writer, writer.pick(("all", "white", "boxes")), widest=70.0, gutter=10.0)
    return one_table(writer, reports.week(writer), style)


def upright(writer: Writer) -> TablePage:
    """Vertical rulings alone."""
    content = writer.pick((contents.statistics, contents.short_words, contents.words))(writer)
    return one_table(writer, content, styled(writer, "columns"))


def white(writer: Writer) -> TablePage:
    """White rulings on a background."""
    content = writer.pick((contents.statistics, contents.grouped_header, contents.words))(writer)
    return one_table(writer, content, styled(writer, "white"))


def boxes(writer: Writer) -> TablePage:
    """A frame of its own around each cell."""
    content = writer.pick((contents.statistics, contents.grouped_header, contents.row_groups))(writer)
    return one_table(writer, content, styled(writer, "boxes", pad=3.5, gutter=12.0))


def open_groups(writer: Writer) -> TablePage:
    """Cells over several rows without rulings around them."""
    return one_table(writer, contents.row_groups(writer), styled(writer, writer.pick(("header", "none"))))
