"""What is written on the pages of a document, where each value stands, and what is asked about it."""

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ..questions import ASKED
from ..writing import Writer
from .sheet import Box, Sheet, text_length

_ASKED_TOO: Mapping[str, tuple[str, ...]] = {
    "order_number": ("What is the order number?", "Which order does this refer to?"),
    "order_date": ("What is the order date?",),
    "delivery_date": ("What is the delivery date?",),
    "customer_number": ("What is the customer number?",),
    "contract_number": ("What is the contract number?",),
    "policy_number": ("What is the policy number?",),
    "due": ("What is the amount due for payment?", "What is the balance due?"),
    "paid": ("How much was paid?", "What amount was prepaid?"),
    "delivery": ("What is the shipping cost?", "What are the delivery costs?"),
    "discount": ("What is the discount?",),
    "tax_id": ("What is the VAT ID?", "What is the tax number?"),
    "phone": ("What is the phone number?",),
    "fax": ("What is the fax number?",),
    "email": ("What is the email address?",),
    "iban": ("What is the IBAN?",),
    "bic": ("What is the BIC?",),
    "contact": ("Who is the contact person?",),
    "birth_date": ("What is the date of birth?",),
    "start_date": ("What is the start date?", "When does the contract start?"),
    "contract_date": ("What is the date of the contract?", "When was the contract made?"),
    "end_date": ("What is the end date?", "When does the contract end?"),
    "landlord": ("Who is the landlord?",),
    "tenant": ("Who is the tenant?",),
    "employer": ("Who is the employer?",),
    "employee": ("Who is the employee?",),
    "lender": ("Who is the lender?",),
    "borrower": ("Who is the borrower?",),
    "licensor": ("Who is the licensor?",),
    "licensee": ("Who is the licensee?",),
    "rent": ("What is the rent?", "How much is the rent?"),
    "salary": ("What is the salary?",),
    "deposit": ("What is the security deposit?",),
    "notice_period": ("What is the notice period?",),
    "term": ("What is the term of the contract?", "How long does the contract last?"),
    "law": ("What is the governing law?", "Which law governs the contract?"),
    "register": ("What is the company registration number?",),
    "seller_address": ("What is the address of the seller?", "What is the address of the company?"),
    "buyer_address": ("What is the address of the buyer?", "What is the address of the customer?"),
}
_FIELD = {"net": "tax_basis_total_amount", "tax": "tax_total_amount", "gross": "grand_total_amount"}
_NEVER = (
    "What is the passport number?", "What is the flight number?", "What is the total weight?", "What is the tip?",
    "Who is the insured person?", "What is the licence plate?", "What is the interest rate?", "Who is the witness?",
    "What is the room number?", "What is the name of the doctor?", "What is the date of departure?",
)  # fmt: skip


@dataclass(frozen=True)
class KeyValueQuestion:
    """A question; without answers, the document does not hold one.

    Attributes:
        answers: every right form, as printed.
        boxes: page and place, in points; any counts.
    """

    field: str
    ask: str
    answers: tuple[str, ...] = ()
    boxes: tuple[tuple[int, Box], ...] = ()


@cache
def labels() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((Path(__file__).parent / "labels.toml").read_text(encoding="utf-8"))


@dataclass
class BusinessPages:
    """What is written on a page so far, and where each value stands."""

    writer: Writer
    sheets: list[Sheet] = field(default_factory=lambda: [Sheet()])
    size: float = 10.0
    found: dict[str, list[tuple[str, int, Box]]] = field(default_factory=dict)
    asks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    receipt: bool = False

    def __post_init__(self) -> None:
        self.size = float(self.writer.rng.uniform(8, 11.5))
        self.pitch = self.size * float(self.writer.rng.uniform(1.25, 1.7))
        self.margin = float(self.writer.rng.uniform(35, 75))
        self.form = self.writer.money_form()
        self.dates = self.writer.pick(self.writer.language.dates)

    @property
    def sheet(self) -> Sheet:
        """The page that is written on."""
        return self.sheets[-1]

    def turn(self) -> None:
        """Go on with another page of the same size."""
        self.sheets.append(Sheet(self.sheet.width, self.sheet.height))

    def label(self, name: str) -> str:
        text = self.writer.pick(labels()[self.writer.language.code][name])
        return text.upper() if self.writer.chance(0.08) else text

    def put(self, x: float, y: float, text: str, align: str = "left", size: float = 0.0) -> Box:
        return self.sheet.text(x, y, text, size or self.size, align)

    def value(self, name: str, x: float, y: float, text: str, align: str = "left") -> Box:
        box = self.put(x, y, text, align)
        self.keep(name, text, box)
        return box

    def keep(self, name: str, text: str, box: Box) -> None:
        self.found.setdefault(name, []).append((text, len(self.sheets), box))

    def questions(self) -> list[KeyValueQuestion]:
        made = []
        for name, places in self.found.items():
            asked = self._asked(name)
            if asked:
                texts = tuple(dict.fromkeys(text for text, _, _ in places))
                boxes = tuple((page, box) for _, page, box in places)
                made.append(KeyValueQuestion(name, self.writer.pick(asked), texts, boxes))
        taken = {"subtotal": "net", "cash": "paid"}
        missing = [
            name for name in (*_ASKED_TOO, *_FIELD, "due_date", "invoice_number", "buyer") if name not in self.found
        ]
        if not self.receipt:
            missing += ["cash", "change"]
        else:
            missing = [
                name for name in missing if name not in ("seller_address", "invoice_number", "gross", "paid", "due")
            ]
        if "seller" in self.found or "company" in self.found:
            missing = [name for name in missing if name not in ("seller_address",)]
        if "number" in self.found:
            missing = [name for name in missing if name != "invoice_number"]
        if "gross" in self.found or "total" in self.found:
            missing = [name for name in missing if name not in ("due", "gross")]
        missing = [
            name for name in missing if name not in {other for mine, other in taken.items() if mine in self.found}
        ]
        for name in self.writer.some(missing, 4):
            made.append(KeyValueQuestion(name, self.writer.pick(self._asked(name))))
        made += [KeyValueQuestion("never", ask) for ask in self.writer.some(_NEVER, 2)]
        return made

    def _asked(self, name: str) -> tuple[str, ...]:
        return self.asks.get(name) or _ASKED_TOO.get(name) or ASKED.get(_FIELD.get(name, name)) or ()

    def date(self, day: datetime.date) -> str:
        return self.writer.date(day, self.dates)

    def pair(self, x: float, y: float, label: str, name: str, text: str, gap: float, colon: str) -> None:
        if gap <= 0:
            words = f"{label}{colon or ':'} {text}"
            box = self.put(x, y, words)
            begin = text_length(f"{label}{colon or ':'} ", self.size)
            self.keep(name, text, (x + begin, y, box[2], box[3]))
        else:
            self.put(x, y, label + colon)
            self.value(name, x + gap, y, text)
