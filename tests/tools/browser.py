"""Both notebooks in a real browser: JupyterLab runs all cells, every picture appears, sliders and the live view answer.

python tests/tools/browser.py              both notebooks; pictures of sliders and live view in build/browser
python tests/tools/browser.py FOLDER       pictures in FOLDER

Needs Chromium or Chrome, on the PATH or named by the variable CHROMIUM, and `pip install playwright` (which drives the
browser that is there, and downloads none). It works on copies of the notebooks, in a JupyterLab of its own. Ends with
status 0 if all is well, 1 if a check failed, and 77 if it was skipped because the browser or playwright is missing.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from subprocess import STDOUT, Popen, TimeoutExpired

ROOT = Path(__file__).parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
SKIPPED = 77
# all cells on the page, not only those in sight, and nothing fetched from outside
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
# whether the kernel is there and idle, and the prompts of all code cells; asked twice a second, for which playwright's
# own searches are too slow on so large a page
STATE = """() => [/ipykernel.*Idle/.test(document.querySelector("#jp-main-statusbar")?.textContent),
    [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map(prompt => prompt.textContent)]"""
# for each code cell the widths of its pictures, 0 where one could not be drawn
WIDTHS = """() => [...document.querySelectorAll(".jp-CodeCell")].map(cell =>
    [...cell.querySelectorAll(".jp-OutputArea img")].map(picture => picture.naturalWidth))"""
# what is folded below the pictures of each code cell, for those who do not see them
WORDS = """() => [...document.querySelectorAll(".jp-CodeCell")].map(cell =>
    [...cell.querySelectorAll(".jp-OutputArea details")].map(fold => fold.lastChild.textContent))"""
# the colours behind the characters of the live view
GROUNDS = "() => [...document.querySelectorAll('.widget-html-content span[title]')].map(char => char.style.background)"
BYTES = "async picture => [...new Uint8Array(await (await fetch(picture.src)).arrayBuffer())]"
results = []


def check(holds, promise, seen):
    results.append(holds)
    print(f"ok      {promise}" if holds else f"FAILED  {promise} (seen: {seen})", flush=True)


def code_cells(path):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def pictures_of(cell):
    return [output["metadata"]["image/png"] for output in cell["outputs"] if "image/png" in output.get("data", {})]


@contextmanager
def copy_of_the_repository():
    """What the notebooks need, and the notebooks as if they had never run: what is seen then comes from this run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("notebooks", "lstm_scratch", "data"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb*"))
        for path in (folder / "notebooks").glob("*.ipynb"):
            notebook = json.loads(path.read_text(encoding="utf-8"))
            notebook["metadata"].pop("widgets", None)
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
            path.write_text(json.dumps(notebook), encoding="utf-8")
        yield folder


def wait_until(condition, seconds):
    """Until the condition holds, but no longer than these seconds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.5)


def is_soon(condition, seconds=20):
    """Whether the condition holds within these seconds."""
    wait_until(condition, seconds)
    return condition()


@contextmanager
def jupyterlab(folder):
    """JupyterLab on a free port of this machine, with nothing of the user's; stopped at the end, kernels and all."""
    (folder / "settings").mkdir()
    (folder / "settings" / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"]
    names += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
    env = {"OPENBLAS_NUM_THREADS": "1", **os.environ, **{name: str(folder / name) for name in names}}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root"]
    command += [f"--LabApp.app_settings_dir={folder / 'settings'}", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    log, runtime = folder / "log", folder / "JUPYTER_RUNTIME_DIR"
    # in a session of its own, so that Ctrl+C reaches it only from here
    server = Popen(command, cwd=folder, env=env, stdout=log.open("w"), stderr=STDOUT, start_new_session=True)
    try:
        # the page that would open a browser is written when all else stands
        wait_until(lambda: server.poll() is not None or [*runtime.glob("jpserver-*-open.html")], 120)
        addresses = [*runtime.glob("jpserver-*.json")]
        if not addresses:
            raise RuntimeError(f"JupyterLab did not start: {log.read_text()[-2000:]}")
        yield json.loads(addresses[0].read_text(encoding="utf-8"))
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except TimeoutExpired:
            server.kill()


def run_all_cells(page, count):
    """Through the menu, as a reader does it; return the prompts of all code cells when nothing runs any more."""

    def is_idle(first_prompt):
        idle, prompts = page.evaluate(STATE)
        # a cell that waits has a star; after an error, those behind it are empty again
        return idle and len(prompts) == count and prompts[0] == first_prompt and "[*]:" not in prompts

    wait_until(lambda: is_idle("[ ]:"), 120)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    wait_until(lambda: is_idle("[1]:"), 900)
    return page.evaluate(STATE)[1]


def moves_and_returns(slider, picture):
    """Whether the picture and the slider's number change with one key, and with another are the first ones again."""

    def shown():
        return picture.evaluate(BYTES), slider.locator(".widget-readout").inner_text()

    start = shown()
    slider.get_by_role("slider").press("PageUp")
    moves = is_soon(lambda: all(now != before for now, before in zip(shown(), start)))
    slider.get_by_role("slider").press("PageDown")
    return moves and is_soon(lambda: shown() == start)


def check_sliders(page, folder, name):
    """Each slider one key away and back changes the figure and its number, and brings both back.

    While a slider moves, its figure is coarse. A busy machine may need seconds to draw the sharp one, so we wait until
    the picture is the one at the beginning again.
    """
    box = page.locator(".jupyter-widgets", has=page.get_by_role("slider")).filter(has=page.locator("img")).first
    # the sharp figure of the first run
    time.sleep(3)
    for slider in box.locator(".widget-slider").all():
        holds = moves_and_returns(slider, box.locator("img"))
        label = slider.locator(".widget-label").inner_text()
        check(holds, f"{name}: slider {label} changes figure and number, and brings both back", "something else")
    box.screenshot(path=folder / f"{name}_sliders.png")


def check_live_view(page, folder, name):
    """Type into the text box of the live view, colour by a memory cell, and let the model write."""
    view = page.locator(".jupyter-widgets", has=page.locator("textarea")).first
    box = view.locator("textarea")
    box.fill("")
    box.press_sequentially("“Oh, qqqß")
    wait_until(lambda: len(page.evaluate(GROUNDS)) == 9, 30)
    typed = page.evaluate(GROUNDS)
    check(len(set(typed)) > 5, f"{name}: what is typed is coloured by surprise", typed)
    check("U+00DF" in view.inner_text(), f"{name}: an unknown character is named", view.inner_text())
    view.locator("select").select_option(index=1)
    wait_until(lambda: page.evaluate(GROUNDS) != typed, 30)
    check(page.evaluate(GROUNDS) != typed, f"{name}: a memory cell has other colours", "the same")
    view.get_by_role("button", name="Write 100 characters").click()
    wait_until(lambda: len(page.evaluate(GROUNDS)) == 109, 30)
    check(len(box.input_value()) == 109, f"{name}: the model writes on", box.input_value())
    view.screenshot(path=folder / f"{name}_live_view.png")


def check_notebook(page, committed, copy, folder):
    """Run a copy of a notebook in this page, and compare what is seen with what is committed."""
    name, cells = committed.stem, code_cells(committed)
    prompts, wanted = run_all_cells(page, len(cells)), [f"[{number + 1}]:" for number in range(len(cells))]
    check(prompts == wanted, f"{name}: all {len(cells)} code cells run in order", " ".join(prompts))
    wrong = page.locator('[data-mime-type$="jupyter.error"], [data-mime-type$="jupyter.stderr"]')
    wrong = wrong.or_(page.locator(".jp-OutputArea-output").filter(has_text="Traceback (most recent call last)"))
    check(not wrong.count(), f"{name}: no error, nothing on stderr", " ".join(wrong.all_inner_texts())[-500:])

    sliding = ["show_sliders(" in "".join(cell["source"]) for cell in cells]
    watching = ["figures.watch(" in "".join(cell["source"]) for cell in cells]
    # the live view stands where a copy that is only read has a picture of it
    wanted = [len(pictures_of(cells[k])) - watching[k] for k in range(len(cells))]
    shown = [sum(width > 0 for width in widths) for widths in page.evaluate(WIDTHS)]
    differ = [f"cell {k + 1}: {shown[k]} of {wanted[k]}" for k in range(len(cells)) if shown[k] != wanted[k]]
    check(not differ, f"{name}: {sum(wanted)} pictures, each where it belongs", ", ".join(differ))

    with page.expect_response(lambda answer: answer.request.method == "PUT" and committed.name in answer.url):
        page.keyboard.press("Control+s")
    pictures = [[picture.get("alt", "").strip() for picture in pictures_of(cell)] for cell in code_cells(copy)]
    alts = [alt for several in pictures for alt in several]
    check(all(alts), f"{name}: all {len(alts)} pictures are saved with alt texts", f"{alts.count('')} without")
    # on the page: JupyterLab does not hand alt texts on to it, but there is a fold below each
    words = page.evaluate(WORDS)
    still = [text for said, slides in zip(words, sliding) if not slides for text in said]
    expected = [alt for several, slides in zip(pictures, sliding) if not slides for alt in several]
    check(still == expected, f"{name}: the same texts are folded below them", f"{len(still)} folds")
    moving = page.get_by_text("This figure in words").filter(visible=True).count() - len(still)
    check(moving >= sum(sliding), f"{name}: sliders have theirs as well", moving)
    if any(watching):
        check_live_view(page, folder, name)
    if any(sliding):
        check_sliders(page, folder, name)


def main(folder):
    names = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else BROWSERS
    browser = next(filter(None, map(shutil.which, names)), None)
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
    folder.mkdir(parents=True, exist_ok=True)
    flags = [*FLAGS, "--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else FLAGS
    with copy_of_the_repository() as copy, jupyterlab(copy) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=flags)
        for committed in sorted((ROOT / "notebooks").glob("*.ipynb")):
            page = chromium.new_page(reduced_motion="reduce", viewport={"width": 1280, "height": 1600})
            page.set_default_timeout(120_000)
            place = f"lab/workspaces/{committed.stem}/tree/{committed.name}?token={server['token']}"
            try:
                page.goto(server["url"] + place)
                check_notebook(page, committed, copy / "notebooks" / committed.name, folder)
            except Error as error:
                check(False, f"{committed.stem}: can be opened, run and looked at", error)
                page.screenshot(path=folder / f"{committed.stem}_failed.png")
            page.close()
        chromium.close()
    print(f"{len(results)} checks with {browser}, {results.count(False)} failed; pictures in {folder}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "browser"))
