"""Whose a value is: the seller's or the buyer's telephone number, bank account or number for taxes."""

from collections.abc import Callable, Mapping

from .candidates import Candidate
from .facts import ROLES, DocumentFacts, PageFacts
from .labels import zone_before
from .party_features import heading_of

SELLER, BUYER = ROLES["seller"], ROLES["buyer"]

_SAYS: Mapping[int, frozenset[str]] = {
    BUYER: frozenset(["customer", "recipient", "employee", "tenant", "borrower"]),
    SELLER: frozenset(["seller", "sender", "company", "landlord", "employer", "lender"]),
}
_LONGEST_BLOCK = 12
"""Lines above a value among which the name that heads its block is looked for."""

Holders = Mapping[int, frozenset[tuple[int, int]]]
"""For seller and buyer, the page and the run of each line that has their name."""


def owner_of(one: Candidate, page: PageFacts, holders: Holders) -> int:
    """`SELLER`, `BUYER`, another role, or 0 where the page does not say it.

    The label may say it (`N° TVA client`), the name at the top of the block, or a heading above.
    """
    zone = zone_before(page.page, page.labels, one.run, one.words[0])
    if zone is not None:
        for role, names in _SAYS.items():
            if any(part & names for part in zone.parts):
                return role
    number, run = page.page.number, one.run
    for start in dict.fromkeys((run, run if zone is None else zone.run)):
        at, steps = start, 0
        while at >= 0 and steps < _LONGEST_BLOCK:
            for role in (BUYER, SELLER):
                if (number, at) in holders.get(role, frozenset()):
                    return role
            at, steps = int(page.stacks.above[at]), steps + 1
    return heading_of(page, page.page.boxes[one.words[0]], run)


def find_holders(document: DocumentFacts, best_name: Callable[[str], Candidate | None]) -> Holders:
    """Where the names of seller and buyer stand, from what is answered to the questions for them."""
    found: dict[int, frozenset[tuple[int, int]]] = {}
    keys = {role: best_name(name) for role, name in ((SELLER, "seller"), (BUYER, "buyer"))}
    for role, name in keys.items():
        other = keys[BUYER if role == SELLER else SELLER]
        if name is not None and (other is None or other.key != name.key):
            found[role] = frozenset(
                (page.page.number, one.run)
                for page in document.pages
                for one in page.candidates
                if one.kind == "name" and one.key == name.key
            )
    return found
