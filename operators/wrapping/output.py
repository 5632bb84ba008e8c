"""Takes off what models wrap around any output: thoughts, tokens of the chat and control characters.

The mark-up of boxes of several families of models becomes the mark-up that `models.boxes` parses.
"""

import ast
import html
import json
import re
from collections.abc import Mapping
from typing import Any

from ...models.boxes.parse import parse_boxes

BOX = "<box>"
"""What an output contains that marks boxes with tags."""

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACES = {**dict.fromkeys((0x0C, 0x0D, 0x85), "\n"), **dict.fromkeys((0x0B, 0x1C, 0x1D, 0x1E, 0x1F), " ")}
_THOUGHT = r"(?:think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad|seed:think)"
_OPEN = rf"(?:<{_THOUGHT}>|◁think▷|\[THINK\]|<\|begin_of_thought\|>|<\|think(?:ing)?\|>)"
_CLOSE = rf"(?:</{_THOUGHT}>|◁/think▷|\[/THINK\]|<\|end_of_thought\|>|<\|/think(?:ing)?\|>)"
UNOPENED = re.compile(rf"\A(?:(?!{_OPEN}).)*{_CLOSE}", re.DOTALL | re.IGNORECASE)
"""A thought that a template opened in the prompt, and its end."""

_THOUGHTS = re.compile(rf"\A\s*(?:{_OPEN}.*?{_CLOSE}\s*)+", re.DOTALL | re.IGNORECASE)
# The same where a page may print such a tag: the end is the end of a line.
_UNOPENED_LINES = re.compile(rf"\A(?:(?!{_OPEN}).)*?{_CLOSE}[ \t]*(?:\n\s*|\Z)", re.DOTALL | re.IGNORECASE)
_UNCLOSED = re.compile(rf"\A\s*{_OPEN}(?:(?!{_CLOSE}).)*\Z", re.DOTALL | re.IGNORECASE)
_FINAL = re.compile(r"\A.*<\|channel\|>final[^<]{0,40}<\|message\|>", re.DOTALL)
_CHANNEL = re.compile(r"\A\s*(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)", re.DOTALL)
_ROLE = re.compile(
    r"\A\s*(?:<\|im_start\|>\s*assistant|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>|"
    r"<start_of_turn>\s*model|<\|assistant\|>|\[/INST\]|<s>(?!.*</s>\s*\S)|<bos>)\s*",
    re.DOTALL,
)
# Escapes of a terminal, and the time that a chat took to think as some write it out.
_TERMINAL = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_DONE_THINKING = re.compile(r"\A\s*Thinking\.\.\.\n.*\n\.\.\.done thinking\.\s*", re.DOTALL)
# Places as PaliGemma and Florence-2 write them, four for a box.
_TOKEN = r"(?:(?:<loc_?\d{1,4}>){4}|<[|｜][^<>|｜\n]{1,40}[|｜]>|<(?:eos|pad|end_of_turn|end_of_utterance)>|</s>\s*\Z)"
_END = re.compile(
    r"<[|｜](?:im_end|im_start|endoftext|eot_id|eom_id|end|return|user|end▁of▁sentence|end_of_text)[|｜]>|"
    r"<(?:eos|end_of_turn|end_of_utterance)>"
)
_DIALECTS = {
    **dict.fromkeys(("<|ref|>", "<|object_ref_start|>"), "<ref>"),
    **dict.fromkeys(("<|/ref|>", "<|object_ref_end|>"), "</ref>"),
    **dict.fromkeys(("<|det|>", "<|box_start|>"), "<box>"),
    **dict.fromkeys(("<|/det|>", "<|box_end|>"), "</box>"),
    "<|quad_start|>": "<quad>",
    "<|quad_end|>": "</quad>",
}
_DIALECT = re.compile("|".join(map(re.escape, _DIALECTS)))
# DeepSeek-OCR names the kind of the block whose text follows.
_KIND = re.compile(
    r"<\|ref\|>(?:title|sub_title|text|table|image|figure|equation|formula|list|header|footer|page_number|caption|"
    r"(?:table|image|figure)_(?:caption|footnote))<\|/ref\|><\|det\|>[^<]*<\|/det\|>\s*",
)
_FENCE = re.compile(
    r"\A(?P<mark>`{3,}|~{3,})(?:[\w+-]*[ \t]*\n|(?=[^\n]+\Z))(?P<inside>.*?)(?:\n?[ \t]*(?P=mark)`*|\Z)\s*\Z", re.DOTALL
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}\d{0,2}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_BOX_KEYS = ("bbox_2d", "box_2d", "bbox")
_LABEL_KEYS = ("answer", "text_content", "text", "value", "content", "label")


