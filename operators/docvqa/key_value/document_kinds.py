"""What kind of document the pages call themselves: the number of an order is no number of an invoice."""

from .facts import DocumentFacts
from .lexicon import parts_of

_OTHERS = frozenset(["order", "offer", "delivery", "contract", "policy", "salary", "account"])
_OF_SOMEBODY = frozenset(["to", "address", "recipient", "customer", "seller"])
"""`Bill to` and `Rechnungsempfänger` say where an invoice goes, which orders do too."""

_SPACED = 5
"""So many single letters in a row are a word in spaced type (`I N V O I C E`)."""


def is_of_another_kind(facts: DocumentFacts) -> bool:
    """Whether no page says that it is an invoice or a receipt, and one says that it is something else."""
    others = False
    for page in facts.pages:
        for runs in page.labels.zones:
            for zone in runs:
                said = frozenset().union(*zone.parts)
                if said & {"invoice", "receipt"} and not said & _OF_SOMEBODY:
                    return False
                others |= bool(said & _OTHERS)
        if any(_spaced_invoice(text) for text in page.page.texts if " " in text):
            return False
    return others


def _spaced_invoice(text: str) -> bool:
    letters = [word for word in text.split(" ") if len(word) == 1]
    return len(letters) >= _SPACED and any("invoice" in part for part in parts_of("".join(letters)))
