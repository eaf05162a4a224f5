"""Kaggle's own command pushes what was built to a small server on this machine, and everything arrives there."""

import importlib.util
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest
from helpers import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("kaggle") is None,
        reason="Kaggle's command is not installed (tests/requirements.txt has it, for Python 3.11 and newer)",
    ),
]
DATASET = "jane/lstm-from-scratch-package-and-text"


class Kaggle(BaseHTTPRequestHandler):
    """Answers as Kaggle does when a new dataset and its notebooks are pushed, and keeps what arrives."""

    def do_POST(self):
        request, method = json.loads(self.body()), self.path.rsplit("/", 1)[-1]
        self.server.requests.append((method, request))
        name, done = request.get("name"), {"url": "http://localhost/done", "error": ""}
        created = any(earlier == "CreateDataset" for earlier, _ in self.server.requests)
        answers = {
            "GetDatasetStatus": {"status": "ready"} if created else None,
            "StartBlobUpload": {"token": name, "createUrl": f"http://127.0.0.1:{self.server.server_port}/{name}"},
            "CreateDataset": {"status": "ok", **done},
            "CreateDatasetVersion": {"status": "ok", **done},
            "SaveKernel": {"ref": "/jane/notebook", "versionNumber": 1, **done},
        }
        self.answer(answers[method])

    def do_PUT(self):
        self.server.files[self.path.rsplit("/", 1)[-1]] = self.body()
        self.answer({})

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, content):
        body = json.dumps(content or {"code": 404, "message": "there is no such dataset"}).encode()
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    """Run to_kaggle.py in a copy, and then each command that it printed; return what they said, and the server."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("lstm_scratch", "data", "notebooks"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copy(ROOT / "kaggle_metadata.json", copy)
    build = [sys.executable, "notebooks/to_kaggle.py", "jane"]
    said = subprocess.run(build, cwd=copy, capture_output=True, text=True, check=True).stdout
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kaggle)
    server.requests, server.files = [], {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {name: value for name, value in os.environ.items() if not name.lower().startswith(("no_proxy", "kaggle"))}
    # the server on this machine takes the place of the internet
    env |= dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), f"http://127.0.0.1:{server.server_port}")
    env |= {"KAGGLE_API_ENVIRONMENT": "LOCALHOST", "KAGGLE_USERNAME": "jane", "KAGGLE_KEY": "no-key"}
    env |= dict.fromkeys(("HOME", "XDG_CONFIG_HOME"), str(tmp_path_factory.mktemp("home")))
    outputs = []
    for command in re.findall(r"\bkaggle (?:datasets|kernels) .*?(?=\)?$)", said, flags=re.MULTILINE):
        command = [sys.executable, "-m", *shlex.split(command)]
        result = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True)
        assert result.returncode == 0 and "error" not in result.stdout.lower(), result.stdout + result.stderr
        outputs.append(result.stdout)
    server.shutdown()
    server.server_close()
    return outputs, server


def test_the_printed_commands_succeed_in_their_order(pushed):
    create, status, update, *pushes = pushed[0]
    assert "private Dataset is being created" in create and "ready" in status and "being created" in update
    assert len(pushes) == 3
    assert all("successfully pushed" in push and "title does not resolve" not in push for push in pushes)


def test_the_dataset_arrives_with_package_and_data(pushed):
    requests, uploads = dict(pushed[1].requests), pushed[1].files
    request = requests["CreateDataset"]
    assert f"{request['ownerSlug']}/{request['slug']}" == DATASET
    assert request["isPrivate"] is True and request["licenseName"] == "MIT"
    assert {file["token"] for file in request["files"]} == {"lstm_scratch.zip", "data.zip"} == set(uploads)
    for folder in ("lstm_scratch", "data"):
        with zipfile.ZipFile(io.BytesIO(uploads[f"{folder}.zip"])) as archive:
            arrived = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        paths = [path for path in (ROOT / folder).rglob("[!.]*") if path.is_file() and path.suffix != ".pyc"]
        assert arrived == {path.relative_to(ROOT / folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("name", ["Numeric Example", "Text Example", "Own Numbers"])
def test_a_notebook_arrives_valid_and_with_its_settings(pushed, name):
    slug = f"jane/lstm-{name.lower().replace(' ', '-')}"
    (request,) = (request for _, request in pushed[1].requests if request.get("slug") == slug)
    assert (request["newTitle"], request["isPrivate"]) == (f"LSTM {name}", True)
    assert request["enableInternet"] is False and not request.get("enableGpu") and not request.get("enableTpu")
    assert request["datasetDataSources"] == [DATASET] and "lstm" in request["categoryIds"]
    arrived = nbformat.reads(request["text"], as_version=4)
    nbformat.validate(arrived)
    committed = nbformat.read(ROOT / "notebooks" / f"LSTM_{name.replace(' ', '_')}.ipynb", as_version=4)
    assert [cell.source for cell in arrived.cells] == [cell.source for cell in committed.cells]
