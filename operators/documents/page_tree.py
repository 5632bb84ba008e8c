"""Mends the page tree of a PDF whose `/Count` and `/Kids` disagree, so that every page of the tree can be read.

A page tree (ISO 32000-2, 7.7.3.2) holds its pages twice: as the leaves that `/Kids` lead to, and as a number, `/Count`,
which MuPDF believes: it shows no page above that number, and no page at all where it is 0.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from pymupdf import mupdf

from .mupdf_messages import forget_messages, take_messages

# Messages that MuPDF leaves where it could not make a table of the pages, or where the table has another length.
_BROKEN = re.compile(r"page tree|Document claims to have \d+ pages")
_REFERENCE = re.compile(r"(\d+)\s+\d+\s+R")
# References in `/Kids`, and whatever else stands there.
_KID = re.compile(r"(\d+)\s+\d+\s+R|null|<<.*?>>|[^\s\[\]]+", re.DOTALL)
_PAGE_KEYS = ("Contents", "MediaBox", "Resources", "Parent")
# Nodes that are visited: more than the pages of any document that `limits.max_pages_per_document` is raised for.
_MAX_NODES = 1_000_000


@dataclass(frozen=True)
class PageTree:
    """What a page tree lacks.

    Attributes:
        gone: numbers of pages, counting from 1, that the tree has a place for but whose objects are missing.
        short: how many pages more `/Count` has than the tree has places for.
    """

    gone: frozenset[int] = frozenset()
    short: int = 0


@dataclass
class _Leaves:
    """The leaves of a tree in the order of pages: the number of a page's object, or None for one that is missing."""

    pages: list[int | None] = field(default_factory=list)
    untyped: list[int] = field(default_factory=list)


def mend_page_tree(document: Any) -> PageTree:
    """Make all pages of the tree of an open, unlocked PDF accessible, and say what is missing.

    A tree without a fault stays as it is. Otherwise the tree becomes a single node with all pages, in memory only;
    what pages inherit stays, since they keep their parents. In the place of a missing object is an empty page.
    Where one object is missing and `/Count` has more pages than were found, the object was a node: it takes all their
    places. A `/Count` that is larger than the number of objects in the file is no evidence for missing pages.
    """
    catalog = int(document.pdf_catalog())
    root = _referred(document, catalog, "Pages") if catalog else None
    if root is None:
        return PageTree()
    # MuPDF corrects a number that is too large when it looks for a page.
    kind, value = _key(document, root, "Count")
    claimed = int(value) if kind == "int" else 0
    if not _is_broken(document):
        return PageTree()
    leaves = _leaves(document, root)
    short = claimed - len(leaves.pages) if len(leaves.pages) < claimed < document.xref_length() else 0
    if not any(leaves.pages):
        return PageTree(short=short)
    pages = leaves.pages
    if short and pages.count(None) == 1:
        place = pages.index(None)
        pages, short = pages[:place] + [None] * short + pages[place:], 0
    _replace_kids(document, root, pages, leaves.untyped)
    return PageTree(frozenset(number for number, page in enumerate(pages, 1) if page is None), short)


def foreign_type(page: Any) -> str:
    """The type of the object that stands for a `pymupdf.Page` where it is no page, such as `/Font`; "" for a page."""
    kind, value = _key(page.parent, page.xref, "Type") if page.parent.is_pdf else ("null", "null")
    return "" if kind != "name" or value in ("/Page", "/Template") else value


def _is_broken(document: Any) -> bool:
    forget_messages()
    try:
        if int(document.page_count) < 1:
            return True
        # MuPDF makes its table of pages when it looks for the first one.
        mupdf.pdf_lookup_page_obj(mupdf.pdf_document_from_fz_document(document.this), 0)
    except Exception:
        return True
    finally:
        warnings = take_messages()
    return bool(_BROKEN.search(warnings))


def _referred(document: Any, xref: int, key: str) -> int | None:
    """The number of the object that a key refers to; None where it refers to none."""
    kind, value = _key(document, xref, key)
    found = _REFERENCE.match(value) if kind == "xref" else None
    return int(found[1]) if found else None


def _key(document: Any, xref: int, key: str) -> tuple[str, str]:
    """PyMuPDF's type and text of a key's value; `null` where the object cannot be read."""
    try:
        kind, value = document.xref_get_key(xref, key)
    except Exception:
        return "null", "null"
    return str(kind), str(value)


def _leaves(document: Any, root: int) -> _Leaves:
    """The leaves below a node, each node visited once: what is met again is a missing page, as in a cycle."""
    leaves = _Leaves()
    visited = {root}
    waiting = _kids(document, root)[::-1]
    seen = 0
    while waiting and seen < _MAX_NODES:
        seen += 1
        xref = waiting.pop()
        if xref is None or not _is_dictionary(document, xref):
            leaves.pages.append(None)
        elif _key(document, xref, "Kids")[0] == "null":
            kind, value = _key(document, xref, "Type")
            typed = (kind, value) == ("name", "/Page")
            if not typed and all(_key(document, xref, key)[0] == "null" for key in _PAGE_KEYS):
                leaves.pages.append(None)
                continue
            leaves.pages.append(xref)
            if not typed:
                leaves.untyped.append(xref)
        elif xref in visited:
            leaves.pages.append(None)
        else:
            visited.add(xref)
            waiting += _kids(document, xref)[::-1]
    return leaves


def _is_dictionary(document: Any, xref: int) -> bool:
    try:
        return str(document.xref_object(xref, compressed=True)).startswith("<<")
    except Exception:
        return False


def _kids(document: Any, xref: int) -> list[int | None]:
    """The numbers of the objects in `/Kids`; None for an entry that is no reference."""
    kind, value = _key(document, xref, "Kids")
    if kind == "xref":
        array = _REFERENCE.match(value)
        try:
            value = str(document.xref_object(int(array[1]), compressed=True)) if array else ""
        except Exception:
            value = ""
    if not value.startswith("["):
        return []
    return [int(kid[1]) if kid[1] else None for kid in _KID.finditer(value)]


def _replace_kids(document: Any, root: int, pages: list[int | None], untyped: list[int]) -> None:
    for xref in untyped:
        document.xref_set_key(xref, "Type", "/Page")
    kids = []
    for page in pages:
        number = page
        if number is None:
            number = document.get_new_xref()
            document.update_object(number, f"<</Type/Page/MediaBox[0 0 612 792]/Parent {root} 0 R>>")
        kids.append(f"{number} 0 R")
    document.xref_set_key(root, "Kids", f"[{' '.join(kids)}]")
    document.xref_set_key(root, "Count", str(len(kids)))
    mupdf.ll_pdf_drop_page_tree(mupdf.pdf_document_from_fz_document(document.this).m_internal)
    forget_messages()
