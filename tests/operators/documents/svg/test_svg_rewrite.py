"""SVG files get the looks that their style sheets give them, within bounds, and nothing outside of them is read."""

from pathlib import Path
from xml.etree import ElementTree

import pymupdf
import pytest
from docpipe.operators.documents.mupdf import open_document
from docpipe.operators.documents.svg.rewrite import rewritten

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(body: str, style: str = "") -> bytes:
    sheet = f"<style>{style}</style>" if style else ""
    return f'<svg xmlns="http://www.w3.org/2000/svg" {XLINK} width="100" height="60">{sheet}{body}</svg>'.encode()


def elements(data: bytes, name: str = "rect") -> list[dict[str, str]]:
    found = rewritten(data)
    root = ElementTree.fromstring(found.data or data)
    return [element.attrib for element in root.iter(f"{{http://www.w3.org/2000/svg}}{name}")]


def test_the_most_specific_rule_wins_and_then_the_last_one_and_the_style_of_an_element_before_both() -> None:
    style = """
        rect { fill: red; stroke: black }  .a { fill: blue }  #one { fill: lime }  g rect { stroke: #00f }
        .b { fill: yellow }  .a { stroke-width: 2px !important }
    """
    body = """
        <rect id="one" class="a"/><g><rect class="a b" style="stroke-width: 3"/></g>
        <rect class="a" fill="pink" style="fill: white; stroke: none"/>
    """
    one, two, three = elements(svg(body, style))
    assert (one["fill"], one["stroke"]) == ("#00ff00", "#000000")
    assert (two["fill"], two["stroke"], two["stroke-width"]) == ("#ffff00", "#0000ff", "2")
    assert (three["fill"], three["stroke"]) == ("#ffffff", "none")


@pytest.mark.parametrize(
    ("value", "colour", "opacity"),
    [
        ("rgba(255, 0, 0, 0.5)", "#ff0000", "0.5"),
        ("hsl(120 100% 25%)", "#008000", None),
        ("transparent", "none", None),
        ("var(--main)", "#4682b4", None),
        ("var(--none, green)", "#008000", None),
        ("currentColor", "#123456", None),
        ("url(#gone) #ff0000", "#ff0000", None),
    ],
)
def test_colours_are_written_as_mupdf_reads_them(value: str, colour: str, opacity: str | None) -> None:
    (rect,) = elements(
        svg('<rect class="a"/>', f":root {{ --main: steelblue; color: #123456 }} .a {{ fill: {value} }}")
    )
    assert (rect["fill"], rect.get("fill-opacity")) == (colour, opacity)


def test_the_alpha_of_a_colour_is_not_handed_on_to_another_colour() -> None:
    _, plain, faint = elements(
        svg('<g style="fill: rgb(255 0 0 / 50%)"><rect/><rect fill="red"/><rect fill-opacity="0.5"/></g>')
    )
    assert plain["fill-opacity"] == "1"
    assert faint["fill-opacity"] == "0.25"


def test_what_is_hidden_is_left_out_and_the_text_behind_it_stays() -> None:
    style = ".off { display: none } .gone { visibility: hidden } .back { visibility: visible }"
    body = '<rect class="off"/><g class="gone"><rect id="no"/><rect id="yes" class="back"/></g>'
    assert [rect["id"] for rect in elements(svg(body, style))] == ["yes"]
    data = rewritten(svg('<text>1<tspan class="off">2</tspan>3</text>', style)).data
    assert data is not None
    assert "".join(ElementTree.fromstring(data)[1].itertext()) == "13"


def test_fonts_transforms_and_sizes_of_rules_are_attributes() -> None:
    style = "text { font: bold 12pt/1.2 Arial, sans-serif } .a { transform: translateX(5px) rotate(90deg); width: 2em }"
    (text,) = elements(svg('<text font-size="3">a</text>', style), "text")
    assert (text["font-size"], text["font-weight"], text["font-family"]) == ("16", "bold", "Arial, sans-serif")
    (rect,) = elements(svg('<rect class="a" width="9" font-size="10"/>', style))
    assert (rect["transform"], rect["width"]) == ("translate(5,0) rotate(90)", "20")


def test_gradients_that_look_different_have_different_colours_and_others_one() -> None:
    stops = '<stop offset="0" stop-color="{}"/><stop offset="1" style="stop-color: {}"/>'
    defs = "".join(
        f'<linearGradient id="{name}">{stops.format(*colours)}</linearGradient>'
        for name, colours in (("a", ("red", "blue")), ("b", ("blue", "red")), ("c", ("red", "blue")))
    )
    defs += '<radialGradient id="d" xlink:href="#a"/>'
    fills = [rect["fill"] for rect in elements(svg(defs + "".join(f'<rect fill="url(#{name})"/>' for name in "abcd")))]
    assert fills[0] == fills[2] == fills[3] == "#800080"
    assert fills[1] != fills[0]


