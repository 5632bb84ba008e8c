"""Writes SVG anew for MuPDF, which knows no style sheets and only a part of what `style` may say.

It ignores `<style>`, hides nothing, takes `currentColor`, transparent colours, gradients and patterns for black, and
draws nothing of a `<switch>`. Here each element gets what the cascade gives it as presentation attributes, hidden
elements are left out, and a gradient or a pattern becomes one colour, another one for each.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

import cssselect2

from . import values
from .clips import Box, clip_boxes, cut, shown
from .sheets import Sheets, of_attribute
from .values import BLACK, NO_PAINT, Paint

_NEEDED = re.compile(
    rb"<(?:[\w.-]+:)?(?:style|switch)[\s>/]|\bstyle\s*=|\b(?:display|visibility)\s*=|currentcolor|rgba|hsl|transparent"
    rb"|url\(",
    re.IGNORECASE,
)
_STYLE = re.compile(rb"<(?:[\w.-]+:)?style[\s>/]")
_LARGEST = 32 << 20
_MOST_ELEMENTS = 150_000
_DEEPEST = 256
_LONGEST_ENTITY = 256
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_INHERIT = frozenset({"inherit", "unset", "revert", "revert-layer"})
_INITIAL = {"fill": "black", "stroke": "none"}
_PLAIN = frozenset(
    {"fill-rule", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "font-family",
     "font-style", "text-anchor"}
)  # fmt: skip
_GEOMETRY = frozenset({"x", "y", "width", "height", "cx", "cy", "r", "rx", "ry"})
_SHAPES = frozenset({"rect", "circle", "ellipse", "image", "use"})
_PRESENTED = _PLAIN | {
    "fill", "stroke", "color", "fill-opacity", "stroke-opacity", "opacity", "stroke-width", "font-size", "font-weight",
    "font", "display", "visibility", "stop-color", "stop-opacity", "clip-path",
}  # fmt: skip
_DRAWN = frozenset({"rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "image", "use"})
_TEXTS = frozenset({"text", "tspan", "textPath"})
_SERVERS = frozenset({"linearGradient", "radialGradient", "pattern"})
_MOST_PARTS = 100
"""Parts of a pattern by which it is told from others."""
_APART = 12
"""Steps of 255 by which two colours differ that stand for different gradients."""

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


@dataclass(frozen=True)
class Rewritten:
    """An SVG file as MuPDF should read it.

    Attributes:
        data: None where the file can be read as it is.
        ignored: rules of its style sheets that were not applied.
    """

    data: bytes | None
    ignored: int = 0


class _UnusualError(Exception):
    """The file is not well-formed, or larger or deeper than is written anew."""


def rewritten(data: bytes) -> Rewritten:
    """An SVG file with attributes in place of its style sheets.

    Nothing outside of the file is read. A file that is no well-formed XML, has more than 32 MiB or 150,000 elements, is
    nested more than 256 deep, or declares entities that name others stays as it is.
    """
    text = data.replace(b"\0", b"")
    if not _NEEDED.search(text):
        return Rewritten(None)
    try:
        root, count = _tree(data)
        return _written(root, count)
    except (_UnusualError, expat.ExpatError, LookupError, RecursionError, ValueError):
        return Rewritten(None, len(_STYLE.findall(text)))


def _tree(data: bytes) -> tuple[Any, int]:
    """The root element and the number of elements."""
    if len(data) > _LARGEST:
        raise _UnusualError
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth, count = 0, 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise _UnusualError
        builder.start(_qualified(tag), {_qualified(name): value for name, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_qualified(tag))

    def entity(name: str, is_parameter: bool, value: str | None, *_: object) -> None:
        # What stands outside of the file has no value and is never read.
        if value is not None and ("&" in value or "%" in value or len(value) > _LONGEST_ENTITY):
            raise _UnusualError

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = entity
    parser.Parse(data, True)
    return builder.close(), count


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name


def _local(element: Any) -> str:
    tag: str = element.tag
    return tag.rpartition("}")[2]


@dataclass(frozen=True)
class _Inherited:
    """What an element hands on to those in it.

    Attributes:
        opacities: `fill-opacity` and `stroke-opacity` as they were declared.
        alphas: of the colours of fill and stroke.
        written: the products that MuPDF has.
        hidden: by `visibility`.
        window: what clip paths show; None for all.
    """

    color: Paint = BLACK
    font_size: float = 16.0
    opacities: tuple[float, float] = (1.0, 1.0)
    alphas: tuple[float, float] = (1.0, 1.0)
    written: tuple[float, float] = (1.0, 1.0)
    hidden: bool = False
    window: Box | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Styled:
    """An element with its declared values.

    Attributes:
        by_style: names of those that are no attributes of the element.
    """

    element: Any
    parent: int
    declared: dict[str, str]
    by_style: frozenset[str]


def _written(root: Any, count: int) -> Rewritten:
    sheets = Sheets(count)
    for element in root.iter():
        if _local(element) == "style" and element.get("type", "text/css").strip().lower() in ("", "text/css"):
            sheets.add("".join(element.itertext()), element.get("media", ""))
    styled = list(_cascade(root, sheets))
    servers, boxes = _servers(styled), clip_boxes(one.element for one in styled)
    states: list[_Inherited] = []
    gone: dict[Any, set[Any]] = {}
    ignored = sheets.ignored
    for one in styled:
        above = states[one.parent] if one.parent >= 0 else _Inherited()
        values_of, variables = _computed(one.declared, above.variables)
        above = above if variables is above.variables else replace(above, variables=variables)
        state, lost = _write(one, values_of, above, servers)
        ignored += lost
        if one.element.get("transform") and state.window is not None:
            # In another space, from which it is not brought here.
            state = replace(state, window=None)
        if "clip-path" in values_of:
            state = replace(state, window=shown(values_of["clip-path"], state.window, boxes))
        states.append(state)
        is_off = values_of.get("display", "").lower() == "none" or (state.hidden and _is_leaf(one.element))
        is_off = is_off or (state.window is not None and not cut(one.element, state.window))
        if one.parent >= 0 and is_off:
            gone.setdefault(styled[one.parent].element, set()).add(one.element)
        elif state.hidden and _local(one.element) in _TEXTS:
            _without_text(one.element)
        if _local(one.element) == "switch":
            gone.setdefault(one.element, set()).update(_unchosen(one.element))
            one.element.tag = one.element.tag.replace("switch", "g")
    for parent, children in gone.items():
        _without(parent, children)
    data = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Rewritten(data, ignored)


def _cascade(root: Any, sheets: Sheets) -> Iterator[_Styled]:
    """All elements in the order of the file, each with what its attributes, the rules and its `style` declare."""
    wrapper = cssselect2.ElementWrapper.from_xml_root(root)
    numbers: dict[Any, int] = {}
    for number, wrapped in enumerate(wrapper.iter_subtree()):
        element = wrapped.etree_element
        numbers[element] = number
        declared = {name: element.attrib[name] for name in _PRESENTED if name in element.attrib}
        known = set(declared)
        found = [*sheets.declared(wrapped), *of_attribute(element.attrib.pop("style", ""))]
        found.sort(key=_importance)
        for name, value, _ in found:
            # Later shorthands replace what was said before them.
            declared.pop(name, None)
            declared[name] = value
            known.discard(name)
        parent = numbers[wrapped.parent.etree_element] if wrapped.parent is not None else -1
        yield _Styled(element, parent, declared, frozenset(declared) - known)


def _importance(declaration: tuple[str, str, bool]) -> bool:
    return declaration[2]


def _computed(declared: Mapping[str, str], above: Mapping[str, str]) -> tuple[dict[str, str], Mapping[str, str]]:
    """Values without variables and shorthands, and the variables of the element."""
    own = {name: value for name, value in declared.items() if name.startswith("--")}
    variables = {**above, **own} if own else above
    found: dict[str, str] = {}
    for name, value in declared.items():
        whole = None if name.startswith("--") else values.with_variables(value, variables)
        if whole is None:
            continue
        if name == "font":
            found |= values.font_parts(whole)
        else:
            found[name] = _INITIAL.get(name, whole) if whole.lower() == "initial" else whole
    return found, variables


def _write(
    one: _Styled, found: dict[str, str], above: _Inherited, servers: Mapping[str, Paint]
) -> tuple[_Inherited, int]:
    """Write values as attributes; what is handed on, and how many could not be written."""
    element, lost = one.element, 0
    if not found:
        return above, 0
    size = values.font_size(found["font-size"], above.font_size) if "font-size" in found else None
    state = above if size is None else replace(above, font_size=size)
    if "color" in found and (color := values.paint(found["color"], above.color, {})) is not None:
        state = replace(state, color=color)
    if found.get("visibility", "").lower() in ("visible", "hidden", "collapse"):
        state = replace(state, hidden=found["visibility"].lower() != "visible")
    attributes: dict[str, str | None] = dict.fromkeys(
        name for name in found if name in _PRESENTED and found[name].lower() in (*_INHERIT, "initial")
    )
    if size is not None:
        attributes["font-size"] = f"{size:g}"
    if "font-weight" in found and "font-weight" not in attributes:
        attributes["font-weight"] = values.font_weight(found["font-weight"])
    for name in _PLAIN & found.keys() - attributes.keys():
        attributes[name] = found[name]
    if "stroke-width" in found and (width := values.pixels(found["stroke-width"], state.font_size)) is not None:
        attributes["stroke-width"] = f"{width:g}"
    if "opacity" in found and (opacity := values.share(found["opacity"])) is not None:
        attributes["opacity"] = f"{opacity:g}"
    state, painted = _paints(found, state, servers)
    attributes |= painted
    if _local(element) in _SHAPES:
        for name in _GEOMETRY & one.by_style & found.keys():
            if (length := values.pixels(found[name], state.font_size)) is not None:
                attributes[name] = f"{length:g}"
    if "transform" in one.by_style and "transform" in found:
        moved = values.transform(found["transform"])
        lost += moved is None
        if moved is not None:
            attributes["transform"] = moved or None
    for name, value in attributes.items():
        if value is None:
            element.attrib.pop(name, None)
        else:
            element.set(name, value)
    element.attrib.pop("font", None)
    return state, lost


def _paints(
    found: Mapping[str, str], state: _Inherited, servers: Mapping[str, Paint]
) -> tuple[_Inherited, dict[str, str | None]]:
    """Attributes of fill and stroke, with the alpha of their colours as a part of their opacity."""
    attributes: dict[str, str | None] = {}
    opacities, alphas, written = list(state.opacities), list(state.alphas), list(state.written)
    for k, name in enumerate(("fill", "stroke")):
        if name in found and found[name].lower() not in _INHERIT:
            colour = values.paint(found[name], state.color, servers)
            attributes[name] = None if colour is None else colour.colour
            alphas[k] = alphas[k] if colour is None else colour.alpha
        opacity = values.share(found.get(f"{name}-opacity", ""))
        if opacity is not None:
            opacities[k] = opacity
        elif name not in found:
            continue
        product = round(opacities[k] * alphas[k], 4)
        if product != written[k] or opacity is not None:
            attributes[f"{name}-opacity"] = f"{product:g}"
            written[k] = product
    now = ((opacities[0], opacities[1]), (alphas[0], alphas[1]), (written[0], written[1]))
    if now != (state.opacities, state.alphas, state.written):
        state = replace(state, opacities=now[0], alphas=now[1], written=now[2])
    return state, attributes


def _servers(styled: Sequence[_Styled]) -> dict[str, Paint]:
    """One colour for each gradient or pattern, by its id; those that look different have different colours."""
    inner: dict[int, list[int]] = {}
    for number, one in enumerate(styled):
        inner.setdefault(one.parent, []).append(number)
    by_id = {
        name: number
        for number, one in enumerate(styled)
        if _local(one.element) in _SERVERS and (name := one.element.get("id"))
    }
    looks: dict[str, tuple[object, ...]] = {}
    for name, number in by_id.items():
        seen = {number}
        while not inner.get(number):
            target = styled[number].element.get(f"{{{_XLINK}}}href", styled[number].element.get("href", ""))
            other = by_id.get(target.removeprefix("#"))
            if other is None or other in seen:
                break
            number = other
            seen.add(number)
        is_pattern = _local(styled[number].element) == "pattern"
        looks[name] = _pattern(styled, inner, number) if is_pattern else _stops(styled, inner.get(number, ()))
    found: dict[tuple[object, ...], Paint] = {}
    taken: set[str] = set()
    for look in looks.values():
        if look not in found:
            found[look] = _mean([part for part in look if isinstance(part, Paint)], taken)
            taken.add(found[look].colour)
    return {name: found[look] for name, look in looks.items()}


def _stops(styled: Sequence[_Styled], numbers: Sequence[int]) -> tuple[object, ...]:
    found = []
    for number in numbers:
        one = styled[number]
        colour = values.paint(one.declared.get("stop-color", "black"), BLACK, {}) or BLACK
        opacity = values.share(one.declared.get("stop-opacity", "1"))
        found.append(Paint(colour.colour, colour.alpha * (1.0 if opacity is None else opacity)))
    return tuple(found)


def _pattern(styled: Sequence[_Styled], inner: Mapping[int, Sequence[int]], number: int) -> tuple[object, ...]:
    """What a pattern draws, and its colours."""
    found: list[object] = []
    left = list(inner.get(number, ()))
    while left and len(found) < _MOST_PARTS:
        at = left.pop(0)
        left.extend(inner.get(at, ()))
        one = styled[at]
        found.append((_local(one.element), *sorted(item for item in one.element.attrib.items() if item[0] != "id")))
        for name in ("fill", "stroke"):
            colour = values.paint(one.declared.get(name, "none"), BLACK, {})
            if colour is not None and colour.colour not in ("none", "#ffffff"):
                found.append(colour)
    return tuple(found)


def _mean(colours: Sequence[Paint], taken: set[str]) -> Paint:
    """The mean of colours, moved until no other gradient or pattern has it."""
    seen = [one for one in colours if one.colour != "none"]
    if not seen:
        return NO_PAINT if colours else BLACK
    weight = sum(one.alpha for one in seen) or 1.0
    parts = [round(sum(int(one.colour[k : k + 2], 16) * one.alpha for one in seen) / weight) for k in (1, 3, 5)]
    colour = "#{:02x}{:02x}{:02x}".format(*parts)
    while colour in taken:
        k = len(taken) % 3
        parts[k] = (parts[k] + _APART) % 256
        colour = "#{:02x}{:02x}{:02x}".format(*parts)
    return Paint(colour, round(sum(one.alpha for one in seen) / len(colours), 4))


def _is_leaf(element: Any) -> bool:
    return _local(element) in _DRAWN or (_local(element) in _TEXTS and not len(element))


def _without_text(element: Any) -> None:
    """Leave out the text of an element beside that of the elements in it."""
    element.text = None
    for child in element:
        child.tail = None


def _unchosen(switch: Any) -> list[Any]:
    """All but the first child of a `<switch>` that asks for nothing, or for English."""
    children = list(switch)
    for child in children:
        language = child.get("systemLanguage", "en").lower()
        if "requiredExtensions" not in child.attrib and any(
            one.strip().startswith("en") for one in language.split(",")
        ):
            return [one for one in children if one is not child]
    return children


def _without(parent: Any, gone: set[Any]) -> None:
    """Remove elements, and keep the text behind them."""
    kept: list[Any] = []
    for child in parent:
        if child not in gone:
            kept.append(child)
        elif child.tail and child.tail.strip():
            if kept:
                kept[-1].tail = (kept[-1].tail or "") + child.tail
            else:
                parent.text = (parent.text or "") + child.tail
    parent[:] = kept
