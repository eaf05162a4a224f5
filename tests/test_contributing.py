"""The pages and forms for whoever carries on: what they name is there, and what they say of the code holds."""

import platform
import re
import subprocess
import sys

import jsonschema
import numpy as np
import pytest
import yaml
from helpers import ROOT
from test_repository import FLOORS

import lstm_scratch

GITHUB = ROOT / ".github"
GUIDE = (GITHUB / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGES = (GITHUB / "CHANGELOG.md").read_text(encoding="utf-8")
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def test_every_file_and_command_that_is_named_exists():
    named = set(re.findall(r"(?<![\w/.])(?:\.ci|tests|notebooks|lstm_scratch)/[\w./]+", GUIDE + CHANGES))
    assert {"tests/execute_notebooks.py", "tests/matrix.sh", ".ci/run"} <= named
    assert [path for path in named if not (ROOT / path).exists()] == []
    rooms = set(re.findall(r"-m lstm_scratch\.(\w+)", GUIDE + CHANGES))
    assert rooms and rooms <= set(FLOORS)
    programs = set(re.findall(r"python -m (\w+)(?!\w|\.)", GUIDE)) - {"venv"}
    asked_for = (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8")
    assert programs and all(re.search(f"^{program}[>=]", asked_for, flags=re.MULTILINE) for program in programs)


def test_what_the_guide_says_of_the_code_holds():
    assert FLOORS["cell"] == 2 and '`"peephole": 3`' in GUIDE
    functions = {"coupled": "cell_exercises", "compare": "hints", "backward_step": "fused", "show": "style"}
    for name, room in functions.items():
        assert f"`{name}`" in GUIDE
        assert f"def {name}(" in (ROOT / "lstm_scratch" / f"{room}.py").read_text(encoding="utf-8")


def test_the_newest_version_in_the_changelog_is_that_of_the_package():
    headings = re.findall(r"^## (.*)$", CHANGES, flags=re.MULTILINE)
    versions = [heading.split()[0].strip("[]") for heading in headings if "Unreleased" not in heading]
    assert versions[0] == lstm_scratch.__version__
    assert headings.count("[Unreleased]") <= 1 and "[Unreleased]" not in headings[1:]
    in_order = sorted(versions, key=lambda version: [int(part) for part in version.split(".")], reverse=True)
    assert versions == in_order and len(set(versions)) == len(versions)
    kinds = re.findall(r"^### (.*)$", CHANGES, flags=re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


# GitHub's form schema, as far as our forms use it: the keys of a form, of its fields, and of each kind of field.
WORDS = {"type": "string", "pattern": r"\S"}
NOT_NONE = {"allOf": [WORDS, {"not": {"pattern": "^[Nn]one$"}}]}


def closed(needed, /, **properties):
    """An object that has these keys and no others."""
    return {"type": "object", "required": needed, "properties": properties, "additionalProperties": False}


def field(kind, **attributes):
    attributes = closed(["label"], label=WORDS, description=WORDS, **attributes)
    validations = closed([], required={"type": "boolean"})
    name = {"type": "string", "pattern": r"^[\w-]+$"}
    return closed(
        ["type", "id", "attributes"], type={"const": kind}, id=name, attributes=attributes, validations=validations
    )


MARKDOWN = closed(["type", "attributes"], type={"const": "markdown"}, attributes=closed(["value"], value=WORDS))
FIELDS = [
    field("textarea", placeholder=WORDS, value=WORDS, render=WORDS),
    field("input", placeholder=WORDS, value=WORDS),
    field("dropdown", options={"type": "array", "items": NOT_NONE, "minItems": 1, "uniqueItems": True}),
]
BODY = {"type": "array", "items": {"oneOf": [MARKDOWN, *FIELDS]}, "contains": {"oneOf": FIELDS}}
FORM = closed(["name", "description", "body"], name=WORDS, description=WORDS, body=BODY)


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_accepts(path):
    form = read(path)
    jsonschema.validate(form, FORM)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    for names in ([field["id"] for field in fields], [field["attributes"]["label"] for field in fields]):
        assert len(set(names)) == len(names)
    assert any(field.get("validations", {}).get("required") for field in fields)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda form: form.pop("name"),
        lambda form: form.update(description=" "),
        lambda form: form.update(hello="world"),
        lambda form: form.update(body=[{"type": "markdown", "attributes": {"value": "nothing to fill in"}}]),
        lambda form: form["body"][0].update(type="text"),
        lambda form: form["body"][0].update(id="two words"),
        lambda form: form["body"][0]["attributes"].pop("label"),
        lambda form: form["body"][0]["attributes"].update(options=["yes"]),
        lambda form: form["body"][0]["validations"].update(required="true"),
        lambda form: form["body"][-1]["attributes"].update(options=["some", "some"]),
        lambda form: form["body"][-1]["attributes"].update(options=["some", "None"]),
    ],
)
def test_a_form_that_github_would_refuse_is_noticed(spoil):
    form = read(FORMS[-1])
    jsonschema.validate(form, FORM)
    spoil(form)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(form, FORM)


def test_the_forms_have_names_of_their_own_and_one_may_do_without():
    assert len({read(path)["name"] for path in FORMS}) == len(FORMS) == 3
    assert read(GITHUB / "ISSUE_TEMPLATE" / "config.yml") == {"blank_issues_enabled": True}


def test_the_command_in_the_form_prints_the_versions():
    (command,) = re.findall(r"^ *(python -c .*)$", FORMS[0].read_text(encoding="utf-8"), flags=re.MULTILINE)
    # the same in every shell: double quotes around it, and nothing inside that a shell would touch
    program = re.fullmatch(r'python -c "([^"$`\\!%]*)"', command)[1]
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    said = result.stdout.split()
    assert said[:4] == ["lstm_scratch", lstm_scratch.__version__, "Python", platform.python_version()]
    assert f"numpy {np.__version__}" in result.stdout and "matplotlib" in said and "pandas" in said
