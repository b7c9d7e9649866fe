"""Versions of a dataset."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.serializers.base import NameField
from annotator.api.serializers.changes import BulkChangeSerializer
from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.view import APIView
from annotator.permissions import LEADS, get_dataset_for
from training.permissions import get_version_for
from training.versions import versions as service
from training.versions.deleting import Dependents, delete_version, find_dependents
from training.versions.payloads import VersionPayload, version_payload, versions_for_payload
from training.versions.restoring import RestorePreview, preview_restore, start_restore

from .base import page_of, paginate
from .schema import schema_of


class VersionCreateSerializer(serializers.Serializer[Any]):
    name = NameField(
        required=False,
        allow_blank=True,
        max_length=80,
        help_text="What people call it; no two versions of a dataset have one name.",
    )
    notes = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    only_accepted = serializers.BooleanField(
        required=False, help_text="Leave out done images that no reviewer has accepted."
    )


class VersionUpdateSerializer(serializers.Serializer[Any]):
    name = NameField(required=False, allow_blank=True, max_length=80)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class VersionDeleteQuerySerializer(serializers.Serializer[Any]):
    with_evaluations = serializers.BooleanField(
        default=False,
        help_text="Delete evaluations of other runs' checkpoints on this version with it.",
    )


class VersionPreviewQuerySerializer(serializers.Serializer[Any]):
    only_accepted = serializers.BooleanField(default=False)


class VersionListView(APIView):
    @extend_schema(
        operation_id="versions_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(VersionPayload),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the versions of a dataset, the newest first."""
        dataset = get_dataset_for(current_user(request), slug)
        rows = versions_for_payload().filter(dataset=dataset)
        return paginate(self, request, rows, version_payload, ordering=("-number",))

    @extend_schema(
        operation_id="versions_create",
        request=VersionCreateSerializer,
        responses={202: schema_of(VersionPayload)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Freeze the finished images of the dataset into a new version, or the accepted alone."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        values = parse(VersionCreateSerializer, request.data)
        version = service.request_version(dataset, created_by=user, **values)
        return Response(version_payload(version), status=status.HTTP_202_ACCEPTED)


class VersionPreviewView(APIView):
    @extend_schema(
        operation_id="versions_preview",
        parameters=[VersionPreviewQuerySerializer],
        responses=schema_of(service.VersionPreview),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Tell what freezing now would come to, and what stands in the way."""
        dataset = get_dataset_for(current_user(request), slug)
        values = parse(VersionPreviewQuerySerializer, request.query_params)
        return Response(service.preview_version(dataset, **values))


class VersionView(APIView):
    @extend_schema(operation_id="versions_read", responses=schema_of(VersionPayload))
    def get(self, request: Request, version_id: int) -> Response:
        return Response(version_payload(get_version_for(current_user(request), version_id)))

    @extend_schema(
        operation_id="versions_update",
        request=VersionUpdateSerializer,
        responses=schema_of(VersionPayload),
    )
    def patch(self, request: Request, version_id: int) -> Response:
        """Change the name or the notes; what a version holds never changes."""
        version = get_version_for(current_user(request), version_id, LEADS)
        service.describe_version(version, **parse(VersionUpdateSerializer, request.data))
        return Response(version_payload(version))

    @extend_schema(
        operation_id="versions_delete",
        parameters=[VersionDeleteQuerySerializer],
        responses={204: None},
    )
    def delete(self, request: Request, version_id: int) -> Response:
        """Delete a version that no run uses, with its files."""
        values = parse(VersionDeleteQuerySerializer, request.query_params)
        delete_version(get_version_for(current_user(request), version_id, LEADS), **values)
        return Response(status=status.HTTP_204_NO_CONTENT)


class VersionDependentsView(APIView):
    @extend_schema(operation_id="versions_dependents", responses=schema_of(Dependents))
    def get(self, request: Request, version_id: int) -> Response:
        """Tell what was made of a version, and what deleting it would cost."""
        return Response(find_dependents(get_version_for(current_user(request), version_id)))


class RestoreSerializer(serializers.Serializer[Any]):
    others = serializers.ChoiceField(
        choices=("keep", "trash"),
        default="keep",
        help_text="What becomes of images that are not in the version.",
    )


class RestorePreviewView(APIView):
    @extend_schema(operation_id="versions_restore_preview", responses=schema_of(RestorePreview))
    def get(self, request: Request, version_id: int) -> Response:
        """Tell what restoring a version would do. Nothing is written; ask again while ``open``."""
        version = get_version_for(current_user(request), version_id, LEADS)
        return Response(preview_restore(version))


class RestoreView(APIView):
    @extend_schema(
        operation_id="versions_restore",
        request=RestoreSerializer,
        responses={202: BulkChangeSerializer},
    )
    def post(self, request: Request, version_id: int) -> Response:
        """Make the dataset again what the version holds; a job does it, nothing is destroyed."""
        user = current_user(request)
        version = get_version_for(user, version_id, LEADS)
        job = start_restore(version, author=user, **parse(RestoreSerializer, request.data))
        return Response(BulkChangeSerializer(job).data, status=status.HTTP_202_ACCEPTED)
