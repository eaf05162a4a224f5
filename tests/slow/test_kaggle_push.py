"""Kaggle's own command line pushes what was built, to a small server on this machine that keeps what arrives."""

import contextlib
import importlib.util
import io
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest
from helpers import ROOT
from kaggle_helpers import copy_repository

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("kaggle") is None,
    reason="Kaggle's command line is not installed (tests/requirements.txt has it, for Python 3.11 and newer)",
)
DATASET = "jane/lstm-from-scratch-package-and-text"


class Kaggle(BaseHTTPRequestHandler):
    """Answers as Kaggle does to a new dataset and its notebooks; requests and files are kept with the server."""

    def do_POST(self):
        method = self.path.rsplit("/", 1)[-1]
        request = json.loads(self.body())
        self.server.requests.append((method, request))
        if method == "GetDatasetStatus" and not self.server.datasets:
            return self.answer(404, {"code": 404, "message": "there is no such dataset"})
        if method in ("CreateDataset", "CreateDatasetVersion"):
            self.server.datasets.append(request)
        return self.answer(200, self.answers(request)[method])

    def answers(self, request):
        port, done = self.server.server_port, {"url": "http://localhost/done", "error": ""}
        upload = {"token": request.get("name"), "createUrl": f"http://127.0.0.1:{port}/upload/{request.get('name')}"}
        return {
            "GetDatasetStatus": {"status": "ready"},
            "StartBlobUpload": upload,
            "CreateDataset": {"status": "ok", **done},
            "CreateDatasetVersion": {"status": "ok", **done},
            "SaveKernel": {"ref": "/jane/notebook", "versionNumber": 1, **done},
        }

    def do_PUT(self):
        self.server.files[self.path.rsplit("/", 1)[-1]] = self.body()
        self.answer(200, {})

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kaggle)
    server.requests, server.datasets, server.files = [], [], {}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_kaggle(command, port, cwd, home):
    """Run one of the printed commands with this machine's port in place of the internet."""
    program, *arguments = shlex.split(command)
    assert program == "kaggle"
    gone = ("no_proxy", "all_proxy", "kaggle")
    env = {name: value for name, value in os.environ.items() if not name.lower().startswith(gone)}
    proxy = f"http://127.0.0.1:{port}"
    env |= {"http_proxy": proxy, "https_proxy": proxy, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    env |= {"KAGGLE_API_ENVIRONMENT": "LOCALHOST", "KAGGLE_USERNAME": "jane", "KAGGLE_KEY": "no-key"}
    command = [sys.executable, "-m", "kaggle", *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    """Build in a copy of the repository, run what the command printed, line by line; return all that came of it."""
    copy, home = copy_repository(tmp_path_factory.mktemp("copy")), tmp_path_factory.mktemp("home")
    command = [sys.executable, "-m", "lstm_scratch.kaggle", "jane"]
    said = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True).stdout
    printed = [line for line in said.splitlines() if line.startswith("kaggle ")]
    update = re.search(r"\(if the dataset is there already: (.*)\)", said).group(1)
    with served() as server:
        results = [run_kaggle(line, server.server_port, copy, home) for line in [*printed, update]]
    return copy, printed, results, server


def test_the_printed_commands_succeed_in_their_order(pushed):
    copy, printed, results, server = pushed
    assert [line.split()[1:3] for line in printed] == [
        ["datasets", "create"],
        ["datasets", "status"],
        *2 * [["kernels", "push"]],
    ]
    for result in results:
        assert result.returncode == 0, result.stdout + result.stderr
        assert "error" not in (result.stdout + result.stderr).lower()
    create, status, numeric, text, update = (result.stdout for result in results)
    assert "private Dataset is being created" in create and "ready" in status and "being created" in update
    assert all("successfully pushed" in push and "title does not resolve" not in push for push in (numeric, text))


def test_the_dataset_arrives_with_package_and_data(pushed):
    copy, printed, results, server = pushed
    request = next(request for method, request in server.requests if method == "CreateDataset")
    assert f"{request['ownerSlug']}/{request['slug']}" == DATASET
    assert request["isPrivate"] is True and request["licenseName"] == "MIT"
    assert {file["token"] for file in request["files"]} == {"lstm_scratch.zip", "data.zip"} == set(server.files)
    for folder in ("lstm_scratch", "data"):
        with zipfile.ZipFile(io.BytesIO(server.files[f"{folder}.zip"])) as archive:
            arrived = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        assert arrived == {path.name: path.read_bytes() for path in (copy / folder).iterdir() if path.is_file()}


@pytest.mark.parametrize("name", ["Numeric", "Text"])
def test_a_notebook_arrives_valid_and_with_its_settings(pushed, name):
    copy, printed, results, server = pushed
    slug = f"jane/lstm-{name.lower()}-example"
    (request,) = [request for method, request in server.requests if method == "SaveKernel" and request["slug"] == slug]
    assert request["newTitle"] == f"LSTM {name} Example"
    assert (request["language"], request["kernelType"]) == ("python", "notebook")
    assert request["isPrivate"] is True
    # what is false may be left out of a request, but it must not be true
    assert not any(request.get(key) for key in ("enableGpu", "enableTpu"))
    assert request["enableInternet"] is False
    assert request["datasetDataSources"] == [DATASET] and "lstm" in request["categoryIds"]
    arrived = nbformat.reads(request["text"], as_version=4)
    nbformat.validate(arrived)
    committed = nbformat.read(ROOT / "notebooks" / f"LSTM_{name}_Example.ipynb", as_version=4)
    assert [cell.source for cell in arrived.cells] == [cell.source for cell in committed.cells]
    assert len(arrived.cells) > 50
