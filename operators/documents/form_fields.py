"""The form fields of a page: hides passwords, and finds values that the page does not show.

A program that fills in a form may leave the field's drawing as it was, empty or with an older value. Some viewers then
draw the value themselves, others show what is drawn, as MuPDF does.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pymupdf import mupdf

# ISO 32000-2, table 231: the text of the field is shown as asterisks.
_PASSWORD = 1 << 13
_MOST_FIELDS = 2000
_KINDS = (mupdf.PDF_WIDGET_TYPE_TEXT, mupdf.PDF_WIDGET_TYPE_COMBOBOX)
# Of the field: it is not shown, or only printed.
_NOT_SHOWN = mupdf.PDF_ANNOT_IS_HIDDEN | mupdf.PDF_ANNOT_IS_NO_VIEW | mupdf.PDF_ANNOT_IS_INVISIBLE
_BUTTONS = (mupdf.PDF_WIDGET_TYPE_CHECKBOX, mupdf.PDF_WIDGET_TYPE_RADIOBUTTON)
_OFF = "Off"
_MOST_PARENTS = 20
_RUN = re.compile(r"0*(\d+)|([^\W\d_]+)")
_LONGEST = 10_000


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


def unseen_values(page: Any, words: Sequence[str]) -> int:
    """Number of fields of a `pymupdf.Page` that show something else than their value.

    Of a text, a word or number is not among the words of the page; of a check box or radio button, the state that is
    drawn is not the one that its field has. A field whose value cannot be read does not count.
    """
    unseen = 0
    shown: str | None = None
    try:
        for field in form_fields(page):
            kind, flags = mupdf.pdf_widget_type(field), mupdf.pdf_annot_flags(field)
            if flags & _NOT_SHOWN:
                continue
            if kind in _BUTTONS:
                unseen += _is_drawn_otherwise(mupdf.pdf_annot_obj(field))
                continue
            value = str(mupdf.pdf_annot_field_value(field) or "")[:_LONGEST] if kind in _KINDS else ""
            if value:
                if shown is None:
                    shown = "".join(words).casefold()
                runs = (digits or letters for digits, letters in _RUN.findall(value.casefold()))
                unseen += not all(run in shown for run in runs)
    except Exception:
        # They are only a warning, which must not cost the page.
        return unseen
    return unseen


def _is_drawn_otherwise(widget: Any) -> bool:
    """Whether the object of a check box or radio button has another state (/AS) than its field (/V)."""
    states = mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(widget, "AP"), "N")
    if not mupdf.pdf_is_dict(states) or mupdf.pdf_is_stream(states):
        return False
    names = (mupdf.pdf_to_name(mupdf.pdf_dict_get_key(states, place)) for place in range(mupdf.pdf_dict_len(states)))
    on = next((name for name in names if name != _OFF), None)
    value = _inherited_name(widget, "V")
    drawn = mupdf.pdf_to_name(mupdf.pdf_dict_gets(widget, "AS")) or _OFF
    return on is not None and value is not None and (value == on) != (drawn == on)


def _inherited_name(widget: Any, key: str) -> str | None:
    """The name that a field, or the nearest of its parents that has the key, has under it; None for no name."""
    node = widget
    for _ in range(_MOST_PARENTS):
        value = mupdf.pdf_dict_gets(node, key)
        if mupdf.pdf_is_name(value):
            return str(mupdf.pdf_to_name(value))
        node = mupdf.pdf_dict_gets(node, "Parent")
        if not mupdf.pdf_is_dict(node):
            break
    return None
