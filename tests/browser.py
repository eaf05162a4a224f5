"""Both notebooks in a real browser: JupyterLab runs all cells, every picture appears, every slider redraws its figure.

python tests/browser.py              both notebooks; screenshots in build/browser
python tests/browser.py FOLDER       screenshots in FOLDER

Needs Chromium or Chrome, on the PATH or named by the variable CHROMIUM, and `pip install playwright` (which drives the
browser that is there, and downloads none). It works on copies of the notebooks, in a JupyterLab of its own. Ends with
status 0 if all is well, 1 if a check failed, and 77 if it was skipped because the browser or playwright is missing.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
FLAGS += ("--disable-component-update", "--disable-sync")
SKIPPED = 77
SECONDS = 900  # for one notebook, on a slow machine
# all cells on the page, not only those in sight, and nothing fetched from outside
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
# for each code cell the widths of its pictures: their own (0 if it could not be drawn), and how much is cut off
PICTURES = """cells => cells.map(cell => [...cell.querySelectorAll(".jp-OutputArea img")].map(picture => [
    picture.naturalWidth, picture.getBoundingClientRect().right - cell.getBoundingClientRect().right]))"""
BYTES = "async picture => [...new Uint8Array(await (await fetch(picture.src)).arrayBuffer())]"
SCROLL = "(panel, top) => { panel.scrollTop = top; return [panel.clientHeight, panel.scrollHeight]; }"


class Report:
    """One line for each check, as it is made."""

    def __init__(self):
        self.checks = self.failed = 0

    def check(self, holds, promise, seen=""):
        self.checks += 1
        self.failed += not holds
        print("ok    " if holds else "FAILED", promise, *([f"(seen: {seen})"] if not holds else []), flush=True)


def find_browser():
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)


def code_cells(path):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def pictures_of(cell):
    return [output for output in cell["outputs"] if "image/png" in output.get("data", {})]


def copy_repository(folder):
    """What the notebooks need, and the notebooks as if they had never run: what is seen then comes from this run."""
    for name in ("notebooks", "lstm_scratch", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    for path in (folder / "notebooks").glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["metadata"].pop("widgets", None)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        path.write_text(json.dumps(notebook), encoding="utf-8")


@contextmanager
def jupyterlab(folder):
    """JupyterLab on a free port of this machine, with nothing of the user's; stopped at the end, kernels and all."""
    (folder / "settings").mkdir()
    (folder / "settings" / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    names += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    env = {"OPENBLAS_NUM_THREADS": "1", **os.environ, **{name: str(folder / name) for name in names}}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root"]
    command += [f"--LabApp.app_settings_dir={folder / 'settings'}", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    with open(folder / "log", "w", encoding="utf-8") as log:
        # in a session of its own, so that Ctrl-C reaches it only from here
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        address, end = folder / "JUPYTER_RUNTIME_DIR" / f"jpserver-{server.pid}.json", time.monotonic() + 120
        while not address.exists():
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"JupyterLab did not start:\n{(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.2)
        yield json.loads(address.read_text(encoding="utf-8"))
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()


def wait_until(page, condition, seconds=SECONDS):
    """Whether the condition holds before the seconds have passed."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        page.wait_for_timeout(250)
    return True


def run_all_cells(page, count):
    """Through the menu, as a reader does it; return the prompts of all code cells when nothing runs any more."""
    prompts, kernel = page.locator(".jp-CodeCell .jp-InputPrompt"), page.locator(".jp-Notebook-ExecutionIndicator")

    def is_idle():
        return kernel.get_attribute("data-status") == "idle"

    wait_until(page, lambda: prompts.count() == count and is_idle(), seconds=120)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    # a cell that waits has a star; after an error those behind it are empty again
    prompts.filter(has_text="*").first.wait_for()
    wait_until(page, lambda: is_idle() and not prompts.filter(has_text="*").count())
    return [prompt.strip("[]: ") for prompt in prompts.all_inner_texts()]


def saved(page, path):
    """The code cells of the notebook as JupyterLab writes it."""
    with page.expect_response(lambda response: "/api/contents/" in response.url and response.request.method == "PUT"):
        page.keyboard.press("Control+s")
    return code_cells(path)


def take_screenshots(page, folder, name):
    """The whole notebook, one screen after the other."""
    panel, top, whole, number = page.locator(".jp-Notebook .jp-WindowedPanel-outer"), 0, 1, 1
    while top < whole:
        height, whole = panel.evaluate(SCROLL, top)
        page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}_{number:02}.png")
        top, number = top + height, number + 1


def check_slider(page, report, name, slider, picture):
    """One key away and back: the picture and the number beside the slider change, and come back."""
    handle, readout = slider.get_by_role("slider"), slider.locator(".widget-readout")

    def press(key):
        before, number = picture.get_attribute("src"), readout.inner_text()
        handle.press(key)
        wait_until(page, lambda: picture.get_attribute("src") != before and readout.inner_text() != number, seconds=20)
        return picture.evaluate(BYTES), readout.inner_text()

    label = f"{name}: slider {slider.locator('.widget-label').inner_text()}"
    start = picture.evaluate(BYTES), readout.inner_text()
    moved = press("PageUp")
    report.check(moved[0] != start[0], f"{label}: the figure changes", "the same picture")
    report.check(moved[1] != start[1], f"{label}: its number changes, {start[1]} to {moved[1]}", moved[1])
    back = press("PageDown")
    report.check(back == start, f"{label}: both come back", f"{back[1]}, and another picture")


def check_sliders(page, report, folder, name):
    """Every slider by the keyboard, and one drawn by the hand from end to end, with a screenshot of before and after."""
    box = page.locator(".jupyter-widgets", has=page.get_by_role("slider")).filter(has=page.locator("img")).first
    picture, sliders = box.locator("img"), box.locator(".widget-slider")
    box.scroll_into_view_if_needed()
    for slider in sliders.all():
        check_slider(page, report, name, slider, picture)
    box.screenshot(path=folder / f"{name}_sliders_before.png")
    before, track = picture.get_attribute("src"), sliders.last.locator(".noUi-base").bounding_box()
    sliders.last.get_by_role("slider").hover()
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"], track["y"] + track["height"] / 2, steps=5)
    page.mouse.up()
    changed = wait_until(page, lambda: picture.get_attribute("src") != before, seconds=20)
    page.wait_for_timeout(2000)  # the last of its positions
    report.check(changed, f"{name}: the figure follows the mouse", "the same picture")
    box.screenshot(path=folder / f"{name}_sliders_after.png")


def check_notebook(page, report, committed, copy, folder):
    """Run a copy of a notebook in this page, and compare what is seen with what is committed."""
    name, cells = committed.stem, code_cells(committed)
    prompts = run_all_cells(page, len(cells))
    ran = prompts == [str(number) for number in range(1, len(cells) + 1)]
    report.check(ran, f"{name}: all {len(cells)} code cells run in order", " ".join(prompt or "-" for prompt in prompts))
    for kind in ("error", "stderr"):
        found = page.locator(f'[data-mime-type="application/vnd.jupyter.{kind}"]').all_inner_texts()
        report.check(not found, f"{name}: no output to {kind}", " ".join(found)[-500:])
    found = page.locator(".jp-OutputArea").filter(has_text="Traceback (most recent call last)").count()
    report.check(not found, f"{name}: no traceback", f"{found} of them")

    sliding = ["show_sliders(" in "".join(cell["source"]) for cell in cells]
    pictures = page.locator(".jp-CodeCell").evaluate_all(PICTURES)
    wanted = [len(pictures_of(cell)) + slides for cell, slides in zip(cells, sliding)]
    shown = [sum(width > 0 for width, _ in widths) for widths in pictures]
    differ = [f"cell {k + 1}: {shown[k]} of {wanted[k]}" for k in range(len(cells)) if shown[k] != wanted[k]]
    report.check(not differ, f"{name}: {sum(wanted)} pictures, each where it belongs", ", ".join(differ))
    cut = [k + 1 for k, widths in enumerate(pictures) if any(beyond > 0 for _, beyond in widths)]
    report.check(not cut, f"{name}: no picture is cut off", f"cells {cut}")
    # in the file: JupyterLab itself does not hand them on to the page
    metadata = [output["metadata"]["image/png"] for cell in saved(page, copy) for output in pictures_of(cell)]
    silent = sum(not entry.get("alt", "").strip() for entry in metadata)
    report.check(not silent, f"{name}: every picture is saved with an alt text", f"{silent} of {len(metadata)} without")
    take_screenshots(page, folder, name)
    if any(sliding):
        check_sliders(page, report, folder, name)


def main(folder):
    browser = find_browser()
    if browser is None:
        print("skipped: no Chromium or Chrome is on the PATH, nor named by the variable CHROMIUM")
        return SKIPPED
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        print("skipped: playwright, which drives the browser, is missing: pip install playwright")
        return SKIPPED
    # asked to end from outside, stop the server too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    report, started = Report(), time.monotonic()
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with tempfile.TemporaryDirectory() as copy:
        copy_repository(Path(copy))
        with jupyterlab(Path(copy)) as server, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=flags)
            for committed in sorted((ROOT / "notebooks").glob("*.ipynb")):
                page, lab = chromium.new_page(viewport={"width": 1280, "height": 1600}), server["url"] + "lab"
                try:
                    page.goto(f"{lab}/workspaces/{committed.stem}/tree/{committed.name}?token={server['token']}")
                    check_notebook(page, report, committed, Path(copy) / "notebooks" / committed.name, folder)
                except Error as error:
                    report.check(False, f"{committed.stem}: can be opened, run and looked at", error)
                    page.screenshot(path=folder / f"{committed.stem}_failed.png")
                page.close()
            chromium.close()
    seconds = time.monotonic() - started
    print(f"{report.checks} checks in {browser}, {report.failed} failed, in {seconds:.0f} s; screenshots in {folder}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "browser", help="for the screenshots")
    sys.exit(main(parser.parse_args().folder))
