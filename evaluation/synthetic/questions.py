"""How fields are asked for, and questions whose answer the page does not give."""

from collections.abc import Iterable, Sequence

from .labels import Box, LabelledQuestion
from .writing import Writer

ASKED = {
    "company": (
        "What is the name of the company that issued this receipt?",
        "Which shop is this receipt from?",
        "Who issued this receipt?",
    ),
    "address": ("What is the address of the company on this receipt?", "What is the address of the shop?"),
    "date": ("What is the date on this receipt?", "What is the date?", "When was this receipt printed?"),
    "total": ("What is the total amount on this receipt?", "What is the total amount?", "What is the total?"),
    "receipt_number": ("What is the receipt number?", "What is the number of this receipt?"),
    "time": ("What is the time on this receipt?", "At what time was this printed?"),
    "phone": ("What is the phone number?", "What is the telephone number?"),
    "subtotal": ("What is the subtotal?",),
    "tax": ("What is the tax amount?", "How much tax is included?"),
    "cash": ("How much was paid?", "What amount was given?"),
    "change": ("How much change was given?", "What is the change?"),
    "invoice_number": ("What is the invoice number?", "Which number does this invoice have?"),
    "invoice_date": ("What is the invoice date?", "When was the invoice issued?"),
    "due_date": ("What is the due date?", "When is the payment due?"),
    "customer_number": ("What is the customer number?",),
    "seller": ("What is the name of the seller?", "Who issued this invoice?", "Who is the supplier?"),
    "buyer": ("What is the name of the buyer?", "Who is the invoice addressed to?"),
    "grand_total_amount": (
        "What is the grand total including tax?",
        "What is the total amount?",
        "What is the invoice total?",
    ),
    "due_payable_amount": ("What is the amount due for payment?",),
    "tax_basis_total_amount": ("What is the total net amount before tax?", "What is the net amount?"),
    "tax_total_amount": ("What is the total tax amount?",),
    "iban": ("What is the IBAN?", "To which IBAN should be paid?"),
    "sender": ("Who wrote this letter?", "Who is the sender?", "Who signed this letter?"),
    "recipient": ("Who is the recipient of this letter?", "To whom is this letter addressed?"),
    "letter_date": ("What is the date of this letter?", "What is the date?"),
    "subject": ("What is the subject of this letter?", "What is this letter about?"),
    "passport_number": ("What is the passport number?",),
    "order_number": ("What is the order number?",),
    "email": ("What is the email address?",),
    "discount": ("What is the discount?", "How much discount was given?"),
    "delivery_date": ("What is the delivery date?",),
    "tip": ("How much tip was given?",),
    "weight": ("What is the total weight?",),
    "flight_number": ("What is the flight number?",),
    "title": ("What is the title of this table?", "What is the title?"),
}
"""The ways to ask for each field; the first is that of published question sets where they have one."""

# Asked without a hint at the kind of page, so they can be asked of any page that lacks the field.
_ANYWHERE = ("phone", "iban", "passport_number", "order_number", "email", "delivery_date", "weight", "flight_number")


def ask(writer: Writer, field: str, answers: Iterable[str], boxes: Sequence[Box]) -> LabelledQuestion:
    return LabelledQuestion(field, writer.pick(ASKED[field]), tuple(answers), tuple(boxes))


def absent(
    writer: Writer, present: Iterable[str], fields: Sequence[str] = (), count: int = 2
) -> list[LabelledQuestion]:
    """Questions for `count` fields of `fields` and of those of any page that are not `present`."""
    missing = [field for field in dict.fromkeys((*fields, *_ANYWHERE)) if field not in set(present)]
    return [LabelledQuestion(field, writer.pick(ASKED[field]), ()) for field in writer.some(missing, count)]
