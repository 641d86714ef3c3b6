"""Debian's Chromium, driven without a window: found, or installed where that is possible without asking."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from dashboards.access import access
from dashboards.local import ADMINISTRATOR, LocalSuperset, password
from lakehouse import debian
from lakehouse.errors import LakehouseError

PACKAGES = ("chromium", "fonts-noto-cjk")
ARGUMENTS = ["--no-sandbox"]  # As root it has none; it sees pages of this machine only.
WIDE, PHONE = (1366, 768), (390, 844)


def program() -> str:
    """Path of Chromium. Raises BROWSER-001 without it, or without a font that has Chinese."""
    if _is_there() or (debian.can_install() and all(debian.install(package) for package in PACKAGES) and _is_there()):
        return str(shutil.which("chromium"))
    raise LakehouseError(
        "BROWSER-001", "There is no Chromium with Chinese fonts.", do=f"Install {' and '.join(PACKAGES)}."
    )


def _is_there() -> bool:
    if shutil.which("chromium") is None or shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout)


@contextmanager
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=program(), args=ARGUMENTS)


@contextmanager
def logged_in(chromium: Browser, running: LocalSuperset, user: str, size: tuple[int, int]) -> Iterator[Page]:
    """A window in which a user has logged in through the page for that; the public has not."""
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(f"{running.address}/login/")
    if user == ADMINISTRATOR or access().roles[user].rows != "open":
        page.fill("#username", user)
        page.fill("#password", password(running.home, user))
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "/login" not in address)
    page.wait_for_load_state("networkidle")
    yield page
    context.close()
