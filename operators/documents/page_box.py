"""Loads pages of PDFs as a person sees them: without passwords, and with their content where the crop box has none."""

from typing import Any

from pymupdf import mupdf

from .form_fields import hide_passwords

# The size, in points, that MuPDF gives to a page without a box that is not empty, upright and on its side.
_NO_BOX = ((612.0, 792.0), (792.0, 612.0))


def load_page(document: Any, page_number: int) -> Any:
    """Page `page_number` (from 1) of a `pymupdf.Document`, a `pymupdf.Page`.

    A crop box that lies outside the media box shows nothing of the page, and is taken for a mistake: the page is shown
    as its media box has it, as by other programs. Password fields are hidden. In memory only.
    """
    page = _load(document, page_number)
    if document.is_pdf:
        hide_passwords(page)
    return page


def _load(document: Any, page_number: int) -> Any:
    page = document.load_page(page_number - 1)
    box = mupdf.ll_fz_bound_page(page.this.m_internal)
    if (box.x1 - box.x0, box.y1 - box.y0) not in _NO_BOX or not document.is_pdf:
        return page
    page_object = mupdf.pdf_page_from_fz_page(page.this).obj()
    media = mupdf.pdf_dict_get_inheritable(page_object, mupdf.PDF_ENUM_NAME_MediaBox)
    crop = mupdf.pdf_dict_get_inheritable(page_object, mupdf.PDF_ENUM_NAME_CropBox)
    if not (mupdf.pdf_is_array(media) and mupdf.pdf_is_array(crop)):
        return page
    both = mupdf.fz_intersect_rect(mupdf.pdf_to_rect(media), mupdf.pdf_to_rect(crop))
    if not mupdf.fz_is_empty_rect(both) or mupdf.fz_is_empty_rect(mupdf.pdf_to_rect(media)):
        return page
    mupdf.pdf_dict_put(page_object, mupdf.PDF_ENUM_NAME_CropBox, media)
    del page
    return document.load_page(page_number - 1)
