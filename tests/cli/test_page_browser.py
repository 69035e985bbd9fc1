"""The report page in a real browser: it fits, obeys its own policy, loads nothing, and is open to everybody."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from seawall.cli import page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
pytestmark = pytest.mark.browser

spec = importlib.util.spec_from_file_location("page_results", Path(__file__).with_name("page_results.py"))
assert spec is not None
assert spec.loader is not None
results = importlib.util.module_from_spec(spec)
sys.modules["page_results"] = results
spec.loader.exec_module(results)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's chromium, or skip where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the pages of a week, of a calm run, of an empty one and of a hostile one."""
    made = tmp_path_factory.mktemp("pages")
    runs = {"week": results.week(), "calm": results.calm(), "empty": results.empty()}
    runs |= {"long": results.hostile(results.HOSTILE[6]), "script": results.hostile(results.HOSTILE[0])}
    for name, result in runs.items():
        (made / f"{name}.html").write_text(page.render(result), encoding="utf-8")
    return made


def opened(browser: Browser, path: Path, width: int, **options: object) -> Page:
    """Return a page of a new context."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.goto(path.as_uri())
    return tab


@pytest.mark.parametrize("name", ["week", "calm", "empty", "long", "script"])
def test_the_page_fits_and_is_quiet(browser: Browser, folder: Path, name: str) -> None:
    """Wide, narrow and on paper nothing sticks out sideways; it makes no request and breaks no rule of its policy."""
    context = browser.new_context()
    tab = context.new_page()
    said, asked = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    for width, media in ((1440, "screen"), (390, "screen"), (718, "print")):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(media=media)  # type: ignore[arg-type]  # one of the two
        tab.goto((folder / f"{name}.html").as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []
    assert {url.rpartition("/")[2] for url in asked} == {f"{name}.html"}
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width"), [("week", 1440), ("week", 390), ("calm", 390)])
def test_axe_finds_nothing(browser: Browser, folder: Path, name: str, width: int, scheme: str) -> None:
    """With every fold open, in both themes, axe names no violation."""
    tab = opened(browser, folder / f"{name}.html", width, bypass_csp=True, color_scheme=scheme)
    tab.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    tab.context.close()


def test_the_policy_is_enforced(browser: Browser, folder: Path) -> None:
    """A script and a style that are put into the page do nothing: the policy holds."""
    tab = opened(browser, folder / "week.html", 1440)
    done = tab.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            document.body.setAttribute('style', 'display: none');
            return [window.ran === true, getComputedStyle(document.body).display];
        }"""
    )
    assert done == [False, "block"]
    tab.context.close()


def test_paper_shows_what_is_folded(browser: Browser, folder: Path) -> None:
    """In print the folded parts are shown, and the colours are those of light paper."""
    tab = opened(browser, folder / "week.html", 718, color_scheme="dark")
    ids = tab.locator("ul.ids li").first
    assert not ids.is_visible()
    dark = tab.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
    tab.emulate_media(media="print", color_scheme="dark")
    assert ids.is_visible()
    assert tab.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor") == "rgb(255, 255, 255)"
    assert dark != "rgb(255, 255, 255)"
    tab.context.close()
