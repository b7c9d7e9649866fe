from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AnnotatorConfig(AppConfig):
    name = "annotator"
    verbose_name = "Annotator"

    def ready(self) -> None:
        pre_migrate.connect(_remove_counting, sender=self)
        post_migrate.connect(_install_counting, sender=self)


def _remove_counting(**options: Any) -> None:
    from annotator.datasets.counts.installing import remove_counting

    if options.get("plan"):  # SQLite makes tables anew, which triggers of others would prevent
        remove_counting()


def _install_counting(**_options: Any) -> None:
    from annotator.datasets.counts.installing import install_counting

    install_counting()
