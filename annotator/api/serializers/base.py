"""What several rooms send over the wire, and the shape of a problem."""

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from annotator.kernel.jobs import Progress, progress_of
from annotator.kernel.plain_text import is_one_line
from annotator.models.jobs import Job


class ColorField(serializers.RegexField):
    """A colour like ``#e69f00``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"^#[0-9a-fA-F]{6}$",
            error_messages={"invalid": "A colour is written like #e69f00."},
            **kwargs,
        )


class NameField(serializers.CharField):
    """A name that a person gives: one line of text."""

    def to_internal_value(self, data: Any) -> str:
        name = str(super().to_internal_value(data))
        if not is_one_line(name):
            raise serializers.ValidationError("A name is one line of text.")
        return name


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    display_name = serializers.SerializerMethodField()
    is_administrator = serializers.BooleanField(source="is_superuser")

    class Meta:
        ref_name = "User"

    def get_display_name(self, user: User) -> str:
        return user.get_full_name() or user.get_username()


class ProgressSerializer(serializers.Serializer[Progress]):
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField()
    message = serializers.CharField()
    eta_seconds = serializers.FloatField(allow_null=True)


class JobSerializerMixin(serializers.Serializer[Any]):
    """``progress`` of anything that is a Job."""

    progress = serializers.SerializerMethodField()

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, job: Job) -> Progress:
        return progress_of(job)


ProblemSerializer = inline_serializer(  # not a class: "errors" is taken in serializers
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(help_text="A sentence that a person can act on."),
        "code": serializers.CharField(),
        "errors": serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), required=False
        ),
    },
)
