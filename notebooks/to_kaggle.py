"""Build what is pushed to Kaggle from kaggle_metadata.json: a dataset, and a folder for each notebook.

python notebooks/to_kaggle.py OWNER        OWNER is your Kaggle name; prints the commands that push

The result is build/kaggle with the folders dataset, numeric, text and own-numbers; nothing else is written. The
metadata are passed on under Kaggle's own names, and Kaggle's command checks them. Slugs and folders follow from the
titles.
"""

import argparse
import json
import re
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def read_metadata(root: Path) -> dict:
    """The contents of kaggle_metadata.json. Raises ValueError if it is not JSON."""
    path = root / "kaggle_metadata.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error


def slug_of(title: str) -> str:
    """The last part of the address that Kaggle makes from a title: "LSTM Text Example" → lstm-text-example."""
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")


def folder_of(title: str) -> str:
    """The folder of a notebook: "LSTM Text Example" → text."""
    return slug_of(title).removeprefix("lstm-").removesuffix("-example")


def check_owner(owner: str) -> None:
    """Raise ValueError unless this can be a name on Kaggle, which is the last part of a profile's address."""
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]*", owner):
        raise ValueError(
            f"{owner!r} is not a Kaggle name: give the last part of your profile's address, "
            "which has letters, digits and hyphens only, such as jane-doe"
        )


def write_dataset(folder: Path, owner: str, metadata: dict, root: Path) -> str:
    """Write the package and the data with dataset-metadata.json; return the dataset's id."""
    for name in ("lstm_scratch", "data"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    entries = {"id": f"{owner}/{slug_of(metadata['title'])}", **metadata}
    # Kaggle takes this entry from the command, not from the file
    del entries["is_private"]
    write_json(folder / "dataset-metadata.json", entries)
    return entries["id"]


def write_notebook(folder: Path, owner: str, metadata: dict, dataset: str, root: Path) -> None:
    """Write the notebook, unchanged, and a kernel-metadata.json that attaches the dataset."""
    folder.mkdir()
    shutil.copyfile(root / "notebooks" / metadata["code_file"], folder / metadata["code_file"])
    entries = {"id": f"{owner}/{slug_of(metadata['title'])}", **metadata}
    entries |= {"language": "python", "kernel_type": "notebook", "dataset_sources": [dataset]}
    write_json(folder / "kernel-metadata.json", entries)


def write_json(path: Path, entries: dict) -> None:
    """Write the entries as JSON, with the same bytes on every system."""
    path.write_bytes((json.dumps(entries, indent=2) + "\n").encode())


def replace(target: Path, new: Path) -> None:
    """Put the new folder in place of an earlier build. Raises ValueError if that holds files that the new one lacks."""
    foreign = files(target) - files(new)
    if foreign:
        raise ValueError(f"{target / min(foreign)} is not written by this command, so move {target} away first")
    if target.exists():
        shutil.rmtree(target)
    new.rename(target)


def files(folder: Path) -> set[Path]:
    """The files in a folder, as paths relative to it."""
    return {path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()}


def build(owner: str, root: Path = ROOT) -> list[str]:
    """Write build/kaggle in the repository at root; return the commands that push it, in order.

    An earlier build is replaced, unless it holds a file that this one does not write. Raises ValueError in that case,
    if owner cannot be a name on Kaggle, and if the metadata are not JSON, KeyError if an entry is missing in them, and
    OSError if a file cannot be read or written.
    """
    check_owner(owner)
    metadata = read_metadata(root)
    (root / "build").mkdir(exist_ok=True)
    # the build is complete, or it is not there at all
    with tempfile.TemporaryDirectory(prefix=".kaggle.", dir=root / "build") as temporary:
        new = Path(temporary) / "kaggle"
        dataset = write_dataset(new / "dataset", owner, metadata["dataset"], root)
        folders = [folder_of(notebook["title"]) for notebook in metadata["notebooks"]]
        for folder, notebook in zip(folders, metadata["notebooks"], strict=True):
            write_notebook(new / folder, owner, notebook, dataset, root)
        replace(root / "build" / "kaggle", new)
    public = "" if metadata["dataset"]["is_private"] else " --public"
    return [
        f"kaggle datasets create -p build/kaggle/dataset -r zip{public}",
        f"kaggle datasets status {dataset}",
        *(f"kaggle kernels push -p build/kaggle/{folder}" for folder in folders),
    ]


def main(arguments: list[str] | None = None) -> None:
    """Build the folders for Kaggle and print the commands that push them."""
    parser = argparse.ArgumentParser(prog="python notebooks/to_kaggle.py", description=main.__doc__)
    parser.add_argument("owner", metavar="OWNER", help="your Kaggle name, as in the address of your profile")
    try:
        create, status, *push = build(parser.parse_args(arguments).owner)
    except (ValueError, OSError) as error:
        parser.exit(1, f"{error}\n")
    print(f"{ROOT / 'build' / 'kaggle'} is ready. To push it, in the folder of the repository:\n\n{create}\n{status}\n")
    print('(if the dataset exists already: kaggle datasets version -p build/kaggle/dataset -r zip -m "update")\n')
    print('and, when the status is "ready":\n')
    print("\n".join(push))


if __name__ == "__main__":
    main()
