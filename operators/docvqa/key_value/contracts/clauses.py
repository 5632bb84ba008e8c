"""Values that stand within the sentences of contracts: lengths of time, and the law that governs."""

import re
from collections.abc import Iterator

_UNITS = (
    r"(?:(?:business|working|calendar|full|volle[nr]?)[ -])?"
    r"(?:days?|weeks?|months?|years?|Tage?n?|Wochen?|Monate?n?|Jahre?n?|jours?|semaines?|mois|ann[ée]es?|ans?|d[ií]as?"
    r"|semanas?|mes(?:es)?|años?|giorn[io]|settiman[ae]|mes[ei]|ann[io]|dag(?:en)?|we(?:ek|ken)|maand(?:en)?|jaar)"
)
_COUNTS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|fifteen|eighteen|twenty(?:[- ]four)?"
    r"|thirty(?:[- ]six)?|forty-five|sixty|ninety|eine[mnr]?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf"
    r"|vierzehn|dreißig|deux|trois|quatre|cinq|six|huit|neuf|dix|douze|quinze|trente|une?|dos|tres|cuatro|cinco|seis"
    r"|doce|quince|treinta|due|tre|quattro|cinque|sei|dodici|trenta|twee|drie|zes|twaalf|dertig"
)
_DURATION = re.compile(
    rf"(?<![\w.,/-])(?:\d{{1,3}}|{_COUNTS})(?: ?\((?:\d{{1,3}}|{_COUNTS})\))?[ -]{_UNITS}(?![\w-])", re.IGNORECASE
)

_CAPITAL = r"[A-ZÀ-Þ](?:[\w’'-]|\.(?=\w))+"
_PLACE = rf"{_CAPITAL}(?:,? (?:(?:of|and|de|du|des|la|le|del|der|und|et|y) )*(?:the )?{_CAPITAL})*"
_LAWS = (
    re.compile(rf"\b[Ll]aws? of (?:the )?(?P<law>{_PLACE})"),
    re.compile(rf"\b(?:[Rr]echt(?:s|e)? (?:der|des|von)) (?P<law>{_PLACE})"),
    re.compile(
        r"\b(?P<law>(?:[Dd]eutsch|[Öö]sterreichisch|[Ss]chweizer(?:isch)?|[Ff]ranzösisch|[Ee]nglisch|[Nn]iederländisch)"
        r"(?:e[mns]?)? Recht)\b"
    ),
    re.compile(
        r"\b(?P<law>(?:English|Scottish|Irish|German|French|Swiss|Austrian|Dutch|Belgian|Spanish|Italian|Danish|Swedish"
        r"|Norwegian|Finnish|Polish|Indian|Singapore|New York|Delaware|California|Texas) [Ll]aws?)\b"
    ),
    re.compile(
        r"\b(?P<law>(?:droit|loi) (?:français|belge|suisse|luxembourgeois|allemand|anglais|canadien|québécois)e?)\b"
    ),
    re.compile(
        r"\b(?P<law>(?:[Ll]ey(?:es)?|[Ll]egislación|[Dd]erecho) "
        r"(?:español|mexican|argentin|chilen|colombian|peruan|alemán|francés)(?:[ao]s?|es)?)\b"
    ),
    re.compile(r"\b(?P<law>(?:[Ll]egge|[Dd]iritto) (?:italian|svizzer|tedesc|frances|ingles)[aoe])\b"),
    re.compile(r"\b(?P<law>(?:Nederlands|Belgisch|Duits)e? [Rr]echt)\b"),
)


_ORGANISED = re.compile(
    r"\b(?:organi[sz]ed|existing|incorporated|formed|established|registered|chartered)\b\W+(?:\w+\W+){0,8}$",
    re.IGNORECASE,
)
"""A company is organised under the laws of a state that need not govern its contracts."""


def find_durations(text: str) -> Iterator[tuple[int, int]]:
    """Characters of each length of time: `30 days`, `three (3) months`, `sechs Wochen`."""
    for match in _DURATION.finditer(text):
        yield match.span()


def find_laws(text: str) -> Iterator[tuple[int, int]]:
    """Characters of each law, or of whose laws are named: `laws of [England and Wales]`, `[deutsches Recht]`."""
    taken = 0
    for begin, end in sorted(match.span("law") for pattern in _LAWS for match in pattern.finditer(text)):
        if begin >= taken and not _ORGANISED.search(text[max(begin - 90, 0) : begin]):
            yield begin, begin + len(text[begin:end].rstrip(" .,;"))
            taken = end
