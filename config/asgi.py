"""ASGI entry point: ``uvicorn config.asgi:application``."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_django = get_asgi_application()  # first: it sets Django up

from config.disk_full import with_disk_full  # noqa: E402

application = with_disk_full(_django)
