"""One page to look at, and to send to a friend: a model that reads and writes in any browser, without a network."""

import argparse
import os
from typing import Any

from lstm_scratch.char_model import CharLM
from lstm_scratch.command.inputs import check_model_file

ABOUT = (
    "Write a page in which one types and watches a saved model read: one HTML file that holds the model, opens with a "
    "double click and needs no network."
)


def page(options: argparse.Namespace) -> None:
    """Write the page of a saved model, and say where it is."""
    # here, because the other verbs need no figures
    from lstm_scratch.figures import save_page

    name = os.path.splitext(options.model)[0]
    path = options.output or f"{name}.html"
    if os.path.exists(path) and not options.overwrite:
        raise FileExistsError(f"{path} exists already: --output names another file, --overwrite replaces this one")
    check_model_file(options.model)
    model = CharLM.load(options.model)
    if os.path.exists(path) and os.path.samefile(path, options.model):
        raise ValueError(f"{path} is the model itself: --output names another file for its page")
    title = options.title or os.path.basename(name)
    save_page(model, path, options.text, title=title, bits=32 if options.float32 else 8, overwrite=options.overwrite)
    megabytes = os.path.getsize(path) / 1e6
    print(f"{path} is written, {megabytes:.1f} MB: open it in a browser")


def add_page(verbs: Any) -> None:
    """The options of `page`."""
    paging = verbs.add_parser("page", help="write a page in which one watches a saved model read", description=ABOUT)
    paging.set_defaults(run=page)
    paging.add_argument("model", metavar="MODEL", help="a file that train has written")
    paging.add_argument("-o", "--output", metavar="FILE", help="file for the page (MODEL with .html at its end)")
    paging.add_argument("--overwrite", action="store_true", help="replace an existing file")
    paging.add_argument("--text", metavar="TEXT", help="what the box contains at first")
    paging.add_argument("--title", metavar="TITLE", help="the title of the page (the name of the model's file)")
    paging.add_argument("--float32", action="store_true", help="weights with all digits, in four times the space")
