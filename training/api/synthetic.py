"""Synthetic examples: a preview, a version with them, and whether they help."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.serializers.base import NameField
from annotator.api.web.base import current_user, parse
from annotator.api.web.ranges import file_response
from annotator.api.web.view import APIView
from annotator.permissions import LEADS
from training.permissions import get_run_for, get_synthetic_preview_for, get_version_for
from training.synthetic.previews import (
    PREVIEW_IMAGES,
    SyntheticPreviewPayload,
    preview_file,
    preview_payload,
    request_preview,
)
from training.synthetic.verdicts import (
    PairVerdictPayload,
    SyntheticVerdictPayload,
    newest_verdict,
    start_verdict,
    verdict_between,
    verdict_payload,
)
from training.versions.payloads import VersionPayload, version_payload
from training.versions.synthetic import (
    BLENDS,
    DEFAULT_MAX_PER_IMAGE,
    MOST_IMAGES,
    MOST_INSTANCES,
    make_recipe,
    request_synthetic,
)

from .runs import RunCreateSerializer, resolve_run_request
from .schema import schema_of

MOST_A_IMAGE = 20


class RecipeSerializer(serializers.Serializer[Any]):
    classes = serializers.ListField(
        child=serializers.CharField(max_length=200),
        min_length=1,
        max_length=10_000,
        help_text="Names of the classes whose objects are pasted.",
    )
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)
    blends = serializers.ListField(
        child=serializers.ChoiceField(choices=BLENDS), required=False, max_length=len(BLENDS)
    )
    max_per_image = serializers.IntegerField(
        default=DEFAULT_MAX_PER_IMAGE, min_value=1, max_value=MOST_A_IMAGE
    )


class SyntheticPreviewCreateSerializer(RecipeSerializer):
    images = serializers.IntegerField(
        default=PREVIEW_IMAGES,
        min_value=0,
        max_value=PREVIEW_IMAGES,
        help_text="0: say only how many objects can be cut out.",
    )


class SyntheticCreateSerializer(RecipeSerializer):
    """Either ``images`` or ``instances_per_class``."""

    images = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MOST_IMAGES
    )
    instances_per_class = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MOST_INSTANCES
    )
    name = NameField(required=False, allow_blank=True, max_length=80)


class SyntheticVerdictCreateSerializer(RunCreateSerializer):
    """The settings that both runs have."""

    dataset = None  # type: ignore[assignment]
    version = None  # type: ignore[assignment]
    fold = None  # type: ignore[assignment]


class SyntheticListView(APIView):
    @extend_schema(
        operation_id="synthetic_create",
        request=SyntheticCreateSerializer,
        responses={202: schema_of(VersionPayload)},
    )
    def post(self, request: Request, version_id: int) -> Response:
        """Make a new version: this one, and synthetic train images."""
        user = current_user(request)
        base = get_version_for(user, version_id, LEADS)
        values = parse(SyntheticCreateSerializer, request.data)
        name = values.pop("name", "")
        recipe = make_recipe(base, **values)
        version = request_synthetic(base, recipe, created_by=user, name=name)
        return Response(version_payload(version), status=status.HTTP_202_ACCEPTED)


class SyntheticPreviewListView(APIView):
    @extend_schema(
        operation_id="synthetic_previews_create",
        request=SyntheticPreviewCreateSerializer,
        responses={202: schema_of(SyntheticPreviewPayload)},
    )
    def post(self, request: Request, version_id: int) -> Response:
        """Make a few synthetic images to look at; a worker does it."""
        user = current_user(request)
        version = get_version_for(user, version_id, LEADS)
        values = parse(SyntheticPreviewCreateSerializer, request.data)
        preview = request_preview(version, make_recipe(version, **values), created_by=user)
        return Response(preview_payload(preview), status=status.HTTP_202_ACCEPTED)


class SyntheticPreviewView(APIView):
    @extend_schema(
        operation_id="synthetic_previews_read", responses=schema_of(SyntheticPreviewPayload)
    )
    def get(self, request: Request, preview_id: int) -> Response:
        preview = get_synthetic_preview_for(current_user(request), preview_id)
        return Response(preview_payload(preview))


class SyntheticPreviewFileView(APIView):
    @extend_schema(exclude=True)
    def get(
        self, request: Request, preview_id: int, name: str
    ) -> HttpResponse | StreamingHttpResponse:
        preview = get_synthetic_preview_for(current_user(request), preview_id)
        path = preview_file(preview, name)
        media_type = "image/png" if path.suffix == ".png" else "image/jpeg"
        return file_response(request, path, download_name=name, media_type=media_type, inline=True)


class SyntheticVerdictView(APIView):
    @extend_schema(
        operation_id="synthetic_verdict_read", responses=schema_of(SyntheticVerdictPayload)
    )
    def get(self, request: Request, version_id: int) -> Response:
        """Say whether the synthetic examples of a version help, once both runs are evaluated."""
        version = get_version_for(current_user(request), version_id)
        return Response(verdict_payload(newest_verdict(version)))

    @extend_schema(
        operation_id="synthetic_verdict_create",
        request=SyntheticVerdictCreateSerializer,
        responses={202: schema_of(SyntheticVerdictPayload)},
    )
    def post(self, request: Request, version_id: int) -> Response:
        """Start two runs with the same settings and seed, without and with the examples."""
        user = current_user(request)
        version = get_version_for(user, version_id, LEADS)
        values = parse(SyntheticVerdictCreateSerializer, request.data)
        verdict = start_verdict(version, resolve_run_request(user, values), created_by=user)
        return Response(
            verdict_payload(newest_verdict(verdict.version)), status=status.HTTP_202_ACCEPTED
        )


class PairVerdictQuerySerializer(serializers.Serializer[Any]):
    other = serializers.IntegerField(min_value=0, max_value=2**62, help_text="The other run.")


class PairVerdictView(APIView):
    @extend_schema(
        operation_id="run_synthetic_verdict_read",
        parameters=[PairVerdictQuerySerializer],
        responses=schema_of(PairVerdictPayload),
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Say whether two runs differ by synthetic examples alone, and whether these helped."""
        user = current_user(request)
        other = parse(PairVerdictQuerySerializer, request.query_params)["other"]
        verdict = verdict_between(get_run_for(user, run_id), get_run_for(user, other))
        return Response({"verdict": None if verdict is None else verdict_payload(verdict)})
