"""Finds values of form fields that a page does not show.

A program that fills in a form may leave the field's drawing as it was, empty or with an older value. Some viewers then
draw the value themselves, others show what is drawn, as MuPDF does.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pymupdf import mupdf

from .bidi import Word

_KINDS = (mupdf.PDF_WIDGET_TYPE_TEXT, mupdf.PDF_WIDGET_TYPE_COMBOBOX)
# Of the field: it is not shown, or only printed; its text is shown as asterisks.
_NOT_SHOWN = mupdf.PDF_ANNOT_IS_HIDDEN | mupdf.PDF_ANNOT_IS_NO_VIEW | mupdf.PDF_ANNOT_IS_INVISIBLE
_PASSWORD = 1 << 13
_RUN = re.compile(r"0*(\d+)|([^\W\d_]+)")
_MOST_FIELDS, _LONGEST = 2000, 10_000


def form_fields(page: Any) -> Iterator[Any]:
    """The form fields of a `pymupdf.Page`, at most 2,000 of them; raises what MuPDF raises where one cannot be read."""
    pdf = mupdf.pdf_page_from_fz_page(page.this)
    widget = mupdf.pdf_first_widget(pdf) if pdf.m_internal else None
    for _ in range(_MOST_FIELDS):
        if widget is None or not widget.m_internal:
            return
        yield widget
        widget = mupdf.pdf_next_widget(widget)


def unseen_values(page: Any, words: Sequence[Word]) -> int:
    """Number of fields of a `pymupdf.Page` with a value of which a word or number is not among the words of the page.

    A field whose value cannot be read does not count.
    """
    unseen = 0
    shown: str | None = None
    try:
        for field in form_fields(page):
            if mupdf.pdf_widget_type(field) not in _KINDS or mupdf.pdf_annot_flags(field) & _NOT_SHOWN:
                continue
            value = str(mupdf.pdf_annot_field_value(field) or "")[:_LONGEST]
            if value and not mupdf.pdf_annot_field_flags(field) & _PASSWORD:
                if shown is None:
                    shown = "".join(word[4] for word in words).casefold()
                runs = (digits or letters for digits, letters in _RUN.findall(value.casefold()))
                unseen += not all(run in shown for run in runs)
    except Exception:
        # They are only a warning, which must not cost the page.
        return unseen
    return unseen
