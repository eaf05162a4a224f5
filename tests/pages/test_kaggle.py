"""kaggle_metadata.json and what is built from it."""

import json
import re
import subprocess
import sys

import pytest
import to_kaggle as kaggle
from helpers import ROOT
from kaggle_helpers import change, copy_repository
from kaggle_metadata import FILE, NO_OWNER, NO_REPOSITORY, find_problems, read_metadata
from packaging.requirements import Requirement

ADDRESS = "https://github.com/jane/lstm"


@pytest.fixture
def copy(tmp_path):
    return copy_repository(tmp_path)


@pytest.fixture
def metadata():
    return json.loads((ROOT / FILE).read_text(encoding="utf-8"))


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_committed_metadata_have_no_problem(metadata):
    assert find_problems(metadata, ROOT) == []


def set_to(*keys):
    """An edit that puts the last of these where the others lead."""

    def edit(metadata):
        for key in keys[:-2]:
            metadata = metadata[key]
        metadata[keys[-2]] = keys[-1]

    return edit


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (set_to("owner", "jane doe"), "owner: 'jane doe' is not a Kaggle name: letters"),
        (set_to("owner", ""), "owner: '' is not"),
        (set_to("owner", "jane\n"), "owner: "),
        (set_to("owner", None), "owner: None is not"),
        (set_to("repository", "github.com/jane/lstm"), "repository: 'github.com/jane/lstm' is not an address like"),
        (set_to("dataset", []), "dataset: [] is not an object"),
        (set_to("dataset", "title", "LSTM"), "dataset.title: 'LSTM' is not one line of 6 to 50 characters"),
        (set_to("dataset", "subtitle", "x" * 81), "dataset.subtitle: "),
        (set_to("dataset", "slug", "Lstm"), "dataset.slug: 'Lstm' is not a slug: 6 to 50 lower-case"),
        (set_to("dataset", "slug", "another"), "dataset.slug: 'another' does not fit the title"),
        (set_to("dataset", "licence", ["MIT"]), "dataset.licence: ['MIT'] is not the name of a licence"),
        (set_to("dataset", "keywords", "nlp"), "dataset.keywords: 'nlp' is not a list of words"),
        (set_to("dataset", "contents", ["novels"]), "dataset.contents: there is no novels"),
        (set_to("dataset", "contents", [".."]), "dataset.contents: ['..'] is not a list of the repository's folders"),
        (set_to("dataset", "contents", []), "dataset.contents: [] is not a list"),
        (set_to("dataset", "contents", "data"), "dataset.contents: 'data' is not a list"),
        (set_to("kernels", []), "kernels: [] is not a list of kernels"),
        (set_to("kernels", 0, "text"), "kernels[0]: 'text' is not an object"),
        (set_to("kernels", 0, "enable_internet", "false"), "kernels[0].enable_internet: 'false' is not true or false"),
        (set_to("kernels", 1, "enable_gpu", 0), "kernels[1].enable_gpu: 0 is not true or false"),
        (set_to("kernels", 1, "notebook", "notebooks/no.ipynb"), "kernels[1].notebook: there is no notebooks/no.ipynb"),
        (set_to("kernels", 1, "title", "Four"), "kernels[1].title: 'Four' is not one line of at least 5 characters"),
        (set_to("kernels", 1, "folder", "dataset"), "kernels[1].folder: 'dataset' is not"),
        (set_to("kernels", 1, "folder", "numeric"), "kernels: 'numeric' is the folder of more than one"),
        (set_to("kernels", 1, "slug", "lstm-numeric-example"), "kernels: 'lstm-numeric-example' is the slug of more"),
        (set_to("kernels", 1, "internet", False), "kernels[1].internet: is not a key that is used here"),
        (lambda metadata: metadata["kernels"][0].pop("slug"), "kernels[0].slug: is missing"),
        (lambda metadata: metadata.pop("owner"), "owner: is missing"),
    ],
)
def test_a_problem_is_named_with_its_key(metadata, edit, problem):
    edit(metadata)
    problems = find_problems(metadata, ROOT)
    assert any(line.startswith(problem) for line in problems)
    assert len(problems) <= 2  # a slug may be wrong in itself, and for its title


def test_all_problems_are_named_at_once(copy):
    change(copy, set_to("dataset", "title", "LSTM"))
    change(copy, set_to("kernels", 1, "slug", "Text"))
    with pytest.raises(ValueError, match=FILE) as caught:
        read_metadata(copy, owner="jane doe")
    keys = {line.split(":")[0] for line in str(caught.value).splitlines()[1:]}
    assert keys == {"owner", "dataset.title", "dataset.slug", "kernels[1].slug"}


