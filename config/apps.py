"""Makes the Celery application the current one in every Django process."""

from django.apps import AppConfig


class ConfigAppConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401
