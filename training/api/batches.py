"""Augmented train batches, to look at before a run starts."""

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.ranges import file_response
from annotator.api.web.view import APIView
from annotator.permissions import LEADS, get_dataset_for
from training.permissions import get_batch_preview_for
from training.synthetic.batches import (
    BatchPreviewPayload,
    batch_preview_file,
    batch_preview_payload,
    request_batches,
)

from .exports import RunCheckCreateSerializer
from .runs import resolve_run_request
from .schema import schema_of


class BatchPreviewListView(APIView):
    @extend_schema(
        operation_id="batch_previews_create",
        request=RunCheckCreateSerializer,
        responses={202: schema_of(BatchPreviewPayload)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make a few train batches as a run would see them, to look at; a worker does it."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        run_request = resolve_run_request(user, parse(RunCheckCreateSerializer, request.data))
        preview = request_batches(dataset, run_request, created_by=user)
        return Response(batch_preview_payload(preview), status=status.HTTP_202_ACCEPTED)


class BatchPreviewView(APIView):
    @extend_schema(operation_id="batch_previews_read", responses=schema_of(BatchPreviewPayload))
    def get(self, request: Request, preview_id: int) -> Response:
        preview = get_batch_preview_for(current_user(request), preview_id)
        return Response(batch_preview_payload(preview))


class BatchPreviewFileView(APIView):
    @extend_schema(exclude=True)
    def get(
        self, request: Request, preview_id: int, name: str
    ) -> HttpResponse | StreamingHttpResponse:
        preview = get_batch_preview_for(current_user(request), preview_id)
        path = batch_preview_file(preview, name)
        return file_response(
            request, path, download_name=name, media_type="image/jpeg", inline=True
        )
