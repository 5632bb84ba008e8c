"""The words by which sentences of contracts say who the parties are, what governs, lasts, begins and ends."""

import re


def _any(*words: str) -> str:
    """A pattern for any of some words, written with blanks between them and `_` within them."""
    return "|".join(word.replace("_", " ") for line in words for word in line.split())


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_any(*words)})\b", re.IGNORECASE)


_OPEN, _CLOSE, _NO_QUOTE = "[\"“”„«‘']", "[\"“”»’']", "[^\"“”„«»‘’']"
DEFINED_TERM = re.compile(
    rf"(?:\(\s*(?:[^()\"“”„«»‘’;]{{0,60}}?\s)?|(?:,|[-–—])\s*(?:[^()\"“”„«»‘’,;]{{0,60}}?\s)?){_OPEN}\s*(?:[ldLD]['’])?"
    rf"(?P<term>[^\W\d_]{_NO_QUOTE}{{1,38}}?)\s*{_CLOSE}"
)
"""The term that a contract defines: `(the "Client")`, `, hereinafter called "Landlord"`, `- nachfolgend „Mieter“ -`."""

BETWEEN = re.compile(
    r"\b(?:between|among|zwischen|entre|tra|fra|tussen|mellan|reunidos|d['’]une part|d['’]autre part|de una parte"
    r"|de (?:la )?otra(?: parte)?|on the (?:one|other) (?:hand|part)|einerseits|andererseits)\b[\s:,-]*",
    re.IGNORECASE,
)
_TITLES = _any(
    "and und et y e en och the la le der die das company société sociedad società firma herrn? frau mrs?\\.? ms\\.?",
    "mme m\\. madame monsieur signora? señora? don doña de_heer mevrouw les_soussignés genannt called genoemd",
)
BEFORE_NAME = re.compile(rf"^(?:[\s,;:.)\]–—-]|\(?(?:[ivx]{{1,4}}|[a-d]|\d)\)|(?:{_TITLES})(?=[\s,)]))+", re.IGNORECASE)
"""What stands before a name at the beginning of its description."""

LEGAL_TAIL = re.compile(
    r",\s*(?:Inc|L\.?L\.?C|Ltd|L\.?P|LLP|Corp|S\.?A\.?S?|N\.?A|Co|PLC|GmbH|AG|KG|Limited|Incorporated|B\.?V|S\.?r\.?l"
    r"|S\.?L|P\.?C|Jr|Sr)\b\.?",
    re.IGNORECASE,
)
"""A legal form behind a comma belongs to the name."""

_AFTER_NAME = _any(
    "of residing whose having with located being is acting doing on as geboren wohnhaft mit vertreten dont demeurant",
    "sise? ayant représenté\\w* con domiciliad\\w+ representad\\w+ residente avente gevestigd wonende a an",
)
AFTER_NAME = re.compile(rf",|;|\(|\s[-–—]\s|\s(?:{_AFTER_NAME})\s")

SENTENCE_END = re.compile(r"(?<=[.;])\s+(?=[A-ZÀ-Þ§(\d])")
ABBREVIATED = re.compile(r"(?:\b(?:Inc|Ltd|Co|Corp|No|Nr|Mr|Mrs|Ms|Dr|St|Art|Abs|z\.B|L\.P|S\.A|bzw|ca)|\b[A-Z])\.$")

GOVERNS = _words(
    "govern\\w* constru\\w+ interpreted subject_to appl(?:y|ies|icable) unterlieg\\w+ gilt",
    "anwendbar\\w* anwendung régi\\w* soumis\\w* droit rige\\w* ley\\w* regolat\\w+ legge diritto beheerst recht",
)
NOTICE = _words("notice kündigungsfrist frist préavis preaviso preavviso opzegtermijn opzegging")
TERMINATES = _words(
    "terminat\\w+ cancel\\w* kündig\\w* kündigung\\w* résili\\w+ congé préavis rescind\\w* rescisión terminar\\w*",
    "recess\\w* disdett\\w+ opzeg\\w+",
)
LASTS = _words(
    "terms?_of_(?:this|the) initial_(?:term|period) (?:shall|will|to)_continue continues",
    "(?:remain|be|is)_in_(?:full_)?(?:force|effect) valid_for laufzeit dauer gilt_für durée conclu_pour duración",
    "vigencia durata looptijd duur",
)
NO_TERM = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:notice|written|prior|advance|after|following|thereafter|of receipt|kündig|préavis"
    r"|preaviso)",
    re.IGNORECASE,
)
"""Behind a length of time that is not that of the contract."""

RENEWS = _words(
    "surviv\\w* confidential\\w*",
    "renew\\w* extend\\w* extension additional successive verlänger\\w+ renouvel\\w+ reconduit\\w* prorrog\\w+",
    "rinnov\\w+",
)

_FILLERS = _any(
    "on as of from the at upon effective and is shall be this am ab dem den vom zum mit le du au à compter el día il",
    "giorno per op date by between into",
)
_UP_TO_DATE = rf"(?:\W+(?:{_FILLERS}))*\W*$"


def _before_date(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_any(*words)}){_UP_TO_DATE}", re.IGNORECASE)


OF_NOTICE_ONLY = re.compile(r"^\W*(?:after|following|from|of receipt|nach|après)\b", re.IGNORECASE)
"""What is done `within 30 days after notice` is no period of notice."""

OF_AGREEMENT = _words(
    "agreement term lease contract policy tenancy employment license licence insurance vertrag\\w*",
    "mietverhältnis laufzeit arbeitsverhältnis versicherung\\w* contrat bail contrato",
    "contratto overeenkomst (?:shall|will)_continue",
)
"""A sentence about the dates of an agreement, and not of something that it mentions."""

NO_NAME = _words(
    "if in on any each all for to upon when this such no as at by from during subject except where unless it",
    "he she they neither either both with under after before wenn falls si dans pour",
)
"""Words that begin a sentence and no name."""

BEFORE_DATE = {
    "start_date": _before_date(
        "commenc\\w+ begin\\w* starts? starting effective takes?_effect come_into_force beginnt beginnend ab tritt",
        "débute\\w* commence\\w* prend(?:ra)?_effet compter comenzará comienza inicia decorre inizia begint ingang",
    ),
    "end_date": _before_date(
        "expires? expiring ends? end ending until through terminates? endet bis befristet prend(?:ra)?_fin jusqu'au",
        "termina vence hasta finaliza\\w* scade termine eindigt tot",
    ),
    "contract_date": _before_date(
        "fait_à_[^,]{2,30}, hecho_en_[^,]{2,30}, made entered dated executed concluded signed geschlossen",
        "unterzeichnet conclu signé celebra\\w* firmado stipulato gesloten",
    ),
}
"""What stands right before the date of each entry of the lexicon."""
