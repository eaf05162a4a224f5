"""A page in a browser, for the tests of the views; they are skipped where there is no browser."""

import browsers
import pytest


@pytest.fixture(scope="session")
def chromium():
    reason = browsers.why_none()
    if reason:
        pytest.skip(reason)
    with browsers.browser() as chromium:
        yield chromium


@pytest.fixture
def open_page(chromium, tmp_path):
    """A function that shows a page of HTML from a file, and returns it; no error may have happened on it."""
    errors = []
    opened = []

    def open_page(content, **options):
        file = tmp_path / "page.html"
        file.write_text(content, encoding="utf-8")
        page = chromium.new_page(viewport={"width": 1000, "height": 900}, **options)
        opened.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(file.as_uri())
        return page

    yield open_page
    for page in opened:
        page.close()
    assert not errors
