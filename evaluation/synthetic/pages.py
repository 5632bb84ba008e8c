"""One page from a seed."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .charts import bar_chart, line_chart, pie_chart
from .damage import damage
from .fonts import Face
from .forms import form
from .invoices import invoice
from .labels import SyntheticPage
from .letters import letter
from .receipts import receipt
from .snippets import block, line, word
from .tables import table
from .writing import Writer

DOCUMENTS: Mapping[str, Callable[[Writer, Sequence[Face]], SyntheticPage]] = {
    "receipt": receipt,
    "invoice": invoice,
    "letter": letter,
    "form": form,
    "table": table,
    "bar": bar_chart,
    "line": line_chart,
    "pie": pie_chart,
}
"""Kinds of whole documents."""

SNIPPETS: Mapping[str, Callable[[Writer, Sequence[Face]], SyntheticPage]] = {
    "word": word,
    "text_line": line,
    "block": block,
}
"""Kinds that are only for learning to read."""

KINDS = (*DOCUMENTS, *SNIPPETS)


def draw_page(
    kind: str, seed: int | Sequence[int], faces: Sequence[Face], strength: float | None = None
) -> SyntheticPage:
    """The page of `kind` for `seed`; the same seed and faces always give the same page.

    Args:
        faces: fonts to choose from, see `fonts.find_faces`.
        strength: of the scanning damage, 0 to 1; drawn where None: a third of all pages are clean.

    Raises:
        KeyError: there is no such kind.
    """
    rng = np.random.default_rng(seed)
    drawing = {**DOCUMENTS, **SNIPPETS}[kind]
    page = drawing(Writer.any_language(rng), faces)
    if strength is None:
        strength = 0.0 if rng.random() < 1 / 3 else float(rng.uniform(0.1, 1.0))
    if kind in ("bar", "line", "pie"):
        # Charts are mostly born digital; they are damaged less.
        strength *= 0.5
    return damage(page, rng, strength) if strength else page
