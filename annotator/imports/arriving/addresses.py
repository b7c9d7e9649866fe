"""Which addresses of the network a download may connect to.

A person who may import names an address; the server opens it. It must not reach what only the
server can: its own services, the company's network, a cloud's metadata. So a name is resolved
once, all that it resolves to is checked, and the connection goes to one of those very addresses.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from annotator.kernel.errors import ServiceError

Address = IPv4Address | IPv6Address

MOST_LETTERS = 2000
_NAT64 = ip_network("64:ff9b::/96")
_METADATA = frozenset(
    {
        ip_address("168.63.129.16"),  # Azure's, which is a public one
        ip_address("100.100.100.200"),
        ip_address("169.254.169.254"),
        ip_address("fd00:ec2::254"),
    }
)


class AddressError(ServiceError):
    """An address that is not downloaded from; the sentence says why."""

    code = "bad_address"


def check_url(url: str) -> SplitResult:
    """Return the parts of a URL that may be asked for. Raises AddressError. Resolves no name."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except ValueError as error:  # UnicodeError is one
        raise AddressError(
            "This is no address: it looks like https://example.org/set.zip."
        ) from error
    if len(url) > MOST_LETTERS or any(ord(letter) <= 32 for letter in url.strip()):
        raise AddressError("The address is too long, or has a space in it.")
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise AddressError("Segloop downloads from http:// and https:// addresses.")
    if parts.username is not None or parts.password is not None:
        raise AddressError("Leave the name and the password out of the address.")
    try:
        literal = ip_address(host)
    except ValueError:
        return parts
    _check(literal, host)
    return parts


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, all of which were checked. Raises AddressError, OSError."""
    ascii_host = host.encode("idna").decode()
    found = socket.getaddrinfo(ascii_host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    for address in addresses:
        _check(ip_address(address.partition("%")[0]), host)
    return addresses


def _check(address: Address, host: str) -> None:
    if not is_allowed(address):
        shown = host if host == str(address) else f"{host} ({address})"
        hint = " An administrator can allow it (SEGLOOP_IMPORT_PRIVATE_URLS)."
        raise AddressError(
            f"{shown} is an address inside this network, or of this server: Segloop does not "
            f"download from there.{'' if _is_never_allowed(address) else hint}"
        )


def is_allowed(address: Address) -> bool:
    """Whether a download may connect to an address."""
    if _is_never_allowed(address):
        return False
    inner = _inner(address)
    return bool(settings.IMPORT_PRIVATE_URLS) or (inner.is_global and not inner.is_reserved)


def _is_never_allowed(address: Address) -> bool:
    inner = _inner(address)
    return inner.is_multicast or inner.is_unspecified or inner in _METADATA


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
