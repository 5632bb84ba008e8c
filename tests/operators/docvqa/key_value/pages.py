"""Pages of a few lines, put down by hand."""

from collections.abc import Sequence

from docpipe.evaluation.synthetic.business.sheet import Sheet
from docpipe.schemas.page import PageReading

Line = tuple[float, float, str]
"""Left side and top in points, and the text."""


def page(lines: Sequence[Line], *, number: int = 1, recognised: bool = False) -> PageReading:
    sheet = Sheet()
    for x, y, text in lines:
        sheet.text(x, y, text)
    return sheet.reading(number, recognised=recognised)


INVOICE: tuple[Line, ...] = (
    (50, 40, "Rose & Sons Ltd"),
    (50, 54, "12 Mill Lane"),
    (50, 68, "LS1 4AP Leeds"),
    (50, 120, "Bill to:"),
    (50, 134, "Harbour Trading Inc."),
    (50, 148, "7 Queens Drive"),
    (50, 162, "40215 Boston"),
    (350, 120, "Invoice No:"),
    (450, 120, "RS-20731"),
    (350, 134, "Invoice date:"),
    (450, 134, "12 May 2024"),
    (350, 148, "Due date:"),
    (450, 148, "11 June 2024"),
    (50, 220, "Description"),
    (330, 220, "Qty"),
    (400, 220, "Unit price"),
    (500, 220, "Amount"),
    (50, 236, "Desk lamp"),
    (330, 236, "2"),
    (400, 236, "50.00"),
    (500, 236, "100.00"),
    (50, 252, "Ink cartridge"),
    (330, 252, "4"),
    (400, 252, "12.50"),
    (500, 252, "50.00"),
    (400, 290, "Subtotal"),
    (500, 290, "150.00"),
    (400, 304, "VAT 20%"),
    (500, 304, "30.00"),
    (400, 318, "Total"),
    (500, 318, "GBP 180.00"),
    (50, 780, "IBAN: GB29 6016 1331 9268 1900"),
)
