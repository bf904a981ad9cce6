"""The Hub's real client against a stand-in on loopback that speaks the Hub's own paths."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.tasks.exported import finished_run

pytest.importorskip("huggingface_hub")

TOKEN = "hf_CANARY0123456789"
REPO = "somebody/evolved"
OID = "a" * 40


class Hub:
    """What a Hub was asked and given."""

    def __init__(self, refuses: int | None) -> None:
        self.refuses = refuses
        self.address = ""
        self.made: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.tokens: set[str | None] = set()
        self._ways = {
            "/api/repos/create": self._create,
            "/api/validate-yaml": lambda _: {"errors": [], "warnings": []},
            f"/api/datasets/{REPO}/preupload/main": self._preupload,
            f"/api/datasets/{REPO}/commit/main": self._commit,
            f"/api/datasets/{REPO}/revision/main": lambda _: {"id": REPO, "sha": OID},
        }

    def answer(self, path: str, body: bytes) -> tuple[int, Any]:
        if self.refuses is not None:
            return self.refuses, {"error": "Invalid username or password."}
        way = self._ways.get(path)
        return (404, {"error": "unknown"}) if way is None else (200, way(body))

    def _create(self, body: bytes) -> Any:
        self.made.append(json.loads(body))
        return {"url": f"{self.address}/datasets/{REPO}", "name": REPO}

    def _preupload(self, body: bytes) -> Any:
        asked = [one["path"] for one in json.loads(body)["files"]]
        told = [{"path": p, "uploadMode": "regular", "shouldIgnore": False} for p in asked]
        return {"files": told}

    def _commit(self, body: bytes) -> Any:
        for one in map(json.loads, body.splitlines()):
            if one["key"] == "file":
                self.files[one["value"]["path"]] = base64.b64decode(one["value"]["content"])
        return {"commitUrl": f"{self.address}/datasets/{REPO}/commit/{OID}", "commitOid": OID}


@contextmanager
def hub(refuses: int | None = None) -> Iterator[tuple[Hub, str]]:
    state = Hub(refuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.tokens.add(self.headers.get("Authorization"))
            status, said = state.answer(self.path.partition("?")[0], body)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state, state.address
    finally:
        server.shutdown()
        server.server_close()


def push(
    place: Path, address: str, repo: str = REPO, token: str = TOKEN
) -> "subprocess.CompletedProcess[str]":
    """Run the real command with a Hub's address, as a user sets it."""
    env = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(place / "hf"), "HF_TOKEN": token}
    command = [
        sys.executable, "-m", "flows.cli", "export", str(place / "run"), "--format", "alpaca",
        "--out", str(place / "out"), "--card", "--push-to-hub", repo,
    ]  # fmt: skip
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    finished_run(tmp_path, [("你好 a", "b\n"), ("c", "d"), ("e", "f")])
    return tmp_path


def test_every_file_arrives_as_it_lies_on_the_disk(place: Path) -> None:
    with hub() as (seen, address):
        done = push(place, address)
    assert done.returncode == 0, done.stderr
    assert "pushed: " in done.stdout
    out = place / "out"
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert seen.files == files
    assert len(files) == 5
    (made,) = seen.made
    assert (made["type"], made["visibility"]) == ("dataset", "private")
    assert seen.tokens - {None} == {f"Bearer {TOKEN}"}


def test_a_push_goes_on_with_an_export_that_is_there(place: Path) -> None:
    with hub(refuses=401) as (_, address):
        refused = push(place, address)
    assert refused.returncode == 4
    (line,) = refused.stderr.strip().splitlines()
    assert "the Hub refuses it (" in line
    assert "set HF_TOKEN" in line
    assert TOKEN not in refused.stdout + refused.stderr
    with hub() as (seen, address):
        done = push(place, address)
    assert done.returncode == 0, done.stderr
    assert "it was there already" in done.stdout
    assert len(seen.files) == 5


def test_a_hub_that_is_not_there_is_one_line(place: Path) -> None:
    with hub() as (_, address):
        pass
    done = push(place, address)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "the Hub does not answer as one (" in line


def test_a_bad_name_is_refused_before_anything_is_made(place: Path) -> None:
    done = push(place, "http://127.0.0.1:9", repo="a b//c")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "write it like name/dataset" in line
    assert not (place / "out").exists()
