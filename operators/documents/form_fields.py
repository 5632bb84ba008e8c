"""Lists the form fields of a page, and hides those whose value nobody is shown."""

from collections.abc import Iterator
from typing import Any

from pymupdf import mupdf

# ISO 32000-2, table 231: the text of the field is shown as asterisks.
_PASSWORD = 1 << 13
_MOST_FIELDS = 2000


def form_fields(page: Any) -> Iterator[Any]:
    """The form fields of a `pymupdf.Page`, at most 2,000 of them; raises what MuPDF raises where one cannot be read."""
    pdf = mupdf.pdf_page_from_fz_page(page.this)
    widget = mupdf.pdf_first_widget(pdf) if pdf.m_internal else None
    for _ in range(_MOST_FIELDS):
        if widget is None or not widget.m_internal:
            return
        yield widget
        widget = mupdf.pdf_next_widget(widget)


def hide_passwords(page: Any) -> None:
    """Hide the password fields of a `pymupdf.Page`, in memory only.

    MuPDF draws the value of one that has no drawing of its own, which no viewer shows.
    """
    try:
        for field in form_fields(page):
            if (
                mupdf.pdf_annot_field_flags(field) & _PASSWORD
                and mupdf.pdf_widget_type(field) == mupdf.PDF_WIDGET_TYPE_TEXT
            ):
                mupdf.pdf_set_annot_flags(field, mupdf.pdf_annot_flags(field) | mupdf.PDF_ANNOT_IS_HIDDEN)
    except Exception:
        # A damaged field must not cost the page.
        return
