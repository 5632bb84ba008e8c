"""Synthetic receipts, invoices, letters, forms, tables and charts with exact ground truth, drawn from a seed.

`draw_page` draws one page; `python -m docpipe.evaluation.synthetic OUT` writes a folder of them with labels in the form
that `docpipe eval` reads.
"""

from .labels import Chart, LabelledQuestion, Line, SyntheticPage, Word
from .pages import KINDS, draw_page

__all__ = ["KINDS", "Chart", "LabelledQuestion", "Line", "SyntheticPage", "Word", "draw_page"]
