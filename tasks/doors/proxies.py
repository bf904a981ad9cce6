"""Make what the environment says of proxies fit: loopback is never asked through one, models are.

Changes a mapping of environment variables, from which this process and its children read how to reach
an address. Knows no address of a model.
"""

from collections.abc import MutableMapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from schemas.errors import BadInput

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SCHEMES = ("http", "https")
_ALL = "all"
_HIDDEN = "EVOLFLOW_SOCKS_PROXY"
"""Keeps the name of a proxy that our packages cannot use, for whoever asks a model afar."""


def fit(environ: MutableMapping[str, str]) -> None:
    """Take loopback out of what goes through proxies, and let one for all be one for each scheme.

    A SOCKS proxy without the package for it would stop every client, even on loopback: it is taken out
    here, and `require_usable` says so before a model afar is asked.
    """
    for name in (_ALL, *_SCHEMES):
        address = _value(environ, f"{name}_proxy")
        if address and urlsplit(address).scheme.startswith("socks") and not find_spec("socksio"):
            environ[_HIDDEN] = f"{name.upper()}_PROXY"
            _drop(environ, f"{name}_proxy")
    if not any(_value(environ, f"{name}_proxy") for name in (_ALL, *_SCHEMES)):
        return
    for scheme in _SCHEMES:
        # Only some clients know of one for all.
        if (every := _value(environ, f"{_ALL}_proxy")) and not _value(environ, f"{scheme}_proxy"):
            environ[f"{scheme}_proxy"] = every
    spare(environ, *_LOOPBACK)


def spare(environ: MutableMapping[str, str], *hosts: str) -> None:
    """Let hosts of ours be asked without a proxy, where there is one.

    Args:
        environ: Is changed.
        hosts: Names or addresses, without brackets.
    """
    if not any(_value(environ, f"{name}_proxy") for name in (_ALL, *_SCHEMES)):
        return
    named = [one.strip() for one in _value(environ, "no_proxy").split(",") if one.strip()]
    if "*" not in named:
        named += [one for one in hosts if one not in named]
    # Clients differ in which of the two they look at first.
    environ["no_proxy"] = environ["NO_PROXY"] = ",".join(named)


def is_loopback(address: str) -> bool:
    """Tell whether an address is one of this machine's own."""
    return urlsplit(address).hostname in _LOOPBACK


def told(environ: MutableMapping[str, str]) -> str | None:
    """Return one line on the proxy that models are asked through; None where there is none."""
    for scheme in reversed(_SCHEMES):
        address = _value(environ, f"{scheme}_proxy")
        if address:
            parts = urlsplit(address if "://" in address else f"http://{address}")
            # What stands before the @ may be a password.
            where = parts.netloc.rpartition("@")[2]
            return f"models are asked through the proxy {where} ({scheme.upper()}_PROXY)"
    return None


def require_usable(environ: MutableMapping[str, str]) -> None:
    """Make sure that no proxy was named which cannot be used.

    Raises:
        BadInput: One was: to pass it by would send requests where its owner does not want them.
    """
    if name := environ.get(_HIDDEN):
        raise BadInput(
            f"{name}: a SOCKS proxy needs the package socksio, which is not installed; set HTTPS_PROXY "
            "to an HTTP proxy, or unset it"
        )


def _value(environ: MutableMapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _drop(environ: MutableMapping[str, str], name: str) -> None:
    for spelling in (name, name.upper()):
        environ.pop(spelling, None)
