"""Takes off what models wrap around the answer to a question."""

import re
from collections.abc import Mapping
from typing import Any

from .output import UNOPENED, json_value, without_entities, without_fence, words_said

_MOST_LAYERS = 8
# A longer answer is a passage of the document.
_LONGEST = 1200
_QUOTES = dict(zip("\"'“„«»‹›`‘‚「『", "\"'”“»«›‹`’‘」』", strict=True))
_LABELS = (
    "answer|antwort|r[eé]ponse|respuesta|risposta|resposta|antwoord|odpowied[zź]|odpov[eě][dď]|svar|vastaus|ответ|"
    "відповідь|отговор|cevap|yan[ıi]t|απάντηση|v[aá]lasz|r[aă]spuns|jawaban|trả lời|答案|回答|答え|答|정답|답변|답|"
    "الإجابة|الجواب|جواب|תשובה|คำตอบ|उत्तर|extracted (?:text|value)"
)
_LABEL = re.compile(
    r"(?:\A|\n)[ \t]*(?:(?:#{1,6}|[-*•]|1\.)[ \t]+)?[*_]{0,3}(?:(?:the|my|short|final|correct|extracted)[ \t]+){0,2}"
    rf"(?:{_LABELS})(?:[ \t]+(?:is|ist|lautet|est|es|è|é)|[是为為])?[*_]{{0,3}}[ \t]*"
    r"(?:[:：=][*_]{0,3}(?!//)|(?<=[*_])\n|\n(?:[-=]{3,}\n)?\s*(?=[^\n]+\Z))\s*",
    re.IGNORECASE,
)
_THE_ANSWER_IS = re.compile(r"\A(?:the|my) (?:final |correct )?answer is[:\s]\s*", re.IGNORECASE)
_TAGGED = re.compile(
    r"(?:<(final_answer|answer|ans|result|output|response|tool_call)>|\[(answer)\])\s*(.*?)\s*(?:</\1>|\[/\2\]|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_IN_TAGS = re.compile(
    r"<(p|b|i|u|em|strong|span|div|td|code|mark|h[1-6])(?:\s[^<>]*)?>((?:(?!<\1[\s>]).)*)</\1>",
    re.DOTALL | re.IGNORECASE,
)
_LATEX = re.compile(
    r"\\(?:boxed|text|textbf|textit|textrm|mathrm|mathbf|operatorname|fbox)\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"
)
_FORMULA = re.compile(r"\\\((.*)\\\)|\\\[(.*)\\\]|\$\$([^$]+)\$\$|\$([^\d$.,\s-][^$]*)\$", re.DOTALL)
_EXPLAINS = re.compile(
    r"(?:\n\s*(?:[-*>#]+\s+)?|[.;,]?[^\S\n]+[(\[–—-]?\s*)[*_]{0,3}(?:explanation|reasoning|rationale|justification|"
    r"erkl[aä]rung|begr[uü]ndung|explication|explicaci[oó]n|justificaci[oó]n|spiegazione|motivazione|"
    r"explica[cç][aã]o|toelichting|uitleg|wyja[sś]nienie|пояснение|объяснение|解释|解釋|説明|설명)[*_]{0,3}\s*[:：].*\Z",
    re.DOTALL | re.IGNORECASE,
)
# Words that a document may print below the answer, too.
_NOTES = re.compile(
    r"\n\s*\n\s*(?:[-*>#]+\s+)?[*_]{0,3}(?:reason|note|source|evidence|confidence|location|context|hinweis|anmerkung|"
    r"quelle|remarque|nota|opmerking|примечание|说明|理由|注|備考|이유)[*_]{0,3}\s*[:：].*\Z",
    re.DOTALL | re.IGNORECASE,
)
_ADDS = re.compile(
    r"\n\s*\n\s*(?:let me know|i hope|please let me know|feel free|if you (?:need|have|would like|want)|"
    r"is there anything|this (?:is|was|can be|value|number|information|answer|amount|date)\b|i (?:found|read|took)\b|"
    r"(?:it|the [^\n.]{1,60}?) (?:is|was|can be|appears|stands) (?:\w+ ){0,4}?"
    r"(?:found|located|shown|listed|stated|printed|visible|displayed|written|indicated|mentioned|"
    r"at the|in the|on the)\b).*\Z",
    re.DOTALL | re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\A(?:(?:sure|certainly|of course|okay|ok|yes|gerne|natürlich|bien sûr|certainement|claro|certo)[!,.][ \t]*)?"
    r"(?:(?:here(?:'s|’s| is| are)|based on|according to|looking at|from|as (?:shown|stated)|in) [^\n:]{0,120}|"
    r"(?:hier (?:ist|sind)|voici|aquí está|ecco|laut|gemäß|d'après|selon|según|secondo) [^\n:]{0,120}|"
    r"(?:sure|certainly|of course|gerne|natürlich|bien sûr|claro|certo))[:!]\s*(?:\n\s*|(?=\*\*|\"|`))",
    re.IGNORECASE,
)
_ACCORDING = re.compile(
    r"\A(?:based on|according to|as (?:shown|stated) (?:in|on)) (?:the|this) (?:\w+ ){0,2}?"
    r"(?:image|document|page|invoice|receipt|text|form|table|picture|scan|letter|contract)(?: provided)?,\s*",
    re.IGNORECASE,
)
# A sentence that sets its answer off.
_SET_OFF = re.compile(
    r"\A[^\n*`\"“„«]{2,100}(?:[:=]|\b(?:is|was|are|ist|lautet|est|es|è|é))\s*(?:\*\*(?P<bold>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`|[\"“„«](?P<quoted>[^\"”“»\n]+)[\"”“»])"
    r"(?P<rest>[^\n*`\"“”„«»]{0,2})\Z"
)
_HERE = re.compile(
    r"\Ahere(?:'s|’s| is) (?:the|your) (?:\w+ ){0,3}(?:answer|value|number|text|date|amount|result|information):\s*",
    re.IGNORECASE,
)
_ASKED_AGAIN = re.compile(r"\A(?:q|question)\s*[:：][^\n]*\n+\s*(?:a|answer)\s*[:：]\s*", re.IGNORECASE)
_SPEAKER = re.compile(r"\A(?:assistant|ai)\s*(?:[:：]|\n)\s*", re.IGNORECASE)
_EMPTY = " \t\n\u200b\u2060"
_CERTAIN, _DEGREE = r"(?:confidence|certainty)(?: score| level)?\s*", r"\s*(?:\d[\d.]*\s?%?|high|medium|low)"
# How sure a model is, and where it looked.
_SURE = re.compile(
    rf"\s*[(\[]{_CERTAIN}[:=]?{_DEGREE}[)\]]\.?\Z|(?:\n\s*|,[ \t]){_CERTAIN}[:=]{_DEGREE}\.?\Z|"
    r"\n\s*(?:bounding box|b?box|bbox_2d|coordinates)\s*[:=]\s*[(\[][\d\s.,()\[\]]+[)\]]\.?\Z|"
    r"\s+\((?:as )?(?:found|located|shown|listed|stated|printed|visible) (?:at|in|on|near|under|above|below) the "
    r"[^()\n]{1,60}\)\.?\Z",
    re.IGNORECASE,
)
# Signs that a text in Markdown writes with a backslash; any other backslash is part of the text.
_ESCAPED, _BACKSLASH = re.compile(r"\\([-_*#&|.])"), re.compile(r"\\(?![-_*#&|.])")
_ENDS = re.compile(r"(?:\s*<br\s*/?>|\n`{3,}|</(?:final_)?answer>)+\Z", re.IGNORECASE)
# Fractions such as `½` are letters for `re`; a dash before them is a minus.
_LETTER = r"[^\W\d_\u00bc-\u00be\u2150-\u218f]"
_BULLET = re.compile(rf"\A(?:[*•‣▪◦]\s+(?=\S)|[->–]\s+(?={_LETTER})|[>#]+\s+(?=\*\*)|#{{1,6}}\s+(?={_LETTER}))")
# At the end, a fence that was never opened, and a newline that was escaped once too often.
_CLOSING_FENCE = re.compile(r"\A((?:(?!```).)+)```\Z", re.DOTALL)
_WRITTEN_NEWLINES = re.compile(r"\A([^\\]+?)(?:\\n)+\Z")
_KEY = re.compile(r"\"(?:answer|value|text)\"\s*:")
_ONE_CELL = re.compile(r"\A\|\s*([^|\n]*[^|\s])\s*\|\Z")
_LONG_QUOTES = re.compile(r"\A(\"{3}|'{3})\s*(?=\S)(.*?)\s*\1\Z", re.DOTALL)

