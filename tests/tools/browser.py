"""What lives in a browser, in a real one: both notebooks in JupyterLab and as exported pages, and a saved page.

python tests/tools/browser.py              pictures of every state in build/browser
python tests/tools/browser.py FOLDER       pictures in FOLDER

Needs Chromium or Chrome, on the PATH or named by the variable CHROMIUM, and `pip install playwright` (which drives the
browser that is there, and downloads none). It works on copies of the notebooks, in a JupyterLab of its own. Ends with
status 0 if all is well, 1 if a check failed, and 77 if it was skipped because the browser or playwright is missing.
"""

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
from subprocess import STDOUT, Popen, TimeoutExpired

ROOT = Path(__file__).parent.parent.parent
# neither the package nor what the tests share need be installed
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import browsers

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
# the classes of the characters in the text box, which are their colours, and how far the box is from its end
COLOURS = "box => view.spans.map(span => span.className + span.style.getPropertyValue('--share'))"
FROM_THE_END = "box => box.scrollHeight - box.scrollTop - box.clientHeight"
WIDE, NARROW, PHONE = 1280, 1000, 390
PARAGRAPHS = "\n\n".join(["It was the best of times, it was the worst of times. " * 4] * 60)
results = []


def check(holds, promise, seen):
    results.append(bool(holds))
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


def check_sliders(page, view, folder, name):
    """Each slider follows the keys and the mouse, says its value as shown, and goes back to the start."""
    drawn = view.locator("#pile")
    first = drawn.get_attribute("aria-label")
    for slider in view.get_by_role("slider").all():
        label = slider.get_attribute("id")
        start = drawn.get_attribute("aria-label")
        slider.press("PageUp")
        slider.press("PageUp")
        value = view.locator(f"#{label}-value").inner_text()
        check(slider.get_attribute("aria-valuetext") == value, f"{name}: {label} says its value as shown", value)
        check(drawn.get_attribute("aria-label") != start, f"{name}: keys at {label} move the memory", start)
        box = slider.bounding_box()
        before = drawn.get_attribute("aria-label")
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=8)
        page.mouse.up()
        check(drawn.get_attribute("aria-label") != before, f"{name}: {label} follows the mouse", before)
    drawn.screenshot(path=folder / f"{name}_turned.png")
    view.get_by_role("button", name="Back to the start").click()
    check(drawn.get_attribute("aria-label") == first, f"{name}: the sliders go back", "something else")


def check_model_view(page, view, folder, name):
    """Type, paste, empty the box, colour by a cell, hold it, let the model write; with the keyboard alone, too."""

    def settled():
        return is_soon(lambda: box.evaluate("box => view.reading.done"), 120)

    def picture(state):
        view.locator("main").screenshot(path=folder / f"{name}_{state}.png")

    box = view.locator("#text")
    key = view.locator("#key")
    box.fill("")
    picture("empty")
    box.press_sequentially("“Oh, qqqß")
    settled()
    typed = box.evaluate(COLOURS)
    check(len(set(typed)) > 5, f"{name}: what is typed is coloured by surprise", typed)
    check("U+00DF" in key.inner_text(), f"{name}: an unknown character is named", key.inner_text())
    view.locator("input[value=cell]").check()
    check(box.evaluate(COLOURS) != typed, f"{name}: a memory cell has other colours", "the same")
    view.locator("input[value=gates]").check()
    view.locator("#hand").select_option("hold")
    settled()
    held = view.locator("#effect").inner_text()
    check("if left alone" in held, f"{name}: a cell can be held, and both scores are told", held)
    picture("held")
    view.locator("#hand").select_option("")
    view.locator("input[value=surprise]").check()
    view.locator("input[value=guesses]").check()
    view.locator("#write").click()
    check(is_soon(lambda: len(box.input_value()) > 40), f"{name}: the model writes on", box.input_value())
    view.locator("#write").click()
    written = box.input_value()
    time.sleep(0.5)
    check(box.input_value() == written, f"{name}: and stops when asked", box.input_value())
    picture("written")
    for what, pasted in (("60 paragraphs", PARAGRAPHS), ("300 letters a", "a" * 300)):
        view.locator("#clear").click()
        box.focus()
        page.keyboard.insert_text(pasted)
        page.keyboard.type("!")
        check(box.evaluate(FROM_THE_END) < 12, f"{name}: after {what} the end is in sight", box.evaluate(FROM_THE_END))
        wide = view.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
        check(wide <= 0, f"{name}: {what} break at the edge", wide)
        place = box.bounding_box()
        height = page.viewport_size["height"]
        check(place and 0 <= place["y"] <= height, f"{name}: after {what} the box is in sight", place)
        picture(what.split()[0])
    check(settled(), f"{name}: what is pasted is read to its end", key.inner_text())
    check_keyboard(page, view, name)


def check_keyboard(page, view, name):
    """Tab reaches all controls in their order, and leaves the last one."""
    view.locator("input[name=colour]:checked").focus()
    reached = []
    for _ in range(10):
        reached.append(view.locator("html").evaluate("() => document.activeElement.id || document.activeElement.name"))
        page.keyboard.press("Tab")
    named = ["named"] if view.locator("#named").is_visible() else []
    expected = ["colour", *named, "cell", "text", "write", "temperature", "clear", "hand", "below"]
    reaches = reached[: len(expected)] == expected and reached[len(expected)] not in expected
    check(reaches, f"{name}: Tab reaches and leaves all controls", reached)


