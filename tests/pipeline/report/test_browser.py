"""The report in a real headless Chromium: it loads nothing, and boxes and values find each other."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docpipe.pipeline.report.write import write_report

from ...shared import writable_copy

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

if not (CHROMIUM and DRIVER):
    # The file as a whole, so that the summary says it once.
    pytest.skip("no chromium and chromedriver here; apt-get install chromium chromium-driver", allow_module_level=True)

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1280,900"
)


@pytest.fixture(scope="module")
def browser(everything: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    out = writable_copy(everything, tmp_path_factory.mktemp("report") / "out")
    write_report(str(out))
    driver.get(f"file://{out / 'report.html'}")
    driver.execute_script("document.documentElement.style.scrollBehavior = 'auto'")
    yield driver
    driver.quit()


@pytest.fixture
def fresh(browser: Any) -> Any:
    browser.refresh()
    browser.execute_script("document.documentElement.style.scrollBehavior = 'auto'")
    return browser


def one(browser: Any, selector: str) -> Any:
    from selenium.webdriver.common.by import By

    found = browser.find_elements(By.CSS_SELECTOR, selector)
    assert found, selector
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found[0])
    return found[0]


def hover(browser: Any, selector: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(browser).move_to_element(one(browser, selector)).perform()


def is_hot(browser: Any, selector: str) -> bool:
    script = "return document.querySelector(arguments[0]).classList.contains('hot')"
    return bool(browser.execute_script(script, selector))


def test_it_loads_nothing_and_has_nothing_to_complain_of(browser: Any) -> None:
    for log in ("performance", "browser"):
        browser.get_log(log)  # what other tests loaded before this one
    browser.refresh()
    requests = [
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"] == "Network.requestWillBeSent"
        and message["params"]["documentURL"].startswith("file:")  # the browser's own pages are logged too
    ]
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert sum(url.startswith("file:") for url in requests) == 1
    assert browser.get_log("browser") == []
    assert browser.title.endswith("docpipe report")
    broken = "return [...document.images].filter(i => { i.loading = 'eager'; return !i.naturalWidth }).length"
    assert browser.execute_script(broken) == 0
    assert browser.execute_script("return document.querySelectorAll('.page .sheet img').length") == 11


@pytest.mark.parametrize("layer", ["blocks", "lines", "words", "evidence", "points"])
def test_a_switch_shows_and_hides_its_layer(fresh: Any, layer: str) -> None:
    shown = f"return getComputedStyle(document.querySelector('.page rect.{layer}')).display !== 'none'"
    assert fresh.execute_script(shown) is (layer != "words")
    fresh.execute_script(f"document.getElementById('layer-{layer}').click()")
    assert fresh.execute_script(shown) is (layer == "words")


def test_pointing_at_a_value_lights_its_box_and_the_other_way_round(fresh: Any) -> None:
    page = "article.page:has(rect.evidence)"
    hover(fresh, f"{page} li[data-k^='e']")
    assert is_hot(fresh, f"{page} rect.evidence")
    hover(fresh, f"{page} header h3")
    assert not is_hot(fresh, f"{page} rect.evidence")
    hover(fresh, f"{page} rect.evidence")
    assert is_hot(fresh, f"{page} li[data-k^='e']")
    tip = one(fresh, "#tip")
    assert tip.is_displayed()
    assert "support" in tip.text


def test_marks_cells_and_boxes_of_a_chart_are_linked(fresh: Any) -> None:
    hover(fresh, "article.chart svg.plot rect[data-k='c0-0']")
    assert is_hot(fresh, "article.chart rect.points")
    assert is_hot(fresh, "article.chart td[data-k='c0-0']")
    hover(fresh, "article.chart rect.points")
    assert is_hot(fresh, "article.chart svg.plot rect[data-k='c0-0']")


def test_a_click_on_a_box_opens_and_holds_its_value(fresh: Any) -> None:
    page = "article.page:has(rect.evidence)"
    fresh.execute_script("document.getElementById('layer-lines').click()")
    opened = f'return document.querySelector("{page} details.blocks").open'
    assert fresh.execute_script(opened) is False
    click = "document.querySelector(arguments[0]).dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    fresh.execute_script(click, f"{page} rect.blocks")
    assert fresh.execute_script(opened) is True
    hover(fresh, f"{page} header h3")
    assert is_hot(fresh, f"{page} li[data-k='b0']")


def test_the_keyboard_moves_among_values_and_boxes(fresh: Any) -> None:
    from selenium.webdriver import ActionChains, Keys

    page = "article.page:has(details.lines[open])"
    first = one(fresh, f"{page} details.lines li")
    fresh.execute_script("arguments[0].focus()", first)
    ActionChains(fresh).send_keys(Keys.ARROW_DOWN).perform()
    assert fresh.execute_script("return document.activeElement.dataset.k") == "l1"
    assert is_hot(fresh, f"{page} rect.lines[data-k='l1']")
    fresh.execute_script("arguments[0].focus()", one(fresh, f"{page} svg.boxes"))
    ActionChains(fresh).send_keys(Keys.ARROW_DOWN).perform()
    said = fresh.execute_script("return document.getElementById('said').textContent")
    assert said == fresh.execute_script("return document.querySelector('rect.at').dataset.t")
    ActionChains(fresh).send_keys(Keys.ESCAPE).perform()
    assert fresh.execute_script("return document.querySelectorAll('.hot').length") == 0


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_window_in_light_and_dark(fresh: Any, width: int, scheme: str) -> None:
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    fresh.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    fresh.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    for section in ("overview", "pages", "answers", "charts", "failures"):
        fresh.execute_script("document.getElementById(arguments[0]).scrollIntoView()", section)
        assert fresh.execute_script("return document.documentElement.scrollWidth") <= width
    ground = fresh.execute_script("return getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in ground.strip("rgb()").split(","))
    assert (brightness > 600) == (scheme == "light")
    fresh.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
