"""kaggle_metadata.json, the one source of what goes to Kaggle, read and checked."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeGuard

FILE = "kaggle_metadata.json"

# What stands in the file until somebody has put in their own.
NO_OWNER = "YOUR-KAGGLE-NAME"
NO_REPOSITORY = "https://github.com/YOUR-GITHUB-NAME/lstm-from-scratch"

# A rule: which values are allowed, and for the message, what those are called.
Rule = tuple[Callable[[object], bool], str]


def matching(pattern: str, meaning: str) -> Rule:
    """The rule that a value is a text which the pattern matches as a whole."""
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None, meaning


def line(shortest: int, longest: int | str = "") -> Rule:
    """The rule that a value is one line of so many characters, without blanks at its ends."""
    length = f"{shortest} to {longest}" if longest else f"at least {shortest}"
    return matching(rf"(?=.{{{shortest},{longest}}}\Z)\S.*\S", f"one line of {length} characters")


def slug(shortest: int) -> Rule:
    """The rule for the last part of an address on Kaggle."""
    meaning = f"a slug: {shortest} to 50 lower-case letters, digits and single hyphens"
    return matching(rf"(?=.{{{shortest},50}}\Z)[a-z0-9]+(-[a-z0-9]+)*", meaning)


def is_words(value: object) -> TypeGuard[list[str]]:
    """Whether value is a list of texts, none of them empty."""
    return isinstance(value, list) and all(isinstance(word, str) and word.strip() for word in value)


def is_folders(value: object) -> bool:
    """Whether value is a list of names, and none of them a path that leads elsewhere."""
    return is_words(value) and bool(value) and all(re.fullmatch(r"\w+", name) for name in value)


SWITCH = (lambda value: isinstance(value, bool), "true or false")
WORDS = (is_words, "a list of words")

RULES = {
    "owner": matching("[A-Za-z0-9]+(-[A-Za-z0-9]+)*", "a Kaggle name: letters, digits and single hyphens"),
    "repository": matching(
        r"https://github\.com/[A-Za-z0-9-]+/[A-Za-z0-9._-]+", "an address like https://github.com/name/repository"
    ),
    "dataset": (lambda value: isinstance(value, dict), "an object"),
    "kernels": (lambda value: isinstance(value, list) and len(value) > 0, "a list of kernels"),
}
DATASET_RULES = {
    "title": line(6, 50),
    "slug": slug(6),
    "subtitle": line(20, 80),
    "licence": matching("[A-Za-z0-9.-]+", "the name of a licence, like MIT"),
    "keywords": WORDS,
    "is_private": SWITCH,
    "contents": (is_folders, "a list of the repository's folders"),
}
KERNEL_RULES = {
    "title": line(5),
    "slug": slug(5),
    "folder": matching(r"(?!dataset\Z)[a-z]+", "a folder's name in lower-case letters, other than dataset"),
    "notebook": matching(r"notebooks/\w+\.ipynb", "a file like notebooks/name.ipynb"),
    "keywords": WORDS,
    "is_private": SWITCH,
    "enable_internet": SWITCH,
    "enable_gpu": SWITCH,
    "enable_tpu": SWITCH,
}


def read_metadata(root: Path, owner: str | None = None) -> dict:
    """The metadata of the repository at root; with an owner, with that one in place of the file's.

    Raises FileNotFoundError if there is none, ValueError if it is not as it should be: the message names
    every problem, one a line, each with its key.
    """
    path = root / FILE
    if not path.is_file():
        raise FileNotFoundError(f"there is no {FILE} in {root}: a copy of the whole repository is needed")
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{FILE} is not valid JSON: {error}") from error
    if owner is not None and isinstance(metadata, dict):
        metadata["owner"] = owner
    problems = find_problems(metadata, root)
    if problems:
        raise ValueError("\n".join([f"{FILE} cannot be used as it is:", *problems]))
    return metadata


def find_problems(metadata: object, root: Path) -> list[str]:
    """What is wrong with the metadata of the repository at root: one sentence a problem, its key first."""
    problems = broken_rules(metadata, RULES, "")
    if not isinstance(metadata, dict):
        return problems
    dataset, kernels = metadata.get("dataset"), metadata.get("kernels")
    if isinstance(dataset, dict):
        problems += broken_rules(dataset, DATASET_RULES, "dataset") + wrong_slug(dataset, "dataset")
        problems += missing_files(dataset.get("contents"), root, "dataset.contents")
    if isinstance(kernels, list):
        for number, kernel in enumerate(kernels):
            where = f"kernels[{number}]"
            problems += broken_rules(kernel, KERNEL_RULES, where)
            if isinstance(kernel, dict):
                problems += wrong_slug(kernel, where)
                problems += missing_files([kernel.get("notebook")], root, f"{where}.notebook")
        problems += repeated(kernels, "slug") + repeated(kernels, "folder")
    return problems


def broken_rules(entry: object, rules: dict[str, Rule], where: str) -> list[str]:
    """The keys that are missing, unknown, or hold what their rule does not allow."""
    if not isinstance(entry, dict):
        return [f"{where or FILE}: {entry!r} is not an object"]
    prefix = f"{where}." if where else ""
    missing = [f"{prefix}{key}: is missing" for key in rules if key not in entry]
    unknown = [f"{prefix}{key}: is not a key that is used here" for key in entry if key not in rules]
    wrong = [
        f"{prefix}{key}: {entry[key]!r} is not {meaning}"
        for key, (allowed, meaning) in rules.items()
        if key in entry and not allowed(entry[key])
    ]
    return missing + unknown + wrong


def wrong_slug(entry: dict, where: str) -> list[str]:
    """Kaggle makes the slug from the title: another one leads to surprises."""
    title, given = entry.get("title"), entry.get("slug")
    if not (isinstance(title, str) and isinstance(given, str)):
        return []
    expected = re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")
    return [] if given == expected else [f"{where}.slug: {given!r} does not fit the title, which makes {expected!r}"]


def missing_files(names: object, root: Path, where: str) -> list[str]:
    """The names that are not there in the repository."""
    return [f"{where}: there is no {name}" for name in names if not (root / name).exists()] if is_words(names) else []


def repeated(kernels: list, key: str) -> list[str]:
    """The values of this key that two kernels share."""
    values = Counter(kernel[key] for kernel in kernels if isinstance(kernel, dict) and isinstance(kernel.get(key), str))
    return [f"kernels: {value!r} is the {key} of more than one" for value, count in values.items() if count > 1]