def _number(text: str) -> str:
    """The text of a JSON number, whose point is a decimal point, which only three decimals leave open."""
    return f"{text}0" if re.fullmatch(r"-?\d+\.\d{3}", text) else text


_DECODER = json.JSONDecoder(strict=False, parse_float=_number, parse_int=str, parse_constant=str)
_MISSING = ("}", "]", "}]", "]}", "}}")
_LARGEST = 1000.0
_LONGEST_LITERAL = 2000


def said(output: str) -> str:
    """What a model says in an output, with the mark-up of its boxes as `<ref>` and `<box>`.

    An output that ends within a thought says nothing; see `only_thinks`.
    """
    text = _DONE_THINKING.sub("", without_controls(output))
    text = "" if only_thinks(text) else _FINAL.sub("", text)
    text = _UNOPENED_LINES.sub("", _THOUGHTS.sub("", text), count=1)
    text = _DIALECT.sub(lambda found: _DIALECTS[found[0]], _KIND.sub("", text))
    text = _ROLE.sub("", text)
    end = next((found.start() for found in _END.finditer(text) if text[: found.start()].strip()), len(text))
    text = re.sub(_TOKEN, "", text[:end])
    return _boxes_of_json(text)


def words_said(output: str) -> str:
    """What a model says, without the mark-up of boxes."""
    text = said(output)
    return (parse_boxes(text).text if BOX in text else text).strip()


def only_thinks(output: str) -> bool:
    """Whether an output ends within a thought, before its answer."""
    return bool(_UNCLOSED.match(output)) or bool(_CHANNEL.match(output) and not _FINAL.match(output))


def without_controls(text: str) -> str:
    """A text with newlines of one kind, and without control characters, which readers of tables do not expect."""
    return _FORBIDDEN.sub("", _TERMINAL.sub("", text).replace("\r\n", "\n").translate(_SPACES))


def without_fence(text: str) -> str:
    """The inside of a code fence around all of a text; any other text as it is."""
    fence = _FENCE.match(text.strip())
    return fence["inside"] if fence and fence["mark"] not in fence["inside"] else text


def without_entities(text: str) -> str:
    """A text with its HTML entities as the characters that they mean; an ampersand without a semicolon stays."""
    return html.unescape(text) if _ENTITY.search(text) else text


def json_value(text: str) -> Any:
    """The JSON object or array that is the whole text, with numbers as text; None for any other text.

    A value that is written several times is one. Of a text that ends behind a whole text in quotes, only brackets are
    missing.
    """
    text = text.strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        value, end = _DECODER.raw_decode(text)
        while text[end:].strip():
            again, end = _DECODER.raw_decode(text, end + len(text[end:]) - len(text[end:].lstrip()))
            if again != value:
                return None
    except (ValueError, RecursionError):
        return _completed(text) if text.endswith('"') else _python_value(text)
    return value


def _completed(text: str) -> Any:
    for brackets in _MISSING:
        try:
            return _DECODER.decode(text + brackets)
        except (ValueError, RecursionError):
            continue
    return None


def _python_value(text: str) -> Any:
    """A dict or list of texts as Python writes it; None for anything else."""
    if len(text) > _LONGEST_LITERAL:
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value if inside and all(one is None or isinstance(one, str | bool) for one in inside) else None


def _boxes_of_json(text: str) -> str:
    """Objects with a box and a label, as some models write them, as mark-up of boxes; any other text as it is."""
    value = json_value(without_fence(text))
    objects = value if isinstance(value, list) else [value]
    found = [_marked_up(one) for one in objects]
    return "\n".join(one for one in found if one is not None) if found and None not in found else text


def _marked_up(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    name = next((key for key in _BOX_KEYS if key in value), None)
    label = next((value[key] for key in _LABEL_KEYS if isinstance(value.get(key), str)), None)
    if name is None or label is None or not isinstance(value[name], list):
        return None
    try:
        sides = [float(side) for side in value[name]]
    except (TypeError, ValueError):
        return None
    if name == "box_2d" and len(sides) == 4:
        # Gemini and Gemma write the vertical side first.
        sides = [sides[at] for at in (1, 0, 3, 2)]
    if len(sides) != 4 or max(sides) > _LARGEST:
        # Pixels of an image whose size is not known here.
        return str(label)
    return f"<ref>{label}</ref><box>[[{', '.join(f'{side:g}' for side in sides)}]]</box>"
