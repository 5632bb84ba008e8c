"""Pages with one table among prose, a function a kind."""

from ..writing import Writer
from . import contents
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
