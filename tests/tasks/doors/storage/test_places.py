"""Addresses: a local path stays one, and what cannot be used is one line."""

import subprocess
import sys
from pathlib import Path, PosixPath

import pytest

from schemas.errors import BadInput
from tasks.doors.storage.places import is_object, place
from tests.conftest import ROOT

LOCAL = """
import sys
from tasks.doors.storage import ledger, lock, places, shards
places.place("runs/alpaca")
sys.exit("obstore" in sys.modules or "upath" in sys.modules)
"""
WITHOUT = """
import sys
sys.modules["upath"] = sys.modules["upath.implementations.cloud"] = None
from schemas.errors import BadInput
from tasks.doors.storage.places import place
try:
    place("s3://bucket/run")
except BadInput as e:
    print(e)
"""


def python(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("address", ["runs/alpaca", "/data/x", "s3:/bucket/run", "a/s3://b", "~"])
def test_a_local_path_is_pythons_own(address: str) -> None:
    assert type(place(address)) is PosixPath and not is_object(place(address))
    assert place(Path(address)) == Path(address)


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_an_address_keeps_its_slashes_however_it_is_joined(scheme: str) -> None:
    root = place(f"{scheme}://bucket/runs/alpaca/")
    assert is_object(root) and str(root) == f"{scheme}://bucket/runs/alpaca"
    path = root / "work" / "part-00000.parquet"
    assert str(path) == f"{scheme}://bucket/runs/alpaca/work/part-00000.parquet"
    assert path.parent.parent == root and place(str(path)) == path
    assert path.relative_to(root).as_posix() == "work/part-00000.parquet"
    assert sorted([root / "b", root / "a"]) == [root / "a", root / "b"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://host/run", "out: ftp://host/run: ftp:// is no known store; take s3://, "),
        ("https://host/run", "out: https://host/run: https:// is no known store; take s3://, "),
        ("s3://", "out: s3:// is not whole; write it like s3://bucket/prefix"),
        ("s3:///run", "out: s3:///run is not whole; write it like s3://bucket/prefix"),
        ("gs://b/../run", "out: gs://b/../run is not whole; write it like gs://bucket/prefix"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_line(address: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        place(address)
    assert str(refused.value).startswith(said) and len(str(refused.value).splitlines()) == 1


def test_who_works_on_a_disk_imports_nothing_of_object_stores() -> None:
    done = python(LOCAL)
    assert done.returncode == 0, done.stderr


def test_a_missing_package_is_named_with_its_remedy() -> None:
    said = "out: s3://bucket/run needs the extra objects: pip install 'evolflow[objects]'\n"
    assert python(WITHOUT).stdout == said
