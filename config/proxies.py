"""Which reverse proxies are believed when they say for whom they ask. Standard library only."""

import ipaddress
import os
from collections.abc import Mapping


class ProxiesError(ValueError):
    """SEGLOOP_PROXIES cannot be read; the message says why."""


def read_proxies(text: str) -> list[str]:
    """The addresses and networks in `SEGLOOP_PROXIES`: `127.0.0.1, 10.0.0.0/8`."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        try:
            network = ipaddress.ip_network(name)
        except ValueError as error:
            raise ProxiesError(
                f"SEGLOOP_PROXIES holds {name!r}, which is no address and no network: name the "
                "proxies that stand before Segloop, such as 127.0.0.1 or 172.18.0.0/16."
            ) from error
        if network.prefixlen == 0:
            raise ProxiesError(
                f"SEGLOOP_PROXIES holds {name}, which is every address: any client could then "
                "claim to be another. Name the proxies that stand before Segloop."
            )
    return names


def unnamed_proxy(environment: Mapping[str, str] = os.environ) -> str:
    """A sentence where a proxy is in front by SEGLOOP_HTTPS and SEGLOOP_PROXIES names none."""
    is_named = environment.get("SEGLOOP_PROXIES", "").strip()
    if environment.get("SEGLOOP_HTTPS") != "1" or is_named:
        return ""
    return (
        "SEGLOOP_HTTPS=1 says that a proxy is in front, and SEGLOOP_PROXIES does not name it: all "
        "people seem to come from its address and share one limit on wrong passwords. "
        "Set SEGLOOP_PROXIES to the proxy's address (often 127.0.0.1)."
    )