def test_a_file_that_is_absent_or_broken_is_named(copy):
    (copy / FILE).write_text('{"owner": ', encoding="utf-8")
    with pytest.raises(ValueError, match=f"{FILE} is not valid JSON"):
        read_metadata(copy)
    (copy / FILE).write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"\[\] is not an object"):
        read_metadata(copy, owner="jane")
    (copy / FILE).unlink()
    with pytest.raises(FileNotFoundError, match=f"no {FILE} in"):
        read_metadata(copy)


def test_the_folders_hold_what_the_metadata_say(copy, metadata):
    (copy / "lstm_scratch" / "__pycache__").mkdir()
    (copy / "lstm_scratch" / "__pycache__" / "cell.pyc").write_bytes(b"")
    (copy / "data" / ".hidden").write_bytes(b"")
    kaggle.build("jane", copy)
    built = files(copy / "build" / "kaggle")
    committed = {
        f"dataset/{path.relative_to(ROOT).as_posix()}": path.read_bytes()
        for folder, kind in (("lstm_scratch", "*.py"), ("data", "[!.]*"))
        for path in (ROOT / folder).glob(kind)
    }
    notebooks = {f"{k['folder']}/{k['notebook'].split('/')[1]}": ROOT / k["notebook"] for k in metadata["kernels"]}
    extra = {"SHA256SUMS", "dataset/dataset-metadata.json", "numeric/kernel-metadata.json", "text/kernel-metadata.json"}
    assert set(built) == set(committed) | set(notebooks) | extra
    assert all(built[name] == content for name, content in committed.items())
    assert all(built[name] == path.read_bytes() for name, path in notebooks.items())
    listed = [line.split("  ")[1] for line in built["SHA256SUMS"].decode().splitlines()]
    assert listed == sorted(set(built) - {"SHA256SUMS"})
    for kernel in metadata["kernels"]:
        entries = json.loads(built[f"{kernel['folder']}/kernel-metadata.json"])
        assert entries["id"] == f"jane/{kernel['slug']}" and entries["title"] == kernel["title"]
        assert entries["dataset_sources"] == [f"jane/{metadata['dataset']['slug']}"]
        assert f"{kernel['folder']}/{entries['code_file']}" in built
        assert entries["enable_internet"] is entries["enable_gpu"] is entries["enable_tpu"] is False
    assert json.loads(built["dataset/dataset-metadata.json"])["licenses"] == [{"name": "MIT"}]


def test_building_twice_gives_the_same_bytes(copy):
    change(copy, set_to("repository", ADDRESS))
    kaggle.build("jane", copy)
    once = files(copy)
    kaggle.build("jane", copy)
    assert files(copy) == once


def test_building_again_follows_the_repository(copy):
    kaggle.build("jane", copy)
    (copy / "lstm_scratch" / "rnn.py").unlink()
    kaggle.build("joe", copy)
    assert not (copy / "build/kaggle/dataset/lstm_scratch/study/rnn.py").exists()
    assert json.loads((copy / "build/kaggle/text/kernel-metadata.json").read_bytes())["id"].startswith("joe/")
    assert [path.name for path in (copy / "build").iterdir()] == ["kaggle"]


@pytest.mark.parametrize("spoiled", ["a folder of mine", "a file added", "a file changed"])
def test_a_folder_that_was_not_built_here_is_left_alone(copy, spoiled):
    target = copy / "build" / "kaggle"
    if spoiled == "a folder of mine":
        target.mkdir(parents=True)
        mine = target
    else:
        kaggle.build("jane", copy)
        mine = target / "text" / ("notes.txt" if spoiled == "a file added" else "kernel-metadata.json")
        mine.write_text("mine", encoding="utf-8")
    before = files(copy)
    with pytest.raises(ValueError, match=r"move it away first") as caught:
        kaggle.build("joe", copy)
    assert str(mine) in str(caught.value)
    assert files(copy) == before and target.is_dir()


def test_an_invalid_owner_is_refused_before_anything_is_written(copy):
    before = files(copy)
    for owner in ("jane/doe", "-jane", "", "jane doe"):
        with pytest.raises(ValueError, match="owner: .* is not a Kaggle name"):
            kaggle.build(owner, copy)
    with pytest.raises(ValueError, match="give your Kaggle name"):
        kaggle.build(None, copy)
    assert files(copy) == before and not (copy / "build").exists()


