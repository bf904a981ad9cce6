"""Proxies: loopback is never asked through one, whatever the environment calls it; models are."""

import urllib.request

import httpx
import pytest

from schemas.errors import BadInput
from tasks.doors import proxies

LOOPBACK = ["http://127.0.0.1:4200/api", "http://localhost:8000/v1", "http://[::1]:9/x"]
NAMES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "NO_PROXY", "no_proxy", "EVOLFLOW_SOCKS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("no_proxy", [None, "", "example.org"])
def test_no_client_reaches_loopback_through_a_proxy(
    name: str, no_proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {name: "http://127.0.0.1:9"} | ({} if no_proxy is None else {"NO_PROXY": no_proxy})
    proxies.fit(environ)
    for key, value in environ.items():
        monkeypatch.setenv(key, value)
    assert all(urllib.request.proxy_bypass(host) for host in ("127.0.0.1", "localhost", "::1"))
    with httpx.Client() as client:
        direct = client._transport
        assert all(client._transport_for_url(httpx.URL(url)) is direct for url in LOOPBACK)
    if no_proxy:
        assert urllib.request.proxy_bypass("example.org")


@pytest.mark.parametrize("host", ["192.168.7.3", "10.0.0.8", "fd00::7"])
def test_a_host_of_ours_is_reached_without_a_proxy_and_others_through_it(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "example.org"}
    proxies.fit(environ)
    proxies.spare(environ, host)
    proxies.spare(environ, host)
    assert environ["no_proxy"].split(",").count(host) == 1
    for key, value in environ.items():
        monkeypatch.setenv(key, value)
    shown = f"[{host}]" if ":" in host else host
    with httpx.Client() as client:
        direct = client._transport
        assert client._transport_for_url(httpx.URL(f"http://{shown}:4200/api")) is direct
        assert client._transport_for_url(httpx.URL("http://10.9.9.9/v1")) is not direct
    assert urllib.request.proxy_bypass(host)
    assert not urllib.request.proxy_bypass("10.9.9.9")


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy"])
def test_a_proxy_for_all_is_one_for_every_client(name: str) -> None:
    environ = {name: "http://proxy:3128"}
    proxies.fit(environ)
    assert environ["http_proxy"] == environ["https_proxy"] == "http://proxy:3128"


def test_a_proxy_is_named_without_its_password() -> None:
    environ = {"HTTPS_PROXY": "http://ann:secret@proxy.example:3128"}
    proxies.fit(environ)
    said = proxies.told(environ)
    assert said == "models are asked through the proxy proxy.example:3128 (HTTPS_PROXY)"
    assert proxies.told({}) is None


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4"])
def test_a_socks_proxy_stops_nobody_on_loopback_and_is_never_passed_by(
    name: str, scheme: str
) -> None:
    environ = {name: f"{scheme}://127.0.0.1:1080"}
    proxies.fit(environ)
    assert name not in environ and proxies.told(environ) is None
    with pytest.raises(BadInput, match=f"{name.upper()}: a SOCKS proxy needs"):
        proxies.require_usable(environ)


def test_without_a_proxy_nothing_is_changed() -> None:
    environ = {"PATH": "/bin", "NO_PROXY": "x"}
    proxies.fit(environ)
    proxies.spare(environ, "10.0.0.8")
    proxies.require_usable(environ)
    assert environ == {"PATH": "/bin", "NO_PROXY": "x"}
