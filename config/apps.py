"""What every Django process does at its start: the Celery application, a closed data folder."""

import logging

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig

from config.private_folder import close_folder

logger = logging.getLogger(__name__)


class AdminConfig(DjangoAdminConfig):
    default_site = "config.admin.AdminSite"


class ConfigAppConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401

        for sentence in close_folder(settings.DATA_ROOT):
            logger.warning("%s", sentence)
