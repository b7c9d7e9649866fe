"""ASGI entry point. `python -m config.serve` starts it, with limits on slow connections."""

import logging
import os
from typing import Any, cast

import django
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - after Django is set up

from annotator.folder.label_writer import start_label_writer  # noqa: E402
from annotator.kernel.publisher import start_publisher  # noqa: E402
from config.bodies import GIB, LimitedBodies  # noqa: E402
from config.disk_full import with_disk_full  # noqa: E402
from config.handler import OneThreadHandler  # noqa: E402

logger = logging.getLogger("config.proxies")
MOST_WARNINGS = 20


class NamedProxies:
    """The client's address and scheme: only the proxies of SEGLOOP_PROXIES may set them by headers.

    With SEGLOOP_HTTPS=1 every request came over HTTPS, whatever a header says.
    """

    def __init__(self, app: Any, *, proxies: list[str], is_https: bool) -> None:
        self.believing = ProxyHeadersMiddleware(app, trusted_hosts=proxies)
        self.is_https = is_https
        self.warned: set[str] = set()
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        client = scope.get("client")
        address = client[0] if client else ""
        is_named = address in self.believing.trusted_hosts
        if not is_named:
            self._warn_about(address, scope)
        app = self.believing if is_named else self.app
        if not self.is_https:
            await app(scope, receive, send)
            return
        await self._over_https(app, scope, receive, send)

    async def _over_https(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        forwarded = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-proto"]
        await app({**scope, "headers": forwarded, "scheme": "https"}, receive, send)

    def _warn_about(self, address: str, scope: Any) -> None:
        if address in self.warned or len(self.warned) >= MOST_WARNINGS:
            return
        if any(name == b"x-forwarded-for" for name, _ in scope["headers"]):
            self.warned.add(address)
            logger.warning(
                "X-Forwarded-For from %s was not believed: if that is your reverse proxy, "
                "name it in SEGLOOP_PROXIES.",
                address,
            )


application: Any = LimitedBodies(
    with_disk_full(cast(Any, OneThreadHandler())),
    most_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    most_upload_bytes=int(settings.MAX_UPLOAD_GIGABYTES * GIB)
    + settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
)
application = NamedProxies(application, proxies=settings.PROXIES, is_https=settings.HTTPS)


def start_threads() -> None:
    """Let label files follow pauses and events leave by themselves, once a process."""
    start_label_writer()
    start_publisher()