def check_views(page, folder, name):
    """The views on this page, wherever they are."""
    for frame in page.locator("iframe.lstm-view").all():
        check_view(page, frame, folder, name)


def check_view(page, frame, folder, name):
    """A view in its frame, which is as high as the view."""
    frame.scroll_into_view_if_needed()
    view = frame.content_frame

    def too_high():
        return frame.bounding_box()["height"] - view.locator("body").evaluate("body => body.offsetHeight")

    check(is_soon(lambda: abs(too_high()) < 8), f"{name}: the frame fits", too_high())
    if view.locator("#pile").count():
        check_sliders(page, view, folder, f"{name}_sliders")
    else:
        check_model_view(page, view, folder, f"{name}_view")


def check_notebook(page, committed, copy, folder):
    """Run a copy of a notebook in this page, and compare what is seen with what is committed."""
    name, cells = committed.stem, code_cells(committed)
    prompts, wanted = run_all_cells(page, len(cells)), [f"[{number + 1}]:" for number in range(len(cells))]
    check(prompts == wanted, f"{name}: all {len(cells)} code cells run in order", " ".join(prompts))
    wrong = page.locator('[data-mime-type$="jupyter.error"], [data-mime-type$="jupyter.stderr"]')
    wrong = wrong.or_(page.locator(".jp-OutputArea-output").filter(has_text="Traceback (most recent call last)"))
    check(not wrong.count(), f"{name}: no error, nothing on stderr", " ".join(wrong.all_inner_texts())[-500:])

    # a view stands where a copy that is only read has a picture of it
    living = ['class="lstm-view"' in json.dumps(cell["outputs"]).replace('\\"', '"') for cell in cells]
    wanted = [len(pictures_of(cells[k])) - living[k] for k in range(len(cells))]
    shown = [sum(width > 0 for width in widths) for widths in page.evaluate(WIDTHS)]
    differ = [f"cell {k + 1}: {shown[k]} of {wanted[k]}" for k in range(len(cells)) if shown[k] != wanted[k]]
    check(not differ, f"{name}: {sum(wanted)} pictures, each where it belongs", ", ".join(differ))
    frames = page.locator("iframe.lstm-view").count()
    check(frames == sum(living), f"{name}: {sum(living)} living views", frames)

    with page.expect_response(lambda answer: answer.request.method == "PUT" and committed.name in answer.url):
        page.keyboard.press("Control+s")
    pictures = [[picture.get("alt", "").strip() for picture in pictures_of(cell)] for cell in code_cells(copy)]
    alts = [alt for several in pictures for alt in several]
    check(all(alts), f"{name}: all {len(alts)} pictures are saved with alt texts", f"{alts.count('')} without")
    # on the page: JupyterLab does not hand alt texts on to it, but there is a fold below each
    still = [text for said in page.evaluate(WORDS) for text in said]
    expected = [alt for several, lives in zip(pictures, living, strict=True) if not lives for alt in several]
    check(still == expected, f"{name}: the same texts are folded below them", f"{len(still)} folds")
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 1000})
        check_views(page, folder, f"{name}_{width}")


def check_exported(chromium, saved, folder):
    """The saved notebook as a page of HTML, at two widths: its views live there, too."""
    export = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level", "ERROR", str(saved)]
    subprocess.run(export, check=True, timeout=300)
    for width in (WIDE, PHONE):
        page = chromium.new_page(viewport={"width": width, "height": 1000})
        # its mathematics would come from a network
        page.route("http*://**", lambda route: route.abort())
        page.goto(saved.with_suffix(".html").as_uri())
        check_views(page, folder, f"{saved.stem}_exported_{width}")
        page.close()


def check_saved_page(chromium, folder):
    """The page of the novel's model, from a file, wide and on a phone, light and dark."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "novel.html"
        command = [sys.executable, "-m", "lstm_scratch", "page", "data/tale_of_two_cities_lstm.npz", "-o", str(file)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=300)
        for width, scheme in ((WIDE, "light"), (PHONE, "dark")):
            page = chromium.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
            with page.expect_event("load"):
                page.goto(file.as_uri())
            check_model_view(page, page, folder, f"page_{width}_{scheme}")
            asked = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
            check(not asked, f"page_{width}_{scheme}: it asks for nothing else", asked)
            page.close()


def main(folder):
    reason = browsers.why_none()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    from playwright.sync_api import Error

    # asked to end from outside, stop the server too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder.mkdir(parents=True, exist_ok=True)
    with browsers.browser() as chromium:
        check_saved_page(chromium, folder)
        with copy_of_the_repository() as copy, jupyterlab(copy) as server:
            for committed in sorted((ROOT / "notebooks").glob("*.ipynb")):
                page = chromium.new_page(reduced_motion="reduce", viewport={"width": WIDE, "height": 1000})
                page.set_default_timeout(120_000)
                place = f"lab/workspaces/{committed.stem}/tree/{committed.name}?token={server['token']}"
                try:
                    page.goto(server["url"] + place)
                    check_notebook(page, committed, copy / "notebooks" / committed.name, folder)
                except Error as error:
                    check(False, f"{committed.stem}: can be opened, run and looked at", error)
                    page.screenshot(path=folder / f"{committed.stem}_failed.png")
                page.close()
                check_exported(chromium, copy / "notebooks" / committed.name, folder)
    print(f"{len(results)} checks, {results.count(False)} failed; pictures in {folder}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "browser"))
