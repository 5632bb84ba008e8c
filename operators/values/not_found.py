"""Recognizes answers which state that the document does not contain the answer, and those that refuse to answer."""

import re

NOT_FOUND = "not found"
"""The answer that the prompts request if the page does not contain it."""

_PHRASES = frozenset(
    """
    not found | not available | not applicable | not specified | not stated | not mentioned | not given |
    not provided | not present | not shown | not visible | not listed | not included | not indicated |
    not known | not answerable | not clear | not in the document | not in the image | not in the page |
    not on the page | not legible | not readable | no answer | n/a | na | n.a. | none | null | nil | nan |
    unknown | unanswerable | unspecified | undetermined | missing | no information | none found |
    nothing found | cannot be determined | can't be determined | cannot determine | no data | no date |
    no value | nicht gefunden | nicht angegeben | nicht vorhanden | nicht enthalten | nicht ersichtlich |
    nicht genannt | nicht erwähnt | nicht bekannt | unbekannt | keine angabe | keine angaben | k.a. |
    keine | non trouvé | non trouvée | introuvable | non indiqué | non indiquée | non précisé |
    non précisée | non spécifié | non mentionné | non mentionnée | non renseigné | non disponible |
    inconnu | aucun | aucune | no encontrado | no encontrada | no especificado | no especificada |
    no indicado | no se menciona | no mencionado | no disponible | desconocido | ninguno | ninguna |
    no consta | non trovato | non trovata | non indicato | non specificato | non presente |
    non disponibile | sconosciuto | nessuno | não encontrado | não encontrada | não informado |
    não especificado | não mencionado | não consta | desconhecido | niet gevonden | niet vermeld |
    niet opgegeven | niet beschikbaar | onbekend | geen | nie znaleziono | nie podano | brak | brak danych |
    hittades inte | ej angivet | ikke fundet | ikke oppgitt | ikke angivet | не найдено | не указано |
    не указана | не указан | нет данных | неизвестно | 未找到 | 没有找到 | 未提及 | 未提供 | 未知 | 无 |
    没有 | 不详 | 无法确定 | 无法回答 | 文中未提及 | 見つかりません | 記載なし | 不明 | なし
    """.replace("\n    ", " ")
    .strip()
    .split(" | ")
)
_TOLD = "specified|stated|mentioned|given|provided|shown|visible|listed|indicated|found|known|legible|readable|clear"
# Words that may describe the subject of the question (`it is not included`) count only with a mention of the document.
_THERE = "included|present|available|contained|displayed"
_PLACE = (
    r"(?:document|page|image|picture|text|invoice|receipt|form|table|chart|figure|context|passage|information|scan)s?"
)
_SENTENCE = re.compile(
    rf"""
    (?:the|this|that|these|provided|given)\s[^.!?]{{0,80}}?\b{_PLACE}\b[^.!?]{{0,40}}?\s(?:do(?:es)?\s?n[o’']t|do(?:es)?\snot)\s
        (?:\w+ly\s)?(?:contain|mention|say|state|specify|show|provide|include|give|list|indicate|have|display|answer)\b.*
    | (?:the|this|that|it|no|there)\b[^.!?]{{0,120}}?\s?(?:is|are|was|were)(?:\snot|n[’']t)\s
        (?:\w+ly\s)?(?:{_TOLD}|(?:(?:{_THERE})\s)?(?:in|on)\s(?:the|this)\s{_PLACE})\b.*
    | there\s(?:is|are)\sno\b[^.!?]{{0,120}}
        \b(?:{_TOLD}|{_THERE}|mention|information|(?:in|on)\s(?:the|this)\s(?:\w+\s)?{_PLACE})\b.*
    | no\s[^.!?]{{1,80}}\s(?:is|are|was|were)\s(?:{_TOLD}|{_THERE})\b.*
    | no\s[^.!?]{{1,80}}\s(?:{_TOLD}|{_THERE}|in\sthe\s{_PLACE}|on\sthe\s{_PLACE})
    | (?:no|not\senough|insufficient)\s(?:such\s)?information\b.*
    | (?:not|none)\s(?:\w+ly\s)?(?:{_TOLD}|{_THERE})\s(?:in|on|by|from|within)\s(?:the|this)\b.*
    | (?:i|we)(?:\sam|[’']m|\swas)?\s(?:(?:can|could|do|did)\s?not|(?:can|couldn|don)[’']t|unable\sto)\s
        (?:find|determine|see|answer|locate|identify|read|provide|have|know|tell)\b.*
    | (?:unable|impossible)\sto\s(?:find|determine|see|answer|locate|identify|read|provide|tell)\b.*
    | (?:(?:it|the\s[^.!?]{{1,80}})\s)?can\s?not\sbe\s(?:determined|found|answered|identified|read|located)\b.*
    """,
    re.VERBOSE | re.DOTALL,
)
_APOLOGY = re.compile(
    r"(?:i[’']m\s(?:very\s)?sorry|i\sam\s(?:very\s)?sorry|sorry|i\sapologi[sz]e|apologies)\b[\s,.;:!–—-]*(?:but\s)?"
)
_REFUSAL = re.compile(
    r"""
    (?:as\san?\s(?:ai|artificial\sintelligence|(?:large\s)?language\smodel)\b[^.!?]{0,60},\s*)?
    (?:i|we)(?:\sam|\sare|[’'](?:m|re))?\s(?:(?:can|could|do|will|would)\s?not|(?:can|couldn|don|won|wouldn)[’']t|unable\sto|not\sable\sto)\s
        (?:be\sable\sto\s)?(?:help|assist|comply|fulfil+|complete|process|do\s(?:that|this)|respond|discuss|engage|support)\b.*
    | as\san?\s(?:ai|artificial\sintelligence|(?:large\s)?language\smodel)\b.*
    """,
    re.VERBOSE | re.DOTALL,
)
_AROUND = " \t\r\n\"'“”‘’«»„*_`.!。()[]<>"
_LONGEST = 600


def is_not_found(text: str) -> bool:
    """Whether an answer is empty, a phrase such as `N/A`, or a sentence that the document does not contain the answer.

    A text that merely contains such words (`Error 404: page not found`) is an answer.
    """
    bare = _bare(text)
    if not bare or re.fullmatch(r"[-–—?/.]+", bare):
        return len(text) <= _LONGEST
    bare = bare.removeprefix("answer:").strip()
    return bare in _PHRASES or bool(_SENTENCE.fullmatch(_APOLOGY.sub("", bare, count=1)))


def is_refusal(text: str) -> bool:
    """Whether a model declines to answer (`Sorry, I cannot help with that`), which says nothing about the document."""
    bare = _bare(text)
    without = _APOLOGY.match(bare)
    rest = bare[without.end() :] if without else bare
    # A company may be called `Sorry Ltd`: an apology goes on with what the model cannot do, or ends.
    refused = _REFUSAL.fullmatch(rest) or (without and (not rest or rest.startswith(("i ", "i'm ", "i’m ", "we "))))
    return bool(refused) and not is_not_found(text)


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", text[: _LONGEST + 1].strip(_AROUND)).casefold()
