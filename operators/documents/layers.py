"""Decides for MuPDF which content of optional groups (layers) of a PDF a person sees.

A membership (ISO 32000-2, 8.11.2.2) makes the visibility of content depend on several groups: by a policy, `/P`, or by
an expression, `/VE`. MuPDF shows content of the policy AllOn whose groups are partly off, hides that of AnyOff unless
all of them are off, and takes no expression into account.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TOKEN = re.compile(r"\[|\]|/\w+|(\d+)\s+\d+\s+R")
_REFERENCE = re.compile(r"(\d+)\s+\d+\s+R")
_MAX_OBJECTS = 200_000
_MAX_DEPTH = 20


def mend_memberships(document: Any) -> None:
    """Make each membership of an open, unlocked PDF depend on nothing, or on one group, with the right result.

    In memory only. A file with more than 200,000 objects stays as it is; so does a membership that is not understood.
    """
    try:
        if document.xref_get_key(document.pdf_catalog(), "OCProperties")[0] == "null":
            return
        groups = _groups(document)
    except Exception:
        # Damaged properties must not cost the pages.
        return
    # With all groups on, MuPDF is right but for expressions with Not; looking for these costs too much.
    if all(groups.values()) or document.xref_length() > _MAX_OBJECTS:
        return
    for xref in range(1, document.xref_length()):
        try:
            if document.xref_get_key(xref, "Type") == ("name", "/OCMD"):
                _settle(document, xref, groups)
        except Exception:
            # A damaged object, which is no membership or one that hides nothing.
            continue


def _groups(document: Any) -> dict[int, bool]:
    """Whether each group is on in the default configuration, by the number of its object."""
    default = document.get_layer()
    base = default.get("basestate", "ON") != "OFF"
    groups = {int(xref): base for xref in document.get_ocgs()}
    return groups | dict.fromkeys(default.get("on", []), True) | dict.fromkeys(default.get("off", []), False)


def _settle(document: Any, xref: int, groups: Mapping[int, bool]) -> None:
    shown = _is_shown(document, xref, groups)
    group, on = next(iter(groups.items()))
    document.xref_set_key(xref, "VE", "null")
    document.xref_set_key(xref, "OCGs", "null" if shown else f"[{group} 0 R]")
    document.xref_set_key(xref, "P", "/AllOff" if on and not shown else "/AnyOn")


def _is_shown(document: Any, xref: int, groups: Mapping[int, bool]) -> bool:
    kind, value = document.xref_get_key(xref, "VE")
    if kind in ("array", "xref"):
        return _value(document, value, groups, 0)
    kind, value = document.xref_get_key(xref, "OCGs")
    if kind == "xref" and int(value.split()[0]) not in groups:
        value = document.xref_object(int(value.split()[0]))
    # Groups that are no objects count for nothing.
    states = [groups[int(number)] for number in _REFERENCE.findall(value) if int(number) in groups]
    if not states:
        return True
    policy = document.xref_get_key(xref, "P")[1]
    if policy in ("/AllOn", "/AnyOff"):
        return all(states) is (policy == "/AllOn")
    return any(states) is (policy != "/AllOff")


def _value(document: Any, expression: str, groups: Mapping[int, bool], depth: int) -> bool:
    """The value of an expression, which is a group or an array of an operator and its operands."""
    tokens = iter(_TOKEN.finditer(expression))
    values = _operands(document, tokens, groups, depth)
    return values[0] if values else True


def _operands(document: Any, tokens: Iterator[re.Match[str]], groups: Mapping[int, bool], depth: int) -> list[bool]:
    """The values up to the end of an array or of the expression."""
    if depth > _MAX_DEPTH:
        raise ValueError("the expression is too deep")
    found: list[bool] = []
    for token in tokens:
        text = token.group()
        if text == "]":
            return found
        if text == "[":
            operator = next(tokens).group()
            operands = _operands(document, tokens, groups, depth + 1)
            if operator == "/Not":
                found.append(not operands[0])
            elif operator in ("/And", "/Or"):
                found.append(all(operands) if operator == "/And" else any(operands))
            else:
                raise ValueError(f"{operator} is no operator of visibility")
        elif token[1]:
            number = int(token[1])
            inner = None if number in groups else document.xref_object(number)
            found.append(groups[number] if inner is None else _value(document, inner, groups, depth + 1))
    return found