_ANSWER_KEYS = (
    "arguments",
    "parameters",
    "answer",
    "final_answer",
    "value",
    "text",
    "result",
    "label",
    "response",
    "output",
    "content",
)
_BESIDE_KEYS = re.compile(
    r"b?box(?:es|_2d)?|coordinates|confidence|score|explanation|reason(?:ing)?|rationale|thoughts?|justification|note|"
    r"source|evidence|page(?:_number)?|location|question|id|type|name|found",
    re.IGNORECASE,
)
_AMOUNT_KEYS, _CURRENCY_KEYS = ("amount", "value", "number", "total"), ("currency", "unit", "currency_code")


def bare_answer(text: str) -> str:
    """The answer in a model's output, without anything that is wrapped around it; never shortened within a line."""
    # Thoughts within thoughts leave an end without a start.
    text = UNOPENED.sub("", words_said(UNOPENED.sub("", text))).strip(_EMPTY)
    for _ in range(_MOST_LAYERS):
        inner = _without_a_layer(text)
        if inner == text:
            break
        text = inner
    return text


def unquoted(text: str) -> str:
    """`text` without space, quotes or Markdown emphasis around all of it."""
    text = text.strip()
    if match := re.fullmatch(r"(\*{1,3}|_{1,3}|~~|==)(?=\S)((?:(?!\1).)+?)(?<=\S)\1", text, re.DOTALL):
        return match[2]
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        return text[1:-1].strip()
    return text


