"""One business document from a seed.

A layout is one choice for each part of a page (how its head, its particulars, its goods and its sums are arranged), and
`family` names them, so that a method can be measured on layouts that it has not seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....schemas.page import PageReading
from ..languages import LANGUAGES
from ..writing import Writer
from .agreements import agreement
from .forms import contract, form
from .invoices import invoice
from .letters import letter, statement
from .pages import BusinessPages, KeyValueQuestion, labels
from .receipts import receipt

_DRAWING: Mapping[str, Callable[[BusinessPages], str]] = {
    "invoice": invoice, "receipt": receipt, "form": form, "contract": contract, "agreement": agreement,
    "letter": letter, "statement": statement,
}  # fmt: skip
_SHARES = (
    *["invoice"] * 6, *["receipt"] * 4, *["form"] * 2, "contract", *["agreement"] * 2, *["letter"] * 3, "statement",
)  # fmt: skip
"""How often each kind is drawn."""


@dataclass(frozen=True)
class KeyValueDocument:
    """A document.

    Attributes:
        family: the choices of its layout.
    """

    kind: str
    family: str
    language: str
    readings: tuple[PageReading, ...]
    questions: tuple[KeyValueQuestion, ...]


def key_value_document(seed: int | Sequence[int], kind: str | None = None) -> KeyValueDocument:
    """The document of a seed; `kind` is a key of `_DRAWING`."""
    rng = np.random.default_rng(seed)
    spoken = [language for language in LANGUAGES if language.code in labels()]
    index = int(rng.integers(len(spoken) + 2))
    writer = Writer(rng, spoken[max(0, index - 2)])
    kind = kind or writer.pick(_SHARES)
    page = BusinessPages(writer)
    family = _DRAWING[kind](page)
    recognised = kind == "receipt" or writer.chance(0.2)
    if kind == "receipt":
        for sheet in page.sheets:
            sheet.misread(writer)
    readings = tuple(sheet.reading(at + 1, recognised=recognised) for at, sheet in enumerate(page.sheets))
    return KeyValueDocument(kind, f"{kind} {family}", writer.language.code, readings, tuple(page.questions()))
