"""The report as a file: whole, harmless, bounded, and there whatever has become of the documents."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from docpipe.pipeline.report.images import Studio, framed, surroundings, within
from docpipe.pipeline.report.write import write_report
from docpipe.schemas.errors import MissingResourceError, advice
from docpipe.schemas.geometry import Box
from hypothesis import given
from hypothesis import strategies as st

from ...shared import writable_copy
from ..outputs import Docpipe
from ..reported import HOSTILE, own_output


class Page(HTMLParser):
    """Collects elements, their attributes and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html(everything: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = writable_copy(everything, tmp_path_factory.mktemp("report") / "out")
    write_report(str(out))
    return (out / "report.html").read_text("utf-8")


def test_nothing_is_loaded_and_no_text_becomes_markup(html: str) -> None:
    page = Page(html)
    assert HOSTILE in page.text
    assert len(page.all("script")) == 1
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        for name in ("src", "href", "srcset", "action", "data"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy") or ""
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert re.findall(r"https?://", html) == []


def test_everything_is_there(html: str) -> None:
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert {f"page-{i}" for i in range(1, 12)} <= set(ids)
    for text in ("E2018092011804", "not found", "truncated output", "Revenue in million euros", "no page can be found"):
        assert text in page.text
    assert advice("unreadable") in page.text
    layers = {attributes.get("class") for attributes in page.all("rect")}
    assert {"blocks", "lines", "words", "evidence", "points"} <= layers
    assert sum(1 for attributes in page.all("svg") if attributes.get("class") == "plot") == 5


def test_an_answer_says_who_was_asked_and_who_agreed(html: str) -> None:
    text = " ".join(Page(html).text.split())
    assert "key_value agrees" in text
    assert "key_value → internvl2 / InternVL2-2B" in text
    assert "verifier answers: DE99 5678" in text
    assert "declined: no engine was sure" in text
    assert "no label is near a name" in text
    assert "mean support of its values 0.75" in text


def test_a_page_says_why_it_was_not_read_from_its_text_layer(html: str) -> None:
    assert {"image file", "no text layer"} <= set(re.findall(r'class="fact">([a-z ]+)<', html))


def test_the_report_is_bounded_and_says_what_it_shows(everything: Path, tmp_path: Path) -> None:
    out = writable_copy(everything, tmp_path / "out")
    write_report(str(out), max_pages=3)
    html = (out / "report.html").read_text("utf-8")
    assert len(html.encode()) < 25_000_000
    page = Page(html)
    assert sum(1 for attributes in page.all("article") if attributes.get("class") == "page") == 3
    assert "3 of 11 pages" in page.text
    assert "Pages 3 of 11" in " ".join(page.text.split())


def test_documents_that_are_gone_or_changed_have_a_reason_instead_of_a_image(
    docpipe: Docpipe, everything: Path, tmp_path: Path
) -> None:
    out = own_output(everything, tmp_path / "own")
    (out.parent / "in" / "invoice-de.pdf").unlink()
    with (out.parent / "in" / "chart.pdf").open("ab") as changed:
        changed.write(b"\n%")
    ran = docpipe("report", out)
    assert (ran.returncode, ran.stdout.strip()) == (0, str(out / "report.html"))
    text = Page((out / "report.html").read_text("utf-8")).text
    assert "invoice-de.pdf: no such file" in text
    assert "chart.pdf: the file has changed since it was read" in text


def test_an_output_of_a_run_that_has_just_begun_has_a_report(tmp_path: Path) -> None:
    from docpipe.pipeline.output.commit import write_empty_tables
    from docpipe.pipeline.output.store import Store
    from docpipe.pipeline.run.fingerprint import FINGERPRINT_PATH

    from ..conftest import PROVENANCE

    store = Store("memory://begun")
    store.write_bytes(FINGERPRINT_PATH, b"{}")
    write_empty_tables(store, PROVENANCE)
    assert write_report("memory://begun") == "memory://begun/report.html"
    assert "No page is committed yet" in store.read_bytes("report.html").decode()
    with pytest.raises(MissingResourceError):
        write_report(str(tmp_path))


def test_images_keep_to_their_bytes() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (2000, 1500, 3)).astype(np.uint8)
    studio = Studio(pages=2, crops=4, total_bytes=300_000)
    images = [studio.page(noise), studio.crop(noise, Box(0.1, 0.1, 0.6, 0.3))]
    assert sum(len(image.src) for image in images if image) < 300_000 * 4 / 3
    white = studio.page(np.full((2000, 1500, 3), 255, np.uint8))
    assert white is not None
    assert (white.height, white.width) == (1500, 1125)


boxes = st.tuples(*[st.floats(0, 0.98)] * 2, *[st.floats(0.001, 0.02)] * 2).map(
    lambda t: Box(t[0], t[1], t[0] + t[2], t[1] + t[3])
)


@given(st.lists(boxes, min_size=1, max_size=4))
def test_a_crop_shows_its_first_box_whole_and_stays_on_the_page(found: list[Box]) -> None:
    for region in (surroundings(found), framed(found[0])):
        assert 0 <= region.x0 < region.x1 <= 1
        assert 0 <= region.y0 < region.y1 <= 1
        inside = within(found[0], region)
        assert inside is not None
        assert (inside.x1 - inside.x0) * (region.x1 - region.x0) == pytest.approx(found[0].x1 - found[0].x0, abs=1e-6)
