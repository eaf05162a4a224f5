"""The browser in which the views are tested: Chromium or Chrome, driven by playwright, which downloads none."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# nothing asks, and nothing is fetched from outside
FLAGS = ["--headless", "--disable-gpu", "--no-first-run", "--disable-quic", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-default-apps"]


def why_none() -> str | None:
    """Why no browser can be driven here; None if one can."""
    if path() is None:
        return "no Chromium or Chrome is on the PATH, nor named by the variable CHROMIUM"
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright, which drives the browser, is missing: pip install playwright"
    return None


def path() -> str | None:
    """The browser that is named by the variable CHROMIUM, or the first that is on the PATH."""
    names = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else NAMES
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def browser() -> Iterator:
    """A browser of its own, which is closed at the end."""
    from playwright.sync_api import sync_playwright

    # Chromium refuses to run for root with its sandbox
    flags = [*FLAGS, "--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else FLAGS
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path(), args=flags)
        try:
            yield chromium
        finally:
            chromium.close()