def test_what_cannot_be_written_whole_is_not_left_behind(copy, monkeypatch):
    kaggle.build("jane", copy)
    before = files(copy / "build")

    def full(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(kaggle, "write_json", full)
    with pytest.raises(OSError, match="disk full"):
        kaggle.build("jane", copy)
    assert files(copy / "build") == before


def test_the_address_is_filled_in_and_nothing_else_changes(copy):
    change(copy, set_to("repository", ADDRESS))
    kaggle.build("jane", copy)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        before, after = path.read_text(encoding="utf-8"), (copy / "notebooks" / path.name).read_text(encoding="utf-8")
        assert re.sub(r'repository = \\".*?\\"', rf'repository = \\"{ADDRESS}\\"', before, count=1) == after
        assert after.count(ADDRESS) == 1
        json.loads(after)
    change(copy, set_to("repository", NO_REPOSITORY))
    kaggle.build("jane", copy)
    assert ADDRESS not in (copy / "notebooks" / "LSTM_Text_Example.ipynb").read_text(encoding="utf-8")


def test_the_notebooks_and_the_badges_are_those_of_the_metadata(metadata):
    address = "" if metadata["repository"] == NO_REPOSITORY else metadata["repository"]
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert re.search(kaggle.ADDRESS, path.read_text(encoding="utf-8")).group() == address
    lines = re.search(kaggle.BADGES, (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL).group()
    owner = re.search(r"kaggle\.com/code/([^/)]+)", lines)
    assert lines == kaggle.badges({**metadata, "owner": owner.group(1) if owner else NO_OWNER})


def test_the_badges_lead_to_the_notebooks_once_the_owner_is_known(copy):
    change(copy, set_to("repository", ADDRESS))
    kaggle.build("jane", copy)
    readme = (copy / "README.md").read_text(encoding="utf-8")
    for name in ("Numeric", "Text"):
        assert f"(https://www.kaggle.com/code/jane/lstm-{name.lower()}-example)" in readme
        colab = f"(https://colab.research.google.com/github/jane/lstm/blob/main/notebooks/LSTM_{name}_Example.ipynb)"
        assert colab in readme
    section = readme.split("\n## On Kaggle")[1].split("\n## ")[0]
    assert len(section.splitlines()) <= 15


def test_there_is_no_badge_that_leads_nowhere(metadata):
    unknown = {**metadata, "owner": NO_OWNER, "repository": NO_REPOSITORY}
    assert kaggle.badges(unknown) == ""
    owned, published = kaggle.badges({**unknown, "owner": "jane"}), kaggle.badges({**unknown, "repository": ADDRESS})
    assert owned.count("/code/jane/") == published.count("/jane/lstm/blob/") == 2
    assert "colab" not in owned and "kaggle" not in published


def test_what_is_public_is_pushed_as_such(copy):
    change(copy, set_to("dataset", "is_private", False))
    change(copy, set_to("kernels", 1, "is_private", False))
    metadata = kaggle.build("jane", copy)
    assert kaggle.commands(metadata)[0] == "kaggle datasets create -p build/kaggle/dataset -r zip --public"
    folders = (copy / "build" / "kaggle" / name / "kernel-metadata.json" for name in ("numeric", "text"))
    assert [json.loads(path.read_bytes())["is_private"] for path in folders] == [True, False]


def test_a_page_without_a_place_for_the_badges_is_named(copy):
    (copy / "README.md").write_text("# LSTM\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"README\.md has no place"):
        kaggle.build("jane", copy)


def test_the_command_says_what_was_wrong_in_one_message(copy):
    command = [sys.executable, "-m", "lstm_scratch.kaggle", "jane/doe"]
    result = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert result.returncode == 1 and result.stdout == ""
    assert "owner: 'jane/doe' is not a Kaggle name" in result.stderr and "Traceback" not in result.stderr


def test_the_versions_in_kaggles_image_are_among_those_that_are_required():
    def read(path):
        lines = [line for line in (ROOT / path).read_text().splitlines() if not line.startswith("#")]
        return {requirement.name: requirement.specifier for requirement in map(Requirement, lines)}

    required, pinned = read("requirements.txt"), read("tests/kaggle_constraints.txt")
    assert {"numpy", "matplotlib", "pandas", "wordcloud", "tqdm"} <= set(required) & set(pinned)
    for name in set(required) & set(pinned):
        assert required[name].contains(str(pinned[name]).removeprefix("==").removesuffix(".*")), name
