"""A real PostgreSQL of a test, on a socket of loopback and with a password."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.loopback import free_port

PASSWORD = "pg-CANARY-4711"
_PLACES = ("/usr/local/bin", *(str(one) for one in Path("/usr/lib/postgresql").glob("*/bin")))
_USER = "postgres"


def programs() -> str | None:
    """Return the folder of initdb and postgres; None where they are not installed."""
    found = shutil.which("initdb", path=os.pathsep.join([*_PLACES, os.environ.get("PATH", "")]))
    return str(Path(found).parent) if found else None


@contextmanager
def postgres() -> Iterator[str]:
    """Run one for the length of a block; yields its address as Prefect takes it."""
    # Not pytest's folder: that of root cannot be entered by the user that PostgreSQL asks for.
    with tempfile.TemporaryDirectory(prefix="evolflow-postgres-") as folder:
        home, port = Path(folder), free_port()
        (home / "password").write_text(PASSWORD)
        asroot = _as_nobody(home)
        bins, data = Path(str(programs())), home / "data"
        subprocess.run(
            [*asroot, bins / "initdb", "-D", data, "-U", _USER, "-A", "scram-sha-256",
             "--pwfile", home / "password"],
            check=True, stdout=subprocess.DEVNULL, cwd=home,
        )  # fmt: skip
        options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off"
        control: list[str | Path] = [*asroot, bins / "pg_ctl", "-D", data, "-w", "-l", home / "log"]
        subprocess.run(
            [*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, cwd=home
        )
        try:
            yield f"postgresql+asyncpg://{_USER}:{PASSWORD}@127.0.0.1:{port}/{_USER}"
        finally:
            subprocess.run(
                [*control, "-m", "immediate", "stop"],
                check=True, stdout=subprocess.DEVNULL, cwd=home,
            )  # fmt: skip


def _as_nobody(home: Path) -> list[str]:
    """Return the words that run a command as another user, where this one is root."""
    if os.getuid() != 0:
        return []
    for path in (home, home / "password"):
        shutil.chown(path, "nobody", "nogroup")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
