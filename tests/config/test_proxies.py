"""Who asks is what the connection says, or a proxy that is named."""

import asyncio
import logging
from typing import Any

import pytest
from django.conf import settings

from config.asgi import NamedProxies
from config.proxies import ProxiesError, read_proxies, unnamed_proxy


def ask(
    *, client: str, headers: dict[str, str], proxies: str = "", is_https: bool = False
) -> tuple[str, str]:
    """The address and the scheme that the application sees."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "scheme": "http", "client": (client, 1234), "headers": pairs}
    wrapped = NamedProxies(app, proxies=read_proxies(proxies), is_https=is_https)
    asyncio.run(wrapped(scope, None, None))
    return seen[0]["client"][0], seen[0]["scheme"]


FORGED = {"x-forwarded-for": "203.0.113.5", "x-forwarded-proto": "https"}


@pytest.mark.parametrize("client", ["127.0.0.1", "192.0.2.1", "::1"])
def test_nobody_is_believed_who_is_not_named(client: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert ask(client=client, headers=FORGED) == (client, "http")
    assert f"X-Forwarded-For from {client} was not believed" in caplog.text


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("198.51.100.1, 203.0.113.5", "203.0.113.5"),  # the first is what the client made up
        ("203.0.113.5, 10.0.0.2", "203.0.113.5"),  # two proxies, both named
    ],
)
def test_a_named_proxy_says_for_whom_it_asks(forwarded: str, address: str) -> None:
    headers = {"x-forwarded-for": forwarded, "x-forwarded-proto": "https"}
    seen = ask(client="127.0.0.1", headers=headers, proxies="127.0.0.1, 10.0.0.0/8")
    assert seen == (address, "https")


def test_with_https_every_request_came_over_https() -> None:
    headers = {"x-forwarded-proto": "http"}
    assert ask(client="192.0.2.1", headers=headers, is_https=True) == ("192.0.2.1", "https")
    named = ask(client="127.0.0.1", headers=headers, proxies="127.0.0.1", is_https=True)
    assert named == ("127.0.0.1", "https")


@pytest.mark.parametrize("text", ["*", "nginx", "0.0.0.0/0", "::/0", "127.0.0.1/8"])
def test_a_proxy_is_named_by_an_address_or_a_network(text: str) -> None:
    with pytest.raises(ProxiesError, match="SEGLOOP_PROXIES holds"):
        read_proxies(text)


def test_no_setting_of_django_believes_a_header() -> None:
    assert settings.SECURE_PROXY_SSL_HEADER is None
    assert settings.USE_X_FORWARDED_HOST is False
    assert settings.USE_X_FORWARDED_PORT is False


def test_a_proxy_that_is_not_named_is_told() -> None:
    assert "Set SEGLOOP_PROXIES" in unnamed_proxy({"SEGLOOP_HTTPS": "1"})
    assert unnamed_proxy({"SEGLOOP_HTTPS": "1", "SEGLOOP_PROXIES": "127.0.0.1"}) == ""
    assert unnamed_proxy({}) == ""
