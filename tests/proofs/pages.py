"""Every page as each role sees it in Chromium, in both languages: whole, soon, and in one language. Pictures are kept."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame
from playwright.sync_api import Page as Window

from dashboards.access import access
from dashboards.declared import pages
from dashboards.demonstration import tenants
from dashboards.local import ADMINISTRATOR, LocalSuperset
from dashboards.pages import HEAD, slug
from tests.proofs.browser import PHONE, WIDE, browser, logged_in
from tests.proofs.embedding import other_system, visited
from warehouse_models.served import LANGUAGES

SECONDS, PATIENCE = 6.0, 60_000
GUEST, GUESTS = "guest", "own"  # The role, and the page that it is shown.
COMPLETE = """charts => {
    const there = document.querySelectorAll('.chart-slice, .dashboard-chart').length;
    return there >= charts && !document.querySelector('[data-test="loading-indicator"], .loading');
}"""
ERRORS = ".ant-alert-error, [data-test='error-alert'], .missing-chart-container, .chart-slice .ant-alert"
# Words that stand on the page, but for the cells of tables, which are data.
WORDS = """() => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); ) {
        const holder = node.parentElement;
        if (!holder.closest('td, script, style, noscript, .ant-select-dropdown') && holder.getClientRects().length)
            found.push(node.textContent.trim());
    }
    const hints = [...document.querySelectorAll('[placeholder]')].filter(each => each.getClientRects().length);
    return [...new Set([...found, ...hints.map(each => each.placeholder)])].filter(Boolean);
}"""
CUT = """() => [...document.querySelectorAll('body *')].filter(each => {
    const style = getComputedStyle(each);
    return each.getClientRects().length && !each.closest('td') && style.textOverflow === 'ellipsis'
        && each.scrollWidth > each.clientWidth + 1 && each.innerText.trim();
}).map(each => each.innerText.trim())"""
EMPTY = """() => [...document.querySelectorAll('.chart-slice, .dashboard-chart')].filter(each => {
    const drawn = each.querySelector('canvas, table');
    return !drawn && !each.innerText.trim();
}).length"""
LEADS_OUT = "a[href^='/superset/'], a[href^='/explore/']"  # A guest would have to log in there.
MENU = ".ant-dropdown-menu-item, .ant-dropdown-menu-submenu-title"
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
FOREIGN = {"zh": re.compile(r"[A-Za-z]{3,}"), "en": re.compile(r"[\u4e00-\u9fff]")}
# What is the same in both languages: the way to the other one, names of the application and of institutions.
SHARED = re.compile(r"English|中文|SQL|湖仓.*|Health supervision lakehouse|.*(医院|卫生院|卫生服务中心)")


@dataclass
class Sight:
    """A page as somebody saw it. words: of the other language.   cut: labels that are not whole."""

    who: str
    page: str
    width: int
    seconds: float
    charts: int
    errors: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    empty: int = 0
    too_wide: bool = False

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.seconds <= SECONDS and not (self.errors or self.words or self.cut or self.empty or self.too_wide)


def sights(running: LocalSuperset, link: Path, pictures: Path, report: Callable[[str], None]) -> Iterator[Sight]:
    """Every page that a role may open, wide, and those of one role of each kind on a phone."""
    pictures.mkdir(parents=True, exist_ok=True)
    looks = [(role, WIDE) for role in (*access().roles, ADMINISTRATOR) if role != GUEST]
    looks += [("analyst", PHONE), ("hospital", PHONE)]
    with browser() as chromium:
        yield _login(chromium, running.address, pictures)
        for who, size in looks:
            with logged_in(chromium, running, who, size) as window:
                for address, charts, language in _pages_of(who):
                    sight = _seen(window, running.address, who, address, charts, language)
                    window.evaluate("() => scrollTo(0, 0)")
                    window.screenshot(path=pictures / f"{who}-{address}-{size[0]}.png", full_page=True)
                    report(f"{who} {address} {size[0]}: {sight.seconds:.1f} s{'' if sight.is_well else f'  {sight}'}")
                    yield sight
        for sight in _as_guest(chromium, running, link, pictures):
            report(f"guest {sight.page}: {sight.seconds:.1f} s{'' if sight.is_well else f'  {sight}'}")
            yield sight


def _as_guest(chromium: Browser, running: LocalSuperset, link: Path, pictures: Path) -> Iterator[Sight]:
    """The page of a hospital inside of the hospital's own system."""
    tenant, charts = str(tenants(link / "marts.duckdb")[GUEST]), len({*pages()[GUESTS].charts, *HEAD})
    with running.as_administrator() as session:
        for language in LANGUAGES:
            with other_system(session, running.address, GUESTS, tenant, language) as there:
                begun = time.monotonic()
                with visited(chromium, there, WIDE) as frame:
                    sight = _whole(frame, begun, GUEST, slug(GUESTS, language), charts, language)
                    sight.errors += [
                        each.inner_text() for each in frame.query_selector_all(LEADS_OUT) if each.is_visible()
                    ]
                    yield sight
                    frame.page.screenshot(path=pictures / f"guest-{slug(GUESTS, language)}.png")


