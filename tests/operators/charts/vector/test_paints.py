"""Bars that are painted with gradients, patterns or images are never left out of a chart that is sure."""

import pymupdf
import pytest
from docpipe.operators.charts.vector.measure import measure_charts
from docpipe.operators.charts.vector.result import DeclinedChart, MeasuredChart

BOXES = ((60, 75), (125, 150), (190, 30))
PLAIN = "0.2 0.4 0.7 rg " + "".join(f"{x} 30 40 {height} re f " for x, height in BOXES[1:])
IMAGE = "BI /W 1 /H 2 /CS /RGB /BPC 8 /F /AHx ID ff0000 0000ff > EI"


def charts(content: str) -> tuple[MeasuredChart | DeclinedChart, ...]:
    """The charts of a plot with three categories, in which /S1 is a shading, /P1 its pattern and /T1 a tiling one."""
    with pymupdf.open() as document:
        page = document.new_page(width=300, height=200)
        page.insert_font(fontname="helv")
        function, shading, pattern, tiling, content_number = (document.get_new_xref() for _ in range(5))
        document.update_object(function, "<< /FunctionType 2 /Domain [0 1] /C0 [0.1 0.3 0.8] /C1 [1 1 1] /N 1 >>")
        document.update_object(
            shading,
            f"<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 30 0 180] /Function {function} 0 R"
            " /Extend [true true] >>",
        )
        document.update_object(pattern, f"<< /Type /Pattern /PatternType 2 /Shading {shading} 0 R >>")
        document.update_object(
            tiling,
            "<< /Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 8 8] /XStep 8 /YStep 8"
            " /Resources << >> >>",
        )
        document.update_stream(tiling, b"0.8 0.1 0.1 RG 0 0 m 8 8 l S")
        resources = int(document.xref_get_key(page.xref, "Resources")[1].split()[0])
        document.xref_set_key(resources, "Shading", f"<< /S1 {shading} 0 R >>")
        document.xref_set_key(resources, "Pattern", f"<< /P1 {pattern} 0 R /T1 {tiling} 0 R >>")
        document.update_object(content_number, "<<>>")
        document.update_stream(content_number, (axes() + content).encode())
        page.set_contents(content_number)
        return measure_charts(document.reload_page(page))


def axes() -> str:
    content = "50 30 200 150 re S "
    for k, words in enumerate(("0", "50", "100")):
        content += f"BT /helv 8 Tf 30 {27 + 75 * k} Td ({words}) Tj ET 46 {30 + 75 * k} m 50 {30 + 75 * k} l S "
    for k, words in enumerate("ABC"):
        content += f"BT /helv 8 Tf {77.5 + 65 * k} 18 Td ({words}) Tj ET "
    return content


def box(at: int) -> str:
    x, height = BOXES[at]
    return f"{x} 30 40 {height} re "


@pytest.mark.parametrize(
    "first",
    [
        "q " + box(0) + "W n /S1 sh Q ",
        "/Pattern cs /P1 scn " + box(0) + "f ",
        "/Pattern cs /T1 scn " + box(0) + "f ",
        f"q 40 0 0 75 60 30 cm {IMAGE} Q ",
    ],
    ids=["shading", "pattern of a shading", "tiling pattern", "image"],
)
def test_a_chart_with_a_bar_that_is_no_path_is_declined(first: str) -> None:
    for content in (first + PLAIN, PLAIN + first):
        (chart,) = charts(content)
        assert isinstance(chart, DeclinedChart), content
        assert "gradients or patterns" in chart.reason or "image" in chart.reason


def test_gradients_and_images_behind_a_plot_and_beside_it_are_no_marks() -> None:
    bars = "0.2 0.4 0.7 rg " + "".join(box(at) + "f " for at in range(3))
    behind = "q 50 30 200 150 re W n /S1 sh Q "
    beside = f"q 10 185 20 10 re W n /S1 sh Q q 8 0 0 8 5 5 cm {IMAGE} Q /Pattern cs /T1 scn 260 60 20 20 re f "
    page = f"q 300 0 0 200 0 0 cm {IMAGE} Q "
    for content in (behind + bars, beside + bars, bars + beside, page + bars):
        (chart,) = charts(content)
        assert isinstance(chart, MeasuredChart), content
        assert [(value.x, value.y) for value in chart.values] == [("A", 50), ("B", 100), ("C", 20)]
        assert chart.confidence >= 0.9
