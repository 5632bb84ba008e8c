"""What is known of the pages of a document before any question: candidates, labels, blocks, sums, repetitions."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ....schemas.page import PageReading
from ...values.locale import LocaleHint
from .candidates import Candidate, find_candidates, value_key
from .labels import Labels, Zone, fields_of, find_labels, zone_before
from .page import Page, build_page
from .parties import Stacks, find_addresses, find_names, find_stacks

_MOST_AMOUNTS = 120
"""Different amounts of a document among which sums are looked for; the last ones, where totals stand."""

_TAX_RATES = (0.02, 0.30)
_COIN = 5
"""Cents of the smallest coin in countries that round what is paid in cash."""

_DOMAIN = re.compile(r"(?:www\.|https?://|@)([\w-]{5,})\.")
_MOST_PER_PAGE = 1500
_OUTER_PAGES = 5
"""Pages at each end of a document on which repetitions of a name are looked for."""

_HEADING_FIT = 0.7
_PARTIES = frozenset(["seller", "sender", "company", "contractor", "customer", "recipient", "delivery", "ship", "to"])

ROLES = {
    "seller": 1, "seller_address": 1, "contact": 1,
    "buyer": 2, "buyer_address": 2,
    "delivery_address": 3,
}  # fmt: skip
"""Whom a heading is about: 1 the seller, 2 the buyer, 3 where goods go."""


@dataclass(frozen=True)
class Sums:
    """How an amount adds up with others of the document; keys are `Candidate.key`.

    Attributes:
        gross, net, tax: amounts of which net + tax = gross at a usual rate.
        largest, other: amounts that are a sum of two others, or a part of one.
        rounded, before_rounding: two amounts that differ by less than a coin, of which the first can be paid in coins.
        settled: amounts that are cash less change, by their labels.
        summed: amounts that are net plus tax, by their labels.
        cash: amounts that are labelled as cash or change.
    """

    gross: frozenset[str]
    net: frozenset[str]
    tax: frozenset[str]
    largest: frozenset[str]
    other: frozenset[str]
    rounded: frozenset[str]
    before_rounding: frozenset[str]
    settled: frozenset[str]
    summed: frozenset[str]
    cash: frozenset[str]


@dataclass(frozen=True)
class Heading:
    """A short label that says whom the block below it is about."""

    role: int
    run: int
    x: float
    y: float


@dataclass(frozen=True)
class PageFacts:
    """One page of a document.

    Attributes:
        candidates: typed spans.
        own: for each run, the label in front of it: the zone left of it in its row, if one stands there.
    """

    page: Page
    candidates: tuple[Candidate, ...]
    labels: Labels
    stacks: Stacks
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class DocumentFacts:
    """All pages.

    Attributes:
        counts: how often each value of a kind occurs.
        names: what may be a name on the first and the last pages, each once.
        domains: names in the addresses of web sites and of e-mail.
        first, last: numbers of the first and the last page.
    """

    pages: tuple[PageFacts, ...]
    counts: Counter[tuple[str, str]]
    sums: Sums
    names: tuple[str, ...]
    domains: frozenset[str]
    first: int
    last: int


def read_facts(readings: Sequence[PageReading], hint: LocaleHint) -> DocumentFacts:
    """Everything about the pages that questions need; computed once for all of them."""
    pages = tuple(_page_facts(build_page(reading), hint) for reading in readings)
    counts = Counter((one.kind, one.key) for facts in pages for one in facts.candidates)
    texts = [text for facts in pages for text in facts.page.texts if "." in text]
    domains = {value_key(match) for text in texts for match in _DOMAIN.findall(text.lower())}
    numbers = [reading.page_number for reading in readings]
    outer = pages if len(pages) <= 2 * _OUTER_PAGES else (*pages[:_OUTER_PAGES], *pages[-_OUTER_PAGES:])
    names = dict.fromkeys(one.key for facts in outer for one in facts.candidates if one.kind == "name")
    return DocumentFacts(
        pages,
        counts,
        _sums(pages),
        tuple(names),
        frozenset(domains),
        min(numbers, default=1),
        max(numbers, default=1),
    )


def _page_facts(page: Page, hint: LocaleHint) -> PageFacts:
    labels, stacks = find_labels(page), find_stacks(page)
    found = [*find_candidates(page, hint), *find_names(page, stacks), *find_addresses(page, stacks)]
    return PageFacts(page, tuple(found[:_MOST_PER_PAGE]), labels, stacks, tuple(_headings(page, labels)))


def _headings(page: Page, labels: Labels) -> list[Heading]:
    found = []
    for run, zones in enumerate(labels.zones):
        if zones and zones[0].last - zones[0].first < 5 and zones[0].first == int(page.starts[run]):
            role = _role(zones[0])
            if role:
                box = page.run_boxes[run]
                found.append(Heading(role, run, float(box[0]), float(box[1])))
    return found


def _role(zone: Zone) -> int:
    """Whom a label is about; a label of something of theirs (`customer number`) is about nobody."""
    fits = fields_of(zone.parts)
    best = max(fits, key=lambda name: fits[name], default="")
    if best not in ROLES or fits[best] < _HEADING_FIT or not any(part & _PARTIES for part in zone.parts):
        return 0
    return ROLES[best]


def _sums(pages: Sequence[PageFacts]) -> Sums:
    values: dict[int, str] = {}
    labelled: dict[str, set[int]] = {name: set() for name in ("cash", "change", "tax_basis", "tax_total")}
    for facts in pages:
        for one in facts.candidates:
            if one.kind == "money" and one.number and one.decimals == 2:
                cents = round(abs(one.number) * 100)
                values.pop(cents, None)
                values[cents] = one.key
                zone = zone_before(facts.page, facts.labels, one.run, one.words[0])
                fits = fields_of(zone.parts) if zone else {}
                best = max(fits, key=lambda name: fits[name], default="")
                if best in labelled:
                    labelled[best].add(cents)
    kept = np.array(sorted(list(values)[-_MOST_AMOUNTS:]), np.int64)
    groups: dict[str, set[str]] = {field.name: set() for field in fields(Sums)}
    if len(kept) >= 3:
        both = kept[:, None] + kept[None, :]
        for at, other in np.argwhere(np.isin(both, kept) & (kept[:, None] >= kept[None, :])).tolist():
            large, small = int(kept[at]), int(kept[other])
            names = [values[large + small], values[large], values[small]]
            groups["largest"].add(names[0])
            groups["other"].update(names[1:])
            if _TAX_RATES[0] <= small / large <= _TAX_RATES[1]:
                groups["gross"].add(names[0])
                groups["net"].add(names[1])
                groups["tax"].add(names[2])
    for cents in kept.tolist():
        near = [other for other in kept.tolist() if 0 < abs(other - cents) < _COIN]
        if near:
            groups["rounded" if cents % _COIN == 0 else "before_rounding"].add(values[cents])
    for name, ours, theirs, sign in (("settled", "cash", "change", -1), ("summed", "tax_basis", "tax_total", 1)):
        made = {one + sign * other for one in labelled[ours] for other in labelled[theirs]}
        groups[name] = {values[cents] for cents in made if cents in values}
    groups["cash"] = {values[cents] for cents in labelled["cash"] | labelled["change"]}
    return Sums(**{name: frozenset(found) for name, found in groups.items()})