def _login(chromium: Browser, address: str, pictures: Path) -> Sight:
    """The page that everybody sees first; it is Chinese."""
    window = chromium.new_page(viewport={"width": WIDE[0], "height": WIDE[1]})
    begun = time.monotonic()
    window.goto(f"{address}/login/")
    window.wait_for_selector("#username")
    sight = Sight("nobody", "login", WIDE[0], time.monotonic() - begun, 0)
    sight.words = _foreign(window.evaluate(WORDS), "zh")
    window.screenshot(path=pictures / "login.png")
    window.close()
    return sight


def _foreign(words: list[str], language: str) -> list[str]:
    return [word for word in words if FOREIGN[language].search(word) and not SHARED.fullmatch(word)]


def _pages_of(who: str) -> Iterator[tuple[str, int, str]]:
    """Last part of the address of each page that a user may open, how many charts are on it, and its language."""
    for name, page in pages().items():
        if who == ADMINISTRATOR or who in page.audience:
            for language in LANGUAGES:
                yield slug(name, language), len({*page.charts, *HEAD}), language


def _seen(window: Window, address: str, who: str, page: str, charts: int, language: str) -> Sight:
    _speak(window, address, language)
    begun = time.monotonic()
    window.goto(f"{address}/superset/dashboard/{page}/", wait_until="commit")
    return _whole(window.main_frame, begun, who, page, charts, language)


def _whole(frame: Frame, begun: float, who: str, page: str, charts: int, language: str) -> Sight:
    """What is seen in a window, or in a part of one, once it is whole. begun: when it was asked for."""
    frame.wait_for_function(COMPLETE, arg=charts, timeout=PATIENCE)
    seconds = time.monotonic() - begun
    frame.wait_for_timeout(500)  # Bars grow into their places.
    size: Any = frame.page.viewport_size
    sight = Sight(who, page, size["width"], seconds, charts)
    sight.errors = [each.inner_text() for each in frame.query_selector_all(ERRORS)]
    sight.words = _foreign([*frame.evaluate(WORDS), *_menu(frame)], language)
    sight.cut, sight.empty, sight.too_wide = (frame.evaluate(each) for each in (CUT, EMPTY, TOO_WIDE))
    return sight


def _speak(window: Window, address: str, language: str) -> None:
    """Choose the language of Superset's own words, as its menu does."""
    window.request.get(f"{address}/lang/{language}", headers={"Referer": address})


def _menu(frame: Frame) -> list[str]:
    """Words of the menu of a chart."""
    frame.query_selector_all("[id^=slice_][id$=-controls]")[-1].click()
    frame.wait_for_selector(MENU)
    words: list[str] = [each.inner_text().strip() for each in frame.query_selector_all(MENU)]
    frame.page.keyboard.press("Escape")
    return words
