"""Tells whether a page of a PDF may be painted with tiling patterns (ISO 32000-2, 8.7.3)."""

from typing import Any

from pymupdf import mupdf

_RESOURCES = mupdf.pdf_new_name("Resources")
_TILING = 1
_MOST_OBJECTS = 500


def has_tiling_patterns(page: Any) -> bool:
    """Whether the resources of a `pymupdf.Page`, or of the forms that it draws, hold a tiling pattern.

    At most 500 forms and patterns are looked at.
    """
    if not page.parent.is_pdf:
        return False
    pdf_page = mupdf.pdf_page_from_fz_page(page.this)
    waiting = [mupdf.ll_pdf_dict_get_inheritable(pdf_page.m_internal.obj, _RESOURCES.m_internal)]
    seen = 0
    while waiting and seen < _MOST_OBJECTS:
        resources = waiting.pop()
        patterns, forms = (_values(mupdf.ll_pdf_dict_gets(resources, key)) for key in ("Pattern", "XObject"))
        kinds = (mupdf.ll_pdf_to_int(mupdf.ll_pdf_dict_gets(pattern, "PatternType")) for pattern in patterns)
        if _TILING in kinds:
            return True
        inner = (mupdf.ll_pdf_dict_gets(form, "Resources") for form in forms)
        waiting += [found for found in inner if mupdf.ll_pdf_is_dict(found)]
        seen += len(patterns) + len(forms) + 1
    return False


def _values(dictionary: Any) -> list[Any]:
    count = min(mupdf.ll_pdf_dict_len(dictionary), _MOST_OBJECTS)
    return [mupdf.ll_pdf_dict_get_val(dictionary, place) for place in range(count)]
