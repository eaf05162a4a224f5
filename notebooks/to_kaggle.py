"""What is pushed to Kaggle, built from kaggle_metadata.json: a dataset and a folder for each notebook.

python notebooks/to_kaggle.py OWNER        builds build/kaggle and prints the commands that push it: see --help
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

from kaggle_metadata import FILE, NO_OWNER, NO_REPOSITORY, read_metadata

ROOT = Path(__file__).parent.parent
SUMS = "SHA256SUMS"  # the list of what was built: a folder that holds anything else is left alone
BADGES = r"(?<=<!-- badges -->\n).*?(?=<!-- end of badges -->)"  # their place in README.md
ADDRESS = r'(?<=repository = \\")[^"\\]*(?=\\")'  # its place in a notebook's first cell, as JSON writes it


def build(owner: str | None = None, root: Path = ROOT) -> dict:
    """Write build/kaggle in the repository at root, fill in README and notebooks; return the metadata used.

    Without an owner, the one in kaggle_metadata.json is taken. Raises ValueError if the metadata are not as
    they should be or build/kaggle holds anything that was not built here, FileNotFoundError if files are missing.
    """
    metadata = read_metadata(root, owner)
    if metadata["owner"] == NO_OWNER:
        raise ValueError(f"owner: {NO_OWNER} only holds the place: give your Kaggle name, here or in {FILE}")
    target = root / "build" / "kaggle"
    check_built_here(target)
    fill_in(metadata, root)
    part = target.with_name(f".kaggle.{os.getpid()}.part")
    try:
        write_dataset(part / "dataset", metadata, root)
        for kernel in metadata["kernels"]:
            write_kernel(part / kernel["folder"], kernel, metadata, root)
        sums = "".join(f"{digest}  {name}\n" for name, digest in digests(part).items())
        (part / SUMS).write_bytes(sums.encode())
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return metadata


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file in the folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def check_built_here(target: Path) -> None:
    """Raise ValueError if target holds anything that `build` did not write."""
    if not os.path.lexists(target):
        return
    if not (target / SUMS).is_file():
        raise ValueError(f"{target} is there already and was not built by this command: move it away first")
    lines = (target / SUMS).read_text(encoding="utf-8").splitlines()
    built = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name, digest in digests(target).items():
        if name != SUMS and built.get(name) != digest:
            raise ValueError(f"{target / name} was not written by this command or has been changed: move it away first")


def write_dataset(folder: Path, metadata: dict, root: Path) -> None:
    """The package and the data, with dataset-metadata.json."""
    dataset = metadata["dataset"]
    for name in dataset["contents"]:
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    keys = {key: dataset[key] for key in ("title", "subtitle", "keywords")}
    name = f"{metadata['owner']}/{dataset['slug']}"
    write_json(folder / "dataset-metadata.json", {"id": name, **keys, "licenses": [{"name": dataset["licence"]}]})


def write_kernel(folder: Path, kernel: dict, metadata: dict, root: Path) -> None:
    """The notebook as it stands, with a kernel-metadata.json that attaches the dataset."""
    owner, notebook = metadata["owner"], root / kernel["notebook"]
    folder.mkdir(parents=True)
    shutil.copyfile(notebook, folder / notebook.name)
    keys = ("title", "keywords", "is_private", "enable_internet", "enable_gpu", "enable_tpu")
    entries = {
        "id": f"{owner}/{kernel['slug']}",
        "code_file": notebook.name,
        "language": "python",
        "kernel_type": "notebook",
        **{key: kernel[key] for key in keys},
        "dataset_sources": [f"{owner}/{metadata['dataset']['slug']}"],
        "competition_sources": [],
        "kernel_sources": [],
        "model_sources": [],
    }
    write_json(folder / "kernel-metadata.json", entries)


def write_json(path: Path, entries: dict) -> None:
    """Write the entries, the same bytes on every system."""
    path.write_bytes((json.dumps(entries, indent=2) + "\n").encode())


def fill_in(metadata: dict, root: Path) -> None:
    """Write where the badges lead into README.md, and the repository's address into the notebooks' first cells."""
    address = "" if metadata["repository"] == NO_REPOSITORY else metadata["repository"]
    replace(root / "README.md", BADGES, badges(metadata))
    for kernel in metadata["kernels"]:
        replace(root / kernel["notebook"], ADDRESS, address)


def replace(path: Path, pattern: str, text: str) -> None:
    """Put text where the pattern first matches in a file, which is moved into place when it is complete."""
    before = path.read_bytes().decode()
    after, count = re.subn(pattern, lambda match: text, before, count=1, flags=re.DOTALL)
    if not count:
        raise ValueError(f"{path} has no place for what this command fills in: {pattern!r} is not found there")
    if after != before:
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.write_bytes(after.encode())
        part.replace(path)


def badges(metadata: dict) -> str:
    """The lines of README.md with the badges: none leads anywhere before the owner and the repository are known."""
    owner, repository = metadata["owner"], metadata["repository"]
    lines = []
    for kernel in metadata["kernels"]:
        links = []
        if owner != NO_OWNER:
            link = f"https://www.kaggle.com/code/{owner}/{kernel['slug']}"
            links.append(f"[![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)]({link})")
        if repository != NO_REPOSITORY:
            path = repository.replace("https://github.com", "github") + f"/blob/main/{kernel['notebook']}"
            link = f"https://colab.research.google.com/{path}"
            links.append(f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})")
        if links:
            lines.append(f"- {kernel['title']}: {' '.join(links)}\n")
    return "".join(lines)


def commands(metadata: dict) -> list[str]:
    """The commands that push what was built, in order."""
    dataset = metadata["dataset"]
    public = "" if dataset["is_private"] else " --public"
    return [
        f"kaggle datasets create -p build/kaggle/dataset -r zip{public}",
        f"kaggle datasets status {metadata['owner']}/{dataset['slug']}",
        *(f"kaggle kernels push -p build/kaggle/{kernel['folder']}" for kernel in metadata["kernels"]),
    ]


def main(arguments: list[str] | None = None) -> None:
    """Build the Kaggle folders: the command `python notebooks/to_kaggle.py`."""
    parser = argparse.ArgumentParser(
        prog="python notebooks/to_kaggle.py", description=(main.__doc__ or "").split(":")[0]
    )
    parser.add_argument("owner", nargs="?", help=f"your Kaggle name, if it is not in {FILE}")
    try:
        metadata = build(parser.parse_args(arguments).owner)
    except (ValueError, OSError) as error:
        parser.exit(1, f"{error}\n")
    create, status, *push = commands(metadata)
    print(f"{ROOT / 'build' / 'kaggle'} is ready. To push it, in the repository's folder:\n")
    print(f"{create}\n{status}\n")
    print('(if the dataset is there already: kaggle datasets version -p build/kaggle/dataset -r zip -m "update")')
    print('and, once the status is "ready":\n')
    print("\n".join(push))


if __name__ == "__main__":
    main()
