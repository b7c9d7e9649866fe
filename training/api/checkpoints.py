"""Checkpoints: the weights that runs left."""

from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.serializers.base import NameField
from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.view import APIView
from annotator.permissions import LEADS, REVIEWERS, datasets_of
from training import paths
from training.checkpoints.payloads import (
    CheckpointPayload,
    checkpoint_payload,
    checkpoints_for_payload,
)
from training.checkpoints.registry import (
    Dependants,
    delete_checkpoint,
    filter_checkpoints,
    find_dependants,
    list_tags,
    update_checkpoint,
)
from training.models import Checkpoint
from training.permissions import get_checkpoint_for

from .base import page_of, paginate
from .downloads import file_response
from .schema import schema_of


class CheckpointQuerySerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    tag = serializers.CharField(required=False, allow_blank=True, max_length=40)
    search = serializers.CharField(required=False, allow_blank=True, max_length=200)


class CheckpointListView(APIView):
    @extend_schema(
        operation_id="checkpoints_list",
        parameters=[
            *CURSOR_PARAMETERS,
            CheckpointQuerySerializer,
            OpenApiParameter("dataset", str, many=True, description="Slugs of datasets."),
        ],
        responses=page_of(CheckpointPayload),
    )
    def get(self, request: Request) -> Response:
        """List the checkpoints of your datasets' runs, the newest first."""
        rows = checkpoints_for_payload().filter(run__dataset__in=datasets_of(current_user(request)))
        if slugs := request.query_params.getlist("dataset"):
            rows = rows.filter(run__dataset__slug__in=slugs)
        values = parse(CheckpointQuerySerializer, request.query_params)
        if "run" in values:
            rows = rows.filter(run_id=values["run"])
        rows = filter_checkpoints(rows, tag=values.get("tag", ""), search=values.get("search", ""))
        return paginate(self, request, rows, checkpoint_payload)


class CheckpointTagListView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="checkpoints_tags",
        responses=serializers.ListSerializer(child=serializers.CharField()),
    )
    def get(self, request: Request) -> Response:
        """List the tags that your datasets' checkpoints carry."""
        datasets = datasets_of(current_user(request))
        return Response(list_tags(Checkpoint.objects.filter(run__dataset__in=datasets)))


class CheckpointUpdateSerializer(serializers.Serializer[Any]):
    notes = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    tags = serializers.ListField(child=NameField(max_length=40), required=False)


class CheckpointView(APIView):
    @extend_schema(operation_id="checkpoints_read", responses=schema_of(CheckpointPayload))
    def get(self, request: Request, checkpoint_id: int) -> Response:
        checkpoint = get_checkpoint_for(current_user(request), checkpoint_id)
        return Response(checkpoint_payload(checkpoint))

    @extend_schema(
        operation_id="checkpoints_update",
        request=CheckpointUpdateSerializer,
        responses=schema_of(CheckpointPayload),
    )
    def patch(self, request: Request, checkpoint_id: int) -> Response:
        """Change notes or tags. “production” moves here from the dataset's other checkpoints."""
        user = current_user(request)
        checkpoint = get_checkpoint_for(user, checkpoint_id, LEADS)
        update_checkpoint(checkpoint, **parse(CheckpointUpdateSerializer, request.data))
        return Response(checkpoint_payload(get_checkpoint_for(user, checkpoint_id)))

    @extend_schema(operation_id="checkpoints_delete", responses={204: None})
    def delete(self, request: Request, checkpoint_id: int) -> Response:
        """Delete the weights, with their evaluations and exports."""
        delete_checkpoint(get_checkpoint_for(current_user(request), checkpoint_id, LEADS))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DependantsView(APIView):
    @extend_schema(operation_id="checkpoints_dependants", responses=schema_of(Dependants))
    def get(self, request: Request, checkpoint_id: int) -> Response:
        """Tell what hangs on a checkpoint."""
        return Response(find_dependants(get_checkpoint_for(current_user(request), checkpoint_id)))


class CheckpointFileView(APIView):
    @extend_schema(
        operation_id="checkpoints_file",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, checkpoint_id: int) -> HttpResponse | StreamingHttpResponse:
        """Download the weights: reviewers and team leads."""
        checkpoint = get_checkpoint_for(current_user(request), checkpoint_id, REVIEWERS)
        path = paths.checkpoint_path(checkpoint)
        if not path.is_file():
            raise Http404
        name = f"{checkpoint.run.name}-{checkpoint.kind}.pt"
        return file_response(request, path, download_name=name)