def test_the_part_of_a_switch_that_asks_for_nothing_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "switch.svg"
    path.write_bytes(svg('<switch><foreignObject requiredExtensions="x"/><g><rect width="9" height="9"/></g></switch>'))
    document, _ = open_document(str(path), "image/svg+xml", ())
    assert len(document[0].get_cdrawings()) == 1


def test_rules_that_are_not_applied_are_counted_in_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "sheet.svg"
    style = '@import "other.css"; @media (min-width: 1px) { rect { fill: red } } @media print { rect { fill: blue } }'
    path.write_bytes(svg('<rect width="9" height="9"/>', style))
    document, info = open_document(str(path), "image/svg+xml", ())
    assert info.warnings == ("styles_ignored: 2",)
    assert document[0].get_cdrawings()[0]["fill"] == (0, 0, 0)
    path.write_bytes(svg('<rect width="9" height="9"/>', "rect { fill: red }"))
    document, info = open_document(str(path), "image/svg+xml", ())
    assert info.warnings == ()
    assert document[0].get_cdrawings()[0]["fill"] == (1, 0, 0)


def test_a_file_without_styles_is_left_as_it_is() -> None:
    assert rewritten(svg('<rect fill="red"/>')).data is None


def test_entities_from_outside_are_not_read_and_those_that_multiply_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    outside = f'<!DOCTYPE svg [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'.encode()
    data = rewritten(outside + svg("<text>&a;</text>", "text { fill: red }")).data
    assert data is not None
    assert b"secret" not in data
    many = '<!DOCTYPE svg [<!ENTITY a "xxxxxxxxxx">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    found = rewritten(f"{many}]>".encode() + svg("<text>&i;</text>", "text { fill: red }"))
    assert (found.data, found.ignored) == (None, 1)


@pytest.mark.parametrize(
    "data",
    [
        svg("<g>" * 300 + "</g>" * 300, "g { fill: red }"),
        svg("<rect>", "rect { fill: red }"),
        b"<svg><style>" + b"{" * 5000,
    ],
)
def test_what_is_too_deep_or_no_xml_stays_as_it_is_and_says_so(data: bytes) -> None:
    found = rewritten(data)
    assert (found.data, found.ignored) == (None, 1)


def test_large_sheets_and_selectors_that_look_at_all_siblings_of_many_elements_are_ignored() -> None:
    rects = "<rect/>" * 3000
    assert rewritten(svg(rects, "rect ~ circle { fill: red }")).ignored == 1
    assert rewritten(svg("<rect/>", "rect ~ circle { fill: red }")).ignored == 0
    assert rewritten(svg("<rect/>", "rect { fill: red } " * 60_000)).ignored == 1
    assert rewritten(svg("<rect/>", "rect { fill: " + "var(--a" * 3000 + " }")).ignored == 1


def test_other_encodings_are_read() -> None:
    text = svg('<text x="9" y="30">Größe</text>', "text { fill: red }").decode()
    for encoding in ("utf-16", "iso-8859-1"):
        data = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
        with pymupdf.open("svg", rewritten(data).data) as document:
            assert document[0].get_text().strip().replace(" ", "") == "Größe"


def test_upright_boxes_are_cut_to_their_clip_path_and_what_is_outside_of_it_is_left_out() -> None:
    clip = '<clipPath id="c"><rect x="10" y="10" width="50" height="40"/></clipPath>'
    rects = '<rect x="20" y="20" width="10" height="500"/><rect x="70" y="20" width="9" height="9"/>'
    group = f'<g clip-path="url(#c)">{rects}</g>'
    moved = '<g style="clip-path: url(#c)"><g transform="scale(2)"><rect height="900" width="1"/></g></g>'
    _, inner, other = elements(svg(clip + group + moved))
    assert [inner[name] for name in ("x", "y", "width", "height")] == ["20", "20", "10", "30"]
    assert other["height"] == "900"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("M 20 900 L 30 900 L 30 30 L 20 30 z", "M20 50L30 50L30 30L20 30Z"),
        ("M20,900h10V30H20z", "M20 50L30 50L30 30L20 30Z"),
        ("M 20 900 L 35 900 L 30 30 L 20 30 z", "M 20 900 L 35 900 L 30 30 L 20 30 z"),
        ("M 20 900 L 30 900 L 30 30 L 20 30", "M 20 900 L 30 900 L 30 30 L 20 30"),
        ("M 20 900 C 30 900 30 30 20 30 z", "M 20 900 C 30 900 30 30 20 30 z"),
    ],
)
def test_paths_that_are_boxes_are_cut_and_others_stay(path: str, shown: str) -> None:
    clip = '<clipPath id="c"><rect x="10" y="10" width="50" height="40"/></clipPath>'
    (found,) = elements(svg(f'{clip}<path d="{path}" clip-path="url(#c)"/>'), "path")
    with pymupdf.open("svg", svg(f'<path d="{found["d"]}"/>')) as document:
        box = document[0].get_cdrawings()[0]["rect"]
    with pymupdf.open("svg", svg(f'<path d="{shown}"/>')) as document:
        assert document[0].get_cdrawings()[0]["rect"] == box
