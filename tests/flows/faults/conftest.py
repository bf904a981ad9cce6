"""A disk of a test's own, to be filled up."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


class Disk:
    """A small file system of its own, in memory."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def mount(self, options: str) -> bool:
        """Mount it, or mount it anew with other options; tells whether that is permitted here."""
        command = [shutil.which("mount") or "true", "-t", "tmpfs", "-o", options, "tmpfs"]
        subprocess.run([*command, str(self.place)], capture_output=True, check=False)
        return self.place.is_mount()

    def unmount(self) -> None:
        subprocess.run([shutil.which("umount") or "true", "-l", str(self.place)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    found = Disk(place)
    if not found.mount("size=512k"):
        pytest.skip("mounting a file system is not permitted here")
    try:
        yield found
    finally:
        found.unmount()
