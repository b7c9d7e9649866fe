"""Text that does harm where it is not shown as text, in every name and text that the database has.

A new text field takes part by itself; only what no person writes is left out, by name.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import models

PROBE = "\"'><img src=x onerror=ran=1>{{7}}"
"""An image of it in a page, ``window.ran``, or 7 without its braces: somewhere it was not text."""

ODD_NAMES = [
    PROBE,
    "=HYPERLINK(1)",
    "+1",
    "@sum",
    "-2+3",
    "../../etc/passwd",
    "..\\..\\evil.exe",
    "line\nepochs: 9999\r\nX-Evil: 1",
    "tab\there\x07",
    "gpj.\u202eexe",
    '"; filename="evil.html',
    '#let x = read("/etc/passwd") $ * _ @ref',
    "key: [a, *b] # comment",
    "日本語 ünï",
    "%00%2f..",
    "CON",
    " . ",
]

_BY_MACHINE = frozenset(
    {
        *("password", "codename", "slug", "former_slug", "files_slug", "color", "extension"),
        *("sha256", "upload_sha256", "label_sha256", "content_sha256", "key", "stem"),
        *("lease_owner", "progress_unit", "source_path", "base_model", "job_kind"),
        *("torch_version", "ultralytics_version", "digest", "token_key"),
    }
)
_APPS = ("auth", "annotator", "training")
_LISTS = frozenset({"tags", "unknown_classes", "extra_classes"})


def probed_models() -> list[Any]:
    found = [model for app in _APPS for model in apps.get_app_config(app).get_models()]
    return [model for model in found if model.__name__ not in ("Permission", "Group")]


def text_fields(model: Any) -> Iterator["models.Field[Any, Any]"]:
    for field in model._meta.concrete_fields:
        is_text = isinstance(field, models.CharField | models.TextField)
        if is_text and not field.choices and field.name not in _BY_MACHINE:
            yield field


def put_everywhere(text: str = PROBE) -> int:
    """Write ``text`` into every text of every row; returns how many were written."""
    written = 0
    for model in probed_models():
        fields = list(text_fields(model))
        for row in model._base_manager.all():
            values: dict[str, Any] = {field.name: _fitted(field, text, row.pk) for field in fields}
            for name in _LISTS & {field.name for field in model._meta.concrete_fields}:
                if getattr(row, name):
                    values[name] = [text]
            if model.__name__ == "Version":
                values["classes"] = [
                    {**item, "name": f"{text}{item['index']}"} for item in row.classes
                ]
            if model.__name__ == "Evaluation":
                values["per_class"] = [
                    {**item, "name": f"{text}{number}"} for number, item in enumerate(row.per_class)
                ]
            if values:
                model._base_manager.filter(pk=row.pk).update(**values)
                written += len(values)
    return written


def _fitted(field: Any, text: str, pk: object) -> str:
    """The text in what a field holds; with the row's id where two rows may not have the same."""
    if field.unique or field.name == "name":
        text = f"{text}{pk}"
    return text[: field.max_length]


def keep_rows(file: Path) -> None:
    """Keep the rows as they are, to put them back."""
    rows = [row for model in probed_models() for row in model._base_manager.all()]
    file.write_text(serializers.serialize("json", rows))


def put_back(file: Path) -> None:
    for row in json.loads(file.read_text()):
        model: Any = apps.get_model(row["model"])
        names = {field.name for field in text_fields(model)} | {*_LISTS, "classes", "per_class"}
        values = {name: value for name, value in row["fields"].items() if name in names}
        if values:
            model._base_manager.filter(pk=row["pk"]).update(**values)