def _without_a_layer(text: str) -> str:
    text = _CLOSING_FENCE.sub(r"\1", _ENDS.sub("", without_fence(text)))
    text = _WRITTEN_NEWLINES.sub(r"\1", text).strip(_EMPTY)
    # Some models leave the braces out.
    value = json_value(f"{{{text}}}" if _KEY.match(text) else text)
    if (scalar := _scalar(value)) is not None:
        return scalar
    if len(text) > _LONGEST:
        return text
    text = _ASKED_AGAIN.sub("", _SPEAKER.sub("", text))
    if _LABEL.match(inside := unquoted(text)):
        text = inside
    if tagged := _TAGGED.findall(text):
        return str(tagged[-1][2])
    if label := list(_LABEL.finditer(text)):
        after = text[label[-1].end() :]
        if after.strip():
            return after.strip()
    around = (_COURTESY, _SURE, _EXPLAINS, _NOTES, _ADDS)
    for pattern in around if "\n" in text else (*around, _ACCORDING, _HERE, _THE_ANSWER_IS, _BULLET):
        text = pattern.sub("", text).strip() or text
    if match := _SET_OFF.match(text):
        return next(part for part in (match["bold"], match["code"], match["quoted"]) if part)
    if match := _IN_TAGS.fullmatch(text.strip().removesuffix(".")):
        text = match[2]
    if match := _LONG_QUOTES.match(text) or _ONE_CELL.match(text):
        text = match[match.lastindex or 0]
    if match := _FORMULA.fullmatch(text.strip()):
        text = next(part for part in match.groups() if part is not None)
    text = _LATEX.sub(r"\1", text)
    text = without_entities(text)
    text = text if _BACKSLASH.search(text) else _ESCAPED.sub(r"\1", text)
    # The period of a sentence stands outside.
    inner = unquoted(text.removesuffix("."))
    return inner if inner != text.removesuffix(".") else unquoted(text)


def _scalar(value: Any) -> str | None:
    """The one value of a JSON object or array as text; None where there are several, or none."""
    match value:
        case None:
            return None
        case str():
            return value
        case [one]:
            return "not found" if one is None else _scalar(one) if isinstance(one, list | dict) else _text(one)
    if not isinstance(value, Mapping):
        return None
    amount = next((value[key] for key in _AMOUNT_KEYS if isinstance(value.get(key), str)), None)
    currency = next((value[key] for key in _CURRENCY_KEYS if isinstance(value.get(key), str)), None)
    others = {key: one for key, one in value.items() if not _BESIDE_KEYS.fullmatch(str(key))}
    if amount is not None and currency is not None and len(others) == 2:
        return f"{amount} {currency}"
    named = [key for key in _ANSWER_KEYS if key in value]
    chosen = value[named[0]] if named else next(iter(others.values())) if len(others) == 1 else ...
    if chosen is ...:
        return None
    if chosen is None:
        return "not found"
    return _scalar(chosen) if isinstance(chosen, list | dict) else _text(chosen)


def _text(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
